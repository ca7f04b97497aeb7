"""Rekognition, Chime and others call KVS by service-linked roles: address and pace are theirs, not a person's."""

from app.core.assumptions._assumption import OfCalls, Rests, shows
from app.core.assumptions._seen import SeenCall
from app.core.model.sighting import Verdict


def check(call: SeenCall) -> Verdict | None:
    """Judge a call by a service-linked role by whether invokedBy names the service."""
    return shows(call.is_invoked) if call.is_service_role else None


ASSUMPTION = OfCalls(
    sentence="A call that an AWS service makes by its service-linked role has the service in invokedBy.",
    source="inferred from the policies of service-linked roles that may call KVS; no record of such a call is public.",
    rests=(Rests.SERVICE,),
    rules=(
        "key_used_from_many_networks",
        "reader_from_new_network",
        "archive_read_at_unusual_hour",
        "burst_of_denials",
        "principal_touches_many_streams",
    ),
    check=check,
)
