"""What a handler is given: one claimed feed, and how to show its progress."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Event

from sqlalchemy import Engine

from app.core.model.feed import Feed, Progress
from app.db.queries import feeds


@dataclass(frozen=True, slots=True)
class FeedRun:
    """One run of one feed by one worker. `stopping` is set when the worker wants to end: stop between batches."""

    engine: Engine
    feed: Feed
    owner: str
    clock: Callable[[], datetime]
    stopping: Event

    def report(self, call: str, progress: Progress | None = None) -> None:
        """Show the AWS call that is under way and how far the run is."""
        with self.engine.begin() as connection:
            feeds.report(connection, self.feed.key, self.owner, progress, call, self.clock())


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended well: `again_in` None means after the feed's usual pause."""

    again_in: timedelta | None = None

    @property
    def has_more(self) -> bool:
        """Whether it is to go on at once."""
        return self.again_in == timedelta(0)


Handler = Callable[[FeedRun], Outcome]
