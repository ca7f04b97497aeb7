"""A clip job runs at half past one by the clock on the wall; when the clocks change, UTC sees it an hour later."""

from collections.abc import Iterator

from app.demo.actors import iso
from app.demo.happening import Happening
from app.demo.stories import Day, Story
from app.demo.stories._programs import FUNCTIONS, Program, read, streams_named

CHANGE = -12
"""The day on which the clocks go back in this emulated year, whenever it is started: always within the archive."""
_BEFORE, _AFTER = 23.5, 0.5


def tell(day: Day) -> Iterator[Happening]:
    """Yield the job: in summer at 23:30 UTC of the evening before, in winter at 00:30 UTC."""
    account = day.account("clinic-video")
    program = Program(account, "ClipExporter", FUNCTIONS, "clip-exporter", "192.0.2.35")
    start = day.at(_BEFORE if day.number < CHANGE else _AFTER)
    yield from program.issues(day, "eu-central-1")
    for second, arn in enumerate(
        streams_named(account, lambda name: name.startswith(("lobby", "pharmacy", "ambulance")))
    ):
        at = start + 7 * second
        selector = {
            "fragmentSelectorType": "SERVER_TIMESTAMP",
            "timestampRange": {"startTimestamp": iso(start - 86_400), "endTimestamp": iso(start - 86_100)},
        }
        yield from read(program.at(day, at), at, arn, "GetClip", clipFragmentSelector=selector)


STORY = Story(
    "A change to daylight-saving time",
    needs=("clinic-video",),
    tell=tell,
    pages=("/events?from=now-30d&principal~=ClipExporter",),
    is_decoy=True,
)
