"""Tomas Brandt stops the trail that logs the clinic's video, and starts it again in the morning."""

from collections.abc import Iterator

from app.demo import records
from app.demo.actors import BROWSER
from app.demo.happening import Happening
from app.demo.stories import Day, Story
from app.demo.stories._programs import signed_on

_ADDRESS = "203.0.113.125"
_S = 3600


def tell(day: Day) -> Iterator[Happening]:
    """Yield the two calls, on the days that the trail's own stop says."""
    account = day.account("clinic-video")
    for trail in account.trails:
        for stop in trail.stops:
            today = day.midnight - day.number * 86_400
            begin = today + stop.day * 86_400 + round(stop.hour * _S)
            end = begin + round(stop.hours * _S)
            for at, action in ((begin, "StopLogging"), (end, "StartLogging")):
                sign_on, session = signed_on(account, "AdministratorAccess", stop.by, at - 130, _ADDRESS)
                yield sign_on
                caller = session.actor(_ADDRESS, BROWSER)
                yield records.other_call(
                    caller, at, "cloudtrail", action, trail.home_region, request={"name": trail.arn}
                )


STORY = Story(
    "A trail stopped and started",
    needs=("clinic-video",),
    tell=tell,
    pages=("/coverage", "/findings"),
)
