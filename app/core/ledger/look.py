"""Runs the assumptions' checks over records, and keeps of each answer the first and the newest record.

Records that look alike to the checks get the same answers, and most look alike. So what is done for each record is to
tell its look and to compare two times; the looks of many files are put together, and only then is each judged, once.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any, TypeVar

from app.core.assumptions._assumption import Assumption, OfCalls, OfSessions
from app.core.assumptions._seen import SeenCall, SeenSession
from app.core.ledger.catalogue import catalogue
from app.core.ledger.emulated import is_emulated
from app.core.ledger.seen import seen_call, seen_session
from app.core.model.event import Event
from app.core.model.session import IssuedSession
from app.core.model.sighting import Ends, Look, RecordKey, Sighting, Verdict
from app.core.trailfile.shape import Shape


def looks_of(
    calls: Iterable[tuple[Shape, Event]], sessions: Iterable[tuple[Shape, IssuedSession]] = ()
) -> dict[Look, Ends]:
    """Return how the KVS calls and AssumeRole* records of one file look, with the first and newest of each look."""
    found: dict[Look, Ends] = {}
    for shape, event in calls:
        emulated = bool(shape.additional) and is_emulated(shape)
        _widen(found, (event.account, emulated, False, seen_call(shape, event)), event)
    for shape, session in sessions:
        emulated = bool(shape.additional) and is_emulated(shape)
        _widen(found, (session.account, emulated, True, seen_session(shape, session)), session)
    return found


def sightings_of(files: Iterable[Mapping[Look, Ends]]) -> tuple[Sighting, ...]:
    """Return what the records of all the files show, each answer once an account, in the order of the store's key."""
    looks: dict[Look, Ends] = {}
    for file in files:
        for look, (first, newest) in file.items():
            _widen(looks, look, first)
            _widen(looks, look, newest)
    found: dict[tuple[int, str, str, Verdict, bool], Ends] = {}
    for (account, emulated, is_session, seen), (first, newest) in looks.items():
        for name, call, verdict in (_session_answers if is_session else _call_answers)(seen):
            key = (account, name, call, verdict, emulated)
            _widen(found, key, first)
            _widen(found, key, newest)
    return tuple(Sighting(*key[1:], _key(found[key][0]), _key(found[key][1])) for key in sorted(found))


_Key = TypeVar("_Key")


def _widen(found: dict[_Key, Ends], key: _Key, record: Event | IssuedSession) -> None:
    """Let the first and newest record of `key` reach to `record`."""
    known = found.get(key)
    if known is None:
        found[key] = [record, record]
        return
    time = record.event_time
    if time <= known[0].event_time:
        known[0] = min(known[0], record, key=_order)
    if time >= known[1].event_time:
        known[1] = max(known[1], record, key=_order)


def _order(record: Event | IssuedSession) -> tuple[datetime, str]:
    return record.event_time, record.event_id


def _key(record: Event | IssuedSession) -> RecordKey:
    return RecordKey(record.event_time, record.event_id, record.account)


_Answers = tuple[tuple[str, str, Verdict], ...]
"""Assumption, the call that is asked of or "", and what the record shows."""


@lru_cache(maxsize=4096)
def _call_answers(seen: tuple[Any, ...]) -> _Answers:
    call = SeenCall(*seen)
    return _answers(call.action, ((name, one, one.check(call)) for name, one in _asked(OfCalls, call.action)))


@lru_cache(maxsize=1024)
def _session_answers(seen: tuple[Any, ...]) -> _Answers:
    session = SeenSession(*seen)
    return _answers(
        session.action, ((name, one, one.check(session)) for name, one in _asked(OfSessions, session.action))
    )


_Kind = TypeVar("_Kind", OfCalls, OfSessions)


def _asked(kind: type[_Kind], action: str) -> Iterator[tuple[str, _Kind]]:
    """Yield the assumptions that a record of this name may show something of."""
    for name, one in catalogue().items():
        if isinstance(one, kind) and (not one.calls or action in one.calls):
            yield name, one


def _answers(action: str, found: Iterable[tuple[str, Assumption, Verdict | None]]) -> _Answers:
    return tuple((name, action if one.calls else "", verdict) for name, one, verdict in found if verdict is not None)
