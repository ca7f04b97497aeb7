"""What a statement about one stream or channel is made from. Every question about calls names a range of time."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

import msgspec
import zstandard
from sqlalchemy import Connection, Row

from app.core import parts as core_parts
from app.core.model.event import ActorKind, KeyKind
from app.core.model.media_call import MediaCall
from app.core.model.metric import RequestCounts
from app.core.model.scope import Scope
from app.core.model.stream import StreamDetail
from app.core.query.cursor import EventKey
from app.core.statement.readers import MOST_ADDRESSES, Calls
from app.core.viewing.viewer import keys_of
from app.db.queries._footage import footage, url_end
from app.db.queries.event_filter import Where, in_scope
from app.db.queries.stream_pages import StreamRow
from app.db.sql import text

Interval = tuple[datetime, datetime]
MOST = 2_000
"""Groups of alike calls that are looked at; above that the list of readers is cut, their number is not."""
_REACH_OF_COUNTS = timedelta(days=13)
"""A reading of CloudWatch holds the 14 days before it."""


@dataclass(frozen=True, slots=True)
class Names:
    """The rows of the dimension that calls on one stream may name: `own` are it, `alike` bear its name too.

    A record that names a stream without its ARN may be of any stream of that name, so it is among `own`.
    """

    own: tuple[int, ...]
    alike: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """Alike calls, in groups, and how many calls were answered in all. `is_cut`: there are more groups."""

    calls: tuple[Calls, ...]
    answered: int
    is_cut: bool


def names_of(connection: Connection, scope: Scope, row: StreamRow) -> Names:
    """Return the ids by which calls name a stream or channel."""
    where = _of_account(scope, row.account_id)
    where.add(f"region = {where.name(row.region)} and kind = {where.name(row.kind)} and name = {where.name(row.name)}")
    found = connection.execute(text(f"select id, arn from stream where {where.sql} order by id"), where.params).all()
    own = (one.id for one in found if one.id == row.id or one.arn is None)
    return Names(tuple(own), tuple(one.id for one in found))


def read_calls(
    connection: Connection,
    scope: Scope,
    account: int,
    streams: Sequence[int],
    actions: Collection[str],
    times: Interval,
    asked: Interval | None = None,
    most: int = MOST,
) -> Found:
    """Return the calls of `actions` on `streams` within `times`, refused ones too, in at most `most` groups.

    With `asked`, those that may have asked for video of that interval, each with what it asked for. No group is of two
    sessions.
    """
    where = _of_calls(scope, account, streams, actions, times)
    columns: tuple[str, ...] = ()
    if asked is not None:
        start, end = where.name(asked[0]), where.name(asked[1])
        where.add(f"(footage_from is null or footage_from < {end}) and (footage_to is null or footage_to > {start})")
        columns = ("footage", "footage_from", "footage_to", "footage_clock")
    rows = _groups(connection, "event", where, columns, most)
    calls = tuple(_calls(row, account) for row in rows)
    issued = _issued_between(connection, scope, calls, times)
    if issued:
        keys, moments = (where.name(list(each)) for each in zip(*issued, strict=True))
        lives = f"""event left join (select access_key, array_agg(at order by at) as issued
                                     from unnest(cast({keys} as text[]), cast({moments} as timestamptz[]))
                                       as each (access_key, at) group by 1) lives
                    using (access_key)"""
        rows = _groups(connection, lives, where, columns, most, "width_bucket(event_time, issued)")
        calls = tuple(_calls(row, account) for row in rows)
    return Found(calls[:most], rows[0].answered if rows else 0, len(rows) > most)


def _groups(
    connection: Connection, table: str, where: Where, columns: tuple[str, ...], most: int, *apart: str
) -> Sequence[Row[Any]]:
    """Return groups of calls that are alike in `columns` and `apart` too, one more at most than are looked at."""
    alike = ", ".join(("action_id", *_ALIKE, *columns, *apart))
    told = ", ".join(f"e.{name}" for name in (*_TOLD, *_ALIKE, *columns))
    return connection.execute(
        text(f"""select a.name, p.arn, {told}
                 from (select {alike}, count(*) as n, min(event_time) as first_at, max(event_time) as last_at,
                         (array_agg(event_id order by event_time, event_id))[1] as event_id,
                         max({url_end()}) filter (where error_code is null) as url_until,
                         (array_agg(distinct address collate "C") filter (where address is not null))
                           [1:{MOST_ADDRESSES + 1}] as addresses,
                         coalesce(sum(count(*) filter (where error_code is null)) over (), 0)::bigint as answered
                       from {table} where {where.sql} group by {alike} order by n desc, first_at limit {most + 1:d}) e
                 join action a on a.id = e.action_id join principal p on p.id = e.principal_id
                 order by e.n desc, e.first_at"""),
        where.params,
    ).all()


def _issued_between(
    connection: Connection, scope: Scope, calls: Iterable[Calls], times: Interval
) -> list[tuple[str, datetime]]:
    """Return when keys were issued between alike calls: the ID of a temporary key may come again for a new session."""
    used: dict[str, list[Calls]] = {}
    for one in calls:
        for key in keys_of((one.first,)):
            used.setdefault(key, []).append(one)
    where = Where()
    in_scope(where, scope)
    where.add(f"access_key = any({where.name(sorted(used))})")
    where.add(f"event_time >= {where.name(times[0])} and event_time < {where.name(times[1])}")
    sql = f"select access_key, event_time from issued_session where {where.sql}"
    rows = connection.execute(text(sql), where.params)
    return [(key, at) for key, at in rows if any(one.first.at < at <= one.last_at for one in used[key])]


_TOLD = ("event_id", "first_at", "last_at", "n", "url_until", "addresses", "answered")
_ALIKE = ("principal_id", "actor_kind", "person", "access_key", "key_kind", "error_code")


def _calls(row: Sequence[Any], account: int) -> Calls:
    # By place: a page has hundreds, and a name of a row costs more than all the rest.
    action, principal, event_id, first_at, last_at, calls, url_until, addresses, _, *alike = row
    principal_id, kind, person, access_key, key_kind, error_code, *asked = alike
    first = MediaCall(
        key=EventKey(first_at, event_id, account),
        action=action,
        principal_id=principal_id,
        principal=principal,
        kind=ActorKind(kind),
        key_kind=KeyKind(key_kind),
        person=person,
        access_key=access_key,
        error_code=error_code,
        footage=footage(*asked) if asked else None,
    )
    return Calls(first, calls, last_at, url_until, tuple(addresses or ()))


@dataclass(frozen=True, slots=True)
class Totals:
    """All calls of one principal: how many AWS answered, how many it did not, and when it answered last."""

    answered: int
    refused: int
    last_at: datetime | None


def reads_by_principal(
    connection: Connection,
    scope: Scope,
    account: int,
    streams: Sequence[int],
    actions: Collection[str],
    times: Interval,
) -> dict[int, Totals]:
    """Return the calls of `actions` on `streams` within `times` by principal, however many groups there are."""
    where = _of_calls(scope, account, streams, actions, times)
    rows = connection.execute(
        text(f"""select principal_id, count(*) filter (where error_code is null) as answered,
                   count(error_code) as refused, max(event_time) filter (where error_code is null) as last_at
                 from event where {where.sql} group by 1"""),
        where.params,
    )
    return {row.principal_id: Totals(row.answered, row.refused, row.last_at) for row in rows}


def _of_calls(scope: Scope, account: int, streams: Sequence[int], actions: Collection[str], times: Interval) -> Where:
    where = _of_account(scope, account)
    where.add(f"stream_id = any({where.name(list(streams))}) and superseded_by is null")
    where.add(f"event_time >= {where.name(times[0])} and event_time < {where.name(times[1])}")
    where.add(f"action_id = any(array(select id from action where name = any({where.name(sorted(actions))})))")
    return where


def unnamed_reads(
    connection: Connection, scope: Scope, account: int, region: str, actions: Collection[str], times: Interval
) -> int:
    """Return how many answered calls of `actions` name no stream at all."""
    where = _of_account(scope, account)
    where.add("stream_id = 0 and superseded_by is null and error_code is null")
    where.add(f"event_time >= {where.name(times[0])} and event_time < {where.name(times[1])}")
    where.add(f"action_id = any(array(select id from action where name = any({where.name(sorted(actions))})))")
    where.add(f"region_id in (select id from region where name = {where.name(region)})")
    return int(connection.execute(text(f"select count(*) from event where {where.sql}"), where.params).scalar_one())


def counted_reads(
    connection: Connection,
    scope: Scope,
    account: int,
    streams: Sequence[int],
    actions: Collection[str],
    days: tuple[date, date],
) -> int:
    """Return how many answered calls of `actions` are counted of days whose calls are gone, the last day included.

    Those of them that were imported again are among the calls, and left out here.
    """
    where, stored = _of_days(scope, account, streams, actions, days), _of_account(scope, account, "stored")
    stored.add(f"stream_id = any({stored.name(list(streams))}) and superseded_by is null and error_code is null")
    stored.add("event_time >= cast(c.day as timestamp) at time zone 'UTC'")
    stored.add("event_time < cast(c.day + 1 as timestamp) at time zone 'UTC'")
    stored.add(f"action_id = any(array(select id from action where name = any({stored.name(sorted(actions))})))")
    rows = connection.execute(
        text(f"""select sum(greatest(0, c.n - (select count(*) from event where {stored.sql})))::bigint
                 from (select day, sum(n - errors) as n from roll_day join counted_day using (account_id, day)
                       where {where.sql} group by day) c"""),
        where.params | stored.params,
    )
    return int(rows.scalar_one() or 0)


def stored_by_day(
    connection: Connection,
    scope: Scope,
    account: int,
    streams: Sequence[int],
    actions: Collection[str],
    days: tuple[date, date],
) -> dict[tuple[str, date], int]:
    """Return how many calls of `actions` are stored by UTC day, the last day included; refused ones count."""
    where = _of_days(scope, account, streams, actions, days)
    rows = connection.execute(
        text(f"""select a.name as action, r.day, sum(r.n)::bigint as n
                 from (select * from roll_day where {where.sql}) r join action a on a.id = r.action_id
                 group by 1, 2"""),
        where.params,
    )
    return {(action, day): calls for action, day, calls in rows}


def _of_days(
    scope: Scope, account: int, streams: Sequence[int], actions: Collection[str], days: tuple[date, date]
) -> Where:
    """Return the rows of roll_day that are of `actions` on `streams`, the last day included."""
    where = _of_account(scope, account)
    where.add(f"stream_id = any({where.name(list(streams))})")
    where.add(f"day between {where.name(days[0])} and {where.name(days[1])}")
    # As an array the index tells which rows are of them, before a row is read.
    where.add(f"action_id = any(array(select id from action where name = any({where.name(sorted(actions))})))")
    return where


def request_counts(
    connection: Connection, scope: Scope, account: int, region: str, stream: str, times: Interval
) -> tuple[RequestCounts, ...]:
    """Return CloudWatch's counts of one stream by name, oldest reading first, as few readings as cover `times`."""
    where = _of_account(scope, account)
    where.add(f"part = 'request_counts' and region = {where.name(region)}")
    where.add(f"valid_from > {where.name(times[0])} and valid_from < {where.name(times[1] + timedelta(days=15))}")
    sql = f"select valid_from from snapshot where {where.sql} order by valid_from desc"
    wanted = _few(connection.execute(text(sql), where.params).scalars())
    rows = connection.execute(
        text(f"""select content from snapshot where {where.sql} and valid_from = any(:wanted) order by valid_from"""),
        where.params | {"wanted": wanted},
    )
    return tuple(_counts_of(bytes(row.content), stream) for row in rows)


def _few(newest_first: Iterable[datetime]) -> list[datetime]:
    """Return the readings without which some day would be told by none."""
    moments = list(newest_first)
    kept: list[datetime] = []
    for place, at in enumerate(moments):
        older = moments[place + 1] if place + 1 < len(moments) else None
        if not kept or older is None or kept[-1] - older > _REACH_OF_COUNTS:
            kept.append(at)
    return kept


@lru_cache(maxsize=512)
def _counts_of(content: bytes, stream: str) -> RequestCounts:
    """Return the counts of one stream. A reading is of all streams of its Region: it is decoded once."""
    found = msgspec.json.decode(zstandard.decompress(content), type=RequestCounts)
    return RequestCounts(found.since, found.until, tuple(one for one in found.counts if one.stream == stream))


def image_destinations(
    connection: Connection, scope: Scope, account: int, region: str, arn: str, times: Interval
) -> tuple[str, ...]:
    """Return where images of a stream were sent at some time, as the settings read tell."""
    where = _of_account(scope, account)
    where.add(f"part = 'stream_images' and region = {where.name(region)}")
    where.add(f"valid_from < {where.name(times[1])} and (valid_to is null or valid_to > {where.name(times[0])})")
    rows = connection.execute(text(f"select content from snapshot where {where.sql}"), where.params)
    details = (_detail_of(bytes(row.content), arn) for row in rows)
    made = (one for one in details if one is not None and one.image_generation_status == "ENABLED")
    return tuple(sorted({one.image_destination_uri or "a place that was not read" for one in made}))


@lru_cache(maxsize=512)
def _detail_of(content: bytes, arn: str) -> StreamDetail | None:
    found = msgspec.json.decode(zstandard.decompress(content), type=core_parts.StreamDetails)
    return dict(found.details).get(arn)


def rejected_origins(
    connection: Connection, scope: Scope, account: int, since: datetime
) -> tuple[tuple[str, int], ...]:
    """Return where rejected records lay and how many, of an account or of none that they tell, rejected since then."""
    if not scope.holds(account):
        return ()
    rows = connection.execute(
        text("""select origin, count(*) as n from rejected_record
                where account_id = any(:accounts) and rejected_at >= :since group by 1"""),
        {"accounts": [account, 0], "since": since},
    )
    return tuple((row.origin, row.n) for row in rows)


def _of_account(scope: Scope, account: int, prefix: str = "") -> Where:
    where = Where(prefix)
    in_scope(where, scope)
    where.add(f"account_id = {where.name(account)}")
    return where


def streams_called(connection: Connection, scope: Scope, name: str) -> tuple[tuple[int, str], ...]:
    """Return (id, ARN, or the name where no ARN is known) of the streams and channels with this ARN or name."""
    where = Where()
    in_scope(where, scope)
    given = where.name(name)
    where.add(f"id <> 0 and (arn = {given} or name = {given})")
    rows = connection.execute(
        text(f"select id, coalesce(arn, name) as arn from stream where {where.sql} order by arn is null, 2, 1"),
        where.params,
    )
    return tuple((row.id, row.arn) for row in rows)
