"""Who gets to a stream or into a role through roles: as the stored entries tell, or as of a time."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection

from app.core.iam.paths import Ways, ways_into
from app.core.model.entry import Entry
from app.core.model.grant import Held, Outcome
from app.core.model.scope import Scope
from app.db.queries.entries import entries_into
from app.services.ask_doors import Doors

NO_WAYS = Ways((), ())
MOST_ASKED = 5_000
"""Principals that are asked while a page waits, as of a time: about a second."""


def is_role(arn: str) -> bool:
    """Whether an ARN is that of a role: of nothing else it is asked who may assume it."""
    return ":role/" in arn


def closed_roles(connection: Connection, scope: Scope, principals: Iterable[str]) -> frozenset[str]:
    """Return the roles among these (ARNs) that nobody is known to get into, by trust policies, SCPs and RCPs.

    Roles of accounts that were not evaluated are left out: nobody looked.
    """
    found = entries_into(connection, scope, [arn for arn in principals if is_role(arn)])
    return frozenset(arn for arn, entries in found.items() if not entries)


def ways_to_principal(
    connection: Connection, scope: Scope, arn: str, at: datetime | None = None, most_asked: int | None = None
) -> Ways:
    """Return the ways of everyone who gets to act as a role."""
    return ways_of(connection, scope, {arn: Held(Outcome.ALLOW)}, at, most_asked)


def ways_of(
    connection: Connection,
    scope: Scope,
    granted: Mapping[str, Held],
    at: datetime | None = None,
    most_asked: int | None = None,
) -> Ways:
    """Return the ways of everyone who gets to act as one of the principals that are granted something.

    As of `at` they are not stored: everyone whom a trust policy meant then is asked now, or of the roles for which that
    would be more than `most_asked` nobody.
    """
    doors = None if at is None else Doors(connection, scope, at, most_asked)

    def entries_of(principals: Sequence[str]) -> Mapping[str, Sequence[Entry]]:
        roles = [arn for arn in principals if is_role(arn)]
        # Nobody assumes a user or a root user: whoever holds the password or a key is it.
        found: dict[str, Sequence[Entry]] = {arn: () for arn in principals if not is_role(arn)}
        return {**found, **(entries_into(connection, scope, roles) if doors is None else doors.into(roles))}

    return ways_into(granted, entries_of)
