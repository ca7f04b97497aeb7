"""Whatever resources[] has, a call that names no stream at all belongs to none."""

from app.core.assumptions._assumption import OfCalls, Rests
from app.core.assumptions._calls import DATA_CALLS
from app.core.assumptions._seen import SeenCall
from app.core.model.sighting import Verdict


def check(call: SeenCall) -> Verdict | None:
    """Judge a call that went through by whether a stream or channel could be found in its record."""
    if call.names_stream:
        return Verdict.CONFIRMS
    return Verdict.REFUTES if call.error is None else None


ASSUMPTION = OfCalls(
    sentence="A media or signaling call names its stream or channel in resources[] or as streamName, streamARN or "
    "channelARN.",
    source="inferred from the API, which takes name or ARN, and from the records of management calls that AWS prints.",
    rests=(Rests.STREAM,),
    rules=("device_wrote_foreign_stream", "new_reader", "principal_touches_many_streams"),
    calls=DATA_CALLS,
    check=check,
)
