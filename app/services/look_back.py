"""What everyone could do as of a time, evaluated from what was read before it; what was just evaluated is kept."""

from collections import OrderedDict
from collections.abc import Mapping
from datetime import datetime
from threading import Lock

from sqlalchemy import Connection

from app.core.arn import account_text
from app.core.errors import InvalidInput
from app.core.iam.matrix import EVALUATOR_VERSION, Matrix, access_matrix
from app.core.matrix.then import Then
from app.core.model.account import Account
from app.core.model.scope import Scope
from app.core.model.snapshot import Snapshot
from app.core.query.filter import Filter
from app.core.readings import AsOf
from app.db.queries import accounts, matrix
from app.db.queries.grants import INPUTS
from app.db.queries.readings import readings
from app.db.queries.snapshots import content_hash, load_snapshot

MOST_CELLS = 1_000_000
"""Principals times streams that are evaluated for one answer about several accounts: about a second."""
MOST_KEPT = 4


class TooMuch(InvalidInput):
    """Too many accounts to be evaluated for one answer; `accounts` are those that it may be narrowed to."""

    def __init__(self, accounts: tuple[int, ...]) -> None:
        super().__init__(
            f"as of a time in the past {len(accounts)} accounts would take too long: choose one,"
            f" such as account={account_text(accounts[0])}"
        )
        self.accounts = accounts


def look_back(connection: Connection, scope: Scope, account_id: int, at: datetime) -> Then:
    """Return an account as it was read before `at`.

    Raises:
        InvalidInput: no such account in the scope.
    """
    account = accounts.account(connection, scope, account_id)
    if account is None:
        raise InvalidInput(f"account {account_text(account_id)} is not watched")
    snapshot, evaluated = _KEPT.evaluated(connection, scope, account, at)
    return Then(snapshot, evaluated, AsOf(at, readings(connection, scope, account, at)))


def look_back_on(connection: Connection, scope: Scope, query: Filter) -> Mapping[int, Then] | None:
    """Return the accounts that a filter asks for as they were at its `at`; None: it asks as of now.

    Raises:
        TooMuch: of several accounts, it would take too long.
    """
    if query.at is None:
        return None
    cells = matrix.cells_of(connection, scope, query)
    if len(cells) > 1 and sum(cells.values()) > MOST_CELLS:
        raise TooMuch(tuple(cells))
    return {account: look_back(connection, scope, account, query.at.at) for account in cells}


class _Kept:
    """The accounts that were evaluated last, by what from: a page and its drawer and files ask for the same."""

    def __init__(self) -> None:
        self._kept: OrderedDict[bytes, tuple[Snapshot, Matrix]] = OrderedDict()
        self._lock = Lock()

    def evaluated(
        self, connection: Connection, scope: Scope, account: Account, at: datetime
    ) -> tuple[Snapshot, Matrix]:
        key = content_hash(connection, [account.id], INPUTS, salt=f"{EVALUATOR_VERSION} {account!r}", at=at)
        with self._lock:
            kept = self._kept.get(key)
            if kept is not None:
                self._kept.move_to_end(key)
                return kept
        snapshot = load_snapshot(connection, scope, account.id, at)
        made = snapshot, access_matrix(snapshot)
        with self._lock:
            self._kept[key] = made
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        return made


_KEPT = _Kept()
