"""What coverage is computed from."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine

from app.core.coverage.gaps import Gap
from app.core.model.organization import Organization
from app.core.model.scope import EVERYTHING, Scope
from app.core.model.trail import Trail, Trails
from app.core.normalise.trail_file import WHOLE_FILE
from app.core.parts import EventSelectors, Selectors
from app.core.retention import Dropped
from app.core.trailfile.cursor import BucketCursor, Place, to_json
from app.core.trailfile.keys import WrittenTo
from app.db.queries.coverage_page import CROWDED, GONE, REJECTED, collected, coverage_inputs
from app.db.queries.retention import mark_dropped
from app.db.queries.snapshots import store_part
from tests.builders.accounts import CLINIC, NOW, make_account, make_feed, make_rejected
from tests.builders.estate import MANAGEMENT, REGION, make_bucket_reader, make_trail
from tests.builders.integrity import make_integrity

SINCE = NOW - timedelta(days=30)
SEEN_AT = NOW - timedelta(minutes=10)


def test_every_version_that_stood_in_the_range_is_there(engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        make_trail(connection, CLINIC, ())
        store_part(
            connection, CLINIC, "event_selectors", REGION, EventSelectors((Selectors("arn", (MANAGEMENT,)),)), NOW
        )
        (history,) = coverage_inputs(connection, EVERYTHING, SINCE).histories
    versions = [v for v in history.versions if v.part == "event_selectors"]
    first = NOW - timedelta(minutes=10)
    assert [(v.start, v.end, v.seen_at) for v in versions] == [(first, NOW, first), (NOW, None, NOW)]


def test_versions_that_ended_before_are_left_out(engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        store_part(connection, CLINIC, "event_selectors", REGION, EventSelectors(()), SINCE - timedelta(days=2))
        store_part(
            connection, CLINIC, "event_selectors", REGION, EventSelectors((Selectors("a"),)), SINCE - timedelta(days=1)
        )
        (history,) = coverage_inputs(connection, EVERYTHING, SINCE).histories
    assert len(history.versions) == 1


def test_a_folder_is_collected_back_to_its_backfill_and_forwards_to_its_last_listing_not_to_the_feeds_last_success(
    engine: Engine,
) -> None:
    start = (NOW - timedelta(days=90)).date()
    back = (NOW - timedelta(days=5)).date()
    place = Place((NOW - timedelta(days=2)).date(), backfill_day=back, listed_at=NOW)
    cursor = BucketCursor(start, {f"AWSLogs/o-abc/{CLINIC}/CloudTrail/{REGION}/": place})
    with engine.begin() as connection:
        make_account(connection, log_bucket="trail")
        make_feed(connection, "s3_logs", cursor=to_json(cursor), last_success_at=NOW - timedelta(days=1))
        (collected,) = coverage_inputs(connection, EVERYTHING, SINCE).collected
    begin = datetime(back.year, back.month, back.day, tzinfo=UTC) + timedelta(days=1)
    assert (collected.account, collected.region, collected.bucket) == (CLINIC, REGION, "trail")
    assert (collected.start, collected.end) == (begin, NOW)
    assert collected.folder == WrittenTo("", is_organizations=True)


@pytest.mark.parametrize(
    ("told", "start"),
    [
        ({"back_to": SEEN_AT.isoformat(), "start": None}, SEEN_AT),
        ({"back_to": None, "start": SINCE.isoformat()}, SINCE),
        ({"back_to": None}, NOW),
    ],
    ids=["on its way", "done", "done by an earlier release"],
)
def test_the_event_history_is_collected_as_far_as_its_pass_went(
    engine: Engine, told: dict[str, str | None], start: datetime
) -> None:
    with engine.begin() as connection:
        make_account(connection)
        cursor = {"kvs": {"until": NOW.isoformat()} | told}
        make_feed(connection, "lookup_events", region=REGION, cursor=cursor)
        (collected,) = coverage_inputs(connection, EVERYTHING, SINCE).collected
    assert (collected.bucket, collected.start, collected.end) == ("", start, NOW)


def test_of_an_event_history_that_was_never_read_nothing_is_collected(engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        make_feed(connection, "lookup_events", region=REGION)
        (collected,) = coverage_inputs(connection, EVERYTHING, SINCE).collected
    assert (collected.bucket, collected.start, collected.end) == ("", None, None)


def test_it_knows_what_was_dropped(engine: Engine) -> None:
    with engine.begin() as connection:
        assert coverage_inputs(connection, EVERYTHING, SINCE).dropped is None
        mark_dropped(connection, "event", Dropped(SINCE, 400), NOW)
        assert coverage_inputs(connection, EVERYTHING, SINCE).dropped == Dropped(SINCE, 400)


def test_a_feed_that_never_ran_has_collected_nothing(engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection, log_bucket="trail")
        make_feed(connection, "s3_logs")
        inputs = coverage_inputs(connection, EVERYTHING, SINCE)
    assert inputs.collected == ()
    assert inputs.read_buckets == ("trail",)


def test_a_member_has_the_selectors_of_its_organizations_trail(engine: Engine) -> None:
    shared = "arn:aws:cloudtrail:eu-central-1:000000000042:trail/kvs-trail"
    with engine.begin() as connection:
        make_account(connection)
        make_account(connection, 42, name="management")
        make_trail(connection, 42, (MANAGEMENT,))
        store_part(connection, 42, "organization", "", Organization("o-1", 42, (), ()), NOW)
        inputs = coverage_inputs(connection, Scope(frozenset({CLINIC})), SINCE)
    assert [history.account.id for history in inputs.histories] == [CLINIC]
    (lender,) = inputs.organizations
    (version,) = lender.versions
    assert version.content.trails == (Selectors(shared, (MANAGEMENT,)),)
    assert (version.seen_at, [part.name for part in lender.parts]) == (SEEN_AT, ["event_selectors"])


def test_a_stranger_gets_no_history(engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        make_bucket_reader(connection)
        make_trail(connection, CLINIC, (MANAGEMENT,))
        assert coverage_inputs(connection, Scope(frozenset({1})), SINCE).histories == ()


FOLDER = f"AWSLogs/o-abc1234567/{CLINIC:012d}/CloudTrail/{REGION}/"
AT = (NOW - timedelta(days=1)).replace(hour=12, minute=30, second=0, microsecond=0)
FILE = f"{AT:%Y/%m/%d}/{CLINIC:012d}_CloudTrail_{REGION}_{AT:%Y%m%dT%H%MZ}_aaaaaaaaaaaaaaaa.json.gz"
HOURS = (AT.replace(minute=0), AT.replace(minute=0) + timedelta(hours=1))


def test_a_day_that_could_not_be_listed_to_its_end_is_a_gap_of_its_folder(engine: Engine) -> None:
    place = Place(SINCE.date(), crowded={AT.date()})
    with engine.begin() as connection:
        make_account(connection, log_bucket="trail")
        make_feed(connection, "s3_logs", cursor=to_json(BucketCursor(SINCE.date(), {FOLDER: place})))
        (found,) = coverage_inputs(connection, EVERYTHING, SINCE).collected
    midnight = AT.replace(hour=0, minute=0)
    reason = f"1 daily folder not read: {CROWDED}"
    assert found.gaps == (Gap(midnight - timedelta(hours=1), midnight + timedelta(days=1), reason),)


@pytest.mark.parametrize(
    ("kind", "gaps"),
    [("log missing", (Gap(*HOURS, f"1 log file not read: {GONE}"),)), ("log edited", ())],
)
def test_a_log_file_that_its_digest_lists_and_that_is_gone_is_a_gap(
    engine: Engine, kind: str, gaps: tuple[Gap, ...]
) -> None:
    with engine.begin() as connection:
        make_account(connection, log_bucket="trail")
        make_feed(connection, "s3_logs", cursor=to_json(BucketCursor(SINCE.date(), {FOLDER: Place(SINCE.date())})))
        make_integrity(connection, CLINIC, AT, file=f"s3://trail/{FOLDER}{FILE}", kind=kind, verdict="broken")
        (found,) = collected(connection, EVERYTHING, SINCE)
    assert found.gaps == gaps


def test_a_log_file_that_waits_to_be_read_is_a_gap_of_its_folder(engine: Engine) -> None:
    place, other = Place(SINCE.date()), Place(SINCE.date())
    place.failed(FILE, 512, "throttled", NOW)
    cursor = BucketCursor(SINCE.date(), {FOLDER: place, FOLDER.replace(REGION, "us-east-1"): other})
    with engine.begin() as connection:
        make_account(connection, log_bucket="trail")
        make_feed(connection, "s3_logs", cursor=to_json(cursor), last_success_at=NOW)
        found = {one.region: one.gaps for one in collected(connection, EVERYTHING, SINCE)}
        assert collected(connection, Scope(frozenset({1})), SINCE) == ()
    assert found == {REGION: (Gap(*HOURS, "1 log file not read: throttled"),), "us-east-1": ()}


@pytest.mark.parametrize(
    ("bucket", "place", "rejected_at", "gaps"),
    [
        ("trail", WHOLE_FILE, NOW, (Gap(*HOURS, f"1 log file not read: {REJECTED}"),)),
        ("trail", "record 17, byte 20481", NOW, (Gap(*HOURS, f"1 record not read: {REJECTED}"),)),
        ("other", WHOLE_FILE, NOW, ()),
        ("trail", WHOLE_FILE, SINCE - timedelta(days=2), ()),
    ],
    ids=["the whole file", "a record of it", "of another bucket", "long before the range"],
)
def test_what_was_rejected_of_a_log_file_is_a_gap_of_its_folder(
    engine: Engine, bucket: str, place: str, rejected_at: datetime, gaps: tuple[Gap, ...]
) -> None:
    cursor = BucketCursor(SINCE.date(), {FOLDER: Place(SINCE.date())})
    with engine.begin() as connection:
        make_account(connection, log_bucket="trail")
        make_feed(connection, "s3_logs", cursor=to_json(cursor), last_success_at=NOW)
        make_rejected(
            connection, "damaged", origin=f"s3://{bucket}/{FOLDER}{FILE}", place=place, rejected_at=rejected_at
        )
        (found,) = collected(connection, EVERYTHING, SINCE)
    assert found.gaps == gaps


def test_what_was_not_read_of_one_trail_s_folder_leaves_no_gap_in_another_s(engine: Engine) -> None:
    own = FOLDER.replace("AWSLogs/o-abc1234567/", "AWSLogs/")
    place, other = Place(SINCE.date()), Place(SINCE.date())
    place.failed(FILE, 512, "throttled", NOW)
    with engine.begin() as connection:
        make_account(connection, log_bucket="trail")
        cursor = to_json(BucketCursor(SINCE.date(), {FOLDER: place, own: other}))
        make_feed(connection, "s3_logs", cursor=cursor, last_success_at=NOW)
        found = {one.folder: one.gaps for one in collected(connection, EVERYTHING, SINCE)}
    waits = (Gap(*HOURS, "1 log file not read: throttled"),)
    assert found == {WrittenTo("", is_organizations=True): waits, WrittenTo("", is_organizations=False): ()}


def test_what_was_read_of_an_account_lies_in_the_bucket_of_another(engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        make_bucket_reader(connection, CLINIC, 771400253968)
        (read,) = collected(connection, Scope(frozenset({CLINIC})), SINCE)
        assert (read.account, read.bucket, read.region) == (CLINIC, "halden-trail", "eu-central-1")
        assert collected(connection, Scope(frozenset({1})), SINCE) == ()


@pytest.mark.parametrize(
    ("place", "rejected_at", "gaps"),
    [
        (f"record of {AT:%Y-%m-%dT%H:%M:%SZ}", NOW, (Gap(*HOURS, f"1 record not read: {REJECTED}"),)),
        ("record 1", AT, (Gap(*HOURS, f"1 record not read: {REJECTED}"),)),
        ("record 1", SINCE - timedelta(days=2), ()),
    ],
    ids=["read later", "of an earlier release", "long before the range"],
)
@pytest.mark.parametrize("source", ["lookup_events", "cloudwatch_logs"])
def test_a_record_that_came_alone_and_was_rejected_is_a_gap_of_its_source(
    engine: Engine, source: str, place: str, rejected_at: datetime, gaps: tuple[Gap, ...]
) -> None:
    group = "arn:aws:logs:eu-central-1:590817264433:log-group:trail"
    trail = Trail("a", "kvs-trail", REGION, True, False, "bucket", "", True, True, log_group=group)
    origin = {"lookup_events": "lookup_events", "cloudwatch_logs": "logs://trail/stream"}[source]
    history = {"kvs": {"back_to": None, "start": SINCE.isoformat(), "until": NOW.isoformat()}}
    with engine.begin() as connection:
        make_account(connection, log_group=group)
        make_feed(connection, "lookup_events", region=REGION, cursor=history)
        make_feed(
            connection,
            "cloudwatch_logs",
            region=REGION,
            cursor={"group": "trail", "until": NOW.isoformat(), "back_to": SINCE.isoformat(), "at": None},
        )
        store_part(connection, CLINIC, "trails", REGION, Trails((trail,)), SINCE)
        make_rejected(connection, "cut", origin=origin, place=place, rejected_at=rejected_at)
        found = {one.bucket: one.gaps for one in collected(connection, EVERYTHING, SINCE)}
    assert found == {"": (), group: ()} | {("" if source == "lookup_events" else group): gaps}


def test_what_was_read_of_a_log_group_counts_for_the_regions_whose_trail_delivers_there(engine: Engine) -> None:
    group = "arn:aws:logs:eu-central-1:590817264433:log-group:trail"
    cursor = {"group": "trail", "until": NOW.isoformat(), "back_to": SINCE.isoformat(), "at": None}
    trail = Trail("a", "kvs-trail", REGION, True, False, "bucket", "", True, True, log_group=group)
    with engine.begin() as connection:
        make_account(connection, log_group=group)
        make_feed(connection, "cloudwatch_logs", region=REGION, cursor=cursor)
        store_part(connection, CLINIC, "trails", REGION, Trails((trail,)), SINCE)
        store_part(connection, CLINIC, "trails", "eu-west-1", Trails((trail,)), SINCE)
        store_part(connection, CLINIC, "trails", "us-east-1", Trails((replace(trail, log_group=None),)), SINCE)
        inputs = coverage_inputs(connection, EVERYTHING, SINCE)
        assert collected(connection, Scope(frozenset({1})), SINCE) == ()
    assert [(one.region, one.bucket, one.start, one.end) for one in inputs.collected] == [
        (REGION, group, SINCE, NOW),
        ("eu-west-1", group, SINCE, NOW),
    ]
    assert inputs.read_buckets == (group,)
