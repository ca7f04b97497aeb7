"""The AWS IoT credentials provider gives a device a session; who chooses its name is not written anywhere."""

from app.core.assumptions._assumption import OfSessions, Rests, shows
from app.core.assumptions._seen import SeenSession
from app.core.lineage.device import PROVIDER
from app.core.model.sighting import Verdict


def check(session: SeenSession) -> Verdict | None:
    """Judge the name of a session that the credentials provider asked for: its form is that of a certificate's ID."""
    return shows(session.is_hexadecimal) if session.service == PROVIDER and session.has_name else None


ASSUMPTION = OfSessions(
    sentence="The session of a device is named by the ID of its certificate: 64 hexadecimal digits.",
    source="inferred from two public logs of AWS IoT Greengrass, which show the same name of 64 hexadecimal digits; "
    "neither says that it is the certificate's ID.",
    limits="A record shows the form of the name, not whose ID it is: compare one with iot:DescribeCertificate.",
    rests=(Rests.DEVICE,),
    rules=("device_wrote_foreign_stream",),
    check=check,
)
