"""The role sessions behind a key, as CloudTrail's AssumeRole* records told them."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, text

from app.core.lineage.chain import SessionsByKey
from app.core.model.event import Actor, ActorKind
from app.core.model.scope import Scope
from app.core.model.session import IssuedSession
from app.db.queries.event_filter import Where, in_scope

LONGEST_SESSION = timedelta(hours=36)
"""Of a user's GetSessionToken (IAM User Guide); a role's is 12 hours, a chained role's one."""
MOST_HOPS = 12
_REACH = timedelta(minutes=1)
"""Copies of one action should be of one time. AWS does not say so, hence a minute."""


_CORRECTED = """
  select from issued_session c where c.account_id = s.account_id and c.event_id <> s.event_id
    and (c.addendum_of = cast(s.event_id as text)
      or c.addendum_of = s.addendum_of and (c.event_time, c.event_id) > (s.event_time, s.event_id))"""
"""A record that corrects `s`, or later than `s` what it corrects (addendum UPDATED_DATA): it tells instead of it."""


def sessions_behind(connection: Connection, scope: Scope, key: str, at: datetime) -> SessionsByKey:
    """Return the records known of `key` and of each key that stands behind it, all that `chain` needs.

    Where the record of a key tells nothing of its caller but the account, the copy that this account got is among them,
    though it may not name the key: they share a sharedEventID (IAM User Guide, "Logging IAM and AWS STS API calls").
    """
    found: dict[str, list[IssuedSession]] = {}
    asked, since = {key}, at
    for _ in range(MOST_HOPS):
        since -= LONGEST_SESSION
        fresh = _issued(connection, scope, asked, since, at)
        for copies in fresh.values():
            copies.extend(_copies(connection, scope, copies))
        found |= fresh
        asked = {s.caller_key for copies in fresh.values() for s in copies if s.caller_key} - found.keys()
        if not asked:
            break
    return found


def _issued(
    connection: Connection, scope: Scope, keys: set[str], since: datetime, until: datetime
) -> Mapping[str, list[IssuedSession]]:
    where = Where()
    in_scope(where, scope)
    where.add(f"access_key = any({where.name(sorted(keys))})")
    where.add(f"event_time >= {where.name(since)} and event_time <= {where.name(until)}")
    found: dict[str, list[IssuedSession]] = {}
    for session in _sessions(connection, where):
        found.setdefault(session.access_key or "", []).append(session)
    return found


def _copies(connection: Connection, scope: Scope, known: Sequence[IssuedSession]) -> list[IssuedSession]:
    """Return what the caller's account got of sessions of whose caller nothing else is known."""
    found = []
    if any(one.caller.kind is not ActorKind.ACCOUNT for one in known):
        return []
    for one in known:
        if one.shared_event_id is None or one.caller.account is None:
            continue
        where = Where()
        in_scope(where, scope)
        since, until = one.event_time - _REACH, one.event_time + _REACH
        where.add(f"account_id = {where.name(one.caller.account)} and access_key is null and error_code is null")
        where.add(f"event_time >= {where.name(since)} and event_time <= {where.name(until)}")
        where.add(f"shared_event_id = {where.name(one.shared_event_id)}")
        found += _sessions(connection, where)
    return found


def _sessions(connection: Connection, where: Where) -> list[IssuedSession]:
    rows = connection.execute(
        text(f"""select s.*, a.name as action, r.name as region, role.arn as role_arn, caller.arn as caller_arn,
                   u.value as user_agent
                 from (select * from issued_session where {where.sql}) s
                 left join action a on a.id = s.action_id
                 left join region r on r.id = s.region_id
                 left join principal role on role.id = s.role_id
                 left join principal caller on caller.id = s.caller_id
                 left join user_agent u on u.id = nullif(s.user_agent_id, 0)
                 where not exists ({_CORRECTED})
                 order by s.event_time, s.event_id"""),
        where.params,
    )
    return [_session(row) for row in rows]


def _session(row: Row[Any]) -> IssuedSession:
    caller = Actor(
        ActorKind(row.caller_kind), row.caller_arn or "", row.caller_account_id, row.caller_session_name, row.person
    )
    return IssuedSession(
        account=row.account_id,
        event_id=str(row.event_id),
        event_time=row.event_time,
        region=row.region or "",
        action=row.action or "",
        role_arn=row.role_arn or "",
        session_name=row.session_name,
        access_key=row.access_key,
        expires_at=row.expires_at,
        caller=caller,
        caller_key=row.caller_key,
        source_identity=row.source_identity,
        external_id_given=row.external_id_given,
        address=row.address,
        user_agent=row.user_agent,
        error_code=row.error_code,
        shared_event_id=row.shared_event_id,
        mfa_serial=row.mfa_serial,
    )
