"""Brightlens checks the gates' pictures each night at two, from its one network, with its external ID."""

from collections.abc import Iterator

from app.demo import actors, records
from app.demo.happening import Happening
from app.demo.identifiers import unique_id
from app.demo.principals.outsiders import VENDOR, VENDOR_EXTERNAL_ID
from app.demo.stories import Day, Story
from app.demo.stories._programs import read, streams_named

_ADDRESS = "192.0.2.201"
_REGION = "eu-central-1"


def tell(day: Day) -> Iterator[Happening]:
    """Yield the night's batch."""
    account = day.account("cams-prod-eu")
    start = day.at(2.0) + day.random("vendor").randrange(240)
    session = actors.session(account, "VendorSupport", "brightlens-nightly", start)
    caller_id = f"{unique_id('AROA', VENDOR, 'nightly')}:batch"
    yield records.foreign_assume_role(
        VENDOR, caller_id, session, start, _REGION, _ADDRESS, external_id=VENDOR_EXTERNAL_ID
    )
    caller = session.actor(_ADDRESS)
    for second, arn in enumerate(streams_named(account, lambda name: name.startswith("gate-"))):
        yield records.video_call(caller, start + 10 * second + 3, "DescribeStream", arn)
        yield from read(caller, start + 10 * second + 5, arn, "GetMedia", startSelector={"startSelectorType": "NOW"})


STORY = Story(
    "A vendor's nightly batch",
    needs=("cams-prod-eu",),
    tell=tell,
    pages=("/events?from=now-7d&principal~=VendorSupport",),
    is_decoy=True,
)
