"""Media calls for the folds of viewers and producers, and the strategies that make many of them."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from hypothesis import strategies as st
from sqlalchemy import Connection

from app.core.model.event import Actor, ActorKind, Event, KeyKind
from app.core.model.footage import Footage, FootageKind
from app.core.model.media_call import MediaCall
from app.core.query.cursor import EventKey
from tests.builders.accounts import make_account
from tests.builders.calls import make_stream, stream_arn
from tests.builders.events import EVENT, event, store

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
CLINIC = 590817264433
ANALYST = f"arn:aws:iam::{CLINIC}:role/VideoAnalyst"


def call(minute: float = 0, action: str = "GetClip", **changes: Any) -> MediaCall:
    """Return a call `minute` minutes after noon by Mara, through the analysts' role; `number` makes its id its own."""
    number = changes.pop("number", round(minute * 60) + 10**6)
    values: dict[str, Any] = {
        "principal_id": 7,
        "principal": ANALYST,
        "kind": ActorKind.ROLE,
        "key_kind": KeyKind.TEMPORARY,
        "person": "mara@halden.example",
        "session_name": "mara@halden.example",
        "access_key": "ASIAMARA",
        "address": "203.0.113.190",
    }
    key = EventKey(NOON + timedelta(minutes=minute), UUID(int=number), CLINIC)
    return MediaCall(key=key, action=action, **(values | changes))


def device(minute: float = 0, name: str = "a", **changes: Any) -> MediaCall:
    """Return a record of a camera that sends with a user's key of its own."""
    values: dict[str, Any] = {
        "action": "PutMedia",
        "principal_id": ord(name[0]),
        "principal": f"arn:aws:iam::{CLINIC}:user/cam-{name}",
        "kind": ActorKind.USER,
        "key_kind": KeyKind.LONG_TERM,
        "person": None,
        "session_name": None,
        "access_key": f"AKIA{name.upper()}",
        "number": round(minute * 60) + 10**6 + ord(name[0]) * 10**9,
    }
    return call(minute, **(values | changes))


reading_calls = st.lists(
    st.builds(
        call,
        minute=st.integers(0, 600),
        action=st.sampled_from(["GetMedia", "GetClip", "ListFragments", "GetHLSStreamingSessionURL", "PutMedia"]),
        number=st.integers(1, 10**6),
        person=st.sampled_from(["mara@halden.example", "jonas@halden.example"]),
        access_key=st.sampled_from(["ASIA1", "ASIA2", None]),
        address=st.sampled_from(["203.0.113.190", None]),
        error_code=st.sampled_from([None, None, "AccessDenied", "ClientLimitExceededException"]),
        url_expires_s=st.sampled_from([None, 300, 43_200]),
    ),
    max_size=20,
)
sending_calls = st.lists(
    st.builds(
        device,
        minute=st.integers(-600, 6_000),
        name=st.sampled_from(["a", "b", "c"]),
        number=st.integers(1, 10**6),
        address=st.sampled_from(["203.0.113.41", "198.51.100.7"]),
        error_code=st.sampled_from([None, None, None, "AccessDenied"]),
    ),
    max_size=20,
)


def store_night(connection: Connection) -> int:
    """Store an account and a stream with `make_night`, and return the stream's id."""
    make_account(connection)
    stream = make_stream(connection, "ward-3-night")
    make_night(connection, stream)
    return stream


def make_night(connection: Connection, stream: int) -> None:
    """Store a night of a stream called ward-3-night with every kind of call on it, and neighbours of each."""
    other = make_stream(connection, "lobby-night")
    arn, other_arn = stream_arn(connection, stream), stream_arn(connection, other)
    mara = {
        "stream": arn,
        "actor": Actor(ActorKind.ROLE, ANALYST, CLINIC, "mara@halden.example", "mara@halden.example"),
        "access_key": "ASIAMARA",
        "address": "203.0.113.190",
        "footage": Footage(FootageKind.FRAGMENT_NUMBER),
    }
    lists = "GetMediaForFragmentList"
    hour = Footage(FootageKind.INTERVAL, NOON - timedelta(days=2), NOON - timedelta(days=2, hours=-1))
    jonas = {
        "stream": arn,
        "actor": Actor(ActorKind.ROLE, ANALYST, CLINIC, "jonas@halden.example", "jonas@halden.example"),
        "access_key": "ASIAJONAS",
        "url_expires_s": 43_200,
        "footage": Footage(FootageKind.LIVE, EVENT.event_time, EVENT.event_time + timedelta(hours=12)),
    }
    store(
        connection,
        [
            _nth(0, action="ListFragments", **mara | {"footage": hour}),
            *(_nth(n, action=lists, **mara) for n in range(1, 31)),
            _nth(31, action=lists, **mara | {"stream": "ward-3-night"}),
            _nth(32, action=lists, **mara | {"access_key": "ASIAMARA2"}),
            _nth(33, action=lists, **mara | {"address": "198.51.100.7"}),
            _nth(34, action=lists, **mara | {"stream": other_arn}),
            _nth(35, action=lists, error_code="AccessDenied", **mara),
            _nth(36, action=lists, error_code="ClientLimitExceededException", **mara),
            _nth(37, action="GetMedia", **mara | {"footage": Footage(FootageKind.LIVE, EVENT.event_time)}),
            _nth(38, action="GetDataEndpoint", **mara | {"footage": None}),
            _nth(400, action=lists, **mara),
            _nth(50, action="GetHLSStreamingSessionURL", **jonas),
            _nth(51, stream=arn, address=None, access_key=None, key_kind=KeyKind.NONE),
            _nth(52, stream=arn),
        ],
    )


def store_cameras(connection: Connection) -> int:
    """Store an account and a stream with `make_cameras`, and return the stream's id."""
    make_account(connection)
    stream = make_stream(connection, "gate-07")
    make_cameras(connection, stream)
    return stream


def make_cameras(connection: Connection, stream: int) -> None:
    """Store two days of a stream's camera that moves once, of another that sends amid it, and of one before."""
    arn = stream_arn(connection, stream)
    sends = {"action": "PutMedia", "stream": arn, "key_kind": KeyKind.LONG_TERM}
    cams = {name: Actor(ActorKind.USER, f"arn:aws:iam::{CLINIC}:user/cam-{name}", CLINIC) for name in "abc"}
    hour = timedelta(hours=1)
    store(
        connection,
        [
            *(
                _nth(100 + n, **sends, actor=cams["a"], access_key="AKIAA", event_time=EVENT.event_time - n * hour,
                      address="203.0.113.41" if n > 20 else "198.51.100.7")
                for n in range(48)
            ),
            _nth(100 + 60, **sends, actor=cams["b"], access_key="AKIAB", event_time=EVENT.event_time - 10.5 * hour),
            *(
                _nth(100 + 70 + n, **sends, actor=cams["c"], access_key="AKIAC",
                      event_time=EVENT.event_time - (170 + n) * hour)
                for n in range(5)
            ),
            _nth(180, **sends, actor=cams["b"], error_code="AccessDenied", event_time=EVENT.event_time - 10 * hour),
        ],
    )  # fmt: skip


def _nth(number: int, **changes: Any) -> Event:
    """Return an event whose id no other builder gives."""
    return event(number + 5000, **{"event_time": EVENT.event_time + timedelta(seconds=30 * number)} | changes)
