"""Alike calls folded by who is behind them."""

from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from msgspec import structs

from app.core.lineage.behind import BehindKind
from app.core.model.event import ActorKind, KeyKind
from app.core.model.footage import Footage, FootageKind
from app.core.model.media_call import MediaCall
from app.core.query.cursor import EventKey
from app.core.statement.footage import Fit
from app.core.statement.readers import MOST_ADDRESSES, Calls, Reader, fits, readers
from app.core.viewing.viewer import Viewer, told

AT = datetime(2026, 11, 21, 14, tzinfo=UTC)
HOUR = timedelta(hours=1)
ROLE = "arn:aws:iam::590817264433:role/Analyst"
ADA, UNSEEN = Viewer(BehindKind.PERSON, "ada@halden.example"), Viewer(None, ROLE, why="no record seen")
CALL = MediaCall(
    EventKey(AT, UUID(int=1), 590817264433), "GetClip", 7, ROLE, ActorKind.ROLE, KeyKind.TEMPORARY, access_key="ASIA1"
)
CALLS = Calls(CALL, 3, AT)
VIEWERS = {"ASIA1": ADA, "ASIA2": ADA, "ASIA3": UNSEEN}


def _later(number: int, **changes: object) -> MediaCall:
    return structs.replace(CALL, key=EventKey(AT + number * HOUR, UUID(int=number), 590817264433), **changes)


def _readers(calls: Collection[Calls], listing_keys: Collection[str] = ()) -> tuple[Reader, ...]:
    viewers = {told(one.first): VIEWERS[one.first.access_key or ""] for one in calls}
    return readers(calls, viewers, listing_keys)


def test_calls_of_several_sessions_of_one_person_are_one_reader() -> None:
    other = Calls(_later(1, access_key="ASIA2"), 2, AT + 2 * HOUR)
    for order in ([CALLS, other], [other, CALLS]):
        (reader,) = _readers(order)
        assert (reader.viewer, reader.calls, reader.first, reader.last_at) == (ADA, 5, CALL, AT + 2 * HOUR)


def test_a_reader_has_all_addresses_and_keys_of_its_calls() -> None:
    other = Calls(_later(1, access_key="ASIA2"), 2, AT, addresses=("10.0.0.1", "10.0.0.9"))
    (reader,) = _readers([replace(CALLS, addresses=("10.0.0.1", "10.0.0.4")), other])
    assert reader.addresses_told == ("10.0.0.1", "10.0.0.4", "10.0.0.9")
    assert [call.access_key for call in reader.keys] == ["ASIA1", "ASIA2"]


def test_of_many_addresses_it_is_said_that_there_are_more() -> None:
    many = tuple(f"10.0.0.{n:03}" for n in range(MOST_ADDRESSES + 1))
    (kept,) = _readers([replace(CALLS, addresses=many[:-1])])
    (cut,) = _readers([replace(CALLS, addresses=many)])
    assert (kept.addresses_told, cut.addresses_told) == (many[:-1], (*many[:-1], "and more"))


def test_somebody_unseen_is_no_person() -> None:
    found = _readers([CALLS, Calls(_later(1, access_key="ASIA3"), 9, AT + HOUR)])
    assert [one.viewer for one in found] == [UNSEEN, ADA]


def test_actions_answers_and_principals_stay_apart_and_no_call_is_lost() -> None:
    others = (
        structs.replace(CALL, action="GetMedia"),
        structs.replace(CALL, error_code="AccessDenied"),
        structs.replace(CALL, principal_id=8),
    )
    found = _readers([CALLS, *(Calls(call, 3, AT) for call in others)])
    assert len(found) == 4
    assert sum(one.calls for one in found) == 12
    assert sorted(one.error_code or "" for one in found) == ["", "", "", "AccessDenied"]


def test_the_last_playback_url_tells_until_when_one_was_good() -> None:
    first, second = Calls(CALL, 1, AT, AT + HOUR), Calls(_later(1, access_key="ASIA2"), 1, AT, AT + 3 * HOUR)
    (reader,) = _readers([first, second, Calls(_later(2), 1, AT)])
    assert reader.url_until == AT + 3 * HOUR


def test_what_a_reader_asked_for_is_told_of_all_its_calls() -> None:
    hour = Footage(FootageKind.INTERVAL, AT, AT + HOUR)
    calls = [
        Calls(structs.replace(CALL, footage=hour), 1, AT),
        Calls(_later(1, footage=Footage(FootageKind.FRAGMENT_NUMBER)), 5, AT + HOUR),
        Calls(_later(2, footage=hour, access_key="ASIA2"), 2, AT + 2 * HOUR),
    ]
    (reader,) = _readers(calls)
    assert list(fits(reader, AT, AT + HOUR).items()) == [(Fit.BY_NUMBER, 5), (Fit.EXACTLY, 3)]


def test_calls_with_a_key_that_listed_are_counted() -> None:
    (reader,) = _readers([CALLS, Calls(_later(1, access_key="ASIA2"), 2, AT + HOUR)], {"ASIA2"})
    assert (reader.calls, reader.listed) == (5, 2)
