"""The assumptions, as files have them: how each stands, call by call, and by which records."""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection

from app.core.errors import InvalidInput
from app.core.ledger.catalogue import chosen
from app.core.ledger.standing import CallStanding, Standing, standings
from app.core.model.scope import Scope
from app.core.model.sighting import RecordKey, Sighting
from app.core.query.cursor import EventKey, reference
from app.core.query.filter import Filter
from app.db.queries.assumptions import sightings
from app.services.export_lists import Row, narrowed_to


def assumptions(connection: Connection, scope: Scope, query: Filter, _now: datetime) -> Iterator[Row]:
    """Yield a row for each call that an assumption is about, or one where it is about none in particular.

    Records are named as `event=` names them: account, time and eventID.
    """
    narrowed, _ = narrowed_to(connection, scope, query)
    names, unknown = chosen(query.values("assumption"))
    if unknown:
        raise InvalidInput("\n".join(f"assumption={name} is not an assumption here" for name in unknown))
    for one in standings(sightings(connection, narrowed)):
        if one.name in names:
            yield from (_row(one, call) for call in one.calls)


def _row(one: Standing, call: CallStanding) -> Row:
    return {
        "assumption": one.name,
        "call": call.call,
        "state": call.state,
        "sentence": one.assumption.sentence,
        "confirmed_first": _first(call.confirming),
        "confirmed_newest": _newest(call.confirming),
        "refuted_first": _first(call.refuting),
        "refuted_newest": _newest(call.refuting),
        "demo": " ".join(seen.verdict for seen in call.emulated),
        "source": one.assumption.source,
        "limits": one.assumption.limits,
        "rests": "; ".join(one.assumption.rests),
        "rules": " ".join(one.assumption.rules),
    }


def _first(seen: Sighting | None) -> str:
    return "" if seen is None else _named(seen.first)


def _newest(seen: Sighting | None) -> str:
    return "" if seen is None else _named(seen.newest)


def _named(key: RecordKey) -> str:
    return reference(EventKey(key.event_time, UUID(key.event_id), key.account))
