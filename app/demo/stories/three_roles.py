"""Three roles over three accounts: a contractor's (whose account nobody can read), BridgeRole, ArchiveReader."""

from collections.abc import Iterator

from app.demo import actors, records
from app.demo.actors import SDK, iso
from app.demo.happening import Happening
from app.demo.identifiers import unique_id
from app.demo.principals.outsiders import CONTRACTOR
from app.demo.stories import Day, Story
from app.demo.stories._programs import arn_of

_REGION = "eu-central-1"
_USUAL, _NEW = "192.0.2.80", "198.51.100.204"
_NIGHT = -1


def tell(day: Day) -> Iterator[Happening]:
    """Yield the contractor's morning job of working days, and the one night on which the chain came from elsewhere."""
    if day.number % 7 not in {5, 6}:
        yield from _chain(day, day.at(10.2), _USUAL, "lobby-clinic", 2, "daily-sample")
    if day.number == _NIGHT:
        yield from _chain(day, day.at(3.195), _NEW, "ward-3-corridor", 6, "datalab-batch")


def _chain(day: Day, start: int, address: str, stream: str, clips: int, name: str) -> Iterator[Happening]:
    """Yield the two assumptions that the organization sees, and what the last role then reads.

    Of the first role there is only `AWSAccount` and its unique ID: the hop that cannot be read.
    """
    middle, target = day.account("retail-analytics"), day.account("clinic-video")
    bridge = actors.session(middle, "BridgeRole", name, start)
    reader = actors.session(target, "ArchiveReader", f"via-{name}", start + 40)
    stranger = f"{unique_id('AROA', CONTRACTOR, 'DataLab')}:notebook-7"
    yield records.foreign_assume_role(CONTRACTOR, stranger, bridge, start, _REGION, address)
    yield from records.assume_role(bridge.actor(address, SDK), reader, start + 40, _REGION)
    caller, arn = reader.actor(address, SDK), arn_of(target, stream)
    yield records.endpoint(caller, start + 50, arn, "LIST_FRAGMENTS")
    yield records.video_call(caller, start + 58, "ListFragments", arn, params={"maxResults": 100})
    for clip in range(clips):
        selector = {
            "fragmentSelectorType": "SERVER_TIMESTAMP",
            "timestampRange": {"startTimestamp": iso(start - 9000), "endTimestamp": iso(start - 8400)},
        }
        at = start + 63 + 139 * clip
        yield records.video_call(caller, at, "GetClip", arn, params={"clipFragmentSelector": selector})


STORY = Story(
    "A chain of three roles over three accounts, one hop unreadable",
    needs=("retail-analytics", "clinic-video"),
    tell=tell,
    pages=("/events?from=now-7d&principal~=ArchiveReader", "/principals", "/findings"),
)
