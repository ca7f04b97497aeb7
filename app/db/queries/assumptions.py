"""What records have shown of the assumptions: stored with the batch that brings them, read for pages and the doctor."""

from collections.abc import Collection, Iterable, Sequence

from sqlalchemy import Connection

from app.core.ledger.standing import Shown
from app.core.model.scope import Scope
from app.core.model.sighting import RecordKey, Sighting, Verdict
from app.db.queries.shell import scope_filter
from app.db.sql import text

_STORE = """
insert into assumption_seen as known
  (account_id, assumption, call, verdict, is_emulated, first_time, first_id, newest_time, newest_id)
select * from unnest(cast(:accounts as bigint[]), cast(:assumptions as text[]), cast(:calls as text[]),
  cast(:verdicts as text[]), cast(:emulated as boolean[]), cast(:first_times as timestamptz[]),
  cast(:first_ids as uuid[]), cast(:newest_times as timestamptz[]), cast(:newest_ids as uuid[]))
on conflict (account_id, assumption, call, verdict, is_emulated) do update
set (first_time, first_id) = (
      select time, id from (values (known.first_time, known.first_id), (excluded.first_time, excluded.first_id))
        as two (time, id) order by time, id limit 1),
    (newest_time, newest_id) = (
      select time, id from (values (known.newest_time, known.newest_id), (excluded.newest_time, excluded.newest_id))
        as two (time, id) order by time desc, id desc limit 1)
where (excluded.first_time, excluded.first_id) < (known.first_time, known.first_id)
   or (excluded.newest_time, excluded.newest_id) > (known.newest_time, known.newest_id)
"""
"""Earliest and latest of what is there and what comes: in whatever order batches come, and however often."""


def store_sightings(connection: Connection, sightings: Sequence[Sighting]) -> None:
    """Keep what the records of a batch show; `sightings` has each key once, in order: two writers do not deadlock."""
    if not sightings:
        return
    values = {
        "accounts": [one.first.account for one in sightings],
        "assumptions": [one.assumption for one in sightings],
        "calls": [one.call for one in sightings],
        "verdicts": [one.verdict.value for one in sightings],
        "emulated": [one.is_emulated for one in sightings],
        "first_times": [one.first.event_time for one in sightings],
        "first_ids": [one.first.event_id for one in sightings],
        "newest_times": [one.newest.event_time for one in sightings],
        "newest_ids": [one.newest.event_id for one in sightings],
    }
    connection.execute(text(_STORE), values)


_SEEN = """
with seen as (select * from assumption_seen where {condition}), ends as (
  select assumption, call, verdict, is_emulated, min(first_time) as first_time, max(newest_time) as newest_time
  from seen group by 1, 2, 3, 4
), first as (
  select distinct on (assumption, call, verdict, is_emulated) assumption, call, verdict, is_emulated, first_time,
    first_id, account_id as first_account
  from seen join ends using (assumption, call, verdict, is_emulated, first_time)
  order by assumption, call, verdict, is_emulated, first_id, account_id
), newest as (
  select distinct on (assumption, call, verdict, is_emulated) assumption, call, verdict, is_emulated, newest_time,
    newest_id, account_id as newest_account
  from seen join ends using (assumption, call, verdict, is_emulated, newest_time)
  order by assumption, call, verdict, is_emulated, newest_id desc, account_id
)
select * from first join newest using (assumption, call, verdict, is_emulated)
"""


def sightings(connection: Connection, scope: Scope, *, names: Iterable[str] | None = None) -> tuple[Sighting, ...]:
    """Return what the records of a scope's accounts have shown, over all of them the first and the newest.

    Pages that ask of a few assumptions name them: of 500 accounts there may be 56,000 rows. What needs no record asks
    by `shown`.
    """
    condition, values = scope_filter(scope)
    if names is not None:
        condition, values = f"{condition} and assumption = any(:names)", values | {"names": list(names)}
    rows = connection.execute(text(_SEEN.format(condition=condition)), values)
    return tuple(
        Sighting(
            row.assumption,
            row.call,
            Verdict(row.verdict),
            row.is_emulated,
            RecordKey(row.first_time, str(row.first_id), row.first_account),
            RecordKey(row.newest_time, str(row.newest_id), row.newest_account),
        )
        for row in rows
    )


_SHOWN = """
select assumption, call, verdict from unnest(cast(:names as text[]), cast(:calls as text[])) as asked (assumption, call)
cross join unnest(cast(:verdicts as text[])) as said (verdict)
where (select true from assumption_seen s where s.assumption = asked.assumption and s.call = asked.call
  and s.verdict = said.verdict and not s.is_emulated and {condition} limit 1)
"""
"""A subselect, which is a look into the index for each and ends at the first row: of 500 accounts `exists` read all."""


def shown(connection: Connection, scope: Scope, asked: Collection[tuple[str, str]]) -> frozenset[Shown]:
    """Return what records of AWS have shown of those (assumption, call) that are `asked` of."""
    # Summed up, the accounts are no condition of the index: of many it would look for each of them.
    condition, values = scope_filter(scope, "s.account_id + 0")
    values |= {
        "names": [name for name, _ in asked],
        "calls": [call for _, call in asked],
        "verdicts": [verdict.value for verdict in Verdict],
    }
    rows = connection.execute(text(_SHOWN.format(condition=condition)), values)
    return frozenset((row.assumption, row.call, Verdict(row.verdict)) for row in rows)
