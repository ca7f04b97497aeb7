"""Issued sessions: what AssumeRole and its kin handed out, each once."""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection

from app.core.arn import account_id
from app.core.model.event import Actor, ActorKind
from app.core.model.session import IssuedSession
from app.core.trailfile.kinds import SESSION_SOURCE
from app.db import stage
from app.db.queries._known import HOUR, KEY_COLUMNS, forget, known
from app.db.queries.dimensions import NONE_ID, Ids, NameIds, Names, bounded, bounded_or_none, principal_of
from app.db.sql import text

_SESSION_COLUMNS = {
    **KEY_COLUMNS,
    "action_id": "int4",
    "region_id": "int4",
    "role_id": "int4",
    "session_name": "text",
    "access_key": "text",
    "expires_at": "timestamptz",
    "caller_id": "int4",
    "caller_kind": "text",
    "caller_account_id": "int8",
    "caller_session_name": "text",
    "caller_key": "text",
    "person": "text",
    "source_identity": "text",
    "external_id_given": "bool",
    "mfa_serial": "text",
    "address": "text",
    "user_agent_id": "int4",
    "error_code": "text",
    "shared_event_id": "text",
    "addendum_of": "text",
}
_TOUCH = f"""
insert into touched_hour (account_id, hour, touched_at)
select account_id, {HOUR}, cast(:now as timestamptz) from stage_session group by 1, 2 order by 1, 2
on conflict (account_id, hour) do update set touched_at = greatest(touched_hour.touched_at, excluded.touched_at)
"""
"""A session that arrives late may mend a chain that was broken: its hour is evaluated again."""


def store_sessions(connection: Connection, rows: Sequence[tuple[Any, ...]], now: datetime) -> int:
    """Return how many of `rows` were new; only their keys are staged, and the new ones go into the table by COPY.

    Raises:
        IntegrityError: another transaction has stored one of them meanwhile (UniqueViolation).
    """
    stage.fill(connection, "stage_session", KEY_COLUMNS, (row[:3] for row in rows))
    stored = known(connection, "issued_session", "stage_session", rows)
    if stored:
        forget(connection, "stage_session", stored)
        rows = [row for row in rows if row[:3] not in stored]
    if rows:
        stage.copy_in(connection, "issued_session", _SESSION_COLUMNS, rows)
        connection.execute(text(_TOUCH), {"now": now})
    return len(rows)


def session_row(session: IssuedSession, names: NameIds, ids: Ids) -> tuple[Any, ...]:
    """Return the row of a session for `store_sessions`; `ids` know its role."""
    caller = session.caller
    action, region, _, principal, user_agent = names
    return (
        session.account,
        session.event_time,
        stage.guid(session.event_id),
        action,
        region,
        ids.principals[principal_of(role_actor(session.role_arn))] if session.role_arn else NONE_ID,
        session.session_name,
        bounded_or_none(session.access_key),
        session.expires_at,
        principal,
        caller.kind,
        caller.account,
        caller.session_name,
        bounded_or_none(session.caller_key),
        caller.person,
        session.source_identity,
        session.external_id_given,
        session.mfa_serial,
        bounded_or_none(session.address),
        user_agent,
        bounded_or_none(session.error_code),
        session.shared_event_id,
        bounded_or_none(session.addendum_of),
    )


def names_of(session: IssuedSession) -> Names:
    """Return the keys of all the names of a session but its role."""
    return (
        (SESSION_SOURCE, bounded(session.action)),
        bounded(session.region),
        None,
        principal_of(session.caller),
        bounded(session.user_agent or ""),
    )


@lru_cache(65_536)
def role_actor(arn: str) -> Actor:
    """Return the role that a session is of. A role has many: hence the cache."""
    return Actor(ActorKind.ROLE, arn, account_id(arn))
