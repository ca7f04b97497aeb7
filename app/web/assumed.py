"""What a page, a drawer or a finding rests on that no record of AWS has confirmed, in a line that links to it."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from app.core.assumptions._assumption import Rests
from app.core.ledger.catalogue import asked_below, catalogue
from app.core.ledger.standing import Standing, State, states
from app.db.queries.assumptions import shown
from app.web import filters
from app.web.visit import Visit

PATH = "/assumptions"
MOST_NAMED = 2
"""So many of the things that rest on something unproven are named in a page's line."""
WORST_FIRST = (State.REFUTED, State.NOT_SEEN, State.CONFIRMED)


@dataclass(frozen=True, slots=True)
class Unproven:
    """One thing that rests on assumptions which are refuted or not seen yet; `href` leads to the first of them."""

    text: str
    href: str


@dataclass(frozen=True, slots=True)
class Resting:
    """The line of a page: its beginning, which leads to `href`, and the rest."""

    link: str
    rest: str
    href: str


def state_counts(found: Iterable[Standing]) -> str:
    """Return "1 refuted, 14 not seen yet, 4 confirmed": the worst first."""
    states = [one.state for one in found]
    return ", ".join(f"{states.count(state)} {state}" for state in WORST_FIRST)


def resting(visit: Visit, *rests: Rests, calls: Collection[str] | None = None) -> Resting | None:
    """Return what of `rests` a page rests on that is unproven, those named first that come first; None: nothing.

    `calls` are the eventNames that the page is about, None: all.
    """
    asked = asked_below(rests, calls)
    return resting_on(states(asked, shown(visit.connection, visit.scope, asked)), rests)


def resting_on(found: Mapping[str, State], rests: Iterable[Rests]) -> Resting | None:
    """Return the same by how the assumptions stand; each is counted once, whatever rests on it."""
    open_ = {name: state for name, state in found.items() if state is not State.CONFIRMED}
    if not open_:
        return None
    refuted = [name for name, state in open_.items() if state is State.REFUTED]
    of_them = f", {len(refuted):,} of them refuted" if refuted else ""
    on_them = [what for what in rests if any(what in catalogue()[name].rests for name in open_)]
    more = f"; {len(on_them) - MOST_NAMED} more" if len(on_them) > MOST_NAMED else ""
    named = f"{'; '.join(on_them[:MOST_NAMED])}{more}"
    return Resting(
        f"It rests on {filters.plural(len(open_), 'assumption')}",
        f" about AWS's records, which no record has confirmed{of_them}: {named}.",
        f"{PATH}#{next(iter((*refuted, *open_)))}",
    )


def unproven(found: Iterable[Standing], call: str, rests: Iterable[Rests]) -> Iterator[Unproven]:
    """Yield what of `rests` is unproven for one call, each once."""
    found = tuple(found)
    for what in rests:
        states = {
            one.name: standing.state
            for one in found
            if what in one.assumption.rests and (standing := one.of(call)) is not None
        }
        if said := _said(states.values()):
            first = next(name for name, state in states.items() if state is not State.CONFIRMED)
            yield Unproven(f"{what}: {said}", f"{PATH}#{first}")


def unproven_rule(found: Iterable[Standing], rule: str) -> tuple[Unproven, ...]:
    """Return the assumptions below a rule's answer that are not confirmed."""
    return tuple(
        Unproven(f"{one.assumption.sentence} {one.state.capitalize()}.", f"{PATH}#{one.name}")
        for one in found
        if rule in one.assumption.rules and one.state is not State.CONFIRMED
    )


def _said(states: Iterable[State]) -> str:
    counted = list(states)
    refuted, unseen = counted.count(State.REFUTED), counted.count(State.NOT_SEEN)
    parts = [
        f"rests on {filters.plural(count, 'assumption')} {word}"
        for count, word in ((refuted, "that a record refuted"), (unseen, "not seen yet"))
        if count
    ]
    return ", ".join(parts)
