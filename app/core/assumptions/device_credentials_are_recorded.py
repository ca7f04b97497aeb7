"""A device gets its credentials from AWS IoT over TLS; that STS records it, and as whose call, AWS does not say."""

from app.core.assumptions._assumption import OfSessions, Rests
from app.core.assumptions._seen import SeenSession
from app.core.lineage.device import PROVIDER
from app.core.model.sighting import Verdict


def check(session: SeenSession) -> Verdict | None:
    """Confirm it by a session that the credentials provider asked for."""
    return Verdict.CONFIRMS if session.service == PROVIDER else None


ASSUMPTION = OfSessions(
    sentence="Credentials that AWS IoT issues to a device are recorded as AssumeRole of the service "
    "credentials.iot.amazonaws.com.",
    source="inferred from sessions that other AWS services take, and from the trust policy of a role alias.",
    limits="One record shows that there are such records, not that there is one of every issuing.",
    rests=(Rests.DEVICE,),
    check=check,
)
