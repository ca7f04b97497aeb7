"""Who may assume which role, as stored: one row a way in, and the accounts whose policies decided."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from app.core.arn import account_id
from app.core.model.entry import Entry, TrustedKind
from app.core.model.grant import Outcome
from app.core.model.scope import Scope
from app.db.engine import look_up
from app.db.queries._copy import copy_rows
from app.db.queries._principals import ids_of_arns
from app.db.queries.event_filter import Where, in_scope
from app.db.queries.snapshots import content_hash
from app.db.sql import text

_INPUTS = ("iam", "managed_policies")


@dataclass(frozen=True, slots=True)
class StoredState:
    """What the stored entries of an account were computed from: a hash of it, and the accounts that decided."""

    inputs: bytes
    accounts: frozenset[int]


def input_hash(
    connection: Connection, accounts: Iterable[int], evaluator: int, everywhere: Iterable[int] = ()
) -> bytes:
    """Return a hash of all that decides on the entries of an account; `accounts` are those whose policies do.

    `everywhere` are the watched accounts, where it decides also which these are.
    """
    return content_hash(connection, accounts, _INPUTS, salt=f"entries {evaluator} {sorted(everywhere)}")


def stored_state(connection: Connection, account: int) -> StoredState | None:
    """Return what the stored entries of an account were computed from; None: they never were."""
    row = connection.execute(
        text("select input_hash, accounts from role_entry_state where account_id = :a"), {"a": account}
    ).one_or_none()
    return None if row is None else StoredState(bytes(row.input_hash), frozenset(row.accounts))


def store_entries(
    connection: Connection,
    account: int,
    entries: Sequence[Entry],
    *,
    inputs: bytes,
    accounts: Iterable[int],
    now: datetime,
) -> None:
    """Put the entries of an account's roles in the place of those before."""
    roles = ids_of_arns(connection, account, sorted({entry.role for entry in entries}))
    sources = _source_ids(connection, entries)
    connection.execute(text("delete from role_entry where account_id = :a"), {"a": account})
    copy_rows(
        connection,
        "role_entry (account_id, role_id, source, kind, source_id, source_account, outcome, condition_keys,"
        " is_named, statement, sid)",
        (
            (
                account,
                roles[one.role],
                one.source,
                one.kind.value,
                sources.get(one.source) if one.is_known else None,
                one.account,
                one.outcome.value,
                list(one.condition_keys),
                one.is_named,
                one.statement,
                one.sid,
            )
            for one in entries
        ),
    )
    connection.execute(
        text("""insert into role_entry_state (account_id, evaluated_at, input_hash, accounts)
                values (:account_id, :now, :inputs, :accounts)
                on conflict (account_id) do update set evaluated_at = excluded.evaluated_at,
                  input_hash = excluded.input_hash, accounts = excluded.accounts"""),
        {"account_id": account, "now": now, "inputs": inputs, "accounts": sorted(accounts)},
    )


def entries_into(connection: Connection, scope: Scope, principals: Sequence[str]) -> Mapping[str, tuple[Entry, ...]]:
    """Return who may assume each of `principals` (ARNs); those of accounts that were never evaluated are left out."""
    evaluated = evaluated_accounts(connection, scope)
    where = Where()
    in_scope(where, scope)
    found: dict[str, list[Entry]] = {arn: [] for arn in principals if account_id(arn) in evaluated}
    where.add(f"arn = any({where.name(list(found))})")
    rows = connection.execute(
        text(f"""select * from (select e.*, r.arn from role_entry e join principal r on r.id = e.role_id) e
                 where {where.sql} order by source"""),
        where.params,
    )
    for row in rows:
        found[row.arn].append(_entry(row))
    return {arn: tuple(entries) for arn, entries in found.items()}


def entries_of(connection: Connection, scope: Scope, principal_id: int) -> tuple[Entry, ...]:
    """Return the roles in `scope` that a principal may assume, by ARN."""
    where = Where()
    in_scope(where, scope)
    where.add(f"source_id = {where.name(principal_id)}")
    rows = connection.execute(
        text(f"""select e.*, r.arn from (select * from role_entry where {where.sql}) e
                 join principal r on r.id = e.role_id order by r.arn"""),
        where.params,
    )
    return tuple(_entry(row) for row in rows)


def open_to_anybody(connection: Connection, scope: Scope, account: int) -> tuple[str, ...]:
    """Return the roles of other accounts in `scope` that trust everybody, of whom no one in `account` was asked yet."""
    where = Where()
    in_scope(where, scope)
    where.add(f"kind = {where.name(TrustedKind.EVERYONE.value)}")
    rows = connection.execute(
        text(f"""select distinct r.arn from (select * from role_entry where {where.sql}) e
                 join principal r on r.id = e.role_id
                 join role_entry_state s on s.account_id = e.account_id
                 where e.account_id <> :account and (not :account = any(s.accounts) or not exists (
                   select 1 from snapshot where account_id = :account and part = 'iam' and valid_to is null))
                 order by r.arn"""),
        {**where.params, "account": account},
    )
    return tuple(rows.scalars())


def evaluated_accounts(connection: Connection, scope: Scope) -> frozenset[int]:
    """Return the accounts in `scope` of whose roles it is known who may assume them."""
    where = Where()
    in_scope(where, scope)
    return frozenset(look_up(connection, f"select account_id from role_entry_state where {where.sql}", **where.params))


def _entry(row: Row[Any]) -> Entry:
    return Entry(
        role=row.arn,
        kind=TrustedKind(row.kind),
        source=row.source,
        account=row.source_account,
        outcome=Outcome(row.outcome),
        condition_keys=tuple(row.condition_keys),
        is_known=row.source_id is not None,
        is_named=row.is_named,
        statement=row.statement,
        sid=row.sid,
    )


def _source_ids(connection: Connection, entries: Iterable[Entry]) -> dict[str, int]:
    by_account: dict[int, set[str]] = {}
    for one in entries:
        if one.is_known and one.account is not None:
            by_account.setdefault(one.account, set()).add(one.source)
    found: dict[str, int] = {}
    for number, arns in sorted(by_account.items()):
        found |= ids_of_arns(connection, number, sorted(arns))
    return found
