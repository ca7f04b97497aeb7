"""Reads which roles a principal or key took, and what was called in the sessions that this gave, hop by hop."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from app.core.model.scope import Scope
from app.core.model.session import IssuedSession
from app.core.stopping.callers import Taken, each_once
from app.db.queries import lineage
from app.db.queries.taken_roles import Called, called_with

MOST_HOPS = 8
"""So far is followed what was taken with what was taken: each hop asks twice."""
_NOTHING = Called(0, 0)


@dataclass(frozen=True, slots=True)
class Asker:
    """Whose AssumeRole* calls: a principal by its id (0: not known) and ARN, and a key; None: with any."""

    principal_id: int
    arn: str
    key: str | None = None


@dataclass(frozen=True, slots=True)
class TakenRoles:
    """The sessions that were asked for, newest first. `is_cut`: older ones, or some behind them, were not looked at."""

    taken: tuple[Taken, ...]
    is_cut: bool


def read_taken(
    connection: Connection, scope: Scope, asker: Asker, since: datetime, until: datetime, most: int
) -> TakenRoles:
    """Return the newest `most` sessions of other roles, and of its own, that `asker` asked for in the range.

    A call in a session counts with the one whose key led to it; what was called as `asker` itself is its own call.
    """
    sessions, is_cut = _asked_for(connection, scope, asker, since, until, most)
    then, is_left_out = _then(connection, scope, sessions, asker.arn, since, until, most)
    taken = (_taken(one, then.get(one.access_key or "", _NOTHING)) for one in sessions)
    return TakenRoles(tuple(taken), is_cut or is_left_out)


def _asked_for(
    connection: Connection, scope: Scope, asker: Asker, since: datetime, until: datetime, most: int
) -> tuple[tuple[IssuedSession, ...], bool]:
    """Return the newest `most` sessions that `asker` asked for in the range, refused ones too, each call once.

    And whether there may be older ones.
    """
    of_key = lineage.taken_with(connection, scope, {asker.key}, since, until, most) if asker.key else ()
    of_principal: tuple[IssuedSession, ...] = ()
    if asker.principal_id:
        of_principal = lineage.taken_by(connection, scope, asker.principal_id, since, until, most)
    return each_once((*of_key, *of_principal)), most in {len(of_key), len(of_principal)}


def _then(
    connection: Connection,
    scope: Scope,
    sessions: tuple[IssuedSession, ...],
    own: str,
    since: datetime,
    until: datetime,
    most: int,
) -> tuple[dict[str, Called], bool]:
    """Return what was called with each issued key and with those taken with it, and whether any was left out."""
    first = {one.access_key: one.access_key for one in sessions if one.access_key and one.role_arn != own}
    sums: dict[str, Called] = {}
    fresh = dict(first)
    for _ in range(MOST_HOPS):
        if not fresh:
            return sums, False
        for key, called in called_with(connection, scope, fresh, since, until).items():
            root = first[key]
            before = sums.get(root, _NOTHING)
            sums[root] = Called(before.calls + called.calls, before.reads + called.reads)
        onward = lineage.taken_with(connection, scope, fresh, since, until, most)
        if len(onward) == most:
            return sums, True
        fresh = {
            one.access_key: first[one.caller_key]
            for one in onward
            if one.access_key and one.caller_key and one.access_key not in first and one.role_arn != own
        }
        first |= fresh
    return sums, bool(fresh)


def _taken(session: IssuedSession, then: Called) -> Taken:
    return Taken(session, then.calls, then.reads)
