from datetime import UTC, datetime, timedelta

import pytest

from app.core.health import Health, feed_checks, log_age_check, skew_check, trail_checks, worker_check
from app.core.model.feed import Feed, FeedKey
from app.core.model.trail import Trail

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


def feed(source="iam", region="", **changes):
    values = {"every_s": 900, "next_at": NOW + timedelta(minutes=5), "last_success_at": NOW - timedelta(minutes=10)}
    return Feed(FeedKey(7, source, region), **(values | changes))


def told(*feeds):
    return [(check.health, check.message) for check in feed_checks("a", feeds, NOW)]


def test_feeds_that_run_well_are_one_line():
    recent = feed("cloudtrail", last_success_at=NOW - timedelta(minutes=3))
    assert told(feed(), recent) == [(Health.OK, "2 feeds ran well, the last 3 minutes ago")]


def test_feeds_that_fail_of_the_same_error_are_one_line():
    failing = {"attempts": 2, "last_error": "cannot assume"}
    found = told(feed(**failing), feed("kvs", "eu-west-1", **failing), feed("s3_logs", attempts=1, last_error="other"))
    assert found == [
        (Health.FAILS, "iam, kvs (eu-west-1) failed 2 times in a row: cannot assume"),
        (Health.FAILS, "s3_logs failed 1 times in a row: other"),
    ]


def test_a_feed_that_nobody_claims_is_overdue_after_one_of_its_intervals():
    assert told(feed(next_at=NOW - timedelta(minutes=14)))[0][0] is Health.OK
    late = feed("kvs", "eu-west-1", next_at=NOW - timedelta(minutes=16))
    assert told(late) == [(Health.FAILS, "kvs (eu-west-1) overdue, the first was due 16 minutes ago")]


def test_a_feed_under_way_is_not_overdue_until_its_lease_runs_out():
    long_due = {"next_at": NOW - timedelta(hours=2), "owner": "w"}
    assert told(feed(**long_due, lease_until=NOW + timedelta(seconds=30)))[0][0] is Health.OK
    assert told(feed(**long_due, lease_until=NOW - timedelta(seconds=30)))[0][0] is Health.FAILS


def test_a_feed_that_never_ran_proves_nothing():
    assert told(feed(last_success_at=None)) == [(Health.CANNOT_TELL, "iam not run yet")]


def test_one_worker_that_is_alive_is_enough():
    beats = [NOW - timedelta(hours=3), NOW - timedelta(seconds=5)]
    check = worker_check(beats, NOW, lease_s=60)
    assert (check.health, check.message) == (Health.OK, "1 alive, heard of 5 s ago")


@pytest.mark.parametrize(
    ("beats", "said"), [([], "none was ever seen"), ([NOW - timedelta(minutes=2)], "2 minutes ago")]
)
def test_without_a_living_worker_it_fails(beats, said):
    check = worker_check(beats, NOW, lease_s=60)
    assert check.health is Health.FAILS
    assert check.message.endswith(said)


@pytest.mark.parametrize(
    ("skew_s", "health", "said"),
    [
        (0.4, Health.OK, "agrees with AWS's to 0 s"),
        (-59, Health.OK, "agrees with AWS's to 59 s"),
        (60, Health.FAILS, "60 s behind AWS's"),
        (-300, Health.FAILS, "300 s ahead of AWS's"),
    ],
)
def test_clocks_may_differ_by_less_than_a_minute(skew_s, health, said):
    check = skew_check("aws", "AWS's", timedelta(seconds=skew_s))
    assert check.health is health
    assert said in check.message


@pytest.mark.parametrize(
    ("newest", "health", "said"),
    [
        (NOW - timedelta(hours=24), Health.OK, "1 day ago"),
        (NOW - timedelta(hours=25), Health.FAILS, "1 day ago"),
        (None, Health.FAILS, "no recent log file below s3://b/AWSLogs/"),
    ],
)
def test_log_files_are_to_be_of_the_last_day(newest, health, said):
    check = log_age_check("a", "s3://b/AWSLogs/", newest, NOW)
    assert check.health is health
    assert said in check.message


GROUP = "arn:aws:logs:eu-central-1:000000000007:log-group:trail"


def trail(name="own", bucket="logs", log_group=None):
    arn = f"arn:aws:cloudtrail:eu-central-1:000000000007:trail/{name}"
    return Trail(arn, name, "eu-central-1", True, False, bucket, "", True, True, log_group=log_group)


@pytest.mark.parametrize("read", [{"logs"}, {GROUP}])
def test_a_trail_is_read_by_its_bucket_or_its_log_group(read):
    assert list(trail_checks("a", [trail(log_group=GROUP)], read)) == []


def test_a_trail_that_nobody_reads_is_told_once_with_the_log_group_that_would_do():
    (check,) = trail_checks("a", [trail(log_group=GROUP), trail(log_group=GROUP)], {"others"})
    assert check.health is Health.CANNOT_TELL
    assert check.message == "own delivers to logs, which no account names: what it logs is not read"
    assert check.todo.endswith(f"log_group = {GROUP}")


def test_without_a_log_group_only_the_bucket_is_named():
    (check,) = trail_checks("a", [trail()], ())
    assert check.todo == "set log_bucket of the account that owns logs"
