"""Selectors may ask for readOnly; what a media call has there, AWS does not say."""

from app.core.assumptions._assumption import OfCalls, Rests, shows
from app.core.assumptions._calls import DATA_CALLS
from app.core.assumptions._seen import SeenCall
from app.core.kvs.actions import ACTIONS, AccessLevel
from app.core.model.sighting import Verdict

_READS = frozenset({AccessLevel.LIST, AccessLevel.READ})


def check(call: SeenCall) -> Verdict | None:
    """Compare readOnly with the access level of the action."""
    if call.is_read_only is None:
        return None
    return shows(call.is_read_only == (ACTIONS[call.action].level in _READS))


ASSUMPTION = OfCalls(
    sentence="readOnly is true of a media or signaling call whose access level is List or Read, and false of others.",
    source="inferred from the access levels of the Service Authorization Reference.",
    rests=(Rests.COVERAGE,),
    rules=("selector_leaves_holes", "media_calls_not_logged"),
    calls=DATA_CALLS,
    check=check,
)
