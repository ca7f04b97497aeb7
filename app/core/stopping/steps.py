"""All measures, and what becomes of each for one target and its recorded callers."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from app.core import catalogue
from app.core.errors import InvalidInput
from app.core.rules.fix import FixText
from app.core.stopping import measures as folder
from app.core.stopping.measure import Caller, Entrant, Measure, Target


@dataclass(frozen=True, slots=True)
class Step:
    """One measure for one target. `bar` says why it cannot be taken ("": it can, and `texts` are what to paste).

    `hit` are the recorded callers that it would have stopped, those of most calls first. `kept_out` are those to whom
    the role would have been refused, `taking` those who took other roles, whether it stops them or not.
    """

    measure: Measure
    bar: str
    texts: tuple[FixText, ...]
    hit: tuple[Caller, ...]
    kept_out: tuple[Entrant, ...] = ()
    taking: tuple[Caller, ...] = ()


@lru_cache(maxsize=1)
def measures() -> tuple[Measure, ...]:
    """Return every measure, the narrowest first.

    Raises:
        CatalogueError: a module of the folder has no measure.
    """
    found = catalogue.load(folder, "MEASURE", Measure).values()
    return tuple(sorted(found, key=lambda measure: measure.place))


def steps(
    target: Target, callers: Iterable[Caller], now: datetime, entrants: Iterable[Entrant] = ()
) -> tuple[Step, ...]:
    """Return the measures that are about such a target, each with its text and whom it would have stopped."""
    known, into = _ordered(callers), tuple(entrants)
    found = ((measure, measure.bar(target)) for measure in measures())
    return tuple(_step(measure, target, bar, known, into, now) for measure, bar in found if bar != "")


def _ordered(callers: Iterable[Caller]) -> tuple[Caller, ...]:
    # What stands for many is the rest, whatever it sums to.
    return tuple(sorted(callers, key=_order))


def _order(caller: Caller) -> tuple[float, ...]:
    return caller.many > 1, -caller.calls, -caller.taken, -caller.last_at.timestamp()


def _step(
    measure: Measure,
    target: Target,
    bar: str | None,
    callers: tuple[Caller, ...],
    entrants: tuple[Entrant, ...],
    now: datetime,
) -> Step:
    hit = tuple(caller for caller in callers if measure.hits(target, caller))
    if measure.is_of_kvs:
        hit = _ordered(one.of_kvs for one in hit if one.calls > one.others)
    if bar is not None:
        return Step(measure, bar, (), ())
    kept_out = tuple(one for one in entrants if measure.keeps_out(target, one))
    taking = tuple(caller for caller in callers if caller.taken)
    try:
        return Step(measure, "", (*measure.texts(target, now), measure.undo(target)), hit, kept_out, taking)
    except InvalidInput as error:
        said = str(error)
        return Step(measure, f"{said[:1].upper()}{said[1:]}.", (), hit)
