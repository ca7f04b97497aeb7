"""Times among the parameters: CloudTrail writes times in several forms elsewhere."""

from app.core.assumptions._assumption import OfCalls, Rests, shows
from app.core.assumptions._seen import SeenCall
from app.core.model.sighting import Verdict


def check(call: SeenCall) -> Verdict | None:
    """Judge a call that names times by whether each of them could be read."""
    return shows(call.times)


ASSUMPTION = OfCalls(
    sentence="Times among the parameters of a media read are in one of the forms that CloudTrail uses elsewhere.",
    source="inferred from the times that other records show: ISO 8601, seconds since 1970, and “Jul 18, 2023, 4:07:39 "
    "PM”.",
    rests=(Rests.FOOTAGE,),
    rules=("archive_read_at_unusual_hour",),
    calls=(
        "GetMedia",
        "GetClip",
        "GetImages",
        "ListFragments",
        "GetHLSStreamingSessionURL",
        "GetDASHStreamingSessionURL",
    ),
    check=check,
)
