"""What of an identity outlives the moment: role sessions and playback URLs that have not ended."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from app.core.arn import account_id
from app.core.lineage.chain import COPIES_WITHIN
from app.core.model.event import URL_LIFE_UNTOLD
from app.core.model.scope import Scope
from app.core.query.cursor import EventKey
from app.db.queries._footage import url_end
from app.db.queries.activity import known_accounts
from app.db.queries.event_filter import Where, in_scope
from app.db.queries.lineage import CORRECTED_SESSION
from app.db.queries.shell import scope_filter
from app.db.sql import text

LONGEST = timedelta(hours=12)
"""Of a role's session (IAM User Guide) and of a playback URL (KVS API Reference: Expires is at most 43,200)."""
MOST_ALIVE = 50


@dataclass(frozen=True, slots=True)
class AliveSession:
    """A session of a role that has not ended."""

    access_key: str
    session_name: str | None
    caller: str
    person: str | None
    issued_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class AliveUrl:
    """A playback URL that has not ended: whoever has it can watch. `is_life_untold`: it may have, by `expires_at`."""

    key: EventKey
    action: str
    stream_id: int
    stream: str
    issued_to: str
    expires_at: datetime
    is_life_untold: bool


def alive_sessions(
    connection: Connection,
    scope: Scope,
    role_arn: str,
    now: datetime,
    key: str | None = None,
) -> tuple[AliveSession, ...]:
    """Return the sessions of a role that records say are alive, those that live longest first.

    In whichever account, imported ones included: who took one from another account is recorded there, too, and the
    role's own may log no reads, or not be read. `key` is that of the one that is asked for, None: of all of them.
    They are at most one too many. A session whose record does not tell its end is not among them. Of the copies that a
    call across accounts left and that say so, that of the role's account tells.
    """
    condition, values = scope_filter(scope, "s.account_id")
    rows = connection.execute(
        text(f"""select * from (
                   select distinct on (s.access_key) s.access_key, s.session_name, coalesce(c.arn, '') as caller,
                     s.person, s.event_time as issued_at, s.expires_at
                   from issued_session s left join principal c on c.id = nullif(s.caller_id, 0)
                   where s.event_time >= :since and s.expires_at > :now
                     and s.role_id in (select id from principal where arn = :role)
                     and {"s.access_key is not null" if key is None else "s.access_key = :key"}
                     and s.error_code is null and {condition}
                     and not exists ({CORRECTED_SESSION})
                   order by s.access_key, s.account_id is distinct from :home, s.event_time desc) s
                 order by s.expires_at desc, s.access_key limit :most"""),
        values
        | {"since": now - LONGEST, "now": now, "role": role_arn, "most": MOST_ALIVE + 1}
        | {"home": account_id(role_arn), "key": key},
    ).mappings()
    return tuple(AliveSession(**row) for row in rows)


def may_be_alive(connection: Connection, scope: Scope, principal_arn: str, since: datetime, now: datetime) -> bool:
    """Return whether a session that a principal had since then is one of which no record tells that it ended.

    It called with it, or it was taken. By each key, whoever else has its session's name; a key that no record names is
    one of those, but where only the caller's own copy of a call lacks it.
    """
    condition, values = scope_filter(scope, "s.account_id")
    accounts = Where("account")
    in_scope(accounts, scope)
    ids = "any(array(select id from principal where arn = :arn))"
    rows = connection.execute(
        # The index of principals begins with the account.
        text(f"""{known_accounts(accounts)},
                 used as (
                   select access_key from event s
                   where account_id = any(array(select account_id from known where account_id is not null))
                     and principal_id = {ids} and event_time >= :since and superseded_by is null
                     and key_kind <> 'long_term' and {condition}
                   union
                   select caller_key from issued_session s
                   where caller_kind <> 'service' and caller_id = {ids} and event_time >= :since and {condition}
                     and (caller_kind in ('user', 'root') and caller_key not like 'ASIA%') is not true
                     and not exists ({CORRECTED_SESSION})
                   union
                   select access_key from issued_session s
                   where role_id = {ids} and event_time >= :since and error_code is null and {condition}
                     and not exists ({CORRECTED_SESSION})
                     and (access_key is not null or not exists (
                       select from issued_session c
                       where c.account_id = :home and c.shared_event_id = s.shared_event_id and c.access_key is not null
                         and c.event_time between s.event_time - :within and s.event_time + :within)))
                 select exists (select from used u where not exists (
                   select 1 from issued_session s where s.access_key = u.access_key and {condition}
                     and not exists ({CORRECTED_SESSION}) having max(s.expires_at) <= :now))"""),
        values
        | accounts.params
        | {
            "arn": principal_arn,
            "since": since,
            "now": now,
            "home": account_id(principal_arn),
            "within": COPIES_WITHIN,
        },
    )
    return bool(rows.scalar_one())


def alive_urls(
    connection: Connection, scope: Scope, column: str, value: str | int, now: datetime, onward: Collection[str] = ()
) -> tuple[AliveUrl, ...]:
    """Return the playback URLs that calls with one `value` of a column of `event` got, and that are still valid.

    And those of calls with the keys `onward`. In whichever account: calls that were given a URL have an index.
    """
    condition, values = scope_filter(scope, "e.account_id")
    rows = connection.execute(
        text(f"""select e.event_time, e.event_id, e.account_id, a.name as action, e.stream_id,
                   coalesce(s.name, '') as stream, coalesce(e.person, e.session_name, p.name, '') as issued_to,
                   {url_end("e.")} as expires_at, e.url_expires_s
                 from event e join action a on a.id = e.action_id
                   left join stream s on s.id = nullif(e.stream_id, 0)
                   left join principal p on p.id = nullif(e.principal_id, 0)
                 where e.url_expires_s is not null and (e.{column} = :value or e.access_key = any(:onward))
                   and e.event_time >= :since
                   and {url_end("e.")} > :now
                   and e.error_code is null and e.superseded_by is null and {condition}
                 order by expires_at desc, e.event_id limit :most"""),
        values | {"value": value, "onward": sorted(onward), "since": now - LONGEST, "now": now, "most": MOST_ALIVE + 1},
    )
    return tuple(
        AliveUrl(
            EventKey(row.event_time, row.event_id, row.account_id),
            row.action,
            row.stream_id,
            row.stream,
            row.issued_to,
            row.expires_at,
            row.url_expires_s == URL_LIFE_UNTOLD,
        )
        for row in rows
    )
