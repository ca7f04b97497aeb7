"""What an event's drawer or a finding rests on that no record of AWS has confirmed, in a line that links to it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from app.core.assumptions._assumption import Rests
from app.core.ledger.standing import Standing, State
from app.web import filters

PATH = "/assumptions"
WORST_FIRST = (State.REFUTED, State.NOT_SEEN, State.CONFIRMED)


@dataclass(frozen=True, slots=True)
class Unproven:
    """One thing that rests on assumptions which are refuted or not seen yet; `href` leads to the first of them."""

    text: str
    href: str


def state_counts(found: Iterable[Standing]) -> str:
    """Return "1 refuted, 14 not seen yet, 4 confirmed": the worst first."""
    states = [one.state for one in found]
    return ", ".join(f"{states.count(state)} {state}" for state in WORST_FIRST)


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
