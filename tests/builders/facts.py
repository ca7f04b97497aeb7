"""What rules are given: an account's state with its real access matrix, and days of calls."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from app.core.coverage.history import Stretch, Strip
from app.core.coverage.observe import ActionClass, LogSource, ObservableState, observable
from app.core.findings.reconcile import RuleOutcome, Window
from app.core.iam.matrix import access_matrix
from app.core.model.event import Event
from app.core.model.finding import Violation
from app.core.model.principal import Principal
from app.core.model.snapshot import Part, PartState
from app.core.model.trail import AdvancedSelector, FieldSelector, Trail, TrailStatus
from app.core.rules.facts import DetectionFacts, PostureFacts, held
from app.core.rules.policies import policy_book
from app.core.rules.rule import Rule
from app.core.rules.run import run_detections, run_posture
from tests.builders import events as event_builder
from tests.builders import iam

NOW = datetime(2026, 11, 23, 9, 41, tzinfo=UTC)
DAY = datetime(2026, 11, 23, tzinfo=UTC)
REGIONS = ("eu-central-1", "us-east-1")
BUCKET = "org-trail-logs"
GLOBAL_PARTS = ("iam", "managed_policies", "credential_report", "access_keys", "organization")
REGIONAL_PARTS = ("streams", "channels", "trails", "trail_status", "event_selectors", "request_counts")


def fresh(name: str, region: str = "") -> Part:
    """Return a part that was seen ten minutes ago."""
    seen_at = NOW - timedelta(minutes=10)
    return Part(name, region, PartState.SEEN, seen_at, seen_at)


def denied(name: str, region: str = "", missing: str = "some:Action", *, seen_at: datetime | None = None) -> Part:
    """Return a part that was denied; `seen_at` None: it was never seen."""
    return Part(name, region, PartState.DENIED, NOW, seen_at, missing, f"not allowed: {missing}")


PARTS = (
    *(fresh(name) for name in GLOBAL_PARTS),
    *(fresh(name, region) for name in REGIONAL_PARTS for region in REGIONS),
)


def parts(*others: Part) -> tuple[Part, ...]:
    """Return all parts fresh, but `others` as they are given."""
    given = {(part.name, part.region): part for part in others}
    names = {part.name for part in others if not part.region}
    return (*(part for part in PARTS if (part.name, part.region) not in given and part.name not in names), *others)


def selector(name: str, *fields: FieldSelector) -> AdvancedSelector:
    """Return an advanced selector."""
    return AdvancedSelector(name, fields)


def equals(field: str, *values: str) -> FieldSelector:
    """Return a field selector of Equals."""
    return FieldSelector(field, equals=values)


MANAGEMENT = selector("Management", equals("eventCategory", "Management"))
MEDIA = selector("KVS media", equals("eventCategory", "Data"), equals("resources.type", "AWS::KinesisVideo::Stream"))
SIGNALING = selector(
    "KVS signaling", equals("eventCategory", "Data"), equals("resources.type", "AWS::KinesisVideo::SignalingChannel")
)
WORKING = TrailStatus(
    is_logging=True, latest_delivery_at=NOW - timedelta(minutes=4), started_at=NOW - timedelta(days=400)
)


def trail(*selectors: AdvancedSelector, **changes: Any) -> Trail:
    """Return the account's own multi-Region trail, which logs and delivers; without selectors: everything of KVS."""
    made = Trail(
        arn=f"arn:aws:cloudtrail:eu-central-1:{iam.ACCOUNT}:trail/account-trail",
        name="account-trail",
        home_region="eu-central-1",
        is_multi_region=True,
        is_organization_trail=False,
        bucket=BUCKET,
        prefix="",
        validates_log_files=True,
        includes_global_events=True,
        advanced=selectors or (MANAGEMENT, MEDIA, SIGNALING),
        status=WORKING,
    )
    return replace(made, **changes)


def posture(*principals: Principal, **changes: Any) -> PostureFacts:
    """Return the facts of `iam.snapshot(*principals, **changes)`, logged by a working trail, all parts fresh.

    `sources`, `logged`, `logged_since`, `unread` and `now` go to the facts; everything else changes the snapshot.
    """
    sources: Iterable[LogSource] = changes.pop("sources", (LogSource(BUCKET, NOW - timedelta(minutes=5)),))
    extra = {name: changes.pop(name) for name in ("logged", "logged_since", "now", "unread") if name in changes}
    snapshot = iam.snapshot(*principals, **({"parts": PARTS, "trails": (trail(),)} | changes))
    facts = PostureFacts(
        snapshot=snapshot,
        coverage=observable(snapshot, sources, NOW),
        now=NOW,
        held=held(access_matrix(snapshot).grants),
        book=policy_book(snapshot.iam),
    )
    return replace(facts, **extra)


def day_of(*calls: Event, day: datetime = DAY, **changes: Any) -> DetectionFacts:
    """Return one UTC day with these calls, of which all was observed.

    `changes` go to the facts, `principals` to the snapshot.
    """
    principals = changes.pop("principals", ())
    facts = DetectionFacts(
        snapshot=iam.snapshot(*principals, parts=PARTS),
        window=Window(day, day + timedelta(days=1)),
        events=tuple(sorted(calls, key=lambda call: call.event_time)),
        now=NOW,
        coverage=all_day(day=day),
    )
    return replace(facts, **changes)


def all_day(
    state: ObservableState = ObservableState.OBSERVED, reason: str = "logged", *, day: datetime = DAY
) -> tuple[Strip, ...]:
    """Return strips of all Regions and classes that say the same of all of a day that is over."""
    held = (Stretch(day, min(day + timedelta(days=1), NOW), state, reason),)
    return tuple(Strip(iam.ACCOUNT, region, kind, 2, held, None) for region in REGIONS for kind in ActionClass)


def at(hour: int, minute: int = 0, second: int = 0, *, day: datetime = DAY) -> datetime:
    """Return a time of the day that `day_of` judges."""
    return day + timedelta(hours=hour, minutes=minute, seconds=second)


def call(number: int = 0, **changes: Any) -> Event:
    """Return a GetClip of ArchiveReader; see `tests.builders.events.event`."""
    return event_builder.event(number, **changes)


def judged(rule: Rule[Any], facts: PostureFacts | DetectionFacts) -> RuleOutcome:
    """Return how a rule ends on these facts, run as the service runs it; a rule that fails fails the test."""
    if isinstance(facts, PostureFacts):
        (outcome,) = run_posture({"rule": rule}, facts)
    else:
        (outcome,) = run_detections({"rule": rule}, facts)
    assert outcome.error is None, outcome.error
    return outcome


def only(outcome: RuleOutcome) -> Violation:
    """Return the one violation of an outcome."""
    assert len(outcome.violations) == 1, outcome.violations
    return outcome.violations[0]
