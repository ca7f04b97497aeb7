"""A camera's PutMedia lasts for up to 45 minutes; an event at its beginning and one at its end would be two."""

from app.core.assumptions._assumption import OfTogether, Rests
from app.core.assumptions._together import OneDay, OneRequest, SeenTogether
from app.core.model.sighting import Verdict

_ACTION = "PutMedia"


def check(seen: SeenTogether) -> Verdict | None:
    """Refute it by two events of one request, confirm it by as many events as CloudWatch counted requests.

    Two records of one time may be of one event that was delivered twice, whose eventIDs mostly are equal but need not
    be. Of a day with fewer events some may be lost, of one with more some may be of requests that CloudWatch does not
    count, refused ones: they show nothing.
    """
    match seen:
        case OneDay(action, requests, stored) if action == _ACTION and stored:
            return Verdict.CONFIRMS if requests == stored else None
        case OneRequest(action, is_same_event, is_same_time) if action == _ACTION:
            return None if is_same_event or is_same_time else Verdict.REFUTES
        case _:
            return None


ASSUMPTION = OfTogether(
    sentence="Each PutMedia request leaves one event.",
    source="inferred from CloudTrail recording requests; of one that lasts for 45 minutes it says nothing.",
    limits="That there is no second event no record shows: it is confirmed where on at least three days, of one stream "
    "or several, as many events are stored as CloudWatch counted requests (PutMedia.Requests), and on at least half of "
    "an account's days with both. Two events of one request refute it, of two times: those of one second may be one "
    "event that was delivered twice.",
    rests=(Rests.CONNECTIONS,),
    rules=("requests_without_events",),
    check=check,
)
