"""The menu: each page that wants an entry says so with a constant `NAV`."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Nav:
    """One entry of the rail.

    `place` orders the entries; a step over the next hundred draws a line between them.
    `count` names the field of `Counts` that stands at its right, or is empty.
    """

    label: str
    path: str
    icon: str
    place: int
    count: str = ""

    @property
    def group(self) -> int:
        """Which block of the menu it stands in."""
        return self.place // 100


@dataclass(frozen=True, slots=True)
class Entry:
    """A menu entry as the layout draws it."""

    label: str
    path: str
    icon: str
    count: str
    is_here: bool
    starts_group: bool


def entries(menu: tuple[Nav, ...], path: str, counts: dict[str, str]) -> tuple[Entry, ...]:
    """Return the menu for a page at `path`, the entry that it hangs below marked."""
    made = []
    group = menu[0].group if menu else 0
    for nav in menu:
        made.append(
            Entry(
                nav.label, nav.path, nav.icon, counts.get(nav.count, ""), _is_here(nav.path, path), nav.group != group
            )
        )
        group = nav.group
    return tuple(made)


def _is_here(entry: str, path: str) -> bool:
    return path == entry or (entry != "/" and path.startswith(f"{entry}/"))
