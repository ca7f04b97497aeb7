"""What a page, a drawer or a finding rests on that AWS's records have not confirmed, in a line that links to it."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

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
    """The line of a page: its beginning, which leads to those assumptions (`href`), and the rest."""

    link: str
    rest: str
    href: str


def state_counts(found: Collection[State]) -> str:
    """Return "1 refuted, 14 not seen yet, 4 confirmed": the worst first."""
    counted = Counter(found)
    return ", ".join(f"{counted[state]} {state}" for state in WORST_FIRST)


def resting(visit: Visit, *rests: Rests, calls: Collection[str] | None = None) -> Resting | None:
    """Return what of `rests` a page rests on that is unproven; None: nothing.

    What a record refutes is named first, then what comes first. `calls` are the eventNames that the page is about,
    None: all.
    """
    asked = asked_below(rests, calls)
    return resting_on(states(asked, shown(visit.connection, visit.scope, asked)), rests)


def resting_on(found: Mapping[str, State], rests: Iterable[Rests]) -> Resting | None:
    """Return the same by how the assumptions stand; each is counted once, whatever rests on it."""
    open_ = {name: state for name, state in found.items() if state is not State.CONFIRMED}
    if not open_:
        return None
    refuted = [name for name, state in open_.items() if state is State.REFUTED]
    of_them = f", {len(refuted):,} of them refuted by a record" if refuted else ""
    are, they = ("is", "It is") if len(open_) == 1 else ("are", "They are")
    on_them = list(dict.fromkeys((*_on(refuted, rests), *_on(open_, rests))))
    more = len(on_them) - MOST_NAMED
    named = [*on_them[:MOST_NAMED], *([f"and {filters.plural(more, 'other thing')}"] if more > 0 else [])]
    return Resting(
        f"It rests on {filters.plural(len(open_), 'assumption')}",
        f" about AWS's records that {are} not confirmed for every call{of_them}. {they} about: {'; '.join(named)}.",
        f"{PATH}?{urlencode([('assumption', name) for name in open_])}",
    )


def _on(names: Iterable[str], rests: Iterable[Rests]) -> list[Rests]:
    """Return what of `rests` rests on any of these assumptions."""
    found = {what for name in names for what in catalogue()[name].rests}
    return [what for what in rests if what in found]


def unproven(found: Mapping[str, State], rests: Iterable[Rests]) -> Iterator[Unproven]:
    """Yield what of `rests` is unproven, each once, by how the assumptions stand for the call in question."""
    for what in rests:
        of_it = {name: state for name, state in found.items() if what in catalogue()[name].rests}
        if said := _said(of_it.values()):
            first = next(name for name, state in of_it.items() if state is not State.CONFIRMED)
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
