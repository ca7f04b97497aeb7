"""What video a reading call asked for, apart from when it was called.

Source: KVS API Reference, GetMedia (StartSelector), GetClip, GetImages, ListFragments, GetMediaForFragmentList,
GetHLSStreamingSessionURL and GetDASHStreamingSessionURL (PlaybackMode, FragmentSelector, Expires). No record of these
calls is public: names of parameters are read in any case, times in every form that CloudTrail writes elsewhere. AWS
does not say whether a long GetMedia is stamped at its start or its end, so that what is live "from the call on" may
have begun up to an hour earlier.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from app.core.model.footage import Footage, FootageClock, FootageKind
from app.core.normalise.values import moment, nested
from app.core.trailfile.shape import text

Request = Mapping[str, Any]
_UNTOLD = Footage(FootageKind.NOT_IN_RECORD)
_CLOCKS = {"PRODUCER_TIMESTAMP": FootageClock.PRODUCER, "SERVER_TIMESTAMP": FootageClock.SERVER}


def footage_of(action: str, request: Request, time: datetime, url_expires_s: int | None) -> Footage | None:
    """Return the video that a call of `action` asked for at `time`; None where the action asks for none.

    `request` is requestParameters, its keys in small letters; `url_expires_s` the lifetime of the playback URL that was
    issued, None when none was.
    """
    if action in _SESSIONS:
        ends = None if url_expires_s is None else time + timedelta(seconds=url_expires_s)
        return _session(nested(request.get(_SESSIONS[action])), request, time, ends) if request else _UNTOLD
    asked = _READS.get(action)
    return None if asked is None else asked(request, time)


# ---------------------------------------------------------------- live and archived media


def _media(request: Request, time: datetime) -> Footage:
    """GetMedia: from the chunk that the start selector names, until the caller hangs up."""
    selector = nested(request.get("startselector"))
    match _word(selector, "startselectortype"):
        case "NOW":
            return Footage(FootageKind.LIVE, time)
        case "EARLIEST":
            return Footage(FootageKind.EARLIEST)
        case "CONTINUATION_TOKEN":
            return Footage(FootageKind.CONTINUATION_TOKEN)
        case "FRAGMENT_NUMBER":
            return Footage(FootageKind.FRAGMENT_NUMBER)
        case kind:
            return _range(selector, _CLOCKS.get(kind))


def _clip(request: Request, _time: datetime) -> Footage:
    return _selected(nested(request.get("clipfragmentselector")))


def _images(request: Request, _time: datetime) -> Footage:
    return _range(request, _CLOCKS.get(_word(request, "imageselectortype")))


def _fragments(request: Request, _time: datetime) -> Footage:
    """ListFragments: the selector is only required where no NextToken is passed."""
    selector = nested(request.get("fragmentselector"))
    if not selector and request.get("nexttoken") is not None:
        return Footage(FootageKind.CONTINUATION_TOKEN)
    return _selected(selector)


def _listed(request: Request, _time: datetime) -> Footage:
    """GetMediaForFragmentList: fragment numbers alone, which are opaque."""
    return Footage(FootageKind.FRAGMENT_NUMBER) if request.get("fragments") else _UNTOLD


def _viewed(_request: Request, time: datetime) -> Footage:
    """WebRTC: what the camera sees while the viewer stays."""
    return Footage(FootageKind.LIVE, time)


_READS: Mapping[str, Callable[[Request, datetime], Footage]] = {
    "GetMedia": _media,
    "GetClip": _clip,
    "GetImages": _images,
    "ListFragments": _fragments,
    "GetMediaForFragmentList": _listed,
    "ConnectAsViewer": _viewed,
    "JoinStorageSessionAsViewer": _viewed,
}

# ---------------------------------------------------------------- playback sessions

_SESSIONS = {
    "GetHLSStreamingSessionURL": "hlsfragmentselector",
    "GetDASHStreamingSessionURL": "dashfragmentselector",
}


def _session(selector: Request, request: Request, time: datetime, ends: datetime | None) -> Footage:
    """Return what a playback URL shows: live (the default), from a start on and then live, or a range."""
    mode = _word(request, "playbackmode")
    # API reference: the default of FragmentSelectorType is SERVER_TIMESTAMP.
    asked = _selected(selector, FootageClock.SERVER)
    if mode == "LIVE" or (not mode and asked == _UNTOLD and not selector.get("timestamprange")):
        return Footage(FootageKind.LIVE, time, ends)
    if asked.kind is FootageKind.ONWARD and mode != "ON_DEMAND":
        return Footage(FootageKind.REPLAY, asked.start, ends, asked.clock)
    return asked


# ---------------------------------------------------------------- selectors


def _selected(selector: Request, otherwise: FootageClock | None = None) -> Footage:
    clock = _CLOCKS.get(_word(selector, "fragmentselectortype"), otherwise)
    return _range(nested(selector.get("timestamprange")), clock)


def _range(values: Request, clock: FootageClock | None) -> Footage:
    start, end = moment(values.get("starttimestamp")), moment(values.get("endtimestamp"))
    if start is None:
        return _UNTOLD
    if end is None:
        # An end that is there and cannot be read is no open end.
        return _UNTOLD if values.get("endtimestamp") is not None else Footage(FootageKind.ONWARD, start, None, clock)
    return Footage(FootageKind.INTERVAL, start, end, clock)


def _word(values: Request, name: str) -> str:
    return (text(values.get(name)) or "").upper()
