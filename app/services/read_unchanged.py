"""Since when the permissions of an account's principals are as they are now, by the readings that are stored."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection

from app.core.model.scope import Scope
from app.core.unchanged import Reading, Unchanged, unchanged
from app.db.queries.snapshots import versions_of

MOST_READINGS = 12
"""So many of the newest that differ are looked at: each is all of an account's IAM."""


def unchanged_in(
    connection: Connection, scope: Scope, account: int, at: datetime | None = None
) -> Mapping[str, Unchanged]:
    """Return by ARN since when permissions are as they are now, or were as they were at `at`.

    None of an account whose IAM was not read by then.
    """
    found = versions_of(connection, scope, account, "iam", MOST_READINGS + 1, at)
    readings = (Reading(one.valid_from, one.seen_at, one.decoded()) for one in found[:MOST_READINGS])
    return unchanged(readings, are_all=len(found) <= MOST_READINGS)
