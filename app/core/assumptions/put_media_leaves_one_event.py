"""A camera's PutMedia lasts for up to 45 minutes; an event at its beginning and one at its end would be two."""

from app.core.assumptions._assumption import OfTogether, Rests
from app.core.assumptions._together import OneRequest, SeenTogether
from app.core.model.sighting import Verdict


def check(seen: SeenTogether) -> Verdict | None:
    """Refute it by two events of one request. What two trails may have delivered of one event are not two."""
    if not isinstance(seen, OneRequest) or seen.action != "PutMedia" or seen.is_same_event:
        return None
    may_be_copies = seen.is_same_time and seen.of_two_trails is not False
    return None if may_be_copies else Verdict.REFUTES


ASSUMPTION = OfTogether(
    sentence="Each PutMedia request leaves one event.",
    source="inferred from CloudTrail recording requests; of one that lasts for 45 minutes it says nothing.",
    rests=(Rests.CONNECTIONS,),
    rules=("requests_without_events",),
    check=check,
)
