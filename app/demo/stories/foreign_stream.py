"""A warehouse camera writes to another camera's stream: its fleet's role lets every device write everywhere."""

from collections.abc import Iterator

from app.demo import actors, records
from app.demo.happening import Happening
from app.demo.stories import Day, Story
from app.demo.stories._programs import arn_of, stream_called
from app.demo.stories.ordinary_cameras import SITES

_DAY = -4
_DEVICE, _VICTIM = "whs-014", "whs-021"


def tell(day: Day) -> Iterator[Happening]:
    """Yield two connections a quarter of an hour apart."""
    if day.number != _DAY:
        return
    account = day.account("cams-prod-eu")
    own, arn = stream_called(account, _DEVICE), arn_of(account, _VICTIM)
    for at in (day.at(4.183), day.at(4.433)):
        caller = actors.device_session(account, own, at).actor(SITES["warehouse-nord"], actors.CAMERA)
        yield records.endpoint(caller, at, arn, "PUT_MEDIA")
        yield records.video_call(caller, at + 2, "PutMedia", arn, params={"fragmentTimecodeType": "ABSOLUTE"})


STORY = Story(
    "A device writes to another device's stream",
    needs=("cams-prod-eu",),
    tell=tell,
    pages=("/events?from=now-7d&action=PutMedia&stream~=whs-021", "/findings"),
)
