"""What one record shows of one assumption, as ingest asks it."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Engine

from app.core.ledger.catalogue import catalogue
from app.core.ledger.look import sightings_of
from app.core.ledger.standing import Standing, standings
from app.core.model.scope import EVERYTHING
from app.core.model.sighting import RecordKey, Sighting, Verdict
from app.core.trailfile.shape import decoded
from app.db.queries.assumptions import sightings, store_sightings
from tests.builders.stored import arrival
from tests.builders.trail import compact, role_identity


def shown(name: str, *records: dict[str, Any]) -> tuple[Sighting, ...]:
    """Return what the records of a file show of the assumption `name`."""
    assert name in catalogue()
    for record in records:
        decoded(compact(record))
    found = arrival(*records)
    assert found.rejected == ()
    return tuple(one for one in sightings_of([found.looks]) if one.assumption == name)


def verdict(name: str, record: dict[str, Any]) -> Verdict | None:
    """Return what one record says of the assumption `name`."""
    found = shown(name, record)
    assert len(found) <= 1
    return found[0].verdict if found else None


def standing(engine: Engine, name: str) -> Standing:
    """Return how an assumption stands by what is stored."""
    with engine.connect() as connection:
        found = standings(sightings(connection, EVERYTHING))
    return next(one for one in found if one.name == name)


def identity(**changes: Any) -> dict[str, Any]:
    """Return the userIdentity of a role's session, changed."""
    return role_identity() | changes


KEY = RecordKey(datetime(2026, 11, 1, tzinfo=UTC), "6f0b2f1e-93c1-4d0a-9d52-0f4b1a77c3e9", 590817264433)


def make_confirmed(connection: Connection, *, but: str = "", is_emulated: bool = False) -> None:
    """Store a record that confirms it for each assumption and call, `but` for one assumption."""
    made = [
        Sighting(name, call, Verdict.CONFIRMS, is_emulated, KEY, KEY)
        for name, one in catalogue().items()
        for call in one.calls or ("",)
        if name != but
    ]
    store_sightings(connection, made)


def make_refuted(connection: Connection, name: str, call: str = "") -> None:
    """Store a record that refutes an assumption."""
    store_sightings(connection, [Sighting(name, call, Verdict.REFUTES, False, KEY, KEY)])
