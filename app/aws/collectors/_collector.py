"""What every collector declares."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar

from app.aws.pages import items
from app.aws.session import AccountSession
from app.core.model.account import AccountKind
from app.core.model.feed import Progress

T = TypeVar("T")
EVERY_KIND = frozenset(AccountKind)


class Reach(StrEnum):
    """Whether a service is asked once an account or once in each of its Regions."""

    GLOBAL = "global"
    REGIONAL = "regional"


@dataclass(frozen=True, slots=True)
class Calls:
    """How a reader asks: one account's session, bound to the Region that is being read ("" for global services).

    `show` is told of the progress, which appears with the next call; `wait` sleeps. `only` are the ARNs or names of the
    streams and channels whose details are wanted, None for all.
    """

    session: AccountSession
    region: str
    now: datetime
    show: Callable[[Progress], None]
    wait: Callable[[float], None]
    only: frozenset[str] | None = None

    def call(self, service: str, operation: str, **parameters: Any) -> Any:
        """Return the answer to one call; raises CouldNotLook."""
        return self.session.call(service, operation, self.region, **parameters)

    def items(self, service: str, operation: str, key: str, **parameters: Any) -> list[Any]:
        """Return the items under `key` of all pages; raises CouldNotLook."""
        return items(self.session, service, operation, key, self.region, **parameters)

    def each(self, items: Sequence[T], unit: str) -> Iterator[T]:
        """Yield `items`, showing how far a long reading is."""
        for done, item in enumerate(items):
            self.show(Progress(done, len(items), unit))
            yield item


@dataclass(frozen=True, slots=True)
class PartReader:
    """One part: it is seen or unseen as a whole, whatever happens to the others of its service.

    `fetch(calls, needed)` returns the raw answer, or raises CouldNotLook; `needed` is the raw answer of the part that
    `needs` names, and without that answer nobody asks at all.
    `normalise(raw, region)` makes it the part's content (app.core.parts.CONTENT); it is pure.
    """

    name: str
    permissions: tuple[str, ...]
    fetch: Callable[[Calls, Any], Any]
    normalise: Callable[[Any, str], object]
    needs: str | None = None


@dataclass(frozen=True, slots=True)
class Collector:
    """A service's parts, read together: one feed for each account, and for each of its Regions if it is regional.

    `every_s` None: at every poll of the account. `kinds`: the accounts in which there is something to read.
    """

    title: str
    reach: Reach
    parts: tuple[PartReader, ...]
    kinds: frozenset[AccountKind] = EVERY_KIND
    every_s: int | None = None

    @property
    def permissions(self) -> tuple[str, ...]:
        """The IAM actions that all parts together need."""
        return tuple(sorted({permission for part in self.parts for permission in part.permissions}))
