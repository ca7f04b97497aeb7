"""Reading calls folded into viewer sessions: who read, in which way, from where, from when to when.

A call belongs to the session before it when viewer, principal, address, way and outcome are the same and it comes at
most `GAP` after that session's end. A playback URL counts until it ends, for whether somebody plays it is not logged.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from app.core.kvs.actions import ACTIONS, Group
from app.core.model.media_call import MediaCall
from app.core.timeline.outcome import CallOutcome
from app.core.viewing.viewer import Told, Viewer, told

GAP = timedelta(minutes=90)
"""A media call lasts for up to an hour and has one time in the log; half an hour more is a pause in between."""
MOST_KEYS = 100
"""A session of so many keys ends there: a filter has to name them all."""


class How(StrEnum):
    """In which way media were asked for; each way leaves another thing unknown."""

    LIVE = "live"
    ARCHIVE = "archive"
    URL = "url"
    VIEWER = "viewer"


_OF_GROUP = {
    Group.MEDIA_READ_LIVE: How.LIVE,
    Group.MEDIA_READ_ARCHIVE: How.ARCHIVE,
    Group.PLAYBACK_URL: How.URL,
    Group.SIGNALING_VIEWER: How.VIEWER,
}
HOW: Mapping[str, How] = {
    **{name: _OF_GROUP[action.group] for name, action in ACTIONS.items() if action.group in _OF_GROUP},
    "JoinStorageSessionAsViewer": How.VIEWER,
}
"""How each action reads. ListFragments is among them: it shows no picture, but what was filmed when."""


@dataclass(frozen=True, slots=True)
class ViewerSession:
    """Calls of one viewer that belong together, oldest first; never empty.

    Principal, address, way and outcome are those of each of them.
    """

    viewer: Viewer
    how: How
    outcome: CallOutcome
    calls: tuple[MediaCall, ...]

    @property
    def first(self) -> MediaCall:
        """The call that it begins with."""
        return self.calls[0]

    @property
    def last(self) -> MediaCall:
        """The newest call."""
        return self.calls[-1]

    @property
    def shows_media(self) -> bool:
        """Whether any of the calls asks for pictures: a list of fragments alone does not."""
        return any(ACTIONS[call.action].exposes_media for call in self.calls)

    @property
    def keys(self) -> frozenset[str | None]:
        """The access keys that the calls were signed with."""
        return frozenset(call.access_key for call in self.calls)


def viewer_sessions(calls: Iterable[MediaCall], viewers: Mapping[Told, Viewer]) -> tuple[ViewerSession, ...]:
    """Return the sessions of reading calls, that with the newest call first; each call is in one of them.

    Calls of other actions are left out. The order in which the calls come and a call given twice make no difference.
    """
    threads: dict[tuple[object, ...], list[MediaCall]] = {}
    for call in sorted({call.key: call for call in calls if call.action in HOW}.values(), key=lambda call: call.key):
        threads.setdefault(_thread(call, viewers[told(call)]), []).append(call)
    made = [session for thread in threads.values() for session in _cut(thread, viewers[told(thread[0])])]
    return tuple(sorted(made, key=lambda session: (session.last.key, session.first.key), reverse=True))


def _thread(call: MediaCall, viewer: Viewer) -> tuple[object, ...]:
    """Return what is the same of all calls of a session; a filter of the timeline can name each of it."""
    return viewer, call.principal_id, call.person, call.address, HOW[call.action], call.outcome


def _cut(thread: list[MediaCall], viewer: Viewer) -> Iterable[ViewerSession]:
    """Yield the sessions of one thread, whose calls are in order of time."""
    held: list[MediaCall] = []
    keys: set[str | None] = set()
    end = thread[0].at
    for call in thread:
        # Calls of one moment stay together: no filter could part them.
        is_full = len(keys) >= MOST_KEYS and call.access_key not in keys and call.at > held[-1].at
        if held and (is_full or call.at - end > GAP):
            yield _session(held, viewer)
            held, keys = [], set()
        held.append(call)
        keys.add(call.access_key)
        end = max(end, _end(call))
    yield _session(held, viewer)


def _end(call: MediaCall) -> datetime:
    return call.url_ends_at or call.at


def _session(calls: list[MediaCall], viewer: Viewer) -> ViewerSession:
    first = calls[0]
    return ViewerSession(viewer, HOW[first.action], first.outcome, tuple(calls))
