"""Findings: what a rule says about a subject, with the evidence it rests on."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Severity(StrEnum):
    """How bad it is, worst first."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    INFO = "info"


class Practice(StrEnum):
    """The best practices for KVS that a rule serves (KVS Developer Guide, "Security best practices")."""

    LEAST_PRIVILEGE = "A"
    ROLES_NOT_KEYS = "B"
    CLOUDTRAIL = "C"
    BEHAVIOUR = "D"
    DEVICES = "E"
    DATA_PROTECTION = "F"


class FindingState(StrEnum):
    """Where a finding is in its life. Only evidence resolves; only people acknowledge or mute."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    MUTED = "muted"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One thing a violation rests on: a statement, a record, a setting.

    `kind` is "statement", "event", "setting" or "count"; `where` says where it was found in words;
    `text` is the thing itself (a JSON statement, a value); `marked` are the 1-based lines of `text` that decide;
    `link` is a path within kvswatch, such as "/events?event=…". `streams` are the ARNs of those that it is about.
    """

    kind: str
    where: str
    text: str
    marked: tuple[int, ...] = ()
    link: str | None = None
    streams: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Violation:
    """What a rule yields: the subject at fault (an ARN, trail ARN, key id or stream), one sentence, and the proof.

    `severity` overrides the rule's where the case is worse or milder. `region` is "" for global subjects.
    `first_at`/`last_at`: when the first and the last event behind it happened; None: it is a state, not an event.
    """

    subject: str
    message: str
    evidence: tuple[Evidence, ...] = ()
    severity: Severity | None = None
    region: str = ""
    first_at: datetime | None = None
    last_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class CannotTell:
    """What a rule yields where nobody could look: an answer of its own, never a pass.

    `is_unread`: a part that the rule needs was never read; the answer comes with the part.
    """

    subject: str
    reason: str
    region: str = ""
    is_unread: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """A violation with its life: one row per (account, rule, subject, region)."""

    account: int
    rule: str
    subject: str
    region: str
    severity: Severity
    state: FindingState
    message: str
    evidence: tuple[Evidence, ...]
    first_seen_at: datetime
    last_seen_at: datetime
    resolved_at: datetime | None = None
    note: str | None = None
    muted_until: datetime | None = None
