"""eventSource decides which records are kept; AWS shows that of a media call nowhere."""

from app.core.assumptions._assumption import OfCalls, Rests, shows
from app.core.assumptions._calls import DATA_CALLS
from app.core.assumptions._seen import SeenCall
from app.core.kvs.actions import EVENT_SOURCE
from app.core.model.sighting import Verdict


def check(call: SeenCall) -> Verdict | None:
    """Compare the source with that of the documented calls."""
    return shows(call.source == EVENT_SOURCE)


ASSUMPTION = OfCalls(
    sentence="The eventSource of media and signaling calls is kinesisvideo.amazonaws.com, as that of all others.",
    source="inferred from the SDKs, all of which sign these calls as kinesisvideo, and from EventBridge, which lists "
    "this source alone; the CloudTrail pages of KVS show management calls only.",
    limits="A record from another source is only kept where its resources[] or the start of its source is of KVS.",
    rests=(Rests.KEPT, Rests.COVERAGE),
    calls=DATA_CALLS,
    check=check,
)
