"""The last part of a stream's ARN looks like the time of its creation; AWS does not say that it never comes again."""

from app.core.assumptions._assumption import OfTogether, Rests, shows
from app.core.assumptions._together import OneName, SeenTogether
from app.core.model.sighting import Verdict


def check(seen: SeenTogether) -> Verdict | None:
    """Compare the ARNs that two calls of one name were answered with."""
    return shows(not seen.is_same_arn) if isinstance(seen, OneName) else None


ASSUMPTION = OfTogether(
    sentence="A stream or signaling channel that is made again under the name of one that was deleted has another ARN.",
    source="inferred from the form of the ARN, which ends with ${CreationTime} (Service Authorization Reference, "
    "“Amazon Kinesis Video Streams”).",
    rests=(Rests.REMADE,),
    rules=("policy_cannot_match",),
    check=check,
)
