"""The access matrix as stored: grants that point to resource sets, each set stored once by its content."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb
from sqlalchemy import Connection

from app.core.arn import parsed
from app.core.model.grant import MOST_CERTAIN_FIRST, Grant, Held, Known, Outcome
from app.core.model.scope import Scope
from app.db.queries._copy import copy_rows
from app.db.queries._principals import ids_of_arns
from app.db.queries.snapshots import content_hash
from app.db.sql import text

_COMMON_INPUTS = ("streams", "channels", "stream_tags", "channel_tags")
INPUTS = ("iam", "managed_policies", *_COMMON_INPUTS)
ANYTHING = ("*",)
"""The resources of an action that has no resource type."""


def input_hash(connection: Connection, account_id: int, evaluator: int) -> bytes:
    """Return a hash of all that an account's matrix is computed from: as long as it stays, so do the grants."""
    return content_hash(connection, [account_id], INPUTS, salt=str(evaluator))


def stored_hash(connection: Connection, account_id: int) -> bytes | None:
    """Return the hash of what the stored matrix was computed from; None when there is none."""
    found = connection.execute(
        text("select input_hash from matrix_state where account_id = :account_id"), {"account_id": account_id}
    ).scalar_one_or_none()
    return None if found is None else bytes(found)


@dataclass(frozen=True, slots=True)
class Basis:
    """What stored grants follow from: `common` for all principals of the account, and each one's own by ARN."""

    common: bytes
    principals: Mapping[str, bytes]


def basis_hash(connection: Connection, account_id: int, evaluator: int) -> bytes:
    """Return a hash of what is the same for all principals of an account: its streams and tags, its organization."""
    return content_hash(connection, [account_id], _COMMON_INPUTS, salt=str(evaluator))


def stored_basis(connection: Connection, account_id: int) -> Basis | None:
    """Return what the stored grants follow from; None where there are none, or it was not kept."""
    common = connection.execute(
        text("select common_hash from matrix_state where account_id = :account_id"), {"account_id": account_id}
    ).scalar_one_or_none()
    if common is None:
        return None
    rows = connection.execute(
        text("""select p.arn, i.input_hash from grant_input i join principal p on p.id = i.principal_id
                where i.account_id = :account_id"""),
        {"account_id": account_id},
    )
    return Basis(bytes(common), {row.arn: bytes(row.input_hash) for row in rows})


def stored_problems(connection: Connection, account_id: int) -> list[dict[str, Any]]:
    """Return the problems of the stored grants, as they were given."""
    found = connection.execute(
        text("select problems from matrix_state where account_id = :account_id"), {"account_id": account_id}
    ).scalar_one_or_none()
    return list(found or ())


def store_matrix(
    connection: Connection,
    account_id: int,
    grants: Sequence[Grant],
    problems: Sequence[object],
    *,
    evaluator: int,
    inputs: bytes,
    now: datetime,
    basis: Basis | None = None,
    only: Iterable[str] | None = None,
) -> None:
    """Put an account's grants in the place of those before, or (`only`) those of some principals alone.

    `problems` are JSON objects for the page: all of the account's.
    """
    replaced = None if only is None else sorted(only)
    own = basis.principals if basis else {}
    kept = own.keys() if replaced is None else own.keys() & set(replaced)
    principals = ids_of_arns(connection, account_id, sorted({grant.principal for grant in grants} | kept))
    sets = _store_sets(connection, account_id, grants)
    _drop(connection, account_id, replaced)
    copy_rows(
        connection,
        "access_grant (account_id, principal_id, action, outcome, condition_keys, resource_set)",
        (
            (account_id, principals[g.principal], g.action, g.outcome.value, list(g.condition_keys), sets[g.resources])
            for g in grants
        ),
    )
    copy_rows(
        connection,
        "grant_input (account_id, principal_id, input_hash)",
        ((account_id, principals[arn], own[arn]) for arn in sorted(kept)),
    )
    _drop_unused_sets(connection, account_id)
    connection.execute(
        text("""insert into matrix_state
                  (account_id, evaluated_at, evaluator, input_hash, principals, problems, common_hash)
                select :account_id, :now, :evaluator, :inputs, count(distinct principal_id), :problems, :common
                from access_grant where account_id = :account_id
                on conflict (account_id) do update set evaluated_at = excluded.evaluated_at,
                  evaluator = excluded.evaluator, input_hash = excluded.input_hash, principals = excluded.principals,
                  problems = excluded.problems, common_hash = excluded.common_hash"""),
        {
            "account_id": account_id,
            "now": now,
            "evaluator": str(evaluator),
            "inputs": inputs,
            "problems": Jsonb(list(problems)),
            "common": basis.common if basis else None,
        },
    )


def _drop(connection: Connection, account_id: int, principals: Sequence[str] | None) -> None:
    """Delete the grants of an account, or those of some of its principals, with what they followed from."""
    of_these = "" if principals is None else " and principal_id = any(:ids)"
    values: dict[str, Any] = {"account_id": account_id}
    if principals is not None:
        rows = connection.execute(
            text("select id from principal where account_id = :account_id and arn = any(:arns)"),
            values | {"arns": list(principals)},
        )
        values["ids"] = list(rows.scalars())
    for table in ("access_grant", "grant_input"):
        connection.execute(text(f"delete from {table} where account_id = :account_id{of_these}"), values)


def grants(connection: Connection, scope: Scope, account_id: int) -> tuple[Grant, ...] | None:
    """Return an account's grants by principal and action; None: never computed, or out of scope."""
    if not scope.holds(account_id):
        return None
    if stored_hash(connection, account_id) is None:
        return None
    sets = _sets(connection, account_id)
    rows = connection.execute(
        text("""select p.arn, g.action, g.outcome, g.condition_keys, g.resource_set
                from access_grant g join principal p on p.id = g.principal_id
                where g.account_id = :account_id order by p.arn, g.action, g.outcome, g.condition_keys"""),
        {"account_id": account_id},
    )
    return tuple(
        Grant(row.arn, row.action, Outcome(row.outcome), sets[bytes(row.resource_set)], tuple(row.condition_keys))
        for row in rows
    )


def holders(
    connection: Connection, scope: Scope, account_id: int, stream_id: int, actions: Iterable[str]
) -> dict[str, Held]:
    """Return who may call one of `actions` on a stream or channel, each with what it gets at best.

    Several actions that are let through with the same certainty decide by the keys of all of them.
    """
    if not scope.holds(account_id):
        return {}
    rows = connection.execute(
        text("""with held as (
                  select p.arn, array_position(cast(:order as text[]), g.outcome) as rank, g.condition_keys
                  from access_grant g
                  join resource_set s on s.account_id = g.account_id and s.hash = g.resource_set
                  join principal p on p.id = g.principal_id
                  where g.account_id = :account_id and g.action = any(:actions) and g.outcome <> 'deny'
                    and s.stream_ids @> array[cast(:stream as integer)]
                ), best as (
                  select arn, min(rank) as rank from held group by 1
                )
                select arn, rank, array_remove(array_agg(distinct key order by key), null) as keys
                from best join held using (arn, rank) left join lateral unnest(condition_keys) key on true
                group by 1, 2 order by 1"""),
        {
            "account_id": account_id,
            "stream": stream_id,
            "actions": sorted(actions),
            "order": [one.value for one in MOST_CERTAIN_FIRST],
        },
    )
    return {row.arn: Held(MOST_CERTAIN_FIRST[row.rank - 1], tuple(row.keys)) for row in rows}


def set_hash(resources: Iterable[str]) -> bytes:
    """Return the hash by which a set of ARNs is stored."""
    return hashlib.sha256("\n".join(sorted(resources)).encode()).digest()


def _store_sets(connection: Connection, account_id: int, grants: Sequence[Grant]) -> dict[tuple[str, ...], bytes]:
    """Store the resource sets that are new; return the hash of each."""
    hashes = {resources: set_hash(resources) for resources in {grant.resources for grant in grants}}
    streams = _stream_ids(connection, account_id, sorted({arn for resources in hashes for arn in resources} - {"*"}))
    rows = [
        {
            "account_id": account_id,
            "hash": found,
            "stream_ids": sorted(streams[arn] for arn in resources if arn in streams),
            "is_wildcard": resources == ANYTHING,
            "n": len(resources),
        }
        for resources, found in hashes.items()
    ]
    if rows:
        connection.execute(
            text("""insert into resource_set (account_id, hash, stream_ids, is_wildcard, n)
                    values (:account_id, :hash, :stream_ids, :is_wildcard, :n)
                    on conflict (account_id, hash) do nothing"""),
            rows,
        )
    return hashes


def _drop_unused_sets(connection: Connection, account_id: int) -> None:
    connection.execute(
        text("""delete from resource_set s where s.account_id = :account_id and not exists (
                  select from access_grant g where g.account_id = s.account_id and g.resource_set = s.hash)"""),
        {"account_id": account_id},
    )


def _sets(connection: Connection, account_id: int) -> dict[bytes, tuple[str, ...]]:
    """Return the ARNs of each resource set of an account, sorted; sets share their texts."""
    arns = {
        row.id: row.arn
        for row in connection.execute(
            text("select id, arn from stream where account_id = :account_id and arn is not null"),
            {"account_id": account_id},
        )
    }
    rows = connection.execute(
        text("select hash, stream_ids, is_wildcard from resource_set where account_id = :account_id"),
        {"account_id": account_id},
    )
    return {
        bytes(row.hash): ANYTHING if row.is_wildcard else tuple(sorted(arns[number] for number in row.stream_ids))
        for row in rows
    }


def _stream_ids(connection: Connection, account_id: int, arns: Sequence[str]) -> dict[str, int]:
    """Return the dimension's id of each stream, made where no poll or event has made it yet."""
    given = [(arn, parts.region, *parts.resource.split("/")[:2]) for arn in arns if (parts := parsed(arn))]
    connection.execute(
        text("""insert into stream (account_id, region, kind, name, arn)
                select :account_id, region, kind, name, arn
                from unnest(cast(:arns as text[]), cast(:regions as text[]), cast(:kinds as text[]),
                  cast(:names as text[])) as given (arn, region, kind, name)
                where not exists (select from stream s where s.account_id = :account_id and s.arn = given.arn)
                order by arn on conflict do nothing"""),
        {
            "account_id": account_id,
            "arns": [row[0] for row in given],
            "regions": [row[1] for row in given],
            "kinds": [row[2] for row in given],
            "names": [row[3] for row in given],
        },
    )
    rows = connection.execute(
        text("select id, arn from stream where account_id = :account_id and arn = any(:arns)"),
        {"account_id": account_id, "arns": list(arns)},
    )
    return {row.arn: row.id for row in rows}


def holders_of(
    connection: Connection, scope: Scope, account_id: int, stream_id: int, wanted: Mapping[str, Iterable[str]]
) -> dict[str, Known]:
    """Return how many principals may call one of the actions of each name in `wanted` on a stream or channel."""
    pairs = [(name, action) for name, actions in sorted(wanted.items()) for action in sorted(actions)]
    if not pairs or not scope.holds(account_id):
        return {}
    rows = connection.execute(
        text("""select name, count(*) filter (where is_granted) as granted,
                       count(*) filter (where not is_granted) as unknown
                from (select w.name, g.principal_id, bool_or(g.outcome <> 'unknown') as is_granted
                      from unnest(cast(:names as text[]), cast(:actions as text[])) as w (name, action)
                      join access_grant g on g.account_id = :account_id and g.action = w.action and g.outcome <> 'deny'
                      join resource_set s on s.account_id = g.account_id and s.hash = g.resource_set
                        and s.stream_ids @> array[cast(:stream as integer)]
                      group by 1, 2) held
                group by 1"""),
        {
            "account_id": account_id,
            "stream": stream_id,
            "names": [name for name, _ in pairs],
            "actions": [action for _, action in pairs],
        },
    )
    return {row.name: Known(row.granted, row.unknown) for row in rows}
