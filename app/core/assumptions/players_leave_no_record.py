"""A player that holds a playback URL calls on with the token in it, and signs nothing."""

from app.core.assumptions._assumption import OfCalls, Rests
from app.core.assumptions._seen import SeenCall
from app.core.model.sighting import Verdict

PLAYER_CALLS = frozenset(
    {
        "GetHLSMasterPlaylist",
        "GetHLSMediaPlaylist",
        "GetMP4InitFragment",
        "GetMP4MediaFragment",
        "GetTSFragment",
        "GetDASHManifest",
    }
)
"""KVS API Reference, GetHLSStreamingSessionURL and GetDASHStreamingSessionURL: what a player may then request."""


def check(call: SeenCall) -> Verdict | None:
    """Refute it by any record of a player's request."""
    return Verdict.REFUTES if call.action in PLAYER_CALLS else None


ASSUMPTION = OfCalls(
    sentence="What a player requests with a playback URL leaves no record.",
    source="inferred from the list of IAM actions, which has none of these requests; only CloudWatch counts them.",
    limits="No record can confirm it: that there is none proves nothing.",
    rests=(Rests.VIEWERS,),
    check=check,
)
