"""A small estate with everything in it, for looking at pages: four accounts, of which one logs no media."""

import random
from datetime import datetime, timedelta

from sqlalchemy import Connection, select, update

from app.core.model.entry import Entry, TrustedKind
from app.core.model.grant import Grant, Outcome
from app.core.model.stream import ResourceKind, Stream
from app.core.model.trail import AdvancedSelector, FieldSelector, Trail, Trails, TrailStatus
from app.core.parts import EventSelectors, Selectors, Streams, TrailStatuses
from app.core.rules.catalogue import catalogue
from app.core.trailfile.cursor import BucketCursor, Place, from_json, to_json
from app.db.queries.entries import store_entries
from app.db.queries.grants import store_matrix
from app.db.queries.snapshots import store_part
from app.db.tables.feed import feed
from tests.builders.accounts import (
    CLINIC,
    NOW,
    make_account,
    make_feed,
    make_own_calls,
    make_part,
    make_rejected,
    make_worker,
)
from tests.builders.calls import make_calls, make_principal, make_stream, stream_arn
from tests.builders.findings import make_finding, make_run, make_untold

LEGACY, RETAIL, CAMS = 771400253968, 405561239087, 310045578826
ARCHIVE = 100000000001
REGION = "eu-central-1"
DATA = AdvancedSelector(
    "KVS media",
    (
        FieldSelector("eventCategory", equals=("Data",)),
        FieldSelector("resources.type", equals=("AWS::KinesisVideo::Stream",)),
    ),
)
SIGNALING = AdvancedSelector(
    "KVS signaling",
    (
        FieldSelector("eventCategory", equals=("Data",)),
        FieldSelector("resources.type", equals=("AWS::KinesisVideo::SignalingChannel",)),
    ),
)
MANAGEMENT = AdvancedSelector("Management", (FieldSelector("eventCategory", equals=("Management",)),))


def stream_of(arn: str, name: str, kind: str = "stream") -> Stream:
    """Return the stream that an ARN names, as a listing gives it."""
    return Stream(arn, name, REGION, ResourceKind(kind), "ACTIVE", NOW - timedelta(days=300))


def make_trail(
    connection: Connection,
    account_id: int,
    selectors: tuple[AdvancedSelector, ...],
    status: TrailStatus | None = None,
    bucket: str = "halden-trail",
    *,
    is_of_organization: bool = False,
) -> None:
    """Store an account's own trail as the collectors would, read ten minutes ago."""
    arn = f"arn:aws:cloudtrail:{REGION}:{account_id:012d}:trail/kvs-trail"
    trail = Trail(
        arn=arn,
        name="kvs-trail",
        home_region=REGION,
        is_multi_region=True,
        is_organization_trail=is_of_organization,
        bucket=bucket,
        prefix="",
        validates_log_files=True,
        includes_global_events=True,
    )
    logging = TrailStatus(True, NOW - timedelta(minutes=6), started_at=NOW - timedelta(days=200))
    at = NOW - timedelta(minutes=10)
    store_part(connection, account_id, "trails", REGION, Trails((trail,)), at)
    store_part(connection, account_id, "trail_status", REGION, TrailStatuses(((arn, status or logging),)), at)
    store_part(connection, account_id, "event_selectors", REGION, EventSelectors((Selectors(arn, selectors),)), at)


def make_inventory(connection: Connection, account_id: int, streams: tuple[Stream, ...]) -> None:
    """Store what the listings of streams and channels held."""
    at = NOW - timedelta(minutes=10)
    for part, kind in (("streams", ResourceKind.STREAM), ("channels", ResourceKind.CHANNEL)):
        store_part(connection, account_id, part, REGION, Streams(tuple(s for s in streams if s.kind is kind)), at)


def make_bucket_reader(connection: Connection, *accounts: int, days: int = 400) -> None:
    """Insert the log archive, read to the last minute and back over `days` days; of CLINIC when none is named."""
    start = (NOW - timedelta(days=days)).date()
    read_at = NOW - timedelta(minutes=4)
    places = {f"AWSLogs/{a:012d}/CloudTrail/{REGION}/": Place(start, listed_at=read_at) for a in accounts or (CLINIC,)}
    make_account(connection, ARCHIVE, name="log-archive", kind="log_archive", log_bucket="halden-trail")
    make_feed(connection, "s3_logs", ARCHIVE, cursor=to_json(BucketCursor(start, places)))


def make_unread(connection: Connection, account_id: int, at: datetime, reason: str) -> None:
    """Let the log archive's reader wait for a log file of an account that was delivered at `at`."""
    is_readers = (feed.c.account_id == ARCHIVE) & (feed.c.source == "s3_logs")
    cursor = from_json(connection.execute(select(feed.c.cursor).where(is_readers)).scalar_one())
    name = f"{account_id:012d}_CloudTrail_{REGION}_{at:%Y%m%dT%H%MZ}_aaaaaaaaaaaaaaaa.json.gz"
    place = cursor.places[f"AWSLogs/{account_id:012d}/CloudTrail/{REGION}/"]
    place.failed(f"{at:%Y/%m/%d}/{name}", 512, reason, NOW)
    connection.execute(update(feed).where(is_readers).values(cursor=to_json(cursor)))


def make_estate(connection: Connection, seed: int = 7) -> dict[str, int]:
    """Insert the estate and return ids by name."""
    rng = random.Random(seed)
    ids: dict[str, int] = {}
    make_worker(connection, "box:7:ab")
    make_bucket_reader(connection, CLINIC, CAMS, LEGACY)
    for account_id, name in (
        (CLINIC, "clinic-video"),
        (CAMS, "cams-prod-eu"),
        (RETAIL, "retail-analytics"),
        (LEGACY, "legacy-cams"),
    ):
        make_account(connection, account_id, name=name)
        _parts(connection, account_id)
        _inventory(connection, account_id, name, ids)
        for hour in range(24 * 3):
            make_own_calls(
                connection,
                "kinesisvideo:ListStreams",
                rng.randint(4, 9),
                account_id,
                hour=NOW.replace(minute=0) - timedelta(hours=hour),
            )
        make_own_calls(connection, "iam:GetAccountAuthorizationDetails", 24, account_id)
        make_own_calls(connection, "kinesisvideo:ListTagsForStream", 3, account_id, outcome="throttled")
    stopped = NOW - timedelta(days=2, hours=12)
    make_trail(
        connection, CLINIC, (DATA, SIGNALING, MANAGEMENT),
        TrailStatus(
            True, NOW - timedelta(minutes=6), started_at=stopped + timedelta(hours=6, minutes=25), stopped_at=stopped
        ),
    )  # fmt: skip
    make_trail(connection, CAMS, (DATA, MANAGEMENT))
    make_trail(connection, LEGACY, (MANAGEMENT,))
    make_trail(connection, RETAIL, (DATA, MANAGEMENT), bucket="retail-own-bucket")
    _calls(connection, rng, ids)
    _grants(connection, ids)
    _findings(connection, ids)
    make_rejected(connection, "no userIdentity in the record")
    return ids


def _parts(connection: Connection, account_id: int) -> None:
    for part in ("iam", "managed_policies", "access_keys", "organization"):
        make_part(connection, part, account_id)
    for part in ("stream_tags", "stream_images", "stream_notifications", "channel_tags", "request_counts"):
        make_part(connection, part, account_id, region=REGION)
    if account_id == RETAIL:
        make_part(
            connection, "credential_report", account_id, state="denied", missing="iam:GenerateCredentialReport",
            seen_at=NOW - timedelta(days=4),
        )  # fmt: skip
        make_part(
            connection,
            "stream_edge",
            account_id,
            region=REGION,
            state="throttled",
            seen_at=None,
            message="ClientLimitExceededException",
        )
    else:
        make_part(connection, "credential_report", account_id)
    make_feed(connection, "iam", account_id)
    make_feed(connection, "kinesisvideo", account_id, region=REGION)
    make_feed(connection, "cloudtrail", account_id, region=REGION)
    if account_id == CLINIC:
        make_feed(
            connection, "s3_logs", account_id, region=REGION, owner="box:7:ab/feed-0",
            lease_until=NOW + timedelta(minutes=1),
            progress={"done": 1204, "total": 2880, "unit": "files"}, last_call="s3:GetObject",
            last_call_at=NOW - timedelta(seconds=2),
        )  # fmt: skip
    if account_id == RETAIL:
        make_feed(
            connection, "evaluate", account_id, attempts=2, last_error="rule x raised ValueError", last_error_at=NOW
        )


def _inventory(connection: Connection, account_id: int, name: str, ids: dict[str, int]) -> None:
    prefix = {CLINIC: "ward", CAMS: "gate", RETAIL: "shop", LEGACY: "old"}[account_id]
    streams = []
    for n in range(12):
        stream_id = make_stream(
            connection, f"{prefix}-{n:02d}-corridor", account_id, retention_hours=0 if n == 5 else 24 * 30
        )
        ids[f"{prefix}-{n}"] = stream_id
        streams.append(stream_of(stream_arn(connection, stream_id), f"{prefix}-{n:02d}-corridor"))
    if account_id != LEGACY:
        channel = make_stream(
            connection, f"{prefix}-intercom", account_id, kind="channel", channel_type="SINGLE_MASTER"
        )
        ids[f"{prefix}-intercom"] = channel
        streams.append(stream_of(stream_arn(connection, channel), f"{prefix}-intercom", "channel"))
    make_inventory(connection, account_id, tuple(streams))
    for role in ("VideoAnalyst", "FallDetection", "HlsPortal", "WardCamRole", "AuditReadOnly"):
        ids[f"{name}/{role}"] = make_principal(connection, role, account_id)
    ids[f"{name}/break-glass"] = make_principal(connection, "break-glass", account_id, kind="user", has_mfa=True)


def _calls(connection: Connection, rng: random.Random, ids: dict[str, int]) -> None:
    for hour in range(24 * 8):
        at = NOW - timedelta(hours=hour)
        day = max(0.0, 1 - abs(at.hour - 13) / 7)
        for account_id, name, prefix in ((CLINIC, "clinic-video", "ward"), (CAMS, "cams-prod-eu", "gate")):
            stream = ids[f"{prefix}-{rng.randint(0, 11)}"]
            blind = account_id == CLINIC and 53 <= hour < 60
            if blind:
                continue
            who = {
                role: ids[f"{name}/{role}"] for role in ("VideoAnalyst", "FallDetection", "HlsPortal", "WardCamRole")
            }
            make_calls(
                connection,
                "PutMedia",
                26 + round(9 * day),
                at,
                account_id=account_id,
                stream_id=stream,
                principal_id=who["WardCamRole"],
            )
            make_calls(
                connection,
                "GetDataEndpoint",
                20 + round(14 * day),
                at,
                account_id=account_id,
                stream_id=stream,
                principal_id=who["WardCamRole"],
            )
            make_calls(
                connection,
                "GetMedia",
                1 + round(9 * day * rng.random()),
                at,
                account_id=account_id,
                stream_id=stream,
                principal_id=who["FallDetection"],
            )
            if rng.random() < 0.4:
                make_calls(
                    connection,
                    "GetHLSStreamingSessionURL",
                    rng.randint(1, 4),
                    at,
                    account_id=account_id,
                    stream_id=stream,
                    principal_id=who["HlsPortal"],
                )
            if at.hour in {2, 3} and account_id == CLINIC:
                make_calls(
                    connection,
                    "GetMediaForFragmentList",
                    rng.randint(20, 60),
                    at,
                    stream_id=ids["ward-3"],
                    principal_id=who["VideoAnalyst"],
                )
            if rng.random() < 0.1:
                make_calls(connection, "TagStream", 3, at, account_id=account_id, stream_id=stream, errors=1)


def _grants(connection: Connection, ids: dict[str, int]) -> None:
    for account_id, prefix in ((CLINIC, "ward"), (CAMS, "gate")):
        every = tuple(sorted(stream_arn(connection, ids[f"{prefix}-{n}"]) for n in range(12)))
        role = f"arn:aws:iam::{account_id:012d}:role"
        grants = [
            *(
                Grant(f"{role}/VideoAnalyst", a, Outcome.ALLOW, every)
                for a in ("GetMedia", "GetMediaForFragmentList", "GetClip")
            ),
            Grant(f"{role}/FallDetection", "GetMedia", Outcome.ALLOW, every),
            Grant(f"{role}/HlsPortal", "GetHLSStreamingSessionURL", Outcome.CONDITIONAL, every, ("aws:sourcevpce",)),
            Grant(f"{role}/WardCamRole", "PutMedia", Outcome.PER_DEVICE, every, ("credentials-iot:thingname",)),
            Grant(f"{role}/AuditReadOnly", "GetMedia", Outcome.ALLOW, every[:6]),
            Grant(f"{role}/AuditReadOnly", "GetMedia", Outcome.UNKNOWN, every[6:]),
            Grant(f"{role}/AuditReadOnly", "DeleteStream", Outcome.DENY, every),
            Grant(f"arn:aws:iam::{account_id:012d}:user/break-glass", "DeleteStream", Outcome.ALLOW, every),
            Grant(f"arn:aws:iam::{account_id:012d}:user/break-glass", "ListStreams", Outcome.ALLOW, ("*",)),
        ]
        store_matrix(connection, account_id, grants, [], evaluator=1, inputs=b"x", now=NOW)
        # Names as long as IAM and Identity Center have them, without a place to break.
        long = f"{role}/aws-reserved/sso.amazonaws.com/AWSReservedSSO_AdministratorAccess_a101a43b02b29a60"
        provider = f"arn:aws:iam::{account_id:012d}:saml-provider/{'A' * 64}"
        entries = [
            Entry(f"{role}/VideoAnalyst", TrustedKind.PRINCIPAL, long, account_id, Outcome.ALLOW, is_known=True),
            Entry(long, TrustedKind.SAML, provider, None, Outcome.CONDITIONAL, ("saml:aud",)),
        ]
        store_entries(connection, account_id, entries, inputs=b"x", accounts={account_id}, now=NOW)


def _findings(connection: Connection, ids: dict[str, int]) -> None:
    severities = ("critical", "high", "medium", "low")
    evidence = [
        {
            "kind": "statement",
            "where": "inline policy WardCamWrite, statement Write",
            "text": '{\n  "Sid": "Write",\n  "Effect": "Allow",\n  "Action": "kinesisvideo:*",\n  "Resource": "*"\n}',
            "marked": [4, 5],
            "link": "/matrix",
        },
        {
            "kind": "event",
            "where": "2026-11-22 21:03:12Z",
            "text": "GetMedia gate-07 from 198.51.100.77",
            "marked": [],
            "link": "/events",
        },
        {
            "kind": "count",
            "where": "Calls in 90 days",
            "text": "9 from a network never seen before",
            "marked": [],
            "link": None,
        },
    ]
    for place, (name, rule) in enumerate(catalogue().rules.items()):
        for account_id, prefix in ((CLINIC, "ward"), (LEGACY, "old")):
            make_run(connection, name, account_id, checked=12)
            for n in range(1 + place % 3):
                make_finding(
                    connection,
                    stream_arn(connection, ids[f"{prefix}-{n}"]),
                    account_id,
                    rule=name,
                    severity=severities[(place + n) % 4],
                    message=f"{rule.title}: {prefix}-{n:02d}-corridor",
                    evidence=evidence,
                    first_seen_at=NOW - timedelta(hours=5 + 31 * place + 7 * n),
                )
    make_untold(connection, stream_arn(connection, ids["shop-1"]), account_id=RETAIL)
    make_untold(connection, "", account_id=RETAIL, region="", reason="iam:GenerateCredentialReport is denied")
