"""Records that correct another one (addendum UPDATED_DATA): both are kept, one is counted.

Whatever order they come in, and however often, the end is the same: of a record and those that correct it one is
counted, the latest of the corrections, and the others name it in `superseded_by`. A record is never counted again once
it is superseded.

Two writers, of which one stores a record and the other its correction, would not see each other's. So a batch with
corrections stores alone (`alone`), and each other batch looks behind what it stored for corrections that wait.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row

from app.core.model.event import Event
from app.db.engine import lock, lock_shared
from app.db.queries import hours
from app.db.queries.retention import counted_of
from app.db.queries.stored_events import FACETS
from app.db.sql import text

_LOCK = "addenda"
_REACH = timedelta(days=92)
"""How much older than its correction a record may be: a month more than CloudTrail tries to deliver one again. As much
newer: what was wrong of it may have been its time."""


@dataclass(frozen=True, slots=True)
class Correction:
    """A record that corrects another one of the same account."""

    account: int
    event_id: UUID
    event_time: datetime
    original: UUID


@dataclass(frozen=True, slots=True)
class _Group:
    account: int
    root: UUID


def correction_of(event: Event) -> Correction | None:
    """Return what an event corrects; None where it corrects nothing, or what has no GUID and so no event here."""
    try:
        return Correction(event.account, UUID(event.event_id), event.event_time, UUID(event.addendum_of or ""))
    except ValueError:
        return None


def begin(connection: Connection, *, alone: bool) -> None:
    """Wait until a batch may be stored: alone when it corrects something, else beside others."""
    if alone:
        lock(connection, _LOCK)
    else:
        lock_shared(connection, _LOCK)


def supersede(connection: Connection, corrections: Sequence[Correction], now: datetime) -> None:
    """Take out of the counts what the batch that was just stored corrects, or what corrects it.

    `stage_event` still holds what was new of the batch.
    """
    groups = {_registered(connection, one): None for one in corrections}
    waiting = _arrived(connection)
    if waiting and not corrections:
        # Two batches that both want this wait for each other: one of them is then stored again, alone from the start.
        lock(connection, _LOCK)
    for group in dict.fromkeys([*filter(None, groups), *waiting]):
        _settle(connection, group, now)


def _registered(connection: Connection, one: Correction) -> _Group | None:
    """Write a correction down under the first record; None where it closes a circle and so corrects nothing."""
    values: dict[str, Any] = {"account": one.account, "id": one.event_id}
    root = connection.execute(
        text("select root_id from addendum where account_id = :account and event_id = :original"),
        values | {"original": one.original},
    ).scalar_one_or_none()
    group = _Group(one.account, root or one.original)
    if group.root == one.event_id:
        return None
    connection.execute(
        text("""insert into addendum (account_id, event_id, event_time, root_id)
                values (:account, :id, :time, :root) on conflict do nothing"""),
        values | {"time": one.event_time, "root": group.root},
    )
    # What corrects this correction belongs to the same first record.
    connection.execute(
        text("""update addendum set root_id = :root, root_time = null where account_id = :account and root_id = :id"""),
        values | {"root": group.root},
    )
    return group


def _arrived(connection: Connection) -> list[_Group]:
    """Return the groups whose first record is new in the batch, if only because its month was dropped since."""
    rows = connection.execute(
        text("""update addendum a set root_time = s.event_time from stage_event s
                where a.account_id = s.account_id and a.root_id = s.event_id
                returning a.account_id, a.root_id""")
    )
    return sorted({_Group(row.account_id, row.root_id) for row in rows}, key=lambda one: (one.account, one.root))


def _settle(connection: Connection, group: _Group, now: datetime) -> None:
    """Let the latest correction that is counted stand for all of its group."""
    values: dict[str, Any] = {"account": group.account, "root": group.root}
    _find_root(connection, group)
    latest = _latest(
        connection.execute(
            text("""select e.event_id, e.event_time, e.addendum_of, e.superseded_by
                    from addendum a join event e using (account_id, event_time, event_id)
                    where a.account_id = :account and a.root_id = :root"""),
            values,
        ).all(),
        group.root,
    )
    if latest is None:
        return
    others = """event_id <> :latest and account_id = :account and (event_time, event_id) in (
                  select event_time, event_id from addendum where account_id = :account and root_id = :root
                  union all
                  select root_time, root_id from addendum
                  where account_id = :account and root_id = :root and root_time is not null)"""
    gone = connection.execute(
        text(f"""update event set superseded_by = :latest where superseded_by is null and {others}
                 returning event_time, event_id"""),
        values | {"latest": latest},
    ).all()
    connection.execute(
        text(f"update event set superseded_by = :latest where superseded_by <> :latest and {others}"),
        values | {"latest": latest},
    )
    if gone:
        _take_out(connection, group.account, gone, now)


def _latest(group: Iterable[Row[Any]], root: UUID) -> UUID | None:
    """Return which of a record's corrections stands for it; None: none that is counted.

    Of several of one record it is the latest by time, then ID, and of one that was corrected itself what corrects it:
    what stands in the end stands whichever of them are there, and so in whatever order they come.
    """
    by_id = {row.event_id: row for row in group}
    corrections: defaultdict[UUID, list[Row[Any]]] = defaultdict(list)
    for row in by_id.values():
        original = UUID(row.addendum_of)
        # What is not stored any more leaves what corrects it to the first record.
        corrections[original if original in by_id else root].append(row)
    stands = None
    while found := corrections.pop(root if stands is None else stands.event_id, None):
        stands = max(found, key=_lateness)
    if stands is not None and stands.superseded_by is not None:
        # An earlier release let another one stand.
        stands = max((row for row in by_id.values() if row.superseded_by is None), key=_lateness, default=None)
    return None if stands is None else stands.event_id


def _lateness(row: Row[Any]) -> tuple[datetime, UUID]:
    return row.event_time, row.event_id


def _find_root(connection: Connection, group: _Group) -> None:
    """Write down when the first record was, if it is stored: at the time of a correction, as a rule, else before."""
    values: dict[str, Any] = {"account": group.account, "root": group.root}
    span = connection.execute(
        text("""select min(event_time) as first, max(event_time) as last, array_agg(event_time) as times
                from addendum where account_id = :account and root_id = :root and root_time is null"""),
        values,
    ).one()
    if span.first is None:
        return
    values |= {"times": span.times, "since": span.first - _REACH, "until": span.last + _REACH}
    for when in ("event_time = any(:times)", "event_time between :since and :until"):
        found = connection.execute(
            text(f"select event_time from event where account_id = :account and event_id = :root and {when} limit 1"),
            values,
        ).scalar_one_or_none()
        if found is not None:
            connection.execute(
                text("update addendum set root_time = :found where account_id = :account and root_id = :root"),
                values | {"found": found},
            )
            return


# ---------------------------------------------------------------- out of the counts

_GONE = """gone as (
  select account_id, event_time, action_id, region_id, stream_id, principal_id, user_agent_id, access_key, key_kind,
    address, error_code, date_trunc('hour', event_time, 'UTC') as hour,
    cast(event_time at time zone 'UTC' as date) as day
  from event where account_id = :account and (event_time, event_id) in (
    select * from unnest(cast(:times as timestamptz[]), cast(:ids as uuid[])))
)"""


def _take_out(connection: Connection, account: int, keys: Iterable[Any], now: datetime) -> None:
    """Subtract events from every rollup that has them, and let their hours be evaluated again."""
    # Of such a day what is stored was not counted with it.
    counted = counted_of(connection, account)
    given = [(row.event_time, row.event_id) for row in keys if row.event_time.astimezone(UTC).date() not in counted]
    if not given:
        return
    values = {"account": account, "times": [at for at, _ in given], "ids": [one for _, one in given], "now": now}
    facets = " union all ".join(
        f"select account_id, day, '{kind}' as kind, cast({value} as text) as value, error_code from gone"
        for kind, value in FACETS.items()
    )
    connection.execute(
        text(f"""with {_GONE}, the_hours as (
                   update roll_hour r set {hours.plus("r", "g", "-")} from ({hours.rolled_up("gone")}) g
                   where (r.account_id, r.day, r.action_id) = (g.account_id, g.day, g.action_id)
                 ), the_dims as (
                   update roll_dim r set n = r.n - g.n, errors = r.errors - g.errors
                   from (select account_id, kind, day, value, count(*) as n, count(error_code) as errors
                         from ({facets}) facet where value is not null group by 1, 2, 3, 4) g
                   where (r.account_id, r.kind, r.day, r.value) = (g.account_id, g.kind, g.day, g.value)
                 ), the_days as (
                   update roll_day r set n = r.n - g.n, errors = r.errors - g.errors
                   from (select account_id, stream_id, day, principal_id, action_id, count(*) as n,
                           count(error_code) as errors from gone group by 1, 2, 3, 4, 5) g
                   where (r.account_id, r.stream_id, r.day, r.principal_id, r.action_id)
                       = (g.account_id, g.stream_id, g.day, g.principal_id, g.action_id)
                 ), the_uses as (
                   update roll_use r set n = r.n - g.n
                   from (select account_id, principal_id, action_id, count(*) as n from gone
                         where error_code is null group by 1, 2, 3) g
                   where (r.account_id, r.principal_id, r.action_id) = (g.account_id, g.principal_id, g.action_id)
                 )
                 insert into touched_hour (account_id, hour, touched_at)
                 select distinct account_id, hour, cast(:now as timestamptz) from gone order by 1, 2
                 on conflict (account_id, hour) do update
                 set touched_at = greatest(touched_hour.touched_at, excluded.touched_at)"""),
        values,
    )
    for statement in (*_EMPTIED, _DAYS, _UNUSED, *_USES):
        connection.execute(text(f"with {_GONE} {statement}"), values)


_EMPTIED = (
    """delete from roll_hour r using gone g
       where (r.account_id, r.day, r.action_id) = (g.account_id, g.day, g.action_id) and r.n <= 0""",
    "delete from roll_dim r using gone g where (r.account_id, r.day) = (g.account_id, g.day) and r.n <= 0",
    "delete from roll_day r using gone g where (r.account_id, r.day) = (g.account_id, g.day) and r.n <= 0",
)
_DAYS = """
update roll_day r set first_seen = left_.first_seen, last_seen = left_.last_seen
from (select e.account_id, e.stream_id, g.day, e.principal_id, e.action_id, min(e.event_time) as first_seen,
        max(e.event_time) as last_seen
      from (select distinct account_id, stream_id, day, principal_id, action_id from gone) g
      join event e on e.account_id = g.account_id and e.stream_id = g.stream_id and e.principal_id = g.principal_id
        and e.action_id = g.action_id and e.event_time >= cast(g.day as timestamp) at time zone 'UTC'
        and e.event_time < cast(g.day + 1 as timestamp) at time zone 'UTC'
      where e.account_id = :account and e.superseded_by is null group by 1, 2, 3, 4, 5) left_
where (r.account_id, r.stream_id, r.day, r.principal_id, r.action_id)
    = (left_.account_id, left_.stream_id, left_.day, left_.principal_id, left_.action_id)"""
"""The first and the last of a day may have been the ones that went."""
_OF_USE = """(r.account_id, r.principal_id, r.action_id) = (g.account_id, g.principal_id, g.action_id)
  and g.error_code is null"""
_UNUSED = f"delete from roll_use r using gone g where {_OF_USE} and r.n <= 0"
_LEFT_OF_USE = """coalesce({pick}(
    (select {agg}(e.event_time) from event e where e.account_id = r.account_id and e.principal_id = r.principal_id
       and e.action_id = r.action_id and e.error_code is null and e.superseded_by is null),
    (select {agg}(d.{of_day}) from roll_day d join counted_day using (account_id, day)
     where d.account_id = r.account_id and d.principal_id = r.principal_id and d.action_id = r.action_id
       and d.n > d.errors)), r.{end})"""
_USES = tuple(
    f"""update roll_use r set {end} = {_LEFT_OF_USE.format(pick=pick, agg=agg, of_day=of_day, end=end)}
        from gone g where {_OF_USE} and g.event_time = r.{end}"""
    for end, of_day, agg, pick in (
        ("first_at", "first_seen", "min", "least"),
        ("last_at", "last_seen", "max", "greatest"),
    )
)
"""The first and the last of a use: of what is stored, and of the days whose counts outlived their calls."""
