"""The session name of an Identity Center role is taken for a person, because AWS writes it, not the caller."""

from app.core.assumptions._assumption import OfSessions, Rests, shows
from app.core.assumptions._seen import SeenSession
from app.core.model.sighting import Verdict


def check(session: SeenSession) -> Verdict | None:
    """Compare the session's name with the user whom the SAML assertion named."""
    if not session.is_of_identity_center or session.is_refused:
        return None
    return shows(session.is_named_by_user)


ASSUMPTION = OfSessions(
    sentence="A session of an IAM Identity Center role has the name of its user.",
    source="inferred from public records, in which sessions of such roles are named like users.",
    rests=(Rests.PERSON,),
    rules=("new_reader", "reader_from_new_network", "archive_read_at_unusual_hour", "long_lived_playback_url"),
    check=check,
)
