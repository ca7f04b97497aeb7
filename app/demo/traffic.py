"""All that happens in the organization, in order of time, for any stretch of it."""

from bisect import bisect_left
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache

from app.core import catalogue
from app.demo import stories
from app.demo.happening import Happening
from app.demo.nouns import Estate
from app.demo.stories import DAY_S, Day, Story

_KEPT_DAYS = 3


class Traffic:
    """The organization's history and future: told day by day, the same each time it is asked."""

    def __init__(self, estate: Estate, today: datetime, seed: int) -> None:
        """Keep what the days are told from; `today` is the midnight of day 0."""
        self.estate = estate
        self.today = int(today.timestamp())
        self.seed = seed
        self.stories = tuple(story for story in all_stories().values() if all(map(estate.has, story.needs)))
        self.day = lru_cache(maxsize=_KEPT_DAYS)(self._told)

    def between(self, start: int, end: int) -> Iterator[Happening]:
        """Yield what happens from `start` up to and without `end` (seconds since the epoch), oldest first."""
        for number in range((start - self.today) // DAY_S, (end - 1 - self.today) // DAY_S + 1):
            told = self.day(number)
            first = bisect_left(told, start, key=lambda happening: happening.at)
            last = bisect_left(told, end, key=lambda happening: happening.at)
            yield from told[first:last]

    def _told(self, number: int) -> list[Happening]:
        """Return a day's happenings. What a story tells beyond midnight is cut off: the next day tells its own."""
        day = Day(self.estate, number, self.today + number * DAY_S, self.seed)
        told = [
            happening
            for story in self.stories
            for happening in story.tell(day)
            if day.midnight <= happening.at < day.midnight + DAY_S
        ]
        told.sort(key=lambda happening: happening.at)
        return told


def all_stories() -> dict[str, Story]:
    """Return every story by the name of its file."""
    return catalogue.load(stories, "STORY", Story)


def midnight(now: datetime) -> datetime:
    """Return the midnight (UTC) that `now`'s day began with."""
    return now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
