"""What rules are given from the stored calls: a day's events, and what was usual before."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Connection, Row

from app.core.coverage.observe import LogSource
from app.core.kvs.actions import MEDIA_READ
from app.core.model.event import Actor, ActorKind, Event, KeyKind
from app.core.query.cursor import EventKey
from app.core.rules.calls import RECORDED_MEDIA, network_of, reader_key
from app.core.rules.habits import Read
from app.core.trailfile.cursor import from_json
from app.db.queries._footage import footage
from app.db.queries.log_groups import log_groups
from app.db.sql import text

_NONE = 0


@dataclass(frozen=True, slots=True)
class TouchedHour:
    """An hour with events that came in since the last evaluation. `version` changes with every further batch."""

    hour: datetime
    version: str


def touched_hours(connection: Connection, account_id: int) -> tuple[TouchedHour, ...]:
    """Return the hours of an account that were touched since the last evaluation, oldest first."""
    rows = connection.execute(
        text("select hour, xmin::text as version from touched_hour where account_id = :account_id order by hour"),
        {"account_id": account_id},
    )
    return tuple(TouchedHour(row.hour, row.version) for row in rows)


def untold_rules(connection: Connection, account_id: int) -> frozenset[str]:
    """Return the rules that waited for a part that was never read when they last ran."""
    rows = connection.execute(
        text("select distinct rule from cannot_tell where account_id = :account_id and is_unread"),
        {"account_id": account_id},
    )
    return frozenset(rows.scalars())


def clear_touched(connection: Connection, account_id: int, hours: Iterable[TouchedHour]) -> None:
    """Forget the hours that were evaluated; one that was touched again meanwhile stays."""
    given = list(hours)
    connection.execute(
        text("""delete from touched_hour t
                using unnest(cast(:hours as timestamptz[]), cast(:versions as text[])) as seen (hour, version)
                where t.account_id = :account_id and t.hour = seen.hour and t.xmin::text = seen.version"""),
        {
            "account_id": account_id,
            "hours": [one.hour for one in given],
            "versions": [one.version for one in given],
        },
    )


def events_between(connection: Connection, account_id: int, start: datetime, end: datetime) -> tuple[Event, ...]:
    """Return an account's events with `start` <= time < `end`, oldest first, without their error messages."""
    values = {"account_id": account_id, "start": start, "end": end}
    names = _Names(connection, values)
    rows = connection.execute(
        text("""select event_time, event_id, action_id, region_id, stream_id, principal_id, access_key,
                  key_kind, actor_kind, session_name, person, address, error_code, is_read_only, is_data_event,
                  shared_event_id, request_id, api_name, url_expires_s, footage_from, footage_to, footage,
                  footage_clock, vpc_endpoint_id, invoked_by, addendum_of, addendum_reason
                from event where account_id = :account_id and event_time >= :start and event_time < :end
                  and superseded_by is null
                order by event_time, event_id""").execution_options(stream_results=True, yield_per=5_000),
        values,
    )
    return tuple(names.event(account_id, row) for row in rows)


def logged_counts(
    connection: Connection, account_id: int, since: date, until: date
) -> dict[tuple[str, str, date], int]:
    """Return how many calls are stored by (stream ARN, action, UTC day), of days with `since` <= day <= `until`.

    A call counts for all streams of a name, by whichever ARN it named one: one that was made again has another ARN, and
    CloudWatch, against which calls are held, knows the name alone.
    """
    rows = connection.execute(
        text("""select t.arn, a.name as action, r.day, sum(r.n)::bigint as n
                from roll_day r join action a on a.id = r.action_id join stream s on s.id = r.stream_id
                  join stream t on t.arn is not null and (s.arn is null or t.kind = s.kind)
                    and t.account_id = s.account_id and t.region = s.region and t.name = s.name
                where r.account_id = :account_id and r.day between :since and :until
                group by 1, 2, 3"""),
        {"account_id": account_id, "since": since, "until": until},
    )
    return {(row.arn, row.action, row.day): row.n for row in rows}


def newest_call(connection: Connection, account_id: int, stream: str, action: str, day: date) -> EventKey | None:
    """Return the newest call of a UTC day on any stream of the name that the ARN `stream` has; None: there is none."""
    start = datetime.combine(day, time(), UTC)
    row = connection.execute(
        text("""select e.event_time, e.event_id from stream t
                join stream s on (s.account_id, s.region, s.kind, s.name) = (t.account_id, t.region, t.kind, t.name)
                join event e on e.account_id = s.account_id and e.stream_id = s.id
                where t.account_id = :account_id and t.arn = :stream and e.event_time >= :start
                  and e.event_time < :end and e.action_id = any(:actions) and e.superseded_by is null
                order by e.event_time desc, e.event_id desc limit 1"""),
        {
            "account_id": account_id,
            "stream": stream,
            "start": start,
            "end": start + timedelta(days=1),
            "actions": sorted(_action_ids(connection, [action])),
        },
    ).one_or_none()
    return None if row is None else EventKey(row.event_time, row.event_id, account_id)


def days_with_events(connection: Connection, account_id: int, since: date) -> frozenset[date]:
    """Return the UTC days from `since` on of which calls are stored."""
    rows = connection.execute(
        text("select distinct day from roll_hour where account_id = :account_id and day >= :since"),
        {"account_id": account_id, "since": since},
    )
    return frozenset(rows.scalars())


def days_with_calls(connection: Connection, account_id: int, actions: Iterable[str], since: date) -> frozenset[date]:
    """Return the UTC days from `since` on of which calls of one of `actions` are stored."""
    rows = connection.execute(
        text("""select distinct day from roll_day
                where account_id = :account_id and day >= :since and action_id = any(:actions)"""),
        {"account_id": account_id, "since": since, "actions": sorted(_action_ids(connection, actions))},
    )
    return frozenset(rows.scalars())


def judged_days(connection: Connection, account_id: int, since: date) -> frozenset[date]:
    """Return the days from `since` on that were known when the account was last evaluated."""
    rows = connection.execute(
        text("select day from judged_day where account_id = :account_id and day >= :since"),
        {"account_id": account_id, "since": since},
    )
    return frozenset(rows.scalars())


def store_judged_days(connection: Connection, account_id: int, days: Iterable[date]) -> None:
    """Replace the days that were known when the account was evaluated."""
    connection.execute(
        text("""delete from judged_day where account_id = :account_id and day <> all(cast(:days as date[]))"""),
        {"account_id": account_id, "days": sorted(days)},
    )
    connection.execute(
        text("""insert into judged_day (account_id, day) select :account_id, unnest(cast(:days as date[]))
                on conflict do nothing"""),
        {"account_id": account_id, "days": sorted(days)},
    )


def media_reads(
    connection: Connection, account_id: int, since: datetime, judged_from: date, until: datetime
) -> tuple[Read, ...]:
    """Return the successful media reads with `since` <= time < `until`, one row an hour, stream, reader and address.

    Only of principals that read media on a day from `judged_from` on: of the others no habit is asked.
    """
    ids = _action_ids(connection, MEDIA_READ)
    readers = _readers(connection, account_id, ids, judged_from)
    rows = connection.execute(
        text("""select e.action_id, p.arn as principal, e.person, e.session_name,
                  s.region || '/' || s.name as stream, e.address, e.vpc_endpoint_id,
                  date_trunc('hour', e.event_time, 'UTC') as hour,
                  e.invoked_by is not null or e.actor_kind = 'service' as is_by_service, min(e.event_time) as first_at
                from event e join principal p on p.id = e.principal_id
                  left join stream s on s.id = nullif(e.stream_id, 0)
                where e.account_id = :account_id and e.principal_id = any(:readers)
                  and e.event_time >= :since and e.event_time < :until
                  and e.action_id = any(:actions) and e.error_code is null and not e.is_own
                  and e.superseded_by is null
                group by 1, 2, 3, 4, 5, 6, 7, 8, 9"""),
        {
            "account_id": account_id,
            "readers": readers,
            "since": since,
            "until": until,
            "actions": sorted(ids),
        },
    )
    return tuple(
        Read(
            reader_key(row.principal, row.person, row.session_name),
            row.principal,
            row.stream,
            row.hour,
            network_of(row.address, row.vpc_endpoint_id),
            ids[row.action_id] in RECORDED_MEDIA,
            row.first_at,
            is_by_service=row.is_by_service,
        )
        for row in rows
    )


def _readers(connection: Connection, account_id: int, actions: Iterable[int], since: date) -> list[int]:
    rows = connection.execute(
        text("""select distinct principal_id from roll_day
                where account_id = :account_id and day >= :since and action_id = any(:actions)"""),
        {"account_id": account_id, "since": since, "actions": sorted(actions)},
    )
    return sorted(rows.scalars())


def log_sources(connection: Connection) -> tuple[LogSource, ...]:
    """Return the buckets and log groups that are read, with when each reader last read it to its end."""
    rows = connection.execute(
        text("""select coalesce(nullif(f.region, ''), a.log_bucket) as bucket, f.cursor
                from account a left join feed f on f.account_id = a.account_id and f.source = any(:sources)
                where a.log_bucket is not null and a.removed_at is null order by 1"""),
        {"sources": list(LOG_FILE_SOURCES)},
    )
    buckets = (one for row in rows for one in _of_bucket(row.bucket, row.cursor))
    groups = (LogSource(group.arn, group.until) for group in log_groups(connection))
    return (*buckets, *groups)


def _of_bucket(bucket: str, cursor: Mapping[str, Any] | None) -> Iterator[LogSource]:
    """Yield one source for each folder of a bucket; one that has given nothing where no folder was found yet."""
    found = {} if cursor is None else from_json(cursor).read_until()
    yield from (LogSource(bucket, until, folder=folder) for folder, until in found.items())
    if not found:
        yield LogSource(bucket, None)


LOG_FILE_SOURCES: Sequence[str] = ("s3_logs",)
"""The feeds that read CloudTrail log files of a bucket."""


def _action_ids(connection: Connection, names: Iterable[str]) -> dict[int, str]:
    rows = connection.execute(text("select id, name from action where name = any(:names)"), {"names": sorted(names)})
    return {row.id: row.name for row in rows}


class _Names:
    """The dimensions of a stretch of events, read once; events share their texts and actors."""

    def __init__(self, connection: Connection, values: Mapping[str, Any]) -> None:
        self._actions = self._named(connection, values, "action", "source, name")
        self._regions = self._named(connection, values, "region", "name")
        self._streams = self._named(connection, values, "stream", "coalesce(arn, name) as name")
        self._principals = self._named(connection, values, "principal", "account_id, arn")
        self._actors: dict[tuple[Any, ...], Actor] = {}

    def event(self, account_id: int, row: Row[Any]) -> Event:
        """Return a row of `event` with its names."""
        action = self._actions[row.action_id]
        return Event(
            account=account_id,
            event_id=str(row.event_id),
            event_time=row.event_time,
            source=action.source,
            action=action.name,
            region=self._regions[row.region_id].name if row.region_id != _NONE else "",
            actor=self._actor(row),
            access_key=row.access_key,
            key_kind=KeyKind(row.key_kind),
            address=row.address,
            user_agent=None,
            stream=self._streams[row.stream_id].name if row.stream_id != _NONE else None,
            error_code=row.error_code,
            error_message=None,
            is_read_only=row.is_read_only,
            is_data_event=row.is_data_event,
            shared_event_id=row.shared_event_id,
            request_id=row.request_id,
            api_name=row.api_name,
            url_expires_s=row.url_expires_s,
            footage=footage(row.footage, row.footage_from, row.footage_to, row.footage_clock),
            vpc_endpoint_id=row.vpc_endpoint_id,
            invoked_by=row.invoked_by,
            addendum_of=row.addendum_of,
            addendum_reason=row.addendum_reason,
        )

    def _actor(self, row: Row[Any]) -> Actor:
        key = (row.actor_kind, row.principal_id, row.session_name, row.person)
        known = self._actors.get(key)
        if known is None:
            principal = self._principals.get(row.principal_id)
            known = self._actors[key] = Actor(
                ActorKind(row.actor_kind),
                principal.arn if principal else "",
                (principal.account_id or None) if principal else None,
                row.session_name,
                row.person,
            )
        return known

    def _named(
        self, connection: Connection, values: Mapping[str, Any], table: str, columns: str
    ) -> dict[int, Row[Any]]:
        rows = connection.execute(
            text(f"""select id, {columns} from {table} where id in (
                       select distinct {table}_id from event
                       where account_id = :account_id and event_time >= :start and event_time < :end)"""),
            values,
        )
        return {row.id: row for row in rows}
