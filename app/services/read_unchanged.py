"""Since when the permissions of an account's principals are as they are now, by the readings that are stored."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache

from sqlalchemy import Connection

from app.core.model.scope import Scope
from app.core.parts import with_unlisted
from app.core.unchanged import Reading, Unchanged, unchanged
from app.db.queries.snapshots import Version, versions_of

MOST_READINGS = 12
"""So many of the newest that differ are looked at: each is all of an account's IAM."""
_PARTS = ("iam", "managed_policies")


def unchanged_in(
    connection: Connection, scope: Scope, account: int, at: datetime | None = None
) -> Mapping[str, Unchanged]:
    """Return by ARN since when permissions are as they are now, or were as they were at `at`.

    None of an account whose IAM was not read by then.
    """
    iam, policies = (versions_of(connection, scope, account, part, MOST_READINGS + 1, at) for part in _PARTS)
    are_all = max(len(iam), len(policies)) <= MOST_READINGS
    return unchanged(_joined(iam[:MOST_READINGS], policies[:MOST_READINGS], are_all=are_all), are_all=are_all)


def _joined(iam: Sequence[Version], policies: Sequence[Version], *, are_all: bool) -> Iterator[Reading]:
    """Yield what both parts held, the newest first; with older versions than these as far back as both are known."""
    read = cache(Version.decoded)
    first = datetime.min.replace(tzinfo=UTC) if are_all else max(own[-1].valid_from for own in (iam, policies) if own)
    for start in sorted({one.valid_from for one in (*iam, *policies)}, reverse=True):
        stood = [next((one for one in own if one.valid_from <= start), None) for own in (iam, policies)]
        if stood[0] is None or start < first:
            return
        seen_at = max(start, min(one.seen_at for one in stood if one))
        more = read(stood[1]).policies if stood[1] else ()
        yield Reading(start, seen_at, with_unlisted(read(stood[0]), more))
