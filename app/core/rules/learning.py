"""Whether enough is known of the past to call anything new."""

from collections.abc import Iterator
from datetime import UTC, timedelta

from app.core.model.finding import CannotTell
from app.core.model.snapshot import Part, Snapshot
from app.core.rules import needs
from app.core.rules.calls import reads_media, within
from app.core.rules.facts import DetectionFacts
from app.core.rules.needs import unseen_reason
from app.core.rules.sight import regions_of

LEARNING = timedelta(days=7)
"""A week shows weekdays and the weekend; below it everything is new, and a finding would say nothing."""
_INVENTORY = (needs.CHANNELS, needs.STREAMS)


def too_little_known(facts: DetectionFacts) -> Iterator[CannotTell]:
    """Yield why nothing can be called new on the day judged, when fewer than seven days before it are known.

    Where there is nothing to watch, there is nothing that could be new: that is an answer, once the inventory was read.
    """
    if has_nothing_to_watch(facts):
        return
    since = facts.history.known_since
    known = facts.window.start.astimezone(UTC).date() - since if since is not None else timedelta(0)
    if known < LEARNING:
        short = f"calls of {max(known.days, 0)} days before are known: what is usual takes {LEARNING.days}"
        yield CannotTell("", "; ".join(filter(None, (short, _reason(facts)))))


def has_nothing_to_watch(facts: DetectionFacts) -> bool:
    """Whether the account was read, has neither streams nor channels, and nobody read media on the day judged."""
    is_empty = not facts.snapshot.streams and not _unread(facts.snapshot)
    return is_empty and not any(reads_media(event) for event in within(facts))


def _reason(facts: DetectionFacts) -> str:
    if facts.history.dark:
        return f"before that, media reads were not logged: {facts.history.dark}"
    unread = () if facts.snapshot.streams else _unread(facts.snapshot)
    if unread:
        return f"whether there is anything to watch is not known: {unseen_reason(unread[0])}"
    return ""


def _unread(snapshot: Snapshot) -> tuple[Part, ...]:
    """Return the listings of streams and channels that the last attempt did not see, in every Region that is read."""
    parts = (snapshot.part(name, region) for name in _INVENTORY for region in regions_of(snapshot) or ("",))
    return tuple(part for part in parts if not part.is_fresh)
