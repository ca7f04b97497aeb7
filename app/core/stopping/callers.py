"""Who called and who took other roles, each caller once: what a measure stops is both."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from app.core.model.event import ActorKind
from app.core.model.session import IssuedSession
from app.core.stopping.measure import Caller

_TEMPORARY = "ASIA"


@dataclass(frozen=True, slots=True)
class Taken:
    """One AssumeRole* call, and the calls of Kinesis Video Streams in the session that it gave (see `Caller`)."""

    session: IssuedSession
    then_calls: int = 0
    then_reads: int = 0


def each_once(sessions: Iterable[IssuedSession]) -> tuple[IssuedSession, ...]:
    """Return the records with those that two accounts got of one call once: the one that names its caller."""
    found: dict[str, IssuedSession] = {}
    for one in sessions:
        call = one.shared_event_id or one.event_id
        if call not in found or found[call].caller.kind is ActorKind.ACCOUNT:
            found[call] = one
    return tuple(found.values())


def with_taken(callers: Iterable[Caller], taken: Iterable[Taken]) -> tuple[Caller, ...]:
    """Return the callers, each once, with the roles that they took, and those who did nothing else."""
    known: dict[tuple[object, ...], Caller] = {}
    for caller in callers:
        who = _who(caller)
        known[who] = _together(known[who], caller) if who in known else caller
    by_caller: dict[tuple[object, ...], list[Taken]] = {}
    for one in taken:
        by_caller.setdefault(_who(_caller(one.session)), []).append(one)
    for who, own in by_caller.items():
        known[who] = _taking(known.get(who) or _caller(own[0].session), own)
    return tuple(known.values())


def _who(caller: Caller) -> tuple[object, ...]:
    """Return what tells a caller from others, as calls are grouped (`app.db.queries.callers`)."""
    if caller.is_long_term:
        return caller.principal, caller.key, caller.address, caller.user_agent
    return caller.principal, caller.session, caller.person, caller.many > 1


def _together(one: Caller, other: Caller) -> Caller:
    """Return as one what two lots of calls have of a caller: those of a session, and of others with its name."""
    newest = max(one, other, key=lambda caller: caller.last_at)
    return replace(
        newest,
        calls=one.calls + other.calls,
        reads=one.reads + other.reads,
        failed=one.failed + other.failed,
        others=one.others + other.others,
        others_failed=one.others_failed + other.others_failed,
        kvs_at=max((at for at in (one.kvs_at, other.kvs_at) if at), default=None),
        many=max(one.many, other.many),
        streams=tuple(sorted({*one.streams, *other.streams})),
    )


def _taking(caller: Caller, own: Sequence[Taken]) -> Caller:
    newest = max(one.session.event_time for one in own)
    return replace(
        caller,
        last_at=max(caller.last_at, newest),
        taken=len(own),
        taken_failed=sum(one.session.error_code is not None for one in own),
        roles=frozenset(one.session.role_arn for one in own),
        then_calls=sum(one.then_calls for one in own),
        then_reads=sum(one.then_reads for one in own),
    )


def _caller(session: IssuedSession) -> Caller:
    """Return who made an AssumeRole* call, as somebody who called nothing else."""
    caller, key = session.caller, session.caller_key
    is_user = caller.kind in {ActorKind.USER, ActorKind.ROOT}
    return Caller(
        principal=caller.principal,
        key=key,
        is_long_term=is_user and key is not None and not key.startswith(_TEMPORARY),
        session=caller.session_name,
        person=caller.person,
        address=session.address,
        user_agent=session.user_agent or "",
        calls=0,
        reads=0,
        last_at=session.event_time,
    )
