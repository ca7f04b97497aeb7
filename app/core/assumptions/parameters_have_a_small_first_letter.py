"""The API's StartSelector, HLSFragmentSelector and so on: how CloudTrail spells them is shown nowhere."""

from collections.abc import Mapping

from app.core.assumptions._assumption import OfCalls, Rests
from app.core.assumptions._seen import SeenCall
from app.core.model.sighting import Verdict

_REQUIRED: Mapping[str, tuple[str, ...]] = {
    "GetMedia": ("startSelector", "startSelector.startSelectorType"),
    "GetMediaForFragmentList": ("fragments",),
    "GetClip": (
        "clipFragmentSelector",
        "clipFragmentSelector.fragmentSelectorType",
        "clipFragmentSelector.timestampRange",
    ),
    "GetImages": ("imageSelectorType", "startTimestamp", "endTimestamp"),
}
"""KVS API Reference: what each call requires."""
_OPTIONAL: Mapping[str, tuple[str, ...]] = {
    "ListFragments": ("fragmentSelector",),
    "GetHLSStreamingSessionURL": ("hLSFragmentSelector",),
    "GetDASHStreamingSessionURL": ("dASHFragmentSelector",),
}


def check(call: SeenCall) -> Verdict | None:
    """Look for the parameters under their expected names; what is required and not there has another name."""
    if not call.names:
        return None
    wanted = _REQUIRED.get(call.action) or _OPTIONAL[call.action]
    if set(wanted) <= set(call.names):
        return Verdict.CONFIRMS
    folded = {name.lower() for name in call.names}
    is_spelled_otherwise = any(name.lower() in folded and name not in call.names for name in wanted)
    is_missing = call.action in _REQUIRED and call.error is None
    return Verdict.REFUTES if is_spelled_otherwise or is_missing else None


ASSUMPTION = OfCalls(
    sentence="Parameters that say which video is read have the API's names with a small first letter: startSelector, "
    "hLSFragmentSelector.",
    source="inferred from the records of management calls that AWS prints: streamARN, aPIName (KVS Developer Guide, "
    "“Log API calls with AWS CloudTrail”).",
    limits="kvswatch reads the names in any case: another case alone loses nothing.",
    rests=(Rests.FOOTAGE,),
    calls=(*_REQUIRED, *_OPTIONAL),
    check=check,
)
