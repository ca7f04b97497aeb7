"""What was done with one key, from one address or by one principal: the newest calls, counted by what they share.

Bounded by rows, not by time: a camera's key of a year and a session of an hour cost the same.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from msgspec import Struct
from sqlalchemy import Connection

from app.core.model.scope import Scope
from app.db.queries.event_filter import Where, in_scope
from app.db.queries.namesakes import own_of
from app.db.sql import text

MOST_CALLS = 2_000
_SHARED = """account_id, action_id, stream_id, principal_id, actor_kind, access_key, key_kind, session_name, person,
  address, user_agent_id, vpc_endpoint_id"""
_TOLD = """count(*) as calls, count(error_code) as errors, min(event_time) as first_at, max(event_time) as last_at
  from newest"""
_COUNTED = f"uses as (select {_SHARED}, {_TOLD} group by {_SHARED})"
_DRAWN = f"""bars as (select {_SHARED}, {_TOLD} group by {_SHARED}, date_bin(:width, event_time, :since)),
  uses as (
    select {_SHARED}, sum(calls)::bigint as calls, sum(errors)::bigint as errors, min(first_at) as first_at,
      max(last_at) as last_at, array_agg(first_at order by first_at) as starts,
      array_agg(last_at order by first_at) as ends
    from bars group by {_SHARED})"""


class Use(Struct, frozen=True, gc=False):
    """Calls that share all of this. `bars` are the first and last of those in each interval, see `Asked.width`.

    A stream is that of the page of the stream, also where records had its name alone.
    """

    account_id: int
    action: str
    stream_id: int
    stream: str
    stream_arn: str
    stream_region: str
    principal_id: int
    principal: str
    principal_arn: str
    actor_kind: str
    access_key: str | None
    key_kind: str
    session_name: str | None
    person: str | None
    address: str | None
    user_agent: str
    vpc_endpoint_id: str | None
    calls: int
    errors: int
    first_at: datetime
    last_at: datetime
    bars: tuple[tuple[datetime, datetime], ...]


@dataclass(frozen=True, slots=True)
class Activity:
    """The newest calls by what they share; `first_at` is of all calls in the range, None where there is none.

    `is_cut`: there are more calls than were counted, older than the oldest of `uses`.
    """

    uses: tuple[Use, ...]
    first_at: datetime | None
    is_cut: bool

    @property
    def calls(self) -> int:
        """How many calls were counted."""
        return sum(use.calls for use in self.uses)


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose calls: one column of `event` and its value, in which accounts (None: all of the scope), and when.

    Intervals of `width` tell when calls were made, so that they can be drawn; None: they are not drawn.
    """

    column: str
    value: str | int
    since: datetime
    until: datetime
    accounts: frozenset[int] | None = None
    width: timedelta | None = None


def activity(connection: Connection, scope: Scope, asked: Asked, most: int = MOST_CALLS) -> Activity:
    """Return what `asked` is about did, by the newest `most` calls; records that another one corrects count once."""
    where = asked_where(scope, asked)
    rows = connection.execute(
        text(f"""with found as (
                   select {_SHARED}, error_code, event_time from event
                   where {where.sql} order by event_time desc limit :most + 1),
                 newest as (select * from found order by event_time desc limit :most),
                 {_COUNTED if asked.width is None else _DRAWN}
                 select u.account_id, a.name as action, coalesce(o.own, u.stream_id) as stream_id,
                   coalesce(s.name, '') as stream, coalesce(s.arn, '') as stream_arn,
                   coalesce(s.region, '') as stream_region, u.principal_id, coalesce(p.name, '') as principal,
                   coalesce(p.arn, '') as principal_arn, u.actor_kind, u.access_key,
                   u.key_kind, u.session_name, u.person, u.address, coalesce(ua.value, '') as user_agent,
                   u.vpc_endpoint_id, u.calls, u.errors, u.first_at, u.last_at,
                   {"" if asked.width is None else "u.starts, u.ends,"}
                   (select count(*) from found) > :most as is_cut
                 from uses u join action a on a.id = u.action_id
                   left join ({own_of("n.id in (select stream_id from uses)")}) o on o.id = u.stream_id
                   left join stream s on s.id = nullif(coalesce(o.own, u.stream_id), 0)
                   left join principal p on p.id = nullif(u.principal_id, 0)
                   left join user_agent ua on ua.id = nullif(u.user_agent_id, 0)
                 order by u.last_at desc, a.name, 3"""),
        where.params | {"most": most, "width": asked.width, "since": asked.since},
    ).all()
    # A page has two thousand of them: by place, in the order of the select and of the fields.
    if asked.width is None:
        uses = tuple(Use(*(*[*row][:-1], ())) for row in rows)
    else:
        uses = tuple(Use(*(*[*row][:-3], tuple(zip(row.starts, row.ends, strict=True)))) for row in rows)
    if rows and rows[0].is_cut:
        return Activity(uses, _first_at(connection, scope, asked), is_cut=True)
    return Activity(uses, min((use.first_at for use in uses), default=None), is_cut=False)


def _first_at(connection: Connection, scope: Scope, asked: Asked) -> datetime | None:
    """Return when the first call was made.

    Account by account: of several at once the planner walks all calls by time and looks for the first that fits.
    """
    each = [frozenset({one}) for one in asked.accounts] if asked.accounts else [None]
    wheres = [asked_where(scope, replace(asked, accounts=accounts)) for accounts in each]
    found = (
        connection.execute(text(f"select min(event_time) from event where {where.sql}"), where.params).scalar_one()
        for where in wheres
    )
    return min((first for first in found if first is not None), default=None)


def known_accounts(where: Where) -> str:
    """Return the query `known` of the accounts of `where` of which any call is stored, imported files included.

    It is one look into an index for each, where `distinct` would read every row; its last row is null.
    """
    first = f"select account_id from roll_hour where {where.sql}"
    return f"""with recursive known as (
                 ({first} order by 1 limit 1)
                 union all
                 select ({first} and account_id > known.account_id order by 1 limit 1)
                 from known where known.account_id is not null)"""


def accounts_called(
    connection: Connection, scope: Scope, column: str, value: str | int, since: datetime, until: datetime
) -> frozenset[int]:
    """Return the accounts in which a key or a principal called: the indexes of both begin with the account."""
    where = Where()
    in_scope(where, scope)
    rows = connection.execute(
        text(f"""{known_accounts(where)}
                 select account_id from known where account_id is not null and exists (
                   select from event where event.account_id = known.account_id and {column} = :value
                     and event_time >= :since and event_time < :until)"""),
        where.params | {"value": value, "since": since, "until": until},
    )
    return frozenset(rows.scalars())


def accounts_named(uses: Iterable[Use]) -> frozenset[int]:
    """Return the accounts in which the calls were made."""
    return frozenset(use.account_id for use in uses)


def asked_where(scope: Scope, asked: Asked) -> Where:
    """Return the condition on `event` that a call is one that was asked for; records that another corrects are none."""
    where = Where()
    in_scope(where, scope.narrowed(asked.accounts) if asked.accounts else scope)
    where.add(f"{asked.column} = {where.name(asked.value)}")
    where.add(f"event_time >= {where.name(asked.since)} and event_time < {where.name(asked.until)}")
    where.add("superseded_by is null")
    return where
