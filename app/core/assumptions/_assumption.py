"""What an assumption is. One is one file of this folder that defines ASSUMPTION; the file's name is its id."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from app.core.assumptions._seen import SeenCall, SeenSession
from app.core.assumptions._together import SeenTogether
from app.core.model.sighting import Verdict


class Rests(StrEnum):
    """What of kvswatch rests on an assumption, as its page says it."""

    KEPT = "which records are kept as KVS calls"
    STREAM = "which stream or channel a call was about"
    FOOTAGE = "which video a call asked for"
    URL = "how long a playback URL lives"
    VIEWERS = "that nobody can know who opened a playback URL"
    DEVICE = "which device stands behind a session"
    PERSON = "which person a session of Identity Center is of"
    APP_USER = "which user of an app a session of Cognito is of"
    KEY = "whether a key is long-term"
    SERVICE = "which calls AWS services made for somebody"
    REFUSED = "which calls were refused"
    ONCE = "that a call is counted once, however many trails log it"
    CONNECTIONS = "how often a camera connected"
    REMADE = "that a stream which is made again has another ARN"
    COVERAGE = "coverage: which selectors take a call"


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumption:
    """One sentence that is only inferred, and what hangs on it.

    `source` says what it was inferred from; `limits` what even a record that confirms it does not show.
    `calls` are the eventNames that it is about, each of which needs a record of its own; none: one record is enough.
    `rules` are the ids of the rules whose answer would be another one if it were not so.
    """

    sentence: str
    source: str
    rests: tuple[Rests, ...]
    rules: tuple[str, ...] = ()
    calls: tuple[str, ...] = ()
    limits: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OfCalls(Assumption):
    """Of KVS calls. `check` says what one record shows, None when it shows nothing."""

    check: Callable[[SeenCall], Verdict | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class OfSessions(Assumption):
    """Of AssumeRole* records, whose `check` is as that of calls."""

    check: Callable[[SeenSession], Verdict | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class OfTogether(Assumption):
    """Of records that belong together, whose `check` is as that of calls; of what is frequent a few are looked at."""

    check: Callable[[SeenTogether], Verdict | None]


def shows(is_so: bool | None) -> Verdict | None:  # noqa: FBT001 - what is so, the check says
    """Return the verdict of a record that shows the thing, or its contrary; None shows nothing."""
    if is_so is None:
        return None
    return Verdict.CONFIRMS if is_so else Verdict.REFUTES
