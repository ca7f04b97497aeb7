"""The access matrix as pages and exports read it: grants and rolled-up use, never evaluated here.

Grants are those that are stored or, as of a time, those of accounts as they were then (`Thens`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any, cast

from msgspec import Struct, field
from sqlalchemy import Connection

from app.core.kvs.actions import EVENT_SOURCE, IN_MATRIX_ORDER
from app.core.matrix.cells import COLUMNS, Bits, bits_of
from app.core.matrix.then import Then, Thens
from app.core.model.grant import Outcome
from app.core.model.scope import Scope
from app.core.query.filter import Filter, Verb
from app.core.timeline.days import days_of
from app.db.queries.event_filter import Where, add_conditions, in_scope
from app.db.queries.granted import NOTHING, Granted, granted_now, granted_then, holds_one, of_principals
from app.db.queries.narrowed_streams import named_like, narrowed_streams
from app.db.queries.rolled_days import rolled_days
from app.db.sql import text

_FREE = tuple(action.name for action in IN_MATRIX_ORDER if action.is_wildcard_only)
NOTHING_UNJUDGED: Mapping[int, int] = {}
SSO_PATH = "/aws-reserved/sso.amazonaws.com/"
SERVICE_PATH = "/aws-service-role/"


class Use(Struct, frozen=True, gc=False):
    """The calls of a cell that were not refused: how many from the first of them on, and the last within the range.

    `last` is a day where only the counts of days tell.
    """

    calls: int
    first: date
    last: datetime | date


class PrincipalBits(Struct, frozen=True, gc=False):
    """One principal of the matrix with its bits. `kind` is role, user, sso, service_linked, root or other.

    `keys` are the condition keys of each action that is granted on some, `uses` is of each action that was used, except
    of those that were used after the range, too. `account` is where it acts, which may not be its own, and
    `account_name` is that one's; None: it was never onboarded.
    """

    id: int
    account: int
    account_name: str | None
    arn: str
    name: str
    kind: str
    is_removed: bool
    bits: Bits
    keys: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    uses: Mapping[str, Use] = field(default_factory=dict)
    is_of_elsewhere: bool = False


@dataclass(frozen=True, slots=True)
class AccountState:
    """How an account's grants came to be. `evaluated_at` None: nobody ever computed them.

    `problems` are policies that could not be used, those of single principals; `unread` says what of all of them could
    not: "AWS Organizations: could not be read".
    """

    account: int
    name: str
    evaluated_at: datetime | None
    problems: int
    unread: tuple[str, ...]
    evaluator: str | None = None
    """Version of the evaluator that computed them."""


def matrix(
    connection: Connection,
    scope: Scope,
    query: Filter,
    thens: Thens | None = None,
    unjudged: Mapping[int, int] = NOTHING_UNJUDGED,
) -> tuple[PrincipalBits, ...]:
    """Return every principal that is granted anything or did anything, by account and name.

    `unjudged` are the actions of each account that may be granted on something of which nobody could judge that.
    `query` narrows by account, principal, kind, stream and tag; use is that of its time range, in whole days, and as of
    a time until that time.
    """
    streams = narrowed_streams(connection, scope, query, thens)
    asked = _asked_for(connection, query)
    granted = (
        granted_now(connection, scope, query, streams, asked)
        if thens is None
        else granted_then(connection, scope, streams, thens)
    )
    used = _used(connection, scope, query, streams, asked)
    states = account_states(connection, scope) if thens is None else states_then(thens)
    evaluated = {state.account for state in states if state.evaluated_at}
    names = {state.account: state.name for state in states}
    keys = granted.keys() | used.keys()
    named = _principals(connection, query, sorted({principal for _, principal in keys}))
    rows = []
    for key in (key for key in keys if key[1] in named):
        account, (principal, own_account, own_name, arn, name, kind, removed_at) = key[0], named[key[1]]
        # Of an account that is no longer onboarded there is no state.
        account_name = names.get(account, own_name if own_account == account else None)
        # A principal of elsewhere is not evaluated with this account's policies.
        is_evaluated = account in evaluated and own_account == account
        nothing = NOTHING if is_evaluated or own_account != account else _NOT_KNOWN
        outcomes, condition_keys = granted.get(key, nothing)
        uses = used.get(key, _NO_USES)
        is_removed = removed_at is not None
        if thens is not None and account in thens:
            is_removed = is_evaluated and arn not in thens[account].principals
        # Who is gone is granted nothing, on whatever there is.
        more = unjudged.get(account, 0) if is_evaluated and not is_removed else 0
        bits = _bits(outcomes, bits_of(uses) if uses else 0, more, is_evaluated=is_evaluated)
        told = _counted(uses) if uses else _NO_USES
        known = principal, account, account_name, arn, name, kind, is_removed, bits, condition_keys, told
        rows.append(PrincipalBits(*known, own_account != account))
    # By account behind the rest: thousands of names are compared with those of their own account only by half.
    rows.sort(key=lambda row: (row.name.lower(), row.arn))
    ranked = sorted({(row.account_name or "", row.account) for row in rows})
    rank = {account: place for place, (_, account) in enumerate(ranked)}
    return tuple(sorted(rows, key=lambda row: rank[row.account]))


def _counted(uses: Mapping[str, Use | None]) -> Mapping[str, Use]:
    if None in uses.values():
        return {name: use for name, use in uses.items() if use is not None}
    return cast("Mapping[str, Use]", uses)


_NO_USES: Mapping[str, Use] = {}
_NOT_KNOWN: Granted = (tuple(bits_of(COLUMNS) if one is Outcome.UNKNOWN else 0 for one in Outcome), {})
"""Of whom nobody has evaluated what it is granted, that is known of no action."""


# Thousands of principals have few sets of grants between them.
@lru_cache(maxsize=16_384)
def _bits(outcomes: tuple[int, ...], used: int, unjudged: int, *, is_evaluated: bool) -> Bits:
    told = dict(zip(Outcome, outcomes, strict=True))
    told[Outcome.UNKNOWN] |= unjudged
    return Bits(**told, used=used, is_evaluated=is_evaluated)


def _of_account(connection: Connection, where: Where, query: Filter) -> None:
    add_conditions(connection, where, query.of("account"))


def _asked_for(connection: Connection, query: Filter) -> list[int] | None:
    """Return the principals of the names that `query` asks for, which are few; None: it leaves at most some out."""
    named = [one for one in query.of("principal") if one.verb is not Verb.IS_NOT]
    if not named:
        return None
    where = Where()
    for condition in named:
        where.add(named_like(where, condition))
    return list(connection.execute(text(f"select id from principal where {where.sql}"), where.params).scalars())


def _used(
    connection: Connection,
    scope: Scope,
    query: Filter,
    streams: Sequence[int] | None,
    principals: Sequence[int] | None,
) -> dict[tuple[int, int], dict[str, Use | None]]:
    """Return by account and principal the actions that were used; None: also after the range, how often is not told."""
    where = Where()
    in_scope(where, scope)
    _of_account(connection, where, query)
    of_principals(where, principals)
    first, last = days_of(query.since.at, query.until.at)
    at = query.at.at if query.at else None
    calls = _uses(where, first, last, at) if streams is None else _uses_of(where, first, last, streams, at)
    # A line a principal: a line a cell takes twice as long.
    sql = f"""select account_id, principal_id, array_agg(a.name), array_agg(n), array_agg(first_on), array_agg(last_on),
                array_agg(last_at)
              from ({calls}) calls
              join action a on a.id = calls.action_id and a.source = :source and a.name = any(:columns)
              group by 1, 2"""
    params = where.params | {"columns": list(COLUMNS), "source": EVENT_SOURCE}
    rows = connection.execute(text(sql), params).all()
    return {(account, who): dict(map(_use, *each)) for account, who, *each in rows}


def _use(name: str, calls: int | None, first: date, last: date, last_at: datetime | None) -> tuple[str, Use | None]:
    # What an older release stored while this one came is not counted: no number is better than one that is too small.
    return name, Use(calls, first, last_at or last) if calls else None


def _uses(where: Where, first: date, last: date, at: datetime | None) -> str:
    """Return the select of who used what on the days from `first` to `last`, on whatever stream, before `at`.

    First and last use tell, except of who used an action before these days and after them: of those the days do.
    """
    rolled, params = rolled_days(at)
    where.params |= params
    days = f"r.day >= {where.name(first)} and r.day <= {where.name(last)}"
    end = datetime.combine(last + timedelta(days=1), time(), UTC)
    since = where.name(datetime.combine(first, time(), UTC))
    until = where.name(end if at is None else min(end, at))
    where.add(f"last_at >= {since} and first_at < {until}")
    where.add(f"""(last_at < {until} or first_at >= {since} or exists (
                    select from {rolled} r where r.account_id = u.account_id and r.principal_id = u.principal_id
                      and r.action_id = u.action_id and {days} and r.n > r.errors))""")
    day = "cast({} at time zone 'UTC' as date)"
    return f"""select account_id, principal_id, action_id, case when last_at < {until} then n end as n,
                 {day.format("first_at")} as first_on, {day.format("last_at")} as last_on, last_at
               from roll_use u where {where.sql}"""


def _uses_of(where: Where, first: date, last: date, streams: Sequence[int], at: datetime | None) -> str:
    """Return the select of who used what on `streams` on these days, before `at`."""
    rolled, params = rolled_days(at)
    where.params |= params
    where.add(f"day >= {where.name(first)} and day <= {where.name(last)}")
    # A refused call is no use.
    where.add("n > errors and principal_id <> 0")
    # Calls of actions without a resource type name no stream; they are about all of them in their account.
    free = f"stream_id = 0 and action_id in (select id from action where name = any({where.name(list(_FREE))}))"
    ids = where.name(list(streams))
    where.add(f"(stream_id = any(cast({ids} as integer[])) or ({free} and {holds_one(ids)}))")
    # The last call of a day may have been a refused one.
    return f"""select account_id, principal_id, action_id, cast(sum(n - errors) as bigint) as n, min(day) as first_on,
                 max(day) as last_on, cast(null as timestamptz) as last_at
               from {rolled} r where {where.sql} group by 1, 2, 3"""


_KIND = f"""case when t.path like '{SSO_PATH}%' then 'sso' when t.path like '{SERVICE_PATH}%' then 'service_linked'
  when coalesce(t.kind, p.kind) in ('role', 'user', 'root') then coalesce(t.kind, p.kind) else 'other' end"""


def _principals(connection: Connection, query: Filter, ids: Sequence[int]) -> dict[int, Any]:
    """Return the principals of `ids` (which come from queries that kept to the scope) that the filter takes."""
    where = Where()
    where.add(f"id = any({where.name(list(ids))})")
    for condition in query.conditions:
        if condition.field == "principal":
            where.add(named_like(where, condition))
        elif condition.field == "kind":
            mark = "<> all" if condition.verb is Verb.IS_NOT else "= any"
            where.add(f"kind {mark}({where.name(list(condition.values))})")
    sql = f"""select id, account_id, account_name, arn, name, kind, removed_at from (
                select p.id, p.account_id, ac.name as account_name, p.arn, p.name, {_KIND} as kind, t.removed_at
                from principal p
                left join principal_state t on t.account_id = p.account_id and t.principal_id = p.id
                left join account ac on ac.account_id = p.account_id) known
              where {where.sql}"""
    return {row[0]: row for row in connection.execute(text(sql), where.params).all()}


def cells_of(connection: Connection, scope: Scope, query: Filter) -> dict[int, int]:
    """Return how many principals times streams each account has that `query` asks for, gone ones included, by name.

    An account that was watched at the filter's `at` is among them.
    """
    where = Where()
    in_scope(where, scope)
    _of_account(connection, where, query)
    at = where.name(query.at.at if query.at else None)
    where.add(f"(removed_at is null or removed_at > cast({at} as timestamptz))")
    rows = connection.execute(
        text(f"""select account_id,
                   (select count(*) from principal_state p where p.account_id = a.account_id)
                     * (select count(*) from stream_state s where s.account_id = a.account_id) as cells
                 from (select * from account where {where.sql}) a order by lower(name), 1"""),
        where.params,
    )
    return {row.account_id: row.cells for row in rows}


def states_then(thens: Thens) -> tuple[AccountState, ...]:
    """Return how the grants of each account came to be as of a time, by name."""
    states = (_state_then(account, then) for account, then in thens.items())
    return tuple(sorted(states, key=lambda state: (state.name, state.account)))


def _state_then(account: int, then: Then) -> AccountState:
    problems = then.matrix.problems
    unread = sorted(f"{one.policy}: {one.message}" for one in problems if one.principal is None)
    return AccountState(
        account,
        then.snapshot.account.name,
        then.as_of.at if then.is_evaluated else None,
        sum(one.principal is not None for one in problems),
        tuple(unread),
    )


def account_states(connection: Connection, scope: Scope) -> tuple[AccountState, ...]:
    """Return how the grants of each account came to be, by name."""
    where = Where()
    in_scope(where, scope)
    rows = connection.execute(
        text(f"""select account_id, name, evaluated_at, evaluator,
                   (select count(*) from jsonb_array_elements(problems) p
                    where p ->> 'principal' is not null) as problems,
                   array(select concat(p ->> 'policy', ': ', p ->> 'message') from jsonb_array_elements(problems) p
                         where p ->> 'principal' is null order by 1) as unread
                 from (select ac.account_id, ac.name, m.evaluated_at, m.evaluator, m.problems from account ac
                       left join matrix_state m on m.account_id = ac.account_id where ac.removed_at is null) known
                 where {where.sql} order by name, account_id"""),
        where.params,
    )
    return tuple(
        AccountState(row.account_id, row.name, row.evaluated_at, row.problems, tuple(row.unread), row.evaluator)
        for row in rows
    )
