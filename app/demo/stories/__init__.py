"""What happens in the organization: one story a file, the folder is its own registry.

A story yields what happened on one day; asked for the same day again it tells the same.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random

from app.demo.happening import Happening
from app.demo.nouns import Account, Estate

DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class Day:
    """One day of the organization, UTC. Number 0 is the day on which the emulator was started, -1 the day before."""

    estate: Estate
    number: int
    midnight: int
    seed: int

    def at(self, hour: float) -> int:
        """Return the time of an hour of this day, seconds since the epoch."""
        return self.midnight + round(hour * 3600)

    def random(self, *parts: object) -> Random:
        """Return the randomness of one thing on this day."""
        return Random(f"{self.seed}/{self.number}/{'/'.join(map(str, parts))}")  # noqa: S311 - a story, not a secret

    def account(self, name: str) -> Account:
        """Return an account by name."""
        return self.estate.account(name)


@dataclass(frozen=True, slots=True)
class Story:
    """One story: what it needs, what it tells, and where kvswatch shows it. `is_decoy`: no finding may come of it."""

    title: str
    needs: tuple[str, ...]
    """Names of the accounts without which it cannot be told (the small estate has two members)."""
    tell: Callable[[Day], Iterator[Happening]]
    pages: tuple[str, ...] = ()
    is_decoy: bool = False
