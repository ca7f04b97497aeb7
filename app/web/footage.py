"""The video that a call asked for, in words."""

from datetime import datetime
from typing import assert_never

from app.core.model.footage import Footage, FootageClock, FootageKind

_CLOCKS = {FootageClock.PRODUCER: "by the camera's clock", FootageClock.SERVER: "by AWS's clock"}
_NOT_LOGGED = "how far was read is not logged"


def footage_text(asked: Footage) -> str:
    """Return the interval as far as it is known, whose clock it is by, and why the rest is not known."""
    clock = f" ({_CLOCKS[asked.clock]})" if asked.clock else ""
    return _interval(asked) + clock if asked.start else _unresolved(asked.kind)


def _interval(asked: Footage) -> str:
    start, end = _at(asked.start), _at(asked.end)
    match asked.kind:
        case FootageKind.LIVE:
            stop = f"to {end} at the latest, when the URL ends" if end else "for how long is not logged"
            return f"live from {start} on, {stop}"
        case FootageKind.REPLAY:
            stop = f"to {end} at the latest, when the URL ends" if end else _NOT_LOGGED
            return f"from {start} on and then live, {stop}"
        case FootageKind.ONWARD:
            return f"from {start} on, {_NOT_LOGGED}"
        case FootageKind.EARLIEST:
            return f"from the oldest that was stored then: by the retention that the stream has now, not before {start}"
        case _:
            return f"{start} to {end}"


def _unresolved(kind: FootageKind) -> str:
    match kind:
        case FootageKind.EARLIEST:
            return "from the oldest that was stored then; when that was is not known"
        case FootageKind.CONTINUATION_TOKEN:
            return "from where an earlier answer ended; when that was is not known"
        case FootageKind.FRAGMENT_NUMBER:
            return "fragments by number; of which time is not known"
        case FootageKind.NOT_IN_RECORD | FootageKind.INTERVAL | FootageKind.LIVE:
            return "not known: the record does not say"
        case FootageKind.REPLAY | FootageKind.ONWARD:
            return "not known: the record does not say"
    assert_never(kind)


def _at(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M:%SZ}" if at else ""
