"""Whether enough is known of the past to call anything new."""

from collections.abc import Iterator
from datetime import UTC, timedelta

from app.core.model.finding import CannotTell
from app.core.rules import needs
from app.core.rules.calls import reads_media, within
from app.core.rules.facts import DetectionFacts

LEARNING = timedelta(days=7)
"""A week shows weekdays and the weekend; below it everything is new, and a finding would say nothing."""


def too_little_known(facts: DetectionFacts) -> Iterator[CannotTell]:
    """Yield why nothing can be called new on the day judged, when fewer than seven days before it are known."""
    if has_nothing_to_watch(facts):
        return
    since = facts.history.known_since
    known = facts.window.start.astimezone(UTC).date() - since if since is not None else timedelta(0)
    if known < LEARNING:
        yield CannotTell(
            "", f"calls of {max(known.days, 0)} days before are known: what is usual takes {LEARNING.days}"
        )


def has_nothing_to_watch(facts: DetectionFacts) -> bool:
    """Whether the account was read, has neither streams nor channels, and nobody read media on the day judged."""
    snapshot = facts.snapshot
    parts = [part for part in snapshot.parts if part.name in {needs.STREAMS, needs.CHANNELS}]
    is_empty = bool(parts) and not snapshot.streams and all(part.is_fresh for part in parts)
    return is_empty and not any(reads_media(event) for event in within(facts))
