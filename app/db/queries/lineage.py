"""The role sessions behind a key, as CloudTrail's AssumeRole* records told them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from msgspec.structs import replace
from sqlalchemy import Connection, Row

from app.core.arn import account_id
from app.core.lineage.chain import COPIES_WITHIN, MOST_HOPS, SessionsByKey
from app.core.model.event import Actor, ActorKind
from app.core.model.scope import Scope
from app.core.model.session import IssuedSession
from app.core.query.cursor import EventReference
from app.db.queries.event_filter import Where, in_scope
from app.db.queries.named import Ids, Named, named
from app.db.sql import text

LONGEST_SESSION = timedelta(hours=36)
"""Of a user's GetSessionToken (IAM User Guide); a role's is 12 hours, a chained role's one."""
MOST_COPIES = 20


CORRECTED_SESSION = """
  select from issued_session c where c.account_id = s.account_id and c.event_id <> s.event_id
    and (c.addendum_of = cast(s.event_id as text)
      or c.addendum_of = s.addendum_of and (c.event_time, c.event_id) > (s.event_time, s.event_id))"""
"""A record that corrects `s`, or later than `s` what it corrects (addendum UPDATED_DATA): it tells instead of it."""


def sessions_behind(connection: Connection, scope: Scope, key: str, at: datetime) -> SessionsByKey:
    """Return the records known of `key`, used at `at`, as `sessions_behind_keys` does."""
    return sessions_behind_keys(connection, scope, {key}, at, at)


def sessions_behind_keys(
    connection: Connection, scope: Scope, keys: Iterable[str], first: datetime, last: datetime
) -> SessionsByKey:
    """Return the records known of `keys`, used from `first` to `last`, and of each key behind: what `chain` needs.

    Where the record of a key tells nothing of its caller but the account, the copy that this account got is among them,
    though it may not name the key: they share a sharedEventID (IAM User Guide, "Logging IAM and AWS STS API calls").
    """
    found: dict[str, list[IssuedSession]] = {}
    asked, since = set(keys), first
    for _ in range(MOST_HOPS):
        if not asked:
            break
        since -= LONGEST_SESSION
        fresh = _issued(connection, scope, asked, since, last)
        _add_copies(connection, scope, fresh)
        found |= fresh
        asked = {s.caller_key for copies in fresh.values() for s in copies if s.caller_key} - found.keys()
    return found


def records_of(connection: Connection, scope: Scope, key: str) -> tuple[IssuedSession, ...]:
    """Return the records that issued a key, with the copies of them that tell its caller, oldest first.

    More than one: each account of a call across accounts got its own.
    """
    where = Where()
    in_scope(where, scope)
    where.add(f"access_key = {where.name(key)}")
    known = {key: _sessions(connection, where, MOST_COPIES)}
    _add_copies(connection, scope, known)
    return tuple(known[key])


def session_of_record(connection: Connection, scope: Scope, wanted: EventReference) -> IssuedSession | None:
    """Return the session that a record tells of by its event ID, a refused one too; None: `scope` has no such record.

    A bare ID is looked for in all that is kept. Its key may be that which another account's copy names.
    """
    where = Where()
    in_scope(where, scope)
    where.add(f"event_id = {where.name(wanted.event_id)}")
    if wanted.key:
        where.add(f"account_id = {where.name(wanted.key.account)} and event_time = {where.name(wanted.key.event_time)}")
    found = _with_keys(connection, scope, _sessions(connection, where, 1))
    return found[0] if found else None


def assumed_with(connection: Connection, scope: Scope, keys: Iterable[str], limit: int) -> tuple[IssuedSession, ...]:
    """Return the newest `limit` sessions that were asked for with these keys, refused ones too, oldest first.

    Where the caller's own copy lacks the issued key, that of the role's account has it: they share a sharedEventID.
    """
    where = Where()
    in_scope(where, scope)
    where.add(f"caller_key = any({where.name(sorted(set(keys)))})")
    return _with_keys(connection, scope, _sessions(connection, where, limit, is_newest=True)[::-1])


def count_assumed_with(connection: Connection, scope: Scope, keys: Iterable[str], most: int) -> int:
    """Return how many `assumed_with` would return without a limit, `most` at the most."""
    where = Where()
    in_scope(where, scope)
    where.add(f"caller_key = any({where.name(sorted(set(keys)))})")
    rows = connection.execute(
        text(f"""select count(*) from (
                   select from (select * from issued_session where {where.sql}) s
                   where not exists ({CORRECTED_SESSION}) limit :most) few"""),
        where.params | {"most": most},
    )
    return int(rows.scalar_one())


def taken_by(
    connection: Connection, scope: Scope, principal_id: int, since: datetime, until: datetime, limit: int
) -> tuple[IssuedSession, ...]:
    """Return the sessions that a role or user asked for from then until before then, refused ones too, newest first.

    They are the newest `limit` of them.
    """
    where = _within(scope, since, until)
    # As the index has it: what AWS services take is most, and nobody's to ask about.
    where.add(f"caller_kind <> 'service' and caller_id = {where.name(principal_id)}")
    return _with_keys(connection, scope, _sessions(connection, where, limit, is_newest=True))


def taken_with(
    connection: Connection, scope: Scope, keys: Iterable[str], since: datetime, until: datetime, limit: int
) -> tuple[IssuedSession, ...]:
    """Return those that were asked for with some keys."""
    where = _within(scope, since, until)
    where.add(f"caller_key = any({where.name(sorted(set(keys)))})")
    return _with_keys(connection, scope, _sessions(connection, where, limit, is_newest=True))


def _within(scope: Scope, since: datetime, until: datetime) -> Where:
    where = Where()
    in_scope(where, scope)
    where.add(f"event_time >= {where.name(since)} and event_time < {where.name(until)}")
    return where


def _with_keys(connection: Connection, scope: Scope, found: Sequence[IssuedSession]) -> tuple[IssuedSession, ...]:
    issued = _keys_of_copies(connection, scope, [one for one in found if one.access_key is None])
    return tuple(replace(one, access_key=one.access_key or issued.get(one.shared_event_id or "")) for one in found)


def _keys_of_copies(connection: Connection, scope: Scope, known: Sequence[IssuedSession]) -> dict[str, str]:
    """Return the issued keys by the sharedEventID of sessions whose own record does not name them."""
    asked = [one for one in known if one.shared_event_id and one.error_code is None]
    if not asked:
        return {}
    where = Where()
    in_scope(where, scope)
    roles = {account_id(one.role_arn) or one.account for one in asked}
    where.add(f"account_id = any({where.name(sorted(roles))}) and access_key is not null")
    since, until = (pick(one.event_time for one in asked) for pick in (min, max))
    where.add(f"event_time between {where.name(since - COPIES_WITHIN)} and {where.name(until + COPIES_WITHIN)}")
    where.add(f"shared_event_id = any({where.name([one.shared_event_id for one in asked])})")
    return {one.shared_event_id or "": one.access_key or "" for one in _sessions(connection, where)}


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


def _add_copies(connection: Connection, scope: Scope, fresh: Mapping[str, list[IssuedSession]]) -> None:
    """Add what the callers' accounts got of sessions of whose caller nothing else is known."""
    every = [one for known in fresh.values() for one in known]
    told = {one.shared_event_id for one in every if one.caller.kind is not ActorKind.ACCOUNT}
    wanted = {
        one.shared_event_id: one
        for one in every
        if one.shared_event_id is not None and one.shared_event_id not in told and one.caller.account is not None
    }
    if not wanted:
        return
    where = Where()
    in_scope(where, scope)
    where.add("access_key is null and error_code is null")
    where.add(f"shared_event_id = any({where.name(sorted(wanted))})")
    near = [
        f"account_id = {where.name(one.caller.account)} and event_time between"
        f" {where.name(one.event_time - COPIES_WITHIN)} and {where.name(one.event_time + COPIES_WITHIN)}"
        for one in wanted.values()
    ]
    where.add(f"({' or '.join(near)})")
    copies = _sessions(connection, where)
    for known in fresh.values():
        ids = {one.shared_event_id for one in known} & wanted.keys()
        known.extend(c for c in copies if c.shared_event_id in ids and c.account == _caller_account(wanted, c))


def _caller_account(wanted: Mapping[str, IssuedSession], copy: IssuedSession) -> int | None:
    return wanted[copy.shared_event_id].caller.account if copy.shared_event_id else None


def _sessions(
    connection: Connection, where: Where, limit: int | None = None, *, is_newest: bool = False
) -> list[IssuedSession]:
    """Return the oldest `limit` sessions, oldest first; or the newest, newest first, those that stand alone counted."""
    oldest = f"""select s.* from (select * from issued_session where {where.sql}
                                  order by event_time, event_id limit :most) s
                 where not exists ({CORRECTED_SESSION}) order by s.event_time, s.event_id"""
    newest = f"""select s.* from (select * from issued_session where {where.sql}) s
                 where not exists ({CORRECTED_SESSION}) order by s.event_time desc, s.event_id desc limit :most"""
    rows = connection.execute(
        text(newest if is_newest else oldest),
        where.params | {"most": limit},
    ).all()
    names = named(connection, _ids(rows)) if rows else Named()
    return [_session(row, names) for row in rows]


def _ids(rows: Iterable[Row[Any]]) -> Ids:
    ids = [(row.action_id, row.region_id, row.role_id, row.caller_id, row.user_agent_id) for row in rows]
    actions, regions, roles, callers, agents = map(set, zip(*ids, strict=True))
    return Ids(actions=actions, regions=regions, principals=(roles | callers) - {None}, user_agents=agents)


def _session(row: Row[Any], names: Named) -> IssuedSession:
    role, who = names.principals.get(row.role_id), names.principals.get(row.caller_id)
    caller = Actor(
        ActorKind(row.caller_kind), who.arn if who else "", row.caller_account_id, row.caller_session_name, row.person
    )
    return IssuedSession(
        account=row.account_id,
        event_id=str(row.event_id),
        event_time=row.event_time,
        region=names.regions[row.region_id],
        action=names.actions[row.action_id][1],
        role_arn=role.arn if role else "",
        session_name=row.session_name,
        access_key=row.access_key,
        expires_at=row.expires_at,
        caller=caller,
        caller_key=row.caller_key,
        source_identity=row.source_identity,
        external_id_given=row.external_id_given,
        address=row.address,
        user_agent=names.user_agents.get(row.user_agent_id),
        error_code=row.error_code,
        shared_event_id=row.shared_event_id,
        mfa_serial=row.mfa_serial,
    )
