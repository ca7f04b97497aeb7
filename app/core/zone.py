"""In which zone times are where nothing but the name of a column can say it: in a CSV, which has no types."""

from collections.abc import Iterable

_TIMES = frozenset(
    (
        # Calls, findings, accounts, streams, principals, coverage, rejected records
        "time", "footage_from", "footage_to", "url_expires_at", "first_seen_at", "last_seen_at", "resolved_at",
        "polled_at", "last_read_at", "last_call_at", "listed_at", "start", "end", "rejected_at",
        # Answers of a time in the past, the statement, the review
        "as_of", "from", "to", "footage_interval", "first_at", "last_at", "url_until", "created_at", "changed_at",
        "unchanged_since",
    )
)  # fmt: skip
"""The columns of files that hold times; an interval is two of them."""


def zoned(columns: Iterable[str]) -> tuple[str, ...]:
    """Return the header of a CSV with `columns`: those of times end in `_utc`, the zone of every time in a file."""
    return tuple(f"{name}_utc" if name in _TIMES else name for name in columns)
