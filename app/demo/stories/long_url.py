"""Jonas Weil makes a playback URL that lives for twelve hours; who opens it, no log can tell."""

from collections.abc import Iterator

from app.demo import records
from app.demo.actors import BROWSER
from app.demo.happening import Happening
from app.demo.stories import Day, Story
from app.demo.stories._programs import arn_of, read, signed_on

PERSON = "jonas.weil@halden.example"
_ADDRESS = "203.0.113.164"
_DAY = -1
_TWELVE_HOURS_S = 43_200


def tell(day: Day) -> Iterator[Happening]:
    """Yield his watching of working days, with URLs of five minutes, and the one of twelve hours."""
    account = day.account("cams-prod-us")
    if day.number % 7 in {5, 6} and day.number != _DAY:
        return
    sign_on, session = signed_on(account, "SecurityOperations", PERSON, day.at(15.5), _ADDRESS)
    caller = session.actor(_ADDRESS, BROWSER)
    yield sign_on
    arn = arn_of(account, "lobby-east")
    yield from read(caller, day.at(15.6), arn, "GetHLSStreamingSessionURL", playbackMode="LIVE", expires=300)
    if day.number != _DAY:
        return
    yield records.endpoint(caller, day.at(17.33), arn, "GET_HLS_STREAMING_SESSION_URL")
    params = {"playbackMode": "LIVE_REPLAY", "expires": _TWELVE_HOURS_S, "containerFormat": "FRAGMENTED_MP4"}
    yield records.video_call(caller, day.at(17.33) + 2, "GetHLSStreamingSessionURL", arn, params=params)


STORY = Story(
    "A playback URL issued for twelve hours",
    needs=("cams-prod-us",),
    tell=tell,
    pages=("/events?from=now-7d&action=GetHLSStreamingSessionURL&person~=jonas.weil", "/findings"),
)
