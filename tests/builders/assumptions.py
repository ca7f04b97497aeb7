"""What one record shows of one assumption, as ingest asks it."""

from typing import Any

from sqlalchemy import Engine

from app.core.ledger.catalogue import catalogue
from app.core.ledger.look import sightings_of
from app.core.ledger.standing import Standing, standings
from app.core.model.scope import EVERYTHING
from app.core.model.sighting import Sighting, Verdict
from app.core.trailfile.shape import decoded
from app.db.queries.assumptions import sightings
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
