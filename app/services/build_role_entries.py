"""Compute who may assume each role of an account, from its policies and those of the accounts that it trusts."""

from datetime import datetime

from sqlalchemy import Connection, Engine

from app.core.iam.entries import deciding_accounts, entries
from app.core.iam.layers import Binding
from app.core.iam.matrix import EVALUATOR_VERSION
from app.core.model.entry import Entry
from app.core.model.principal import PrincipalKind
from app.core.model.scope import EVERYTHING
from app.core.model.snapshot import Snapshot
from app.db.queries import accounts as watched
from app.db.queries import entries as queries
from app.db.queries import snapshots
from app.services.ask_doors import binding_of


def build_role_entries(engine: Engine, account_id: int, *, now: datetime) -> bool:
    """Store who may assume which role of an account; return whether it was computed.

    Nothing is computed while the policies of the account, and of those that decide with it, stay as they are: those
    that its trust policies name, and every account that is watched where one of its roles trusts everyone.

    Raises:
        InvalidInput: no such account.
    """
    with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection, connection.begin():
        everywhere = frozenset(account.id for account in watched.accounts(connection, EVERYTHING))
        stored = queries.stored_state(connection, account_id)
        if stored is not None and _inputs(connection, stored.accounts, everywhere) == stored.inputs:
            return False
        snapshot = snapshots.load_snapshot(connection, EVERYTHING, account_id)
        if snapshot.iam is None:
            # Nobody could look: no entries are not the same as none.
            return False
        found, accounts = _entries(connection, snapshot, everywhere)
        inputs = _inputs(connection, accounts, everywhere)
    with engine.begin() as connection:
        queries.store_entries(connection, account_id, found, inputs=inputs, accounts=accounts, now=now)
    return True


def _inputs(connection: Connection, accounts: frozenset[int], everywhere: frozenset[int]) -> bytes:
    """Return a hash of what decides on the entries: where every watched account does, also which these are."""
    added_or_removed = everywhere if everywhere <= accounts else frozenset()
    return queries.input_hash(connection, accounts, EVALUATOR_VERSION, added_or_removed)


def _entries(
    connection: Connection, snapshot: Snapshot, everywhere: frozenset[int]
) -> tuple[tuple[Entry, ...], frozenset[int]]:
    """Return the entries of all roles, and the accounts whose policies decided."""
    home = Binding(snapshot)
    roles = [one for one in home.callers if one.kind is PrincipalKind.ROLE]
    accounts = deciding_accounts(roles, everywhere) | {snapshot.account.id}
    return entries(home, roles, lambda account: binding_of(connection, account), everywhere), accounts
