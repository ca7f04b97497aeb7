"""How long a playback URL lives is asked for by Expires, and is 300 seconds when it is not."""

from app.core.assumptions._assumption import OfCalls, Rests
from app.core.assumptions._calls import PLAYBACK_URL_CALLS
from app.core.assumptions._seen import SeenCall
from app.core.model.sighting import Verdict

_NAME = "expires"


def check(call: SeenCall) -> Verdict | None:
    """Look for the parameter, which callers may leave out, under its expected name."""
    names = call.names or ()
    if _NAME in names:
        return Verdict.CONFIRMS
    return Verdict.REFUTES if any(name.lower() == _NAME for name in names) else None


ASSUMPTION = OfCalls(
    sentence="The record of a playback URL has its lifetime as expires, in seconds.",
    source="inferred from the API's name Expires and the spelling of other parameters.",
    limits="A lifetime under a name that is not its own would be taken for the default, 300 seconds, and no record "
    "of it could refute this.",
    rests=(Rests.URL,),
    rules=("long_lived_playback_url",),
    calls=PLAYBACK_URL_CALLS,
    check=check,
)
