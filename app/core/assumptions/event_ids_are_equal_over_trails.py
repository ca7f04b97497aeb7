"""An account trail and an organization trail both deliver a call: stored once is what has one eventID."""

from app.core.assumptions._assumption import OfTogether, Rests, shows
from app.core.assumptions._together import OneRequest, SeenTogether
from app.core.model.sighting import Verdict


def check(seen: SeenTogether) -> Verdict | None:
    """Judge what the files of two trails had of one account and second by whether the eventIDs are equal.

    Records of one request at two times are two events, whoever delivered them. Of one time they are told only where
    every one of a batch differs (`of_one_request`).
    """
    if not isinstance(seen, OneRequest) or not seen.of_two_trails or not seen.is_same_time:
        return None
    return shows(seen.is_same_event)


ASSUMPTION = OfTogether(
    sentence="An event has the same eventID in the log files of every trail that delivers it.",
    source="inferred from eventID being a GUID of the event (CloudTrail User Guide, “Record contents”) and from a team "
    "that tells doubles by it (mozilla-services/foxsec-pipeline, pull request 496).",
    limits="It takes an account whose calls two trails log, into two places, and both are read. One request may have "
    "two events, and copies of these come in two batches: it is refuted only where the eventIDs of at least three "
    "requests of a batch differ from trail to trail and none is equal.",
    rests=(Rests.ONCE,),
    rules=("burst_of_denials",),
    check=check,
)
