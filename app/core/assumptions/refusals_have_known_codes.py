"""KVS documents two codes for a refusal, CloudTrail shows a third, and client reports a fourth."""

from app.core.assumptions._assumption import OfCalls, Rests, shows
from app.core.assumptions._seen import SeenCall
from app.core.model.sighting import Verdict
from app.core.timeline.outcome import CallOutcome, outcome_of


def check(call: SeenCall) -> Verdict | None:
    """Judge a call whose message says that the caller is not authorized by whether its code is known for that."""
    return shows(outcome_of(call.error) is CallOutcome.DENIED) if call.says_unauthorized else None


ASSUMPTION = OfCalls(
    sentence="A refused call has one of the codes AccessDenied, AccessDeniedException, NotAuthorizedException or "
    "UnauthorizedOperation.",
    source="inferred from the KVS API Reference, client reports and the one public record of a refused KVS call.",
    rests=(Rests.REFUSED,),
    rules=("burst_of_denials",),
    check=check,
)
