"""A user's temporary key is as good as the long-term one that it was drawn from, if that is where it comes from."""

from app.core.assumptions._assumption import OfTogether, Rests, shows
from app.core.assumptions._together import OneKey, SeenTogether
from app.core.model.sighting import Verdict
from app.core.trailfile.kinds import USER_SESSION_NAME


def check(seen: SeenTogether) -> Verdict | None:
    """Judge the key of a user's call by the record of STS that gave it out."""
    if not isinstance(seen, OneKey):
        return None
    return shows(seen.issued_by == USER_SESSION_NAME and seen.is_of_long_term)


ASSUMPTION = OfTogether(
    sentence="A key ASIA… of an IAMUser, outside of the console and of calls by services, is one that GetSessionToken "
    "gave for a long-term key.",
    source="inferred from a table that has such calls under GetSessionToken (IAM User Guide, “Logging IAM and AWS STS "
    "API calls with AWS CloudTrail”), which does not say that there are no others.",
    limits="It takes the record of GetSessionToken, which log files have: the event history and log groups are not "
    "asked for it; and it has to name the key by which it was asked for. An AssumeRole* record that gave such a key "
    "would refute it.",
    rests=(Rests.KEY,),
    rules=("long_term_key_called_kvs",),
    check=check,
)
