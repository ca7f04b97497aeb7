"""Which readings of an account's policies and streams lie around a time."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import Connection

from app.core.model.account import Account, AccountKind
from app.core.model.reading import Reading
from app.core.model.scope import Scope
from app.db.queries.grants import INPUTS
from app.db.queries.snapshots import lister_of
from app.db.sql import text

_GLOBAL = ("iam", "managed_policies")


def readings(connection: Connection, scope: Scope, account: Account, at: datetime) -> tuple[Reading, ...]:
    """Return the readings around `at` of each part that decides on an account's grants, by part and Region.

    A part that nobody read is among them. The organization's is that of the account that lists it. There are none
    outside of the scope.
    """
    if not scope.holds(account.id):
        return ()
    found = {(one.part, one.region): one for one in _around(connection, account.id, at)}
    expected = [(part, region) for part in INPUTS for region in (("",) if part in _GLOBAL else account.regions)]
    own = {key: found.get(key, Reading(account.id, *key)) for key in [*expected, *found]}
    return (*(own[key] for key in sorted(own)), *_of_organization(connection, account, at))


def _of_organization(connection: Connection, account: Account, at: datetime) -> Iterator[Reading]:
    lister = lister_of(connection, account.id, at) or lister_of(connection, account.id, None)
    if lister is not None:
        yield from _around(connection, lister, at, ("organization",))
    elif account.kind is not AccountKind.MANAGEMENT:
        yield Reading(account.id, "organization", "")


def _around(connection: Connection, account: int, at: datetime, parts: tuple[str, ...] = INPUTS) -> Iterator[Reading]:
    stood = "valid_from <= :at and (valid_to is null or valid_to > :at)"
    rows = connection.execute(
        text(f"""select part, region, max(valid_from) filter (where {stood}) as first_at,
                   max(seen_at) filter (where {stood}) as last_at,
                   min(valid_from) filter (where valid_from > :at) as next_at
                 from snapshot where account_id = :account and part = any(:parts)
                 group by part, region order by part, region"""),
        {"account": account, "at": at, "parts": list(parts)},
    )
    gaps = _gaps(connection, account, at)
    for row in rows:
        apart = gaps.get((row.part, row.region))
        yield Reading(account, row.part, row.region, row.first_at, row.last_at, row.next_at, apart)


def _gaps(connection: Connection, account: int, at: datetime) -> dict[tuple[str, str], tuple[datetime, datetime]]:
    rows = connection.execute(
        text("""select part, region, starts_at, ends_at from reading_gap
                where account_id = :account and starts_at < :at and ends_at > :at order by starts_at"""),
        {"account": account, "at": at},
    )
    return {(row.part, row.region): (row.starts_at, row.ends_at) for row in rows}
