"""Digests of the emulated organization's archive, read beside its log files."""

import gzip
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, text

from app import clock
from app.aws.session import AwsSettings
from app.core.errors import InvalidInput
from app.core.model.feed import Feed, FeedKey
from app.core.model.integrity import PlaceKey
from app.core.model.scope import EVERYTHING
from app.core.trailfile.cursor import BucketCursor, to_json
from app.core.trailfile.cursor import Place as CursorPlace
from app.db.queries import feeds
from app.services.check_digests import check_digests
from app.services.ingest_feed import ingest_feed
from tests.builders.archive import MEMBER, Archive
from tests.builders.integrity import make_log_files
from tests.builders.polling import aws_settings


class Trail(Archive):
    """The archive, and the two feeds that read it."""

    def claimed(self, source: str, bucket: str = "") -> Feed:
        with self.engine.begin() as connection:
            feeds.add_feeds(connection, [(FeedKey(self.account.id, source, bucket), 60)], clock.now())
            feeds.leave(connection, ["me"])
            feeds.make_due(connection, EVERYTHING, self.account.id, clock.now())
            feed = feeds.claim(connection, "me", clock.now() + timedelta(seconds=1), 600, [source])
        assert feed is not None
        return feed

    def read_logs(self, aws: AwsSettings | None = None) -> None:
        feed, aws = self.claimed("s3_logs"), aws or aws_settings(self.aws)
        ingest_feed(self.engine, self.account, feed, owner="me", aws=aws, backfill_days=5, clock=clock.now)

    def check(self, **changes: Any) -> bool:
        options = {
            "owner": "me",
            "aws": aws_settings(self.aws),
            "since": clock.now() - timedelta(days=5),
            "clock": clock.now,
        }
        feed = changes.pop("feed", None) or self.claimed("s3_digests")
        return check_digests(self.engine, self.account, feed, **(options | changes))

    def again(self) -> bool:
        """Check so much later that digests are looked for again."""
        return self.check(clock=lambda: clock.now() + timedelta(minutes=11))

    def rows(self, sql: str) -> Any:
        with self.engine.connect() as connection:
            return connection.execute(text(sql)).all()

    def verdicts(self) -> set[tuple[str, str]]:
        return {tuple(row) for row in self.rows("select verdict, why from integrity_hour")}

    def breaks(self) -> set[tuple[str, str]]:
        return {(row.kind, row.origin) for row in self.rows("select kind, origin from integrity_break")}

    def gets(self) -> int:
        return sum(row.n for row in self.rows("select n from own_call where api = 's3:GetObject'"))


@pytest.fixture
def trail(aws: Any, app_engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[Trail]:
    for name, value in aws.environment().items():
        monkeypatch.setenv(name, value)
    made = Trail(aws, app_engine)
    with made.put_back():
        yield made


def test_digests_of_a_further_bucket_are_read_there(trail: Trail) -> None:
    bucket = trail.bucket.name
    trail.account = replace(trail.account, log_bucket="another", more_log_buckets=(bucket,))
    trail.check(feed=trail.claimed("s3_digests", bucket))
    assert trail.rows("select count(*) from digest")[0][0] > 0


OUTSTANDING = ("unverified", "its digest is not delivered yet")


def test_the_hours_of_an_untouched_archive_are_verified(trail: Trail) -> None:
    trail.read_logs()
    assert trail.check() is False
    assert trail.verdicts() == {("verified", ""), OUTSTANDING}
    assert trail.breaks() == set()
    (counted,) = trail.rows("select count(*) from digest where verdict = 'verified'")
    assert counted[0] == sum("CloudTrail-Digest" in key for key in trail.bucket.list_keys())


def test_log_files_may_come_after_their_digests(trail: Trail) -> None:
    trail.check()
    assert any("are not read yet" in why for _, why in trail.verdicts())
    trail.read_logs()
    trail.check()
    assert trail.verdicts() == {("verified", ""), OUTSTANDING}


def test_what_is_known_is_not_read_again(trail: Trail) -> None:
    trail.read_logs()
    trail.check()
    before = trail.gets()
    trail.check()
    trail.again()
    assert trail.gets() - before <= 3, "only digests that were delivered meanwhile"


def test_all_that_was_done_to_a_bucket_is_named_and_only_its_hours_are_broken(trail: Trail) -> None:
    logs, digests = trail.keys("CloudTrail"), trail.keys("CloudTrail-Digest")
    trail.change(logs[0], lambda raw: raw.replace(b'"Records"', b'"records"'))
    trail.bucket.put(logs[2], trail.bucket.objects[logs[5]])
    planted = logs[3].replace(logs[3][-24:-8], "plantedplantedpl")
    trail.bucket.put(planted, trail.bucket.objects[logs[3]])
    trail.change(digests[5], lambda raw: raw + b" ")
    trail.aws.put_object(trail.bucket.name, digests[20], trail.bucket.objects[digests[20]].body)
    for key in digests[30:32]:
        trail.bucket.delete(key)
    trail.read_logs()
    trail.check()
    found = trail.breaks()
    assert {
        ("log edited", trail.origin(logs[0])),
        ("log edited", trail.origin(logs[2])),
        ("log unlisted", trail.origin(planted)),
        ("digest edited", trail.origin(digests[5])),
        ("signature missing", trail.origin(digests[20])),
        ("digest missing", trail.origin(digests[30])),
        ("digest missing", trail.origin(digests[31])),
    } <= found
    assert {kind for kind, _ in found} == {kind for kind, _ in found} & {
        "log edited",
        "log unlisted",
        "digest edited",
        "signature missing",
        "algorithm wrong",
        "digest missing",
    }
    (elsewhere,) = trail.rows(
        f"select count(*) from integrity_hour where verdict = 'broken' and account_id <> {int(MEMBER)}"
    )
    assert elsewhere[0] == 0


def test_a_digest_that_is_put_back_mends_its_hours(trail: Trail) -> None:
    key = trail.keys("CloudTrail-Digest")[20]
    stored = trail.bucket.objects[key]
    trail.bucket.delete(key)
    trail.read_logs()
    trail.check()
    assert ("digest missing", trail.origin(key)) in trail.breaks()
    trail.bucket.put(key, stored)
    trail.again()
    assert trail.breaks() == set()
    assert trail.verdicts() == {("verified", ""), OUTSTANDING}


def test_a_truncated_log_file_breaks_its_hour(trail: Trail) -> None:
    key = trail.keys("CloudTrail")[3]
    whole = trail.bucket.objects[key]
    trail.aws.put_object(trail.bucket.name, key, whole.body[:-10])
    trail.read_logs()
    trail.check()
    assert trail.breaks() == {("log edited", trail.origin(key))}


def test_a_log_file_over_the_limit_breaks_its_hour_only_when_it_was_read(trail: Trail) -> None:
    key = trail.keys("CloudTrail")[3]
    trail.change(key, lambda raw: raw.replace(b"[", b"[" + b" " * 600_000, 1))
    low = aws_settings(trail.aws, max_file_bytes=500_000)
    trail.read_logs(low)
    trail.check(aws=low)
    assert trail.breaks() == set()
    assert ("unverified", "1 of the 1 log files that its digest lists are not read yet") in trail.verdicts()
    before = trail.gets()
    trail.check(aws=low, clock=lambda: clock.now() + timedelta(minutes=11))
    assert trail.gets() - before <= 3, "what is too large is not asked for again and again"
    trail.read_logs()
    trail.check()
    assert trail.breaks() == {("log edited", trail.origin(key))}


def test_a_log_file_that_its_digest_lists_and_that_is_gone_is_missed(trail: Trail) -> None:
    logs = trail.keys("CloudTrail")
    gone = [logs[1], logs[-20]]
    for key in gone:
        trail.bucket.delete(key)
    trail.read_logs()
    trail.check()
    assert trail.breaks() == {("log missing", trail.origin(key)) for key in gone}
    before = trail.gets()
    trail.again()
    assert trail.gets() - before <= 3, "what is missing is asked for once"


def test_a_log_file_that_its_feed_went_past_is_stored_when_its_digest_lists_it(trail: Trail) -> None:
    objects = trail.bucket.objects
    key = next(key for key in trail.keys("CloudTrail") if b"kinesisvideo" in gzip.decompress(objects[key].body))
    of_file = f"select origin from event_raw where origin = '{trail.origin(key)}'"
    stored = objects[key]
    trail.bucket.delete(key)
    trail.read_logs()
    trail.bucket.put(key, stored)
    assert not trail.rows(of_file)
    trail.check()
    assert trail.rows(of_file)
    assert trail.breaks() == set()


def test_a_folder_of_log_files_that_is_gone_as_a_whole_is_missed(trail: Trail) -> None:
    logs = trail.keys("CloudTrail")
    for key in logs:
        trail.bucket.delete(key)
    trail.read_logs()
    while trail.again():
        pass
    # The newest are in no digest yet.
    assert trail.breaks() >= {("log missing", trail.origin(key)) for key in logs[:-3]}
    assert {kind for kind, _ in trail.breaks()} == {"log missing"}


def test_files_that_were_read_before_hashes_were_kept_are_verified_too(trail: Trail) -> None:
    trail.read_logs()
    with trail.engine.begin() as connection:
        connection.execute(text("delete from log_file"))
    runs = 1
    while trail.again():
        runs += 1
        assert runs < 50
    late = "select verdict, why from integrity_hour where ends_at < now() - interval '2 hours'"
    assert {tuple(row) for row in trail.rows(late)} == {("verified", "")}


def test_denied_digests_leave_hours_unverified_and_come_when_they_may(trail: Trail) -> None:
    trail.read_logs()
    trail.aws.faults({"service": "s3", "operation": "GetObject", "error": "AccessDenied", "status": 403})
    trail.check()
    assert {verdict for verdict, _ in trail.verdicts()} == {"unverified"}
    assert any("s3:GetObject" in why for _, why in trail.verdicts())
    trail.aws.faults()
    trail.again()
    assert trail.verdicts() == {("verified", ""), OUTSTANDING}


def test_a_folder_that_may_not_be_listed_leaves_what_was_read_unverified(trail: Trail) -> None:
    trail.read_logs()
    trail.aws.faults({"service": "s3", "operation": "ListObjects*", "error": "AccessDenied", "status": 403})
    trail.check()
    assert {verdict for verdict, _ in trail.verdicts()} == {"unverified"}
    assert all("the digests could not be read" in why and "s3:ListBucket" in why for _, why in trail.verdicts())


def test_without_public_keys_nothing_is_verified(trail: Trail) -> None:
    trail.read_logs()
    trail.aws.faults({"operation": "ListPublicKeys", "error": "AccessDeniedException"})
    trail.check()
    assert {verdict for verdict, _ in trail.verdicts()} == {"unverified"}
    assert any("cloudtrail:ListPublicKeys" in why for _, why in trail.verdicts())


def test_a_worker_that_lost_its_lease_stores_nothing(trail: Trail) -> None:
    feed = trail.claimed("s3_digests")
    with pytest.raises(feeds.LeaseLost):
        trail.check(feed=feed, owner="a worker that slept")
    assert trail.rows("select 1 from digest") == []


def test_it_stops_between_two_places_and_goes_on_with_the_past(trail: Trail) -> None:
    assert trail.check(is_stopping=lambda: True) is True
    assert trail.check(backfill_s=-1) is True
    runs = 0
    while trail.check():
        runs += 1
        assert runs < 5
    trail.read_logs()
    trail.check()
    assert trail.verdicts() == {("verified", ""), OUTSTANDING}


def test_a_place_that_turns_up_between_two_looks_is_read_as_a_whole(trail: Trail) -> None:
    digests = trail.keys("CloudTrail-Digest")
    kept = {key: trail.bucket.objects[key] for key in (*digests, *trail.keys("CloudTrail"))}
    for key in kept:
        trail.bucket.delete(key)
    # Broken off in the past: what is left of it is read before digests are looked for again.
    assert trail.check(backfill_s=-1) is True
    for key, stored in kept.items():
        trail.bucket.put(key, stored)
    trail.check()
    assert {trail.origin(key) for key in digests} <= {row.origin for row in trail.rows("select origin from digest")}


def test_an_account_without_a_bucket_is_refused(trail: Trail) -> None:
    feed = trail.claimed("s3_digests")
    account = type(trail.account)(1, "none", trail.account.kind, trail.account.role_arn, None, ())
    with pytest.raises(InvalidInput, match="log_bucket"):
        check_digests(
            trail.engine,
            account,
            feed,
            owner="me",
            aws=aws_settings(trail.aws),
            since=clock.now(),
            clock=clock.now,
        )


def test_how_far_a_further_bucket_was_read_is_asked_of_its_own_feed(trail: Trail) -> None:
    gone, bucket = trail.keys("CloudTrail")[1], trail.bucket.name
    trail.bucket.delete(gone)
    trail.account = replace(trail.account, log_bucket="another", more_log_buckets=(bucket,))
    logs, aws = trail.claimed("s3_logs", bucket), aws_settings(trail.aws)
    ingest_feed(trail.engine, trail.account, logs, owner="me", aws=aws, backfill_days=5, clock=clock.now)
    with trail.engine.begin() as connection:
        feeds.add_feeds(connection, [(FeedKey(trail.account.id, "s3_logs"), 60)], clock.now())
        nothing = json.dumps(to_json(BucketCursor(clock.now().date())))
        connection.execute(
            text("update feed set cursor = :it where source = 's3_logs' and region = ''"), {"it": nothing}
        )
    trail.check(feed=trail.claimed("s3_digests", bucket))
    assert trail.breaks() == {("log missing", trail.origin(gone))}


def test_it_looks_once_a_day_for_hours_without_log_files(trail: Trail) -> None:
    noon = clock.now().replace(hour=12, minute=0, second=0, microsecond=0)
    silent = noon - timedelta(days=5)
    place = PlaceKey(int(MEMBER), f"s3://{trail.bucket.name}/AWSLogs/{MEMBER}/", "eu-central-1")
    trail.claimed("s3_logs")
    with trail.engine.begin() as connection:
        hours = (noon - n * timedelta(hours=1) for n in range(12 * 24))
        make_log_files(connection, place, [hour for hour in hours if hour != silent])
        start = (noon - timedelta(days=11)).date()
        read = {f"AWSLogs/{MEMBER}/CloudTrail/eu-central-1/": CursorPlace(start, listed_at=noon)}
        its = {"it": json.dumps(to_json(BucketCursor(start, read)))}
        connection.execute(text("update feed set cursor = :it where source = 's3_logs'"), its)

    def found(hours: int) -> int:
        now = noon + timedelta(hours=hours)
        trail.check(clock=lambda: now, since=now)
        with trail.engine.begin() as connection:
            return connection.execute(text("delete from log_silence")).rowcount

    assert [found(0), found(1), found(24)] == [1, 0, 1]
