"""Tell the doctor how the assumptions stand: what AWS's own records have shown of each."""

from collections.abc import Iterator

from sqlalchemy import Engine

from app.core.arn import account_text
from app.core.health import Check, Health
from app.core.ledger.standing import Standing, State, standings
from app.core.model.scope import EVERYTHING
from app.core.model.sighting import Sighting, Verdict
from app.db.queries.assumptions import sightings

_SAID = {Verdict.CONFIRMS: "follow", Verdict.REFUTES: "contradict"}


def check_assumptions(engine: Engine) -> Iterator[Check]:
    """Yield one check an assumption.

    One that is refuted does not make the doctor fail: whoever runs kvswatch cannot mend what AWS does. What rests on it
    cannot be told.
    """
    with engine.connect() as connection:
        found = standings(sightings(connection, EVERYTHING))
    for one in found:
        health = Health.OK if one.state is State.CONFIRMED else Health.CANNOT_TELL
        yield Check("assumption", one.name, health, f"{_state(one)}: {one.assumption.sentence}{_rest(one)}", _todo(one))


def _state(one: Standing) -> str:
    refuting = next((each.refuting for each in one.calls if each.refuting is not None), None)
    if refuting is not None:
        return f"refuted by {_record(refuting)}"
    confirmed = [each for each in one.calls if each.confirming is not None]
    if not confirmed:
        return State.NOT_SEEN + _of_the_demo(one)
    newest = max((each.confirming for each in confirmed if each.confirming), key=lambda each: each.newest)
    if one.state is State.CONFIRMED:
        return f"confirmed, last by {_record(newest)}"
    missing = ", ".join(each.call for each in one.calls if each.confirming is None)
    return f"confirmed for {', '.join(each.call for each in confirmed)}, not seen yet for {missing}"


def _record(seen: Sighting) -> str:
    key = seen.newest
    of = f" of {seen.call}" if seen.call else ""
    return f"record {key.event_id}{of} at {key.event_time:%Y-%m-%d %H:%M:%SZ} in {account_text(key.account)}"


def _of_the_demo(one: Standing) -> str:
    said = {_SAID[seen.verdict] for each in one.calls for seen in each.emulated}
    return f" (records of kvswatch's own demo {' and '.join(sorted(said))} it, which proves nothing)" if said else ""


def _rest(one: Standing) -> str:
    return "" if one.state is State.CONFIRMED else f" On it rests {'; '.join(one.assumption.rests)}."


def _todo(one: Standing) -> str:
    return "see /assumptions, and tell the makers of kvswatch" if one.state is State.REFUTED else ""
