"""Clips, images and fragments of stored media: AWS does not say which kind of event reading them is."""

from app.core.assumptions._assumption import OfCalls, Rests, shows
from app.core.assumptions._calls import ARCHIVE_CALLS
from app.core.assumptions._seen import SeenCall
from app.core.model.sighting import Verdict


def check(call: SeenCall) -> Verdict | None:
    """Take the record's own word: eventCategory, or managementEvent in older ones."""
    return shows(call.is_data)


ASSUMPTION = OfCalls(
    sentence="Calls that read stored media are data events of the stream.",
    source="inferred from GetMedia and PutMedia, which CloudTrail names as examples of data events (CloudTrail User "
    "Guide, “Logging data events”).",
    rests=(Rests.COVERAGE,),
    rules=("archive_read_at_unusual_hour", "media_calls_not_logged", "requests_without_events"),
    calls=ARCHIVE_CALLS,
    check=check,
)
