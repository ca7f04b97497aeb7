"""Who called as a principal or with a key: calls that look alike to every measure that may stop them, counted."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from app.core.kvs.actions import MEDIA_READ
from app.core.model.scope import Scope
from app.core.stopping.measure import Caller, Target
from app.core.trailfile.kinds import ACCESS_NAMES, TRAIL_NAMES
from app.db.queries.activity import Asked, asked_where
from app.db.queries.named import Stream
from app.db.queries.namesakes import own_of
from app.db.queries.shell import scope_filter
from app.db.sql import text

MOST_CALLERS = 2_000
"""So many are told apart; the others of the same credentials are one: a fleet takes a session name a device or job."""
_OTHERS = TRAIL_NAMES.union(*ACCESS_NAMES.values())
"""The calls that are kept and are none of Kinesis Video Streams."""
_LONG = "key_kind = 'long_term'"


@dataclass(frozen=True, slots=True)
class Played:
    """The callers, and the time of the oldest of their calls; None where there is none.

    `is_cut`: there are older calls that were not looked at.
    """

    callers: tuple[Caller, ...]
    since: datetime | None
    is_cut: bool

    @property
    def calls(self) -> int:
        """How many calls were looked at."""
        return sum(caller.calls for caller in self.callers)


NOBODY = Played((), None, is_cut=False)


def callers(
    connection: Connection,
    scope: Scope,
    asked: Asked,
    target: Target,
    most: int | None = None,
    without_key: str | None = None,
) -> Played:
    """Return who called: sessions by name and person, long-term keys by address and program.

    Judged by the newest `most` calls (None: all), those with `without_key` left out. Beyond `MOST_CALLERS` only the
    keys are told apart, and the session and person of `target`: what a measure may look at; of those no streams are.
    """
    where = asked_where(scope, asked)
    if without_key is not None:
        where.add(f"access_key is distinct from {where.name(without_key)}")
    newest = "" if most is None else "order by event_time desc limit :most"
    rows = connection.execute(
        text(f"""with newest as (
                   select *, {_LONG} as is_long_term, action_id in (select id from action where name = any(:others))
                     as is_other from event where {where.sql} {newest}),
                 alike as (
                   select principal_id, is_long_term, case when is_long_term then access_key end as long_term,
                     session_name, case when not is_long_term then person end as person,
                     case when is_long_term then address end as address,
                     case when is_long_term then user_agent_id end as program,
                     count(*) as calls, count(error_code) as failed,
                     count(*) filter (where error_code is null and
                       action_id in (select id from action where name = any(:media))) as reads,
                     count(*) filter (where is_other) as others,
                     count(error_code) filter (where is_other) as others_failed,
                     min(event_time) as first_at, max(event_time) as last_at,
                     max(event_time) filter (where not is_other) as kvs_at,
                     array_agg(distinct stream_id) filter (where error_code is null and stream_id <> 0) as streams,
                     (array_agg(access_key order by event_time desc))[1] as key,
                     (array_agg(user_agent_id order by event_time desc))[1] as user_agent_id
                   from newest group by 1, 2, 3, 4, 5, 6, 7),
                 placed as (
                   select *, row_number() over (order by calls desc, last_at desc) <= :told as is_told from alike),
                 told as (
                   select principal_id, is_long_term, is_told,
                     case when is_long_term or is_told then key end as key,
                     case when is_told or session_name = :session then session_name
                       when session_name is not null then '' end as session,
                     case when is_told or person = :person then person end as person,
                     case when is_told then address end as address,
                     case when is_told then user_agent_id end as user_agent_id,
                     max(case when is_told then streams end) as streams,
                     sum(calls)::bigint as calls, sum(failed)::bigint as failed, sum(reads)::bigint as reads,
                     sum(others)::bigint as others, sum(others_failed)::bigint as others_failed,
                     min(first_at) as first_at, max(last_at) as last_at, max(kvs_at) as kvs_at, count(*) as many
                   from placed group by 1, 2, 3, 4, 5, 6, 7, 8)
                 select t.*, coalesce(p.arn, '') as principal, coalesce(ua.value, '') as user_agent
                 from told t left join principal p on p.id = nullif(t.principal_id, 0)
                   left join user_agent ua on ua.id = nullif(t.user_agent_id, 0)
                 order by calls desc, last_at desc"""),
        where.params
        | {"media": sorted(MEDIA_READ), "others": sorted(_OTHERS), "told": MOST_CALLERS, "most": most}
        | {"session": target.session, "person": target.person},
    ).all()
    found = tuple(
        Caller(
            principal=row.principal,
            key=row.key,
            is_long_term=row.is_long_term,
            session=row.session,
            person=row.person,
            address=row.address,
            user_agent=row.user_agent,
            calls=row.calls,
            reads=row.reads,
            last_at=row.last_at,
            failed=row.failed,
            others=row.others,
            others_failed=row.others_failed,
            kvs_at=row.kvs_at,
            many=row.many,
            streams=tuple(row.streams or ()),
        )
        for row in rows
    )
    played = Played(found, min((row.first_at for row in rows), default=None), is_cut=False)
    if most is None or played.calls < most:
        return played
    more = text(f"select exists (select from event where {where.sql} offset :most)")
    is_cut = connection.execute(more, where.params | {"most": most}).scalar_one()
    return Played(found, played.since, is_cut=bool(is_cut))


def streams_of(connection: Connection, scope: Scope, ids: Collection[int]) -> Mapping[int, Stream]:
    """Return what some of the streams of callers are, by id: those of accounts that the user may see."""
    condition, values = scope_filter(scope, "one.account_id")
    rows = connection.execute(
        text(f"""select one.id, kind, name, arn, coalesce(own, one.id) as own
                 from stream one left join lateral ({own_of("n.id = one.id")}) o on arn is null
                 where one.id = any(:ids) and {condition}"""),
        values | {"ids": sorted(ids)},
    )
    return {row.id: Stream(row.kind, row.name, row.arn, row.own) for row in rows}
