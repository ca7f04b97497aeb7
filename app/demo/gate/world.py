"""What the gate's answers know beyond moto: the estate, the time, the archive, and what moto has no place for."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from app.demo.gate.store import Bucket
from app.demo.nouns import Estate, Trail


class History(Protocol):
    """What has happened in the organization, as CloudTrail's event history and CloudWatch would tell it."""

    def events(self, account: str, region: str, start: datetime, end: datetime) -> Iterator[dict[str, Any]]:
        """Yield the management records between the two times, newest first."""

    def times(self, account: str, region: str, stream: str, action: str) -> Sequence[int]:
        """Return when each request came (seconds since the epoch), those that no trail logs included."""

    def metrics(self, account: str, region: str) -> list[tuple[str, str]]:
        """Return each (stream, action) that was called."""


@dataclass(slots=True)
class TrailState:
    """What GetTrailStatus tells of one trail."""

    trail: Trail
    is_logging: bool = True
    started_at: datetime | None = None
    stopped_at: datetime | None = None
    delivered_at: datetime | None = None
    digest_delivered_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A key that ListPublicKeys hands out: base64-decoded PKCS#1 DER."""

    der: bytes
    fingerprint: str
    start: datetime
    end: datetime


@dataclass(slots=True)
class World:
    """The emulated world. `clock` gives its time: what has been delivered is as old as it says."""

    estate: Estate
    clock: Callable[[], datetime]
    history: History
    authorizing: bool = False
    buckets: dict[str, Bucket] = field(default_factory=dict)
    trails: dict[str, TrailState] = field(default_factory=dict)
    """By ARN."""
    public_keys: list[PublicKey] = field(default_factory=list)
    items: defaultdict[tuple[str, str, str], dict[str, Any]] = field(default_factory=lambda: defaultdict(dict))
    """(account, Region, kind) -> name or ARN -> what moto has no place for: channels, settings, boundaries of users."""
