"""Roles that were taken: by whom, and what was called in the sessions that this gave."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from app.core.kvs.actions import EVENT_SOURCE, MEDIA_READ
from app.core.lineage.chain import COPIES_WITHIN
from app.core.model.scope import Scope
from app.core.stopping.measure import Entrant
from app.db.queries.activity import known_accounts
from app.db.queries.event_filter import Where, in_scope
from app.db.queries.lineage import CORRECTED_SESSION
from app.db.queries.still_alive import LONGEST, MOST_ALIVE
from app.db.sql import text


@dataclass(frozen=True, slots=True)
class Called:
    """Calls of Kinesis Video Streams, and those of them that were answered with media."""

    calls: int
    reads: int


@dataclass(frozen=True, slots=True)
class TakenRole:
    """AssumeRole* calls for one role; `failed` are those that AWS refused. `role_id` 0: the records name none."""

    role_id: int
    arn: str
    calls: int
    failed: int
    last_at: datetime


@dataclass(frozen=True, slots=True)
class AliveTaken:
    """A session that was taken and has not ended. `is_end_untold`: it may have, by `expires_at`."""

    role_arn: str
    session_name: str | None
    access_key: str | None
    expires_at: datetime
    is_end_untold: bool


def roles_taken(
    connection: Connection, scope: Scope, principal_id: int, since: datetime, until: datetime, most: int
) -> tuple[tuple[TakenRole, ...], bool]:
    """Return the roles that a principal asked for, and whether there are more than `most` records of AssumeRole* calls.

    Told by the newest, those of the newest first. AWS services take most sessions, for others: of them none is told.
    """
    where = Where()
    in_scope(where, scope)
    where.add(f"event_time >= {where.name(since)} and event_time < {where.name(until)}")
    rows = connection.execute(
        text(f"""with newest as (
                   select *, row_number() over (order by event_time desc) as place from issued_session
                   where caller_kind <> 'service' and caller_id = :principal and {where.sql}
                   order by event_time desc limit :most + 1),
                 told as (
                   select s.role_id, coalesce(p.arn, '') as arn, count(*) as calls, count(s.error_code) as failed,
                     max(s.event_time) as last_at
                   from newest s left join principal p on p.id = nullif(s.role_id, 0)
                   where place <= :most and not exists ({CORRECTED_SESSION}) group by 1, 2)
                 select told.*, is_cut from (select count(*) > :most as is_cut from newest) cut left join told on true
                 order by last_at desc, arn"""),
        where.params | {"principal": principal_id, "most": most},
    ).all()
    found = (TakenRole(row.role_id, row.arn, row.calls, row.failed, row.last_at) for row in rows if row.calls)
    return tuple(found), rows[0].is_cut


def called_with(
    connection: Connection, scope: Scope, keys: Collection[str], since: datetime, until: datetime
) -> Mapping[str, Called]:
    """Return what was called with each of some keys from then until before then, in whichever account."""
    if not keys:
        return {}
    where, accounts = Where(), Where("account")
    in_scope(where, scope)
    in_scope(accounts, scope)
    where.add(f"access_key = any({where.name(sorted(keys))}) and superseded_by is null")
    where.add(f"event_time >= {where.name(since)} and event_time < {where.name(until)}")
    rows = connection.execute(
        # The index of keys begins with the account.
        text(f"""{known_accounts(accounts)}
                 select access_key, count(*) as calls,
                   count(*) filter (where error_code is null and
                     action_id in (select id from action where name = any(:media))) as reads
                 from event where account_id = any(array(select account_id from known where account_id is not null))
                   and action_id in (select id from action where source = :source) and {where.sql}
                 group by access_key"""),
        where.params | accounts.params | {"media": sorted(MEDIA_READ), "source": EVENT_SOURCE},
    )
    return {row.access_key: Called(row.calls, row.reads) for row in rows}


def alive_taken(
    connection: Connection,
    scope: Scope,
    principal_id: int,
    own_arn: str,
    key: str | None,
    now: datetime,
    onward: Collection[str] = (),
) -> tuple[AliveTaken, ...]:
    """Return the sessions that were taken with a key, or by a principal, or with the keys `onward`, and are alive.

    Those that live longest come first; they are at most one more than `MOST_ALIVE`. Refused calls, ended sessions and
    those of the role `own_arn` ("": none) are left out before that: whoever makes many of them hides none. Where the
    caller's own copy of a call lacks the issued key and its end, that of the role's account has them; where none has,
    the end is the latest.
    """
    where, copies = Where(), Where("copy")
    in_scope(where, scope)
    in_scope(copies, scope)
    where.add("event_time >= :since and event_time < :now and error_code is null")
    # As the index has it: what AWS services take is most, and nobody's to ask about.
    whose = "false" if key else "caller_kind <> 'service' and caller_id = :principal"
    where.add(f"({whose} or caller_key = any(:keys))")
    rows = connection.execute(
        text(f"""with asked as (
                   select s.*, coalesce(shared_event_id, cast(event_id as text)) as call from issued_session s
                   where {where.sql} and (expires_at is null or expires_at > :now)
                     and role_id <> all(array(select id from principal where arn = :own and arn <> ''))
                     and not exists ({CORRECTED_SESSION})),
                 copies as (
                   select shared_event_id, max(access_key) as access_key, max(expires_at) as expires_at
                   from issued_session s
                   where {copies.sql} and event_time > :since - :within and access_key is not null
                     and exists (select from asked where access_key is null)
                     -- Asked of a set that is hashed: as a join it would be looked through for each row.
                     and ((account_id, shared_event_id) in (
                       select r.account_id, a.shared_event_id from asked a join principal r on r.id = a.role_id
                       where a.access_key is null)) is true
                     and not exists ({CORRECTED_SESSION})
                   group by 1),
                 once as (
                   select distinct on (a.call) a.role_id, a.session_name,
                     coalesce(a.access_key, c.access_key) as access_key,
                     coalesce(a.expires_at, c.expires_at, a.event_time + :longest) as expires_at,
                     coalesce(a.expires_at, c.expires_at) is null as is_end_untold
                   from asked a left join copies c on c.shared_event_id = a.shared_event_id and a.access_key is null
                   order by a.call, a.expires_at desc nulls last)
                 select coalesce(r.arn, '') as role_arn, o.session_name, o.access_key, o.expires_at, o.is_end_untold
                 from once o left join principal r on r.id = nullif(o.role_id, 0) where o.expires_at > :now
                 order by o.expires_at desc, o.access_key limit :most"""),
        where.params
        | copies.params
        | {"keys": sorted({*onward, *([key] if key else [])}), "principal": principal_id, "own": own_arn}
        | {"now": now, "since": now - LONGEST}
        | {"longest": LONGEST, "within": COPIES_WITHIN, "most": MOST_ALIVE + 1},
    ).mappings()
    return tuple(AliveTaken(**row) for row in rows)


def entrants(
    connection: Connection,
    scope: Scope,
    role_arn: str,
    session_name: str | None,
    since: datetime,
    until: datetime,
    most: int,
) -> tuple[tuple[Entrant, ...], bool]:
    """Return who asked for sessions of a role, refused calls too, and whether there are more than `most` records.

    Judged by the newest. Of the copies that a call across accounts left the one that names its caller tells.
    """
    where = Where()
    in_scope(where, scope)
    where.add(f"event_time >= {where.name(since)} and event_time < {where.name(until)}")
    rows = connection.execute(
        text(f"""with newest as (
                   select s.* from principal r cross join lateral (
                     select * from issued_session where role_id = r.id and {where.sql}
                     order by event_time desc limit :most) s
                   where r.arn = :role),
                 once as (
                   select distinct on (coalesce(shared_event_id, cast(event_id as text))) caller_id, event_time,
                     error_code, session_name is not distinct from :session_name as is_given
                   from newest s where not exists ({CORRECTED_SESSION})
                   order by coalesce(shared_event_id, cast(event_id as text)), caller_kind = 'account')
                 select coalesce(p.arn, '') as principal, o.is_given, count(*) as calls, max(o.event_time) as last_at,
                   count(o.error_code) as failed, (select count(*) from newest) >= :most as is_cut
                 from once o left join principal p on p.id = nullif(o.caller_id, 0)
                 group by 1, 2 order by 3 desc, 1, 2"""),
        where.params | {"role": role_arn, "session_name": session_name, "most": most},
    ).all()
    found = (Entrant(row.principal, row.is_given, row.calls, row.last_at, row.failed) for row in rows)
    return tuple(found), any(row.is_cut for row in rows)
