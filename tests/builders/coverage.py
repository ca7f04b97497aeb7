"""Histories of an account's trail settings, and what was collected of it, for coverage over time."""

from datetime import UTC, datetime, timedelta

from app.core.coverage.history import Collected
from app.core.coverage.settings import AccountHistory, Version
from app.core.model.account import Account, AccountKind
from app.core.model.snapshot import Part, PartState
from app.core.model.stream import ResourceKind, Stream
from app.core.model.trail import AdvancedSelector, FieldSelector, Trail, Trails, TrailStatus
from app.core.parts import EventSelectors, Selectors, Streams, TrailStatuses

END = datetime(2026, 11, 23, tzinfo=UTC)
START = END - timedelta(days=10)
READ_AT = END - timedelta(minutes=10)
REGION = "eu-central-1"
ACCOUNT = Account(590817264433, "clinic-video", AccountKind.MEMBER, "arn:role", "kv", (REGION,))
TRAIL = f"arn:aws:cloudtrail:{REGION}:590817264433:trail/kvs-trail"
STREAM = Stream(
    f"arn:aws:kinesisvideo:{REGION}:590817264433:stream/ward/1", "ward", REGION, ResourceKind.STREAM, "ACTIVE", START
)
LOGGING = TrailStatus(True, END - timedelta(minutes=5), started_at=START - timedelta(days=90))
MEDIA = AdvancedSelector(
    "KVS media",
    (
        FieldSelector("eventCategory", equals=("Data",)),
        FieldSelector("resources.type", equals=("AWS::KinesisVideo::Stream",)),
    ),
)
MANAGEMENT = AdvancedSelector("Management", (FieldSelector("eventCategory", equals=("Management",)),))
COLLECTED = Collected(ACCOUNT.id, REGION, "bucket", START - timedelta(days=1), END)


def make_history(
    *, status: TrailStatus = LOGGING, parts: tuple[Part, ...] = (), more: tuple[Version, ...] = ()
) -> AccountHistory:
    """Return a history of one stream and one trail that logs its media; `more` are other versions of its selectors."""
    trail = Trail(TRAIL, "kvs-trail", REGION, True, False, "bucket", "", True, True)
    settings = (
        ("trails", Trails((trail,))),
        ("trail_status", TrailStatuses(((TRAIL, status),))),
        ("streams", Streams((STREAM,))),
    )
    versions = tuple(Version(name, REGION, READ_AT, None, content) for name, content in settings)
    selectors = more or (selectors_from(READ_AT, None, MEDIA),)
    seen = tuple(Part(name, REGION, PartState.SEEN, READ_AT, READ_AT) for name, _ in settings)
    told = {(part.name, part.region): part for part in (*seen, *parts)}
    return AccountHistory(ACCOUNT, tuple(told.values()), (*versions, *selectors))


def selectors_from(start: datetime, end: datetime | None, *selectors: AdvancedSelector) -> Version:
    """Return a version of the trail's selectors."""
    return Version("event_selectors", REGION, start, end, EventSelectors((Selectors(TRAIL, selectors),)))
