"""Hold the stored events against CloudWatch's own counts: what only both together show of an assumption."""

from contextlib import suppress

from sqlalchemy import Connection

from app.core.ledger.counted import CountedDay, counted_days, ends_alike
from app.core.ledger.emulated import is_emulated
from app.core.ledger.together import merged, sightings_together
from app.core.model.scope import EVERYTHING
from app.core.model.sighting import RecordKey, Sighting
from app.core.rules.facts import PostureFacts
from app.core.trailfile.shape import decoded
from app.db.queries import rule_facts
from app.db.queries.raw_records import UnknownDictionary, raw_record


def held_against_counts(connection: Connection, facts: PostureFacts) -> tuple[Sighting, ...]:
    """Return what the account's days show on which as many events are stored as CloudWatch counted requests."""
    days = ends_alike(counted_days(facts.snapshot, facts.logged, facts.now))
    found = ((one, _newest(connection, facts.snapshot.account.id, one)) for one in days)
    return merged(sightings_together((one.seen, *record) for one, record in found if record is not None))


def _newest(connection: Connection, account_id: int, of: CountedDay) -> tuple[RecordKey, bool] | None:
    """Return the newest record of a day and whether the demo made it; None: without the record nobody can tell."""
    key = rule_facts.newest_call(connection, account_id, of.stream, of.seen.action, of.day)
    raw = None
    if key is not None:
        with suppress(UnknownDictionary):
            raw = raw_record(connection, EVERYTHING, key)
    if key is None or raw is None:
        return None
    return RecordKey(key.event_time, str(key.event_id), key.account), is_emulated(decoded(raw.content))
