"""Whether enough is known of the past to call anything new."""

from collections.abc import Iterator
from datetime import UTC, timedelta

from app.core.model.finding import CannotTell
from app.core.rules.facts import DetectionFacts

LEARNING = timedelta(days=7)
"""A week shows weekdays and the weekend; below it everything is new, and a finding would say nothing."""


def too_little_known(facts: DetectionFacts) -> Iterator[CannotTell]:
    """Yield why nothing can be called new on the day judged, when fewer than seven days before it are known."""
    since = facts.history.known_since
    known = facts.window.start.astimezone(UTC).date() - since if since is not None else timedelta(0)
    if known < LEARNING:
        yield CannotTell(
            "", f"calls of {max(known.days, 0)} days before are known: what is usual takes {LEARNING.days}"
        )
