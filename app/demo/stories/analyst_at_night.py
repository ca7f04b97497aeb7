"""Mara Lindqvist searches footage by day; on two nights she pulls a hospital corridor's archive from home.

What she lists before she pulls it: last night, the hour from two of the Saturday before; earlier, that evening's.
"""

from collections.abc import Iterator

from app.demo import records
from app.demo.actors import BROWSER, Actor, iso
from app.demo.happening import Happening
from app.demo.identifiers import number
from app.demo.stories import DAY_S, Day, Story
from app.demo.stories._programs import arn_of, read, signed_on, streams_named

PERSON = "mara.lindqvist@halden.example"
OFFICE, HOME = "203.0.113.122", "203.0.113.190"
HOUR_S, WEEK_S = 3600, 7 * DAY_S
_FIRST_SATURDAY = 2 * DAY_S + 14 * HOUR_S
"""1970-01-03T14:00Z."""
_LAST_NIGHT = -1
_NIGHTS = {_LAST_NIGHT: 86, -4: 41}
"""Day -> fragment lists that she pulls."""
_BEGIN, _HOURS = 2.165, 0.9
_WARD, _LOCKED = "ward-3-corridor", "ward-3-med-room"


def tell(day: Day) -> Iterator[Happening]:
    """Yield her working day, and the night if it is one of those."""
    account = day.account("clinic-video")
    yield from _working_day(day)
    if day.number not in _NIGHTS:
        return
    sign_on, session = signed_on(account, "VideoAnalyst", PERSON, day.at(_BEGIN) - 240, HOME)
    caller = session.actor(HOME, BROWSER)
    yield sign_on
    filmed = last_saturday(day.at(_BEGIN)) if day.number == _LAST_NIGHT else day.at(-5)
    yield from _night(day, caller, arn_of(account, _WARD), _NIGHTS[day.number], filmed)
    locked = streams_named(account, lambda name: name == _LOCKED)
    for second, arn in enumerate(locked * 2):
        at = day.at(_BEGIN + 0.57) + 5 * second
        yield records.video_call(
            caller, at, "GetMedia", arn, params={"startSelector": {"startSelectorType": "NOW"}}, denied=True
        )


def last_saturday(at: int) -> int:
    """Return when the newest Saturday hour from 14:00 to 15:00 (UTC) began that was over at `at`."""
    return at - (at - _FIRST_SATURDAY - HOUR_S) % WEEK_S - HOUR_S


def _night(day: Day, caller: Actor, arn: str, count: int, filmed: int) -> Iterator[Happening]:
    at = day.at(_BEGIN)
    yield records.endpoint(caller, at, arn, "LIST_FRAGMENTS")
    yield records.video_call(caller, at + 2, "ListFragments", arn, params=_range(filmed, filmed + HOUR_S))
    yield records.endpoint(caller, at + 4, arn, "GET_MEDIA_FOR_FRAGMENT_LIST")
    for pull in range(count):
        when = at + 8 + round(pull * _HOURS * HOUR_S / count)
        fragments = [f"91343852333{number('fragment', when, index, below=10**12):012}" for index in range(12)]
        yield records.video_call(caller, when, "GetMediaForFragmentList", arn, params={"fragments": fragments})


def _working_day(day: Day) -> Iterator[Happening]:
    random = day.random("analyst")
    account = day.account("clinic-video")
    arns = streams_named(account, lambda name: name.startswith(("lobby", "ward-1", "parking")))
    if day.number % 7 in {5, 6}:
        return
    sign_on, session = signed_on(account, "VideoAnalyst", PERSON, day.at(8.1), OFFICE)
    caller = session.actor(OFFICE, BROWSER)
    yield sign_on
    for _ in range(6):
        at = day.at(8.3 + 6.5 * random.random())
        yield from read(caller, at, random.choice(arns), "ListFragments", **_range(at - 7200, at - 3600))
        yield from read(caller, at + 20, random.choice(arns), "GetClip", **_clip(at - 5400))


def _range(start: int, end: int) -> dict[str, object]:
    selector = {
        "fragmentSelectorType": "SERVER_TIMESTAMP",
        "timestampRange": {"startTimestamp": iso(start), "endTimestamp": iso(end)},
    }
    return {"maxResults": 1000, "fragmentSelector": selector}


def _clip(start: int) -> dict[str, object]:
    selector = {
        "fragmentSelectorType": "SERVER_TIMESTAMP",
        "timestampRange": {"startTimestamp": iso(start), "endTimestamp": iso(start + 120)},
    }
    return {"clipFragmentSelector": selector}


STORY = Story(
    "An analyst pulls archived footage at night",
    needs=("clinic-video",),
    tell=tell,
    pages=(
        "/events?from=now-7d&action=GetMediaForFragmentList&person~=mara.lindqvist",
        f"/addresses/{HOME}",
        "/streams",
        "/principals",
    ),
)
