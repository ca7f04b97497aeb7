"""Edge, images, notifications, storage: calls that are newer than the lists of the KVS guides."""

from app.core.assumptions._assumption import OfCalls, Rests, shows
from app.core.assumptions._calls import UNDOCUMENTED_MANAGEMENT_CALLS
from app.core.assumptions._seen import SeenCall
from app.core.model.sighting import Verdict


def check(call: SeenCall) -> Verdict | None:
    """Take the record's own word: eventCategory, or managementEvent in older ones."""
    return shows(None if call.is_data is None else not call.is_data)


ASSUMPTION = OfCalls(
    sentence="Control-plane calls that the guides' lists of logged calls leave out are management events.",
    source="inferred from the listed calls of the same API (KVS Developer Guide, “Log API calls with AWS CloudTrail”).",
    rests=(Rests.COVERAGE,),
    calls=UNDOCUMENTED_MANAGEMENT_CALLS,
    check=check,
)
