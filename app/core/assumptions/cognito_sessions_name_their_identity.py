"""All viewers of a Cognito identity pool share a role and a session name; who is who stands in one field at most."""

from app.core.assumptions._assumption import OfCalls, Rests, shows
from app.core.assumptions._seen import SeenCall
from app.core.model.sighting import Verdict

_COGNITO = "cognito-identity.amazonaws.com"


def check(call: SeenCall) -> Verdict | None:
    """Judge a call of a session that Cognito federated by whether it names the identity."""
    return shows(call.has_subject) if call.provider == _COGNITO else None


ASSUMPTION = OfCalls(
    sentence="A call of a Cognito session names the identity in webIdFederationData, as "
    "cognito-identity.amazonaws.com:sub.",
    source="inferred from write-ups that show it; of 50 public records of other federated sessions 49 have no "
    "attributes.",
    rests=(Rests.APP_USER,),
    check=check,
)
