"""All that kvswatch knows of one account, each part with when it was seen or why it was not."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from app.core.model.account import Account
from app.core.model.metric import RequestCounts
from app.core.model.organization import Organization
from app.core.model.principal import Iam
from app.core.model.stream import Stream
from app.core.model.trail import Trail


class PartState(StrEnum):
    """How the last attempt at a part ended."""

    SEEN = "seen"
    DENIED = "denied"
    THROTTLED = "throttled"
    UNREACHABLE = "unreachable"
    FAILED = "failed"
    NOT_COLLECTED = "not_collected"


@dataclass(frozen=True, slots=True)
class Part:
    """One part of an account in one Region ("" for global parts).

    `seen_at` is when the content was last good: it stays when a later attempt fails.
    `missing` names the IAM action that was denied, such as "iam:GetCredentialReport".
    """

    name: str
    region: str
    state: PartState
    tried_at: datetime | None = None
    seen_at: datetime | None = None
    missing: str | None = None
    message: str | None = None

    @property
    def is_fresh(self) -> bool:
        """Whether the last attempt saw it."""
        return self.state is PartState.SEEN


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One account as of `as_of`. A part that was never seen is None, never empty.

    `streams` and `trails` hold the Regions that were ever seen; `parts` tells which those are.
    `organization` is None when Organizations could not be read: SCPs and RCPs are then unknown.
    """

    account: Account
    as_of: datetime
    parts: tuple[Part, ...]
    iam: Iam | None = None
    streams: tuple[Stream, ...] = ()
    trails: tuple[Trail, ...] = ()
    organization: Organization | None = None
    metrics: tuple[tuple[str, RequestCounts], ...] = ()
    """(Region, counts) pairs."""
    known_accounts: frozenset[int] = field(default_factory=frozenset)
    """Every account that is onboarded or in the organization."""

    def part(self, name: str, region: str = "") -> Part:
        """Return the state of a part; NOT_COLLECTED when nobody ever tried."""
        for part in self.parts:
            if part.name == name and part.region == region:
                return part
        return Part(name, region, PartState.NOT_COLLECTED)
