"""Who read: alike calls folded by the person, workload or device behind them."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from app.core.model.footage import Footage
from app.core.model.media_call import MediaCall
from app.core.statement.footage import Fit, fit
from app.core.timeline.outcome import CallOutcome
from app.core.viewing.viewer import Told, Viewer, told

MOST_ADDRESSES = 20
"""Addresses that are kept of alike calls; with one more it is known that there are more."""


@dataclass(frozen=True, slots=True)
class Calls:
    """So many calls of one action with one key, one answer and, where it matters, one video; `first` is the first.

    `url_until` is when the last playback URL that they were given ends. `addresses` are where they came from, in order,
    MOST_ADDRESSES and one more at most.
    """

    first: MediaCall
    n: int
    last_at: datetime
    url_until: datetime | None = None
    addresses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reader:
    """The calls of one action that one viewer made through one principal, with one answer.

    `asked` is what they asked for, with how many calls each, where video is what the statement is about; `listed` how
    many of them were made with an access key that listed fragments of that video. `addresses` are where they came from,
    as in Calls; `keys` has a call with each access key, and each without one.
    """

    viewer: Viewer
    first: MediaCall
    calls: int
    last_at: datetime
    url_until: datetime | None = None
    asked: tuple[tuple[Footage | None, int], ...] = ()
    listed: int = 0
    addresses: tuple[str, ...] = ()
    keys: tuple[MediaCall, ...] = ()

    @property
    def has_more_addresses(self) -> bool:
        """Whether they came from more addresses than are kept."""
        return len(self.addresses) > MOST_ADDRESSES

    @property
    def addresses_told(self) -> tuple[str, ...]:
        """The addresses that are kept, and that there are more."""
        return (*self.addresses[:MOST_ADDRESSES], *(("and more",) if self.has_more_addresses else ()))

    @property
    def access_keys(self) -> tuple[str, ...]:
        """The IDs of the access keys that signed them, in order."""
        return tuple(sorted({call.access_key for call in self.keys if call.access_key}))

    @property
    def action(self) -> str:
        """The action that was called."""
        return self.first.action

    @property
    def error_code(self) -> str | None:
        """AWS's error; None where it answered."""
        return self.first.error_code

    @property
    def outcome(self) -> CallOutcome:
        """Whether AWS answered, refused or failed the calls."""
        return self.first.outcome


def readers(
    calls: Iterable[Calls], viewers: Mapping[Told, Viewer], listing_keys: Collection[str] = ()
) -> tuple[Reader, ...]:
    """Return who made the calls, whoever made most of them first; `listing_keys` listed fragments."""
    found: dict[tuple[object, ...], Reader] = {}
    for one in calls:
        viewer, first = viewers[told(one.first)], one.first
        key = (viewer, first.principal_id, first.action, first.error_code)
        listed = one.n if first.access_key in listing_keys else 0
        asked = ((first.footage, one.n),)
        new = Reader(viewer, first, one.n, one.last_at, one.url_until, asked, listed, one.addresses, (first,))
        found[key] = _joined(found[key], new) if key in found else new
    return tuple(sorted(found.values(), key=lambda one: (-one.calls, one.first.key, one.action)))


def fits(one: Reader, start: datetime, end: datetime) -> dict[Fit, int]:
    """Return how what was asked for lies to [start, end), with how many calls each, most of them first."""
    found = Counter[Fit]()
    for footage, calls in one.asked:
        found[fit(footage, start, end)] += calls
    return dict(found.most_common())


def _joined(known: Reader, one: Reader) -> Reader:
    return replace(
        known,
        first=min(known.first, one.first, key=lambda call: call.key),
        calls=known.calls + one.calls,
        last_at=max(known.last_at, one.last_at),
        url_until=max(filter(None, (known.url_until, one.url_until)), default=None),
        asked=known.asked + one.asked,
        listed=known.listed + one.listed,
        addresses=tuple(sorted({*known.addresses, *one.addresses}))[: MOST_ADDRESSES + 1],
        keys=known.keys + one.keys,
    )
