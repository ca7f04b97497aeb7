"""The video that a call asked for, in words."""

from datetime import datetime
from typing import assert_never

from app.core.ledger.standing import State
from app.core.model.footage import Footage, FootageClock, FootageKind
from app.core.timeline.outcome import CallOutcome

_CLOCKS = {FootageClock.PRODUCER: "by the camera's clock", FootageClock.SERVER: "by AWS's clock"}
_NOT_LOGGED = "how far was read is not logged"


def footage_text(asked: Footage, stamped_at_end: State | None = None, outcome: CallOutcome = CallOutcome.OK) -> str:
    """Return the interval as far as it is known, whose clock it is by, and why the rest is not known.

    `stamped_at_end` is how the assumption stands that a long call is stamped at its end; None of calls that are short.
    Of a call that AWS did not answer it is said that nothing was given.
    """
    clock = f" ({_CLOCKS[asked.clock]})" if asked.clock else ""
    if outcome is not CallOutcome.OK:
        why = "refused" if outcome is CallOutcome.DENIED else "not given, for the call failed"
        return f"asked for, and {why}: {_wanted(asked)}{clock}"
    if asked.kind is FootageKind.LIVE and asked.start and stamped_at_end is not None:
        return _live_of_long_call(_at(asked.start), stamped_at_end)
    return _interval(asked) + clock if asked.start else _unresolved(asked.kind)


def _wanted(asked: Footage) -> str:
    """Return what a call wanted that was given nothing: no word on how much of it was read."""
    match asked.kind:
        case FootageKind.LIVE:
            return "live"
        case FootageKind.REPLAY | FootageKind.ONWARD if asked.start:
            return f"from {_at(asked.start)} on"
        case FootageKind.INTERVAL if asked.start:
            return _interval(asked)
        case kind:
            return _unresolved(kind)


def _live_of_long_call(stamp: str, stamped_at_end: State) -> str:
    if stamped_at_end is State.CONFIRMED:
        return f"live until {stamp}, which is when it ended; it may have begun up to an hour before"
    return (
        f"live from {stamp} on, for how long is not logged; it may have begun up to an hour before, for whether such a "
        "call is stamped at its beginning or its end is not seen yet"
    )


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
