"""Runs the assumptions' checks over the records of a file, and keeps of each answer the first and the newest record.

Records that look alike to the checks get the same answers, and most look alike: what is done for each record is to tell
its look and to compare two times. The checks themselves run once for each look that a file has.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
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
from app.core.model.sighting import RecordKey, Sighting, Verdict
from app.core.trailfile.shape import Shape


def seen_in(
    calls: Iterable[tuple[Shape, Event]], sessions: Iterable[tuple[Shape, IssuedSession]] = ()
) -> tuple[Sighting, ...]:
    """Return what the KVS calls and AssumeRole* records of one file show, each answer once an account."""
    return merged((*_sightings(calls, seen_call, _call_answers), *_sightings(sessions, seen_session, _session_answers)))


def merged(sightings: Iterable[Sighting]) -> tuple[Sighting, ...]:
    """Return one sighting for each account, assumption, call and verdict, in the order of these."""
    found: dict[tuple[int, str, str, Verdict, bool], Sighting] = {}
    for one in sightings:
        key = (one.first.account, one.assumption, one.call, one.verdict, one.is_emulated)
        known = found.get(key)
        if known is not None:
            one = Sighting(*key[1:], min(known.first, one.first), max(known.newest, one.newest))  # noqa: PLW2901
        found[key] = one
    return tuple(found[key] for key in sorted(found))


_Record = TypeVar("_Record", Event, IssuedSession)
_Look = tuple[int, bool, tuple[Any, ...]]
"""Account, whether the demo made it, and what the checks see of it."""
_Answers = tuple[tuple[str, str, Verdict], ...]
"""Assumption, the call that is asked of or "", and what the record shows."""


def _sightings(
    records: Iterable[tuple[Shape, _Record]],
    look: Callable[[Shape, _Record], tuple[Any, ...]],
    answers: Callable[[tuple[Any, ...]], _Answers],
) -> Iterator[Sighting]:
    ends: dict[_Look, list[_Record]] = {}
    for shape, record in records:
        key = (record.account, bool(shape.additional) and is_emulated(shape), look(shape, record))
        known = ends.get(key)
        if known is None:
            ends[key] = [record, record]
            continue
        time = record.event_time
        if time <= known[0].event_time:
            known[0] = min(known[0], record, key=_order)
        if time >= known[1].event_time:
            known[1] = max(known[1], record, key=_order)
    return _of_answers(ends, answers)


def _of_answers(
    ends: Mapping[_Look, list[_Record]], answers: Callable[[tuple[Any, ...]], _Answers]
) -> Iterator[Sighting]:
    """Yield what the looks show: several give the same answer."""
    found: dict[tuple[int, bool, tuple[str, str, Verdict]], list[_Record]] = {}
    for (account, emulated, seen), (first, newest) in ends.items():
        for answer in answers(seen):
            known = found.setdefault((account, emulated, answer), [first, newest])
            if _order(first) < _order(known[0]):
                known[0] = first
            if _order(newest) > _order(known[1]):
                known[1] = newest
    for (_, emulated, answer), (first, newest) in found.items():
        yield Sighting(*answer, emulated, _key(first), _key(newest))


def _order(record: Event | IssuedSession) -> tuple[datetime, str]:
    return record.event_time, record.event_id


def _key(record: Event | IssuedSession) -> RecordKey:
    return RecordKey(record.event_time, record.event_id, record.account)


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
