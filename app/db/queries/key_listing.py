"""What IAM's own listings say of an access key: whose it is, whether it is active, when it was last used."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import msgspec
import zstandard
from sqlalchemy import Connection

from app.core.model.principal import AccessKey
from app.core.model.scope import Scope
from app.core.model.snapshot import PartState
from app.core.parts import AccessKeys
from app.db.queries.shell import scope_filter
from app.db.sql import text


@dataclass(frozen=True, slots=True)
class Listed:
    """A key in the listing of its account, and when that was last seen."""

    account_id: int
    user_arn: str
    key: AccessKey
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class Listings:
    """Where a key was looked for. `listed` None: in none of the listings; `unread`: accounts that have none."""

    listed: Listed | None
    unread: tuple[tuple[int, PartState], ...]


def key_listings(connection: Connection, scope: Scope, key: str, accounts: Iterable[int] = ()) -> Listings:
    """Return what the listings of these accounts (none: all of the scope) say of a key."""
    condition, values = scope_filter(scope.narrowed(frozenset(accounts)), "p.account_id")
    rows = connection.execute(
        text(f"""select p.account_id, p.state, s.seen_at, s.content from part p
                   left join snapshot s on s.account_id = p.account_id and s.part = p.part and s.region = p.region
                     and s.valid_to is null
                 where p.part = 'access_keys' and {condition} order by p.account_id"""),
        values,
    ).all()
    found = (
        Listed(row.account_id, user, one, row.seen_at)
        for row in rows
        if row.content is not None
        for user, keys in msgspec.json.decode(zstandard.decompress(row.content), type=AccessKeys).users
        for one in keys
        if one.id == key
    )
    unread = tuple((row.account_id, PartState(row.state)) for row in rows if row.content is None)
    return Listings(next(found, None), unread)
