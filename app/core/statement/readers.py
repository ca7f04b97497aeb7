"""Who read: alike calls folded by the person, workload or device behind them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from app.core.model.media_call import MediaCall
from app.core.timeline.outcome import CallOutcome
from app.core.viewing.viewer import Told, Viewer, told


@dataclass(frozen=True, slots=True)
class Calls:
    """So many calls of one action with one key, one answer and, where it matters, one video; `first` is the first.

    `url_until` is when the last playback URL that they were given ends.
    """

    first: MediaCall
    n: int
    last_at: datetime
    url_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Reader:
    """The calls of one action that one viewer made through one principal, with one answer."""

    viewer: Viewer
    first: MediaCall
    calls: int
    last_at: datetime
    url_until: datetime | None = None

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


def readers(calls: Iterable[Calls], viewers: Mapping[Told, Viewer]) -> tuple[Reader, ...]:
    """Return who made the calls, whoever made most of them first."""
    found: dict[tuple[object, ...], Reader] = {}
    for one in calls:
        viewer, first = viewers[told(one.first)], one.first
        key = (viewer, first.principal_id, first.action, first.error_code)
        known = found.get(key)
        found[key] = Reader(viewer, first, one.n, one.last_at, one.url_until) if known is None else _joined(known, one)
    return tuple(sorted(found.values(), key=lambda one: (-one.calls, one.first.key, one.action)))


def _joined(known: Reader, one: Calls) -> Reader:
    return replace(
        known,
        first=min(known.first, one.first, key=lambda call: call.key),
        calls=known.calls + one.n,
        last_at=max(known.last_at, one.last_at),
        url_until=max(filter(None, (known.url_until, one.url_until)), default=None),
    )
