"""AWS's own reading of which stream or channel a media call was about."""

from app.core.assumptions._assumption import OfCalls, Rests
from app.core.assumptions._calls import DATA_CALLS
from app.core.assumptions._seen import SeenCall
from app.core.model.sighting import Verdict


def check(call: SeenCall) -> Verdict | None:
    """Confirm it by a resource of KVS that has an ARN, refute it by a call that went through and has none."""
    if call.names_resource:
        return Verdict.CONFIRMS
    return Verdict.REFUTES if call.error is None else None


ASSUMPTION = OfCalls(
    sentence="resources[] of a media or signaling call names the stream or channel by its ARN.",
    source="inferred from data events of S3, most of which have it; the one public record of KVS, a management event "
    "of 2020, has none.",
    limits="Where it is not so, the parameters of the call still name the stream.",
    rests=(Rests.STREAM,),
    calls=DATA_CALLS,
    check=check,
)
