"""Ask who could assume roles as of a time: what the worker stores of now is computed of what was read then."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection

from app.core.arn import account_id
from app.core.errors import InvalidInput
from app.core.iam.entries import deciding_accounts, entries
from app.core.iam.layers import Binding
from app.core.iam.trust import trusted
from app.core.model.entry import Entry, TrustedKind
from app.core.model.principal import Principal
from app.core.model.scope import EVERYTHING, Scope
from app.db.queries import accounts
from app.db.queries.inventory import listed_in
from app.db.queries.snapshots import load_snapshot

MOST_HELD = 4
"""Accounts whose policies are held in memory at one time."""
_WIDE = frozenset({TrustedKind.ACCOUNT, TrustedKind.EVERYONE})


class Doors:
    """The roles of a scope as they were at a time.

    `most_asked` bounds how many principals are asked in all, for a page that cannot wait; None: all are.
    """

    def __init__(self, connection: Connection, scope: Scope, at: datetime, most_asked: int | None) -> None:
        self._connection = connection
        self._scope = scope
        self._at = at
        self._left = most_asked
        self._everywhere = frozenset(one.id for one in accounts.accounts(connection, EVERYTHING))
        self._read: dict[int, Binding | None] = {}

    def into(self, roles: Sequence[str]) -> Mapping[str, Sequence[Entry]]:
        """Return who could assume each of `roles` (ARNs); one is missing where nobody can tell, or has the time."""
        found: dict[str, list[Entry]] = {}
        by_account: dict[int, set[str]] = defaultdict(set)
        for arn in roles:
            by_account[account_id(arn) or 0].add(arn)
        for account, wanted in sorted(by_account.items()):
            home = self._binding(account) if self._scope.holds(account) else None
            if home is None:
                continue
            asked = [one for one in home.callers if one.arn in wanted and self._may_ask(one)]
            found |= {one.arn: [] for one in asked}
            for entry in entries(home, asked, self._binding, self._everywhere):
                found[entry.role].append(entry)
        return found

    def _may_ask(self, role: Principal) -> bool:
        """Whether there is time to ask everyone whom a role trusts without naming them."""
        if self._left is None or not any(one.kind in _WIDE for one in trusted(role)):
            return True
        self._left -= listed_in(self._connection, deciding_accounts([role], self._everywhere))
        return self._left >= 0

    def _binding(self, account: int) -> Binding | None:
        if account not in self._read:
            if len(self._read) >= MOST_HELD:
                self._read.pop(next(iter(self._read)))
            self._read[account] = binding_of(self._connection, account, self._at)
        return self._read[account]


def binding_of(connection: Connection, account: int, at: datetime | None = None) -> Binding | None:
    """Return the policies of an account, now or as of `at`; None where nobody could look, or nobody had yet."""
    try:
        snapshot = load_snapshot(connection, EVERYTHING, account, at)
    except InvalidInput:
        return None  # not watched: it may be a vendor's
    return None if snapshot.iam is None else Binding(snapshot)
