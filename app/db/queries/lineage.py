"""The role sessions behind a key, as CloudTrail's AssumeRole* records told them."""

from collections.abc import Mapping
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


def sessions_behind(connection: Connection, scope: Scope, key: str, at: datetime) -> SessionsByKey:
    """Return the records known of `key` and of each key that stands behind it, all that `chain` needs."""
    found: dict[str, list[IssuedSession]] = {}
    asked, since = {key}, at
    for _ in range(MOST_HOPS):
        since -= LONGEST_SESSION
        fresh = _issued(connection, scope, asked, since, at)
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
    rows = connection.execute(
        text(f"""select s.*, a.name as action, r.name as region, role.arn as role_arn, caller.arn as caller_arn,
                   u.value as user_agent
                 from (select * from issued_session where {where.sql}) s
                 left join action a on a.id = s.action_id
                 left join region r on r.id = s.region_id
                 left join principal role on role.id = s.role_id
                 left join principal caller on caller.id = s.caller_id
                 left join user_agent u on u.id = nullif(s.user_agent_id, 0)
                 order by s.event_time, s.event_id"""),
        where.params,
    )
    found: dict[str, list[IssuedSession]] = {}
    for row in rows:
        found.setdefault(row.access_key, []).append(_session(row))
    return found


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
