"""How each assumption stands: confirmed, refuted or not seen yet, and by which records."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from app.core.assumptions._assumption import Assumption
from app.core.ledger.catalogue import catalogue
from app.core.model.sighting import Sighting, Verdict


class State(StrEnum):
    """What AWS's own records have shown. One that refutes weighs more than any number that confirm."""

    CONFIRMED = "confirmed"
    REFUTED = "refuted"
    NOT_SEEN = "not seen yet"


@dataclass(frozen=True, slots=True)
class CallStanding:
    """How an assumption stands for one call; `call` is "" where it is about none in particular.

    `emulated` is what the demo's own records show: it counts for nothing.
    """

    call: str
    confirming: Sighting | None = None
    refuting: Sighting | None = None
    emulated: tuple[Sighting, ...] = ()

    @property
    def state(self) -> State:
        """What AWS's records say."""
        return _state(is_confirmed=self.confirming is not None, is_refuted=self.refuting is not None)


@dataclass(frozen=True, slots=True)
class Standing:
    """How one assumption stands, for each call that it is about."""

    name: str
    assumption: Assumption
    calls: tuple[CallStanding, ...]

    @property
    def state(self) -> State:
        """Refuted where it is for any call, confirmed where it is for every one."""
        return _of_all(each.state for each in self.calls)

    def of(self, call: str) -> CallStanding | None:
        """Return how it stands for a call; None where it is about others."""
        return next((each for each in self.calls if each.call in {call, ""}), None)


def standings(sightings: Iterable[Sighting]) -> tuple[Standing, ...]:
    """Return how every assumption stands by what was seen, in the order of their ids.

    What was seen of an assumption or call that this release does not ask of is left out.
    """
    by_call: dict[tuple[str, str], list[Sighting]] = {}
    for one in sightings:
        by_call.setdefault((one.assumption, one.call), []).append(one)
    return tuple(
        Standing(name, one, tuple(_of_call(call, by_call.get((name, call), [])) for call in one.calls or ("",)))
        for name, one in catalogue().items()
    )


Shown = tuple[str, str, Verdict]
"""Assumption, call or "", and what some record of AWS shows of it."""


def states(asked: Collection[tuple[str, str]], shown: Collection[Shown]) -> Mapping[str, State]:
    """Return how each assumption stands for those calls that are `asked` of, by its id."""
    by_name: dict[str, list[State]] = {}
    for name, call in asked:
        confirmed, refuted = ((name, call, verdict) in shown for verdict in (Verdict.CONFIRMS, Verdict.REFUTES))
        by_name.setdefault(name, []).append(_state(is_confirmed=confirmed, is_refuted=refuted))
    return {name: _of_all(found) for name, found in by_name.items()}


def _state(*, is_confirmed: bool, is_refuted: bool) -> State:
    if is_refuted:
        return State.REFUTED
    return State.CONFIRMED if is_confirmed else State.NOT_SEEN


def _of_all(found: Iterable[State]) -> State:
    told = set(found)
    if State.REFUTED in told:
        return State.REFUTED
    return State.NOT_SEEN if State.NOT_SEEN in told else State.CONFIRMED


def _of_call(call: str, seen: list[Sighting]) -> CallStanding:
    by_verdict = {one.verdict: one for one in seen if not one.is_emulated}
    return CallStanding(
        call,
        by_verdict.get(Verdict.CONFIRMS),
        by_verdict.get(Verdict.REFUTES),
        tuple(one for one in seen if one.is_emulated),
    )
