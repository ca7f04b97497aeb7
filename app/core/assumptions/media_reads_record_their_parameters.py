"""What video was asked for is in the parameters, if the record has them."""

from app.core.assumptions._assumption import OfCalls, Rests
from app.core.assumptions._calls import READING_CALLS
from app.core.assumptions._seen import SeenCall
from app.core.model.sighting import Verdict


def check(call: SeenCall) -> Verdict | None:
    """Judge a call that went through by whether its record has requestParameters."""
    if call.names:
        return Verdict.CONFIRMS
    return Verdict.REFUTES if call.error is None else None


ASSUMPTION = OfCalls(
    sentence="The record of a call that reads media has the parameters of the call.",
    source="inferred from data events of S3 and DynamoDB, which have theirs; CloudTrail leaves them out above 100 kB.",
    rests=(Rests.FOOTAGE, Rests.STREAM),
    calls=READING_CALLS,
    check=check,
)
