"""Does every page have data: what is still being read for the first time."""

from dataclasses import dataclass

from sqlalchemy import Engine

from app.core.model.feed import Feed
from app.core.model.scope import EVERYTHING
from app.db.queries import feeds

NOT_AWAITED = frozenset({"lookup_events", "kinesisvideo_detail", "cloudwatch"})
"""Slow and not needed for a first look; the account page shows how far they are."""


@dataclass(frozen=True, slots=True)
class Readiness:
    """How many of the feeds that pages need have run; `waiting` names some that have not."""

    done: int
    total: int
    waiting: tuple[str, ...]

    @property
    def is_ready(self) -> bool:
        """Whether nothing is awaited any more."""
        return self.total > 0 and self.done == self.total


def readiness(engine: Engine) -> Readiness:
    """Return how far the first reading is; a feed that failed has been read as far as it goes."""
    with engine.connect() as connection:
        awaited = [feed for feed in feeds.feeds(connection, EVERYTHING) if feed.key.source not in NOT_AWAITED]
    waiting = [feed for feed in awaited if not _has_run(feed)]
    return Readiness(
        len(awaited) - len(waiting),
        len(awaited),
        tuple(sorted({f"{feed.key.source} of {feed.key.account_id:012d}" for feed in waiting}))[:3],
    )


def _has_run(feed: Feed) -> bool:
    return feed.last_success_at is not None or feed.attempts > 0
