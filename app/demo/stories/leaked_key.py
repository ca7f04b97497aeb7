"""A camera's key, left by an installer in a configuration file, reads its stream from a network never seen before."""

from collections.abc import Iterator

from app.demo import actors, records
from app.demo.happening import Happening
from app.demo.identifiers import access_key
from app.demo.stories import Day, Story
from app.demo.stories._programs import arn_of

USER, STREAM, STRANGER = "cam-gate-07", "gate-07", "198.51.100.77"
KEY = access_key("AKIA", "310045578826", USER)
_DAY = -1
_AGENT = "python-requests/2.32.4"


def tell(day: Day) -> Iterator[Happening]:
    """Yield the eleven calls of one evening, nine of which read."""
    if day.number != _DAY:
        return
    account = day.account("cams-prod-eu")
    thief = actors.user(account, USER, STRANGER, _AGENT)
    arn = arn_of(account, STREAM)
    start = day.at(21.05)
    yield records.video_call(thief, start, "ListStreams", None, region="eu-central-1", denied=True)
    yield records.endpoint(thief, start + 11, arn, "GET_MEDIA")
    yield records.video_call(thief, start + 12, "GetMedia", arn, params={"startSelector": {"startSelectorType": "NOW"}})
    for call in range(8):
        at = start + 700 + 95 * call
        yield records.video_call(
            thief, at, "GetMedia", arn, params={"startSelector": {"startSelectorType": "EARLIEST"}}
        )


STORY = Story(
    "A leaked long-term key used from a new network",
    needs=("cams-prod-eu",),
    tell=tell,
    pages=(
        "/findings",
        "/events?from=now-7d&principal~=cam-gate-07&address=198.51.100.77",
        f"/keys/{KEY}",
        f"/keys/{KEY}/stop",
    ),
)
