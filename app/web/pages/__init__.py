"""One page a file: a router, the view dataclass that its template prints, and NAV if it is in the menu."""
