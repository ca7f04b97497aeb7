"""AKIA is a long-term key and ASIA a temporary one, as far as AWS's prefixes hold: it does not promise them."""

from app.core.assumptions._assumption import OfCalls, Rests, shows
from app.core.assumptions._seen import SeenCall
from app.core.model.sighting import Verdict

_LONG_TERM, _TEMPORARY = "AKIA", "ASIA"
_ALWAYS_TEMPORARY = frozenset({"AssumedRole", "FederatedUser"})


def check(call: SeenCall) -> Verdict | None:
    """Compare the prefix with what the identity says: keys of roles are temporary.

    A user's key may be either. Only one without a session is long-term for certain: public records of long-term keys
    have a sessionContext too.
    """
    if call.key not in {_LONG_TERM, _TEMPORARY}:
        return None
    if call.identity in _ALWAYS_TEMPORARY:
        return shows(call.key == _TEMPORARY)
    is_long_term = call.identity == "IAMUser" and not call.has_session and call.key == _LONG_TERM
    return Verdict.CONFIRMS if is_long_term else None


ASSUMPTION = OfCalls(
    sentence="Access keys of users begin with AKIA, and temporary keys with ASIA.",
    source="inferred from the table of prefixes in the IAM User Guide (“IAM identifiers”), which is no promise; one of "
    "AWS's own examples has a role with an AKIA key.",
    rests=(Rests.KEY,),
    rules=("long_term_key_called_kvs", "key_used_from_many_networks"),
    check=check,
)
