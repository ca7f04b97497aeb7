"""GetMedia and PutMedia last for up to 45 minutes; of the two ends only one can be their eventTime."""

from app.core.assumptions._assumption import OfCalls, Rests
from app.core.assumptions._calls import LONG_CALLS
from app.core.assumptions._seen import SeenCall
from app.core.model.sighting import Verdict


def check(call: SeenCall) -> Verdict | None:
    """Confirm it by a call that is stamped later than its session's credentials can have begun it."""
    is_role = call.identity == "AssumedRole"
    return Verdict.CONFIRMS if is_role and call.outlived and call.error is None else None


ASSUMPTION = OfCalls(
    sentence="A long media call is stamped when it ended, not when it began.",
    source="CloudTrail says of eventTime that it is when the request was completed; of a call that lasts, it says "
    "nothing (CloudTrail User Guide, “Record contents”).",
    limits="Only a call that outlived the 12 hours of its session's credentials can show it; none can refute it.",
    rests=(Rests.FOOTAGE,),
    # It compares days: a call that began on one and ended on the next is on the one by CloudWatch, on the other here.
    rules=("requests_without_events",),
    calls=LONG_CALLS,
    check=check,
)
