"""Feeds of an account whose logs lie elsewhere by now."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection

from app.core.model.account import Account, AccountKind
from app.core.model.feed import FeedKey
from app.core.model.scope import EVERYTHING
from app.core.trailfile.cursor import BucketCursor, Place, to_json
from app.db.queries import coverage_page, feeds
from app.services.onboard_account import Cadence, onboard

NOW = datetime(2026, 11, 23, 9, 41, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
ARCHIVE = Account(
    id=111122223333,
    name="archive",
    kind=AccountKind.LOG_ARCHIVE,
    role_arn="arn:aws:iam::111122223333:role/x",
    external_id="id",
    regions=("eu-central-1",),
    log_bucket="old",
    more_log_buckets=("further",),
    log_queue="arn:aws:sqs:eu-central-1:111122223333:logs",
    log_group="arn:aws:logs:eu-central-1:111122223333:log-group:trail",
)
FOLDER = f"AWSLogs/{ARCHIVE.id}/CloudTrail/eu-central-1/"
CURSOR = to_json(BucketCursor(NOW.date(), {FOLDER: Place(NOW.date(), listed_at=NOW)}))
FIRST, DIGESTS, QUEUE = "s3_logs", "s3_digests", "sqs_logs"
FURTHER = ("s3_logs further", "s3_digests further")
FEEDS = (FIRST, DIGESTS, QUEUE, "cloudwatch_logs", *FURTHER, "iam")


def key(name: str) -> FeedKey:
    source, _, region = name.partition(" ")
    return FeedKey(ARCHIVE.id, source, region)


CADENCE = Cadence(900, lambda _account: [(key(name), 60) for name in FEEDS if name != "iam"])


def watch(connection: Connection, account: Account, now: datetime = NOW) -> None:
    onboard(connection, account, "file", cadence=CADENCE, actor="settings", now=now)


@pytest.fixture
def connection(app_engine):
    with app_engine.begin() as connection:
        watch(connection, ARCHIVE)
        while (feed := feeds.claim(connection, "me", NOW, 600, [key(name).source for name in FEEDS])) is not None:
            feeds.advance(connection, feed.key, "me", CURSOR, None)
        yield connection


def begun_anew(connection: Connection) -> set[str]:
    found = {feed.key: feed for feed in feeds.feeds(connection, EVERYTHING)}
    return {name for name in FEEDS if found[key(name)].cursor is None}


@pytest.mark.parametrize(
    ("changes", "anew"),
    [
        ({"log_bucket": "new"}, {FIRST, DIGESTS, QUEUE}),
        ({"log_bucket": "further", "more_log_buckets": ("old",)}, {FIRST, DIGESTS, QUEUE}),
        ({"log_prefix": "security"}, {FIRST, DIGESTS, QUEUE, *FURTHER}),
        ({"log_endpoint": "https://s3.example.org"}, {FIRST, DIGESTS, *FURTHER}),
        ({"log_queue": "arn:aws:sqs:eu-central-1:111122223333:more"}, {QUEUE}),
        ({"log_group": "arn:aws:logs:eu-central-1:111122223333:log-group:other"}, {"cloudwatch_logs"}),
        ({"name": "renamed", "external_id": "new"}, set()),
    ],
    ids=["bucket", "order of buckets", "prefix", "endpoint", "queue", "log group", "nothing of logs"],
)
def test_feeds_begin_anew_whose_logs_lie_elsewhere(connection, changes, anew):
    watch(connection, replace(ARCHIVE, **changes), LATER)
    assert begun_anew(connection) == anew


def test_a_feed_that_begins_anew_is_due_and_a_run_under_way_stores_nothing_more(connection):
    watch(connection, replace(ARCHIVE, log_bucket="new"), LATER)
    with pytest.raises(feeds.LeaseLost):
        feeds.advance(connection, key(FIRST), "me", CURSOR, None)
    (feed,) = (feed for feed in feeds.feeds(connection, EVERYTHING) if feed.key == key(FIRST))
    assert (feed.next_at, feed.owner, feed.last_success_at, feed.progress) == (LATER, None, None, None)


def test_nothing_of_a_new_bucket_counts_as_collected_before_it_is_read(connection):
    assert {one.bucket for one in coverage_page.collected(connection, EVERYTHING, NOW)} >= {"old", "further"}
    watch(connection, replace(ARCHIVE, log_bucket="new"), LATER)
    assert "new" not in {one.bucket for one in coverage_page.collected(connection, EVERYTHING, NOW)}
