"""Does every page have data: what is still being read for the first time, or not judged since."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Engine

from app.core.arn import account_text
from app.core.model.feed import Feed, FeedKey
from app.core.model.scope import EVERYTHING
from app.db.queries import feeds
from app.services.watch_accounts import BACKGROUND, CLOUDWATCH_LOGS, EVALUATE, S3_LOGS


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


@dataclass
class FirstReading:
    """Watches the first reading of everything. Look again and again: it remembers when each feed first ended."""

    _ended: dict[FeedKey, datetime] = field(default_factory=dict)

    def look(self, engine: Engine) -> Readiness:
        """Return how far the first reading is; a feed that failed has been read as far as it goes."""
        with engine.connect() as connection:
            found = [one for one in feeds.feeds(connection, EVERYTHING) if one.key.source not in BACKGROUND]
        return self.of(found)

    def of(self, found: Sequence[Feed]) -> Readiness:
        """Return the same of feeds that were read already."""
        reading = [feed for feed in found if feed.key.source != EVALUATE]
        for feed in reading:
            ended = feed.last_success_at or (feed.last_error_at if feed.attempts else None)
            if ended is not None:
                self._ended.setdefault(feed.key, ended)
        waiting = [feed for feed in reading if feed.key not in self._ended]
        waiting += [feed for feed in found if feed.key.source == EVALUATE and not self._is_judged(feed, reading)]
        names = sorted({f"{feed.key.source} of {account_text(feed.key.account_id)}" for feed in waiting})
        return Readiness(len(found) - len(waiting), len(found), tuple(names[:3]))

    def _is_judged(self, judging: Feed, reading: Sequence[Feed]) -> bool:
        """Whether an account was judged after its parts and all logs (they hold many accounts' calls) were read."""
        if judging.last_success_at is None or judging.last_started_at is None:
            return False
        needed = [
            feed.key
            for feed in reading
            if feed.key.account_id == judging.key.account_id or feed.key.source in {S3_LOGS, CLOUDWATCH_LOGS}
        ]
        return all(key in self._ended and self._ended[key] <= judging.last_started_at for key in needed)
