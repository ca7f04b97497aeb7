"""WebRTC: CloudTrail names the resource type of signaling channels, and none of its calls."""

from app.core.assumptions._assumption import OfCalls, Rests, shows
from app.core.assumptions._calls import SIGNALING_CALLS
from app.core.assumptions._seen import SeenCall
from app.core.model.sighting import Verdict


def check(call: SeenCall) -> Verdict | None:
    """Take the record's own word: eventCategory, or managementEvent in older ones."""
    return shows(call.is_data)


ASSUMPTION = OfCalls(
    sentence="Calls of WebRTC masters and viewers are data events of the signaling channel.",
    source="inferred from the resource type AWS::KinesisVideo::SignalingChannel, of which CloudTrail says “video "
    "signaling channel API activity”.",
    rests=(Rests.COVERAGE,),
    rules=("media_calls_not_logged",),
    calls=SIGNALING_CALLS,
    check=check,
)
