"""Jonas Weil makes a playback URL of twelve hours, and again before it ends; who opens it, no log can tell."""

from collections.abc import Iterator

from app.demo import records
from app.demo.actors import BROWSER, Actor
from app.demo.happening import Happening
from app.demo.stories import Day, Story
from app.demo.stories._programs import arn_of, read, signed_on

PERSON = "jonas.weil@halden.example"
_ADDRESS = "203.0.113.164"
_LONG = {-1: (17.33,), 0: (4.6, 15.9)}
"""Day -> hours at which he makes a URL of twelve hours.

From the first one on there is always one alive, whose log file has come before the last one ends.
"""
_TWELVE_HOURS_S = 43_200
_AT_HIS_DESK = 15.5


def tell(day: Day) -> Iterator[Happening]:
    """Yield his watching of working days, with URLs of five minutes, and those of twelve hours."""
    account = day.account("cams-prod-us")
    long = _LONG.get(day.number, ())
    if day.number % 7 in {5, 6} and not long:
        return
    arn = arn_of(account, "lobby-east")
    for hour in long:
        if hour < _AT_HIS_DESK:
            sign_on, session = signed_on(account, "SecurityOperations", PERSON, day.at(hour) - 300, _ADDRESS)
            yield sign_on
            yield from _long(session.actor(_ADDRESS, BROWSER), day.at(hour), arn)
    sign_on, session = signed_on(account, "SecurityOperations", PERSON, day.at(_AT_HIS_DESK), _ADDRESS)
    caller = session.actor(_ADDRESS, BROWSER)
    yield sign_on
    yield from read(caller, day.at(15.6), arn, "GetHLSStreamingSessionURL", playbackMode="LIVE", expires=300)
    for hour in long:
        if hour > _AT_HIS_DESK:
            yield from _long(caller, day.at(hour), arn)


def _long(caller: Actor, at: int, arn: str) -> Iterator[Happening]:
    yield records.endpoint(caller, at, arn, "GET_HLS_STREAMING_SESSION_URL")
    params = {"playbackMode": "LIVE_REPLAY", "expires": _TWELVE_HOURS_S, "containerFormat": "FRAGMENTED_MP4"}
    yield records.video_call(caller, at + 2, "GetHLSStreamingSessionURL", arn, params=params)


STORY = Story(
    "A playback URL issued for twelve hours",
    needs=("cams-prod-us",),
    tell=tell,
    pages=("/events?from=now-7d&action=GetHLSStreamingSessionURL&person~=jonas.weil", "/findings"),
)
