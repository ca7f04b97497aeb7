"""What principals are granted, as bits: as of now, where that of whole accounts is kept, or as of a time."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from functools import lru_cache
from threading import Lock

from sqlalchemy import Connection

from app.core.matrix.cells import COLUMNS
from app.core.matrix.cells import named as actions_of
from app.core.matrix.then import Then, Thens
from app.core.model.grant import Outcome, add_keys
from app.core.model.scope import Scope
from app.core.query.filter import Filter
from app.db.queries.event_filter import Where, add_conditions, in_scope
from app.db.queries.narrowed_streams import arns_of
from app.db.queries.principal_pages import ids_of
from app.db.sql import text

Granted = tuple[tuple[int, ...], Mapping[str, tuple[str, ...]]]
"""The actions of each outcome as bits, in the order of `Outcome`, and the condition keys of each action."""
ByPrincipal = dict[tuple[int, int], Granted]
"""By account and principal."""
_NO_KEYS: Mapping[str, tuple[str, ...]] = {}
NOTHING: Granted = ((0,) * len(Outcome), _NO_KEYS)
MOST_KEPT = 512
"""Accounts whose grants are kept: two hundred bytes a principal."""


def granted_now(
    connection: Connection,
    scope: Scope,
    query: Filter,
    streams: Sequence[int] | None,
    principals: Sequence[int] | None,
) -> ByPrincipal:
    """Return what is granted in the accounts of `query`, to `principals`, on any of `streams`; None: all of them."""
    where = Where()
    in_scope(where, scope)
    add_conditions(connection, where, query.of("account"))
    if streams is None and principals is None:
        return _KEPT.granted(connection, where)
    of_principals(where, principals)
    if streams is not None:
        ids = where.name(list(streams))
        sets = f"""select account_id, hash from resource_set
                   where is_wildcard and {holds_one(ids)} or stream_ids && cast({ids} as integer[])"""
        where.add(f"(account_id, resource_set) in ({sets})")
    return _read(connection, where)


def of_principals(where: Where, principals: Sequence[int] | None) -> None:
    """Narrow to some principals; None: to none of them in particular."""
    if principals is not None:
        where.add(f"principal_id = any(cast({where.name(list(principals))} as integer[]))")


def holds_one(streams: str) -> str:
    """Return the condition that an account holds one of `streams`: what takes no resource is about its own alone."""
    return f"account_id in (select account_id from stream where id = any(cast({streams} as integer[])))"


class _Kept:
    """What everyone in an account is granted, until it is evaluated again: each step in the matrix asks for it.

    Grants are stored together with a new version of their account's row of `matrix_state`: its transaction and place
    tell it from any other.
    """

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[object, ...], ByPrincipal] = OrderedDict()
        self._lock = Lock()

    def granted(self, connection: Connection, where: Where) -> ByPrincipal:
        rows = connection.execute(
            text(f"""select account_id, evaluated_at, cast(xmin as text), cast(ctid as text) from matrix_state
                     where {where.sql}"""),
            where.params,
        )
        keys = {row[0]: (connection.engine.url, *row) for row in rows}
        found = self._those(keys)
        if left := sorted(keys.keys() - found.keys()):
            found |= self._kept_too(keys, _of_accounts(connection, left))
        return {who: granted for account in keys for who, granted in found[account].items()}

    def _those(self, keys: Mapping[int, tuple[object, ...]]) -> dict[int, ByPrincipal]:
        with self._lock:
            found = {account: self._kept[key] for account, key in keys.items() if key in self._kept}
            for account in found:
                self._kept.move_to_end(keys[account])
        return found

    def _kept_too(
        self, keys: Mapping[int, tuple[object, ...]], read: Mapping[int, ByPrincipal]
    ) -> Mapping[int, ByPrincipal]:
        with self._lock:
            self._kept.update((keys[account], granted) for account, granted in read.items())
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        return read


_KEPT = _Kept()


def _of_accounts(connection: Connection, accounts: Sequence[int]) -> dict[int, ByPrincipal]:
    where = Where()
    where.add(f"account_id = any({where.name(list(accounts))})")
    found: dict[int, ByPrincipal] = {account: {} for account in accounts}
    for who, granted in _read(connection, where).items():
        found[who[0]][who] = granted
    return found


def _read(connection: Connection, where: Where) -> ByPrincipal:
    # Few conditions stand in many grants: a line each, with all who have them, instead of a line a principal.
    sql = f"""select outcome, condition_keys, array_agg(account_id), array_agg(principal_id), array_agg(actions)
              from (select account_id, principal_id, outcome, condition_keys,
                      bit_or(cast(1 as bigint) << cast(place - 1 as integer)) as actions
                    from access_grant join unnest(cast(:columns as text[])) with ordinality c (name, place)
                      on name = action
                    where {where.sql} group by 1, 2, 3, 4) few
              group by 1, 2 order by 1, 2"""
    bits: dict[tuple[int, int], list[int]] = {}
    conditions: dict[tuple[int, int], tuple[_Condition, ...]] = {}
    for outcome, keys, accounts, principals, actions_of_each in connection.execute(
        text(sql), where.params | {"columns": list(COLUMNS)}
    ):
        place, named = _PLACES[outcome], tuple(keys)
        each = zip(zip(accounts, principals, strict=True), actions_of_each, strict=True)
        for key, actions in each:
            of_all = bits.get(key)
            if of_all is None:
                bits[key] = of_all = [0] * len(_PLACES)
            of_all[place] |= actions
            if named and outcome == Outcome.CONDITIONAL:
                conditions[key] = (*conditions.get(key, ()), (actions, named))
    return {
        key: (tuple(of_all), _keys(conditions[key]) if key in conditions else _NO_KEYS) for key, of_all in bits.items()
    }


_PLACES = {outcome.value: place for place, outcome in enumerate(Outcome)}
_Condition = tuple[int, tuple[str, ...]]
"""The actions, as bits, that are granted under a set of condition keys."""


# Thousands of principals have few sets of conditions between them.
@lru_cache(maxsize=4_096)
def _keys(conditions: tuple[_Condition, ...]) -> Mapping[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for actions, keys in conditions:
        for action in actions_of(actions):
            add_keys(found, action, keys)
    return found


def granted_then(connection: Connection, scope: Scope, streams: Sequence[int] | None, thens: Thens) -> ByPrincipal:
    """Return what `granted_now` does as of a time."""
    granted: ByPrincipal = {}
    for account, then in thens.items():
        within = arns_of(connection, scope, account, streams)
        if within is not None and not within:
            continue
        found, keys = then.bits(within), then.condition_keys(within)
        ids = ids_of(connection, scope.narrowed(frozenset({account})), found)
        for arn, bits in found.items():
            if arn in ids:
                outcomes = tuple(bits[outcome] for outcome in Outcome)
                granted[account, ids[arn]] = outcomes, keys.get(arn, _NO_KEYS)
    return granted


def granted_on(connection: Connection, scope: Scope, account: int, streams: Sequence[int]) -> dict[int, int]:
    """Return by principal the actions that are certainly granted on any of `streams`, as bits."""
    where = Where()
    in_scope(where, scope)
    where.add(f"account_id = {where.name(account)}")
    ids = where.name(list(streams))
    sql = f"""select principal_id, bit_or(cast(1 as bigint)
                << (array_position(cast(:columns as text[]), action) - 1)) as granted
              from access_grant where {where.sql} and outcome = '{Outcome.ALLOW.value}' and action = any(:columns)
                and resource_set in (select hash from resource_set
                                     where {where.sql} and stream_ids && cast({ids} as integer[]))
              group by 1"""
    rows = connection.execute(text(sql), where.params | {"columns": list(COLUMNS)})
    return {row.principal_id: row.granted for row in rows}


def granted_on_then(connection: Connection, scope: Scope, then: Then, streams: frozenset[str]) -> dict[int, int]:
    """Return what `granted_on` does as of a time; `streams` are ARNs."""
    found = then.allowed_on(streams)
    ids = ids_of(connection, scope.narrowed(frozenset({then.snapshot.account.id})), found)
    return {ids[arn]: bits for arn, bits in found.items() if arn in ids}
