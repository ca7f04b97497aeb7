"""A playback URL is issued outside of the media itself: which kind of event that is, AWS does not say."""

from app.core.assumptions._assumption import OfCalls, Rests, shows
from app.core.assumptions._calls import PLAYBACK_URL_CALLS
from app.core.assumptions._seen import SeenCall
from app.core.model.sighting import Verdict


def check(call: SeenCall) -> Verdict | None:
    """Take the record's own word: eventCategory, or managementEvent in older ones."""
    return shows(call.is_data)


ASSUMPTION = OfCalls(
    sentence="Calls that issue playback URLs are data events of the stream.",
    source="inferred from GetMedia and PutMedia, which CloudTrail names as examples of data events (CloudTrail User "
    "Guide, “Logging data events”).",
    rests=(Rests.COVERAGE,),
    rules=("long_lived_playback_url", "media_calls_not_logged", "requests_without_events"),
    calls=PLAYBACK_URL_CALLS,
    check=check,
)
