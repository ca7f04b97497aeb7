import gzip
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import zstandard
from isal import igzip
from sqlalchemy import Engine, text

from app import clock
from app.aws.budget import RateBudget
from app.aws.errors import Denied
from app.aws.sources import lookup_events, s3_logs, sqs_logs
from app.core.errors import InvalidInput
from app.core.model.account import Account
from app.core.model.feed import Backfill, Feed, FeedKey
from app.core.model.scope import EVERYTHING
from app.core.trailfile.gunzip import MAX_BYTES
from app.core.trailfile.keys import FileKind, file_key
from app.db.queries import coverage_page, feeds
from app.db.queries.ingest import Stored
from app.db.queries.rule_facts import log_sources
from app.services.ingest_events import ingest_paths
from app.services.ingest_feed import SOURCES, Fed, ingest_feed
from tests.builders.log_groups import STREAM, LogGroup
from tests.builders.polling import account_of, aws_settings, watch
from tests.builders.queues import Announced
from tests.builders.trail import compact, kvs_record


@pytest.fixture(autouse=True)
def _own_credentials(aws, monkeypatch):
    for name, value in aws.environment().items():
        monkeypatch.setenv(name, value)
    yield
    aws.faults()


@pytest.fixture
def archive(aws, app_engine) -> Account:
    name = next(member.name for member in aws.estate.members if member.log_bucket)
    return watch(app_engine, account_of(aws, name))


def claimed(engine: Engine, account: Account, source: str = "s3_logs", region: str = "") -> Feed:
    key = FeedKey(account.id, source, region)
    with engine.begin() as connection:
        feeds.add_feeds(connection, [(key, 60)], clock.now())
        feeds.leave(connection, ["me"])
        feeds.make_due(connection, EVERYTHING, account.id, clock.now())
        feed = feeds.claim(connection, "me", clock.now() + timedelta(seconds=1), 600, [source])
    assert feed is not None
    return feed


def run(engine: Engine, aws: Any, account: Account, **changes: Any) -> Fed:
    feed = changes.pop("feed", None) or claimed(engine, account)
    limit = changes.pop("max_file_bytes", MAX_BYTES)
    settings = aws_settings(aws, max_file_bytes=limit)
    options = {"owner": "me", "aws": settings, "backfill_days": 5, "clock": clock.now}
    return ingest_feed(engine, account, feed, **(options | changes))


def s3_feed(engine: Engine, account: Account) -> Feed:
    with engine.connect() as connection:
        found = feeds.feeds(connection, EVERYTHING, account.id)
    return next(feed for feed in found if feed.key == FeedKey(account.id, "s3_logs"))


def count(engine: Engine, table: str) -> int:
    with engine.connect() as connection:
        return int(connection.execute(text(f"select count(*) from {table}")).scalar_one())


def test_the_sources_are_a_folder():
    assert sorted(SOURCES) == ["cloudwatch_logs", "lookup_events", "s3_logs", "sqs_logs"]


def test_it_stores_what_lies_in_the_bucket_once(aws, app_engine, archive):
    first = run(app_engine, aws, archive)
    assert first.stored.events == count(app_engine, "event") > 0
    assert first.stored.sessions == count(app_engine, "issued_session") > 0
    assert not first.has_more
    again = run(app_engine, aws, archive)
    assert again.stored == Stored()


def test_it_counts_with_the_cursor_what_was_read_and_what_became_of_it(aws, app_engine, archive):
    fed = run(app_engine, aws, archive)
    feed = s3_feed(app_engine, archive)
    assert feed.records.read > feed.records.kept == fed.stored.events + fed.stored.sessions
    assert feed.records.rejected == 0
    run(app_engine, aws, archive)
    assert s3_feed(app_engine, archive).records == feed.records


def test_a_cursor_that_was_lost_brings_no_event_twice(aws, app_engine, archive):
    first = run(app_engine, aws, archive)
    feed = claimed(app_engine, archive)
    lost = Feed(feed.key, feed.every_s, feed.next_at, feed.owner)
    again = run(app_engine, aws, archive, feed=lost)
    assert (again.stored.events, again.stored.sessions) == (0, 0)
    assert again.stored.duplicate_events >= first.stored.events
    with app_engine.connect() as connection:
        assert connection.execute(text("select sum(n) from roll_hour")).scalar_one() == first.stored.events


def test_another_worker_that_took_the_feed_over_is_not_overwritten(aws, app_engine, archive):
    feed = claimed(app_engine, archive)
    with pytest.raises(feeds.LeaseLost):
        run(app_engine, aws, archive, feed=feed, owner="a worker that slept")
    assert count(app_engine, "event") == 0


def test_it_breaks_off_the_backfill_and_goes_on_with_it(aws, app_engine, archive, monkeypatch):
    monkeypatch.setattr(s3_logs, "_EMPTY_DAYS", 1)
    fed = run(app_engine, aws, archive, backfill_s=0, backfill_days=3)
    runs = 1
    while fed.has_more:
        fed = run(app_engine, aws, archive, backfill_s=0, backfill_days=3)
        runs += 1
    assert runs > 1
    with app_engine.connect() as connection:
        done, total = connection.execute(text("select progress->'done', progress->'total' from feed")).one()
    assert done == total


def test_what_is_new_is_read_in_turns_too_and_no_turn_reads_again(aws, app_engine, archive, monkeypatch):
    monkeypatch.setattr(s3_logs, "FILES", 20)
    keys = filter(None, map(file_key, aws.world.buckets[archive.log_bucket].objects))
    since = (clock.now() - timedelta(days=1)).date()
    new = [key for key in keys if key.kind is FileKind.LOG and key.day >= since]
    turns = 1
    while run(app_engine, aws, archive, live_s=0, backfill_days=1).has_more:
        turns += 1
    assert turns > 3
    with app_engine.connect() as connection:
        read = connection.execute(text("select sum(n) from own_call where api = 's3:GetObject'")).scalar_one()
    assert read == len(new)


def test_it_reads_nothing_that_would_be_dropped_again(aws, app_engine, archive):
    today = clock.now().date()
    run(app_engine, aws, archive, kept_from=today)
    with app_engine.connect() as connection:
        cursor = connection.execute(text("select cursor from feed where source = 's3_logs'")).scalar_one()
        origins = connection.execute(text("select distinct origin from event_raw")).scalars().all()
    assert cursor["start"] == today.isoformat()
    assert {place["backfill_day"] for place in cursor["places"].values()} == {None}
    assert min(found.day for origin in origins if (found := file_key(origin))) >= today


def test_it_stops_between_two_batches_when_the_worker_ends(aws, app_engine, archive):
    assert run(app_engine, aws, archive, is_stopping=lambda: True).has_more


def test_a_truncated_file_is_named_and_the_rest_is_stored(aws, app_engine, archive):
    bucket = archive.log_bucket
    assert bucket is not None
    keys = sorted(aws.world.buckets[bucket].objects)
    broken = next(key for key in reversed(keys) if "/CloudTrail/" in key)
    whole = aws.world.buckets[bucket].objects[broken]
    aws.put_object(bucket, broken, whole.body[:-10])
    try:
        run(app_engine, aws, archive)
    finally:
        aws.world.buckets[bucket].put(broken, whole)
    with app_engine.connect() as connection:
        (rejected,) = connection.execute(text("select origin, place, reason from rejected_record")).all()
    assert (rejected.origin, rejected.place) == (f"s3://{bucket}/{broken}", "the whole file")
    assert "truncated" in rejected.reason
    assert count(app_engine, "event") > 0


def test_files_that_did_not_come_are_not_rejected_and_their_events_come_minutes_later(aws, app_engine, archive):
    denied = {"service": "s3", "operation": "GetObject", "error": "AccessDenied", "status": 403}
    aws.faults(denied | {"times": 20})
    first = run(app_engine, aws, archive)
    assert first.stored.events > 0
    with app_engine.connect() as connection:
        gaps = [gap for one in coverage_page.collected(connection, EVERYTHING, clock.now()) for gap in one.gaps]
    assert gaps
    assert all(gap.reason.endswith("not read: AccessDenied s3:GetObject") for gap in gaps)
    second = run(app_engine, aws, archive, clock=lambda: clock.now() + timedelta(minutes=2))
    assert second.stored.events + second.stored.sessions > 0
    assert count(app_engine, "rejected_record") == 0
    with app_engine.connect() as connection:
        assert not any(one.gaps for one in coverage_page.collected(connection, EVERYTHING, clock.now()))
    feed = claimed(app_engine, archive)
    from_the_start = run(app_engine, aws, archive, feed=Feed(feed.key, feed.every_s, feed.next_at, feed.owner))
    assert (from_the_start.stored.events, from_the_start.stored.sessions) == (0, 0)


def test_a_stopped_backfill_waits_and_says_how_much_is_left(aws, app_engine, archive):
    def days_done() -> tuple[int, int | None]:
        progress = claimed(app_engine, archive).progress
        assert progress is not None
        assert progress.backfill is not None
        return progress.done, progress.total

    assert run(app_engine, aws, archive, backfill_s=0).has_more
    with app_engine.begin() as connection:
        assert feeds.steer_backfill(connection, EVERYTHING, archive.id, clock.now()) == 1
    before = days_done()

    assert not run(app_engine, aws, archive).has_more
    assert days_done() == before
    with app_engine.begin() as connection:
        assert feeds.steer_backfill(connection, EVERYTHING, archive.id, None) == 1
    assert not run(app_engine, aws, archive).has_more
    done, total = days_done()
    assert before[0] < done == total


def test_coverage_stays_current_while_the_backfill_fails(aws, app_engine, archive, monkeypatch):
    monkeypatch.setattr(s3_logs, "_EMPTY_DAYS", 1)
    assert run(app_engine, aws, archive, backfill_s=0).has_more
    monkeypatch.setattr(s3_logs, "MOST_UNREAD", 0)
    later, bucket = clock.now() + timedelta(minutes=1), archive.log_bucket
    assert bucket is not None
    newest = max(key for key in aws.world.buckets[bucket].objects if "/CloudTrail/" in key)
    folder, name = newest.split("/CloudTrail/")[0], newest.rsplit("/", 1)[1]
    old = f"{folder}/CloudTrail/{name.split('_')[2]}/{later - timedelta(days=4):%Y/%m/%d}/{name}"
    aws.put_object(bucket, old, b"")
    aws.faults({"service": "s3", "operation": "GetObject", "error": "AccessDenied", "status": 403})
    try:
        with pytest.raises(Denied, match="s3:GetObject"):
            run(app_engine, aws, archive, clock=lambda: later)
    finally:
        aws.world.buckets[bucket].delete(old)
    with app_engine.connect() as connection:
        assert {one.end for one in coverage_page.collected(connection, EVERYTHING, later)} == {later}


def test_every_call_is_counted(aws, app_engine, archive):
    run(app_engine, aws, archive)
    with app_engine.connect() as connection:
        calls = connection.execute(text("select api, outcome, sum(n) from own_call group by 1, 2")).all()
    counted = {(row.api, row.outcome): int(row.sum) for row in calls}
    assert counted["s3:GetObject", "ok"] > 1
    assert counted["s3:ListBucket", "ok"] > 1
    assert counted["s3:GetBucketLocation", "ok"] == 1


def test_a_denied_bucket_is_an_error_and_its_call_is_counted(aws, app_engine, archive):
    aws.faults({"service": "s3", "operation": "ListObjects*", "error": "AccessDenied", "status": 403})
    with pytest.raises(Denied, match="s3:ListBucket"):
        run(app_engine, aws, archive)
    with app_engine.connect() as connection:
        sql = "select n from own_call where api = 's3:ListBucket' and outcome = 'denied'"
        assert connection.execute(text(sql)).scalar_one() == 1


def test_a_source_that_there_is_not_is_named(aws, app_engine, archive):
    feed = Feed(FeedKey(archive.id, "carrier_pigeon"), 60, clock.now())
    with pytest.raises(InvalidInput, match="carrier_pigeon"):
        run(app_engine, aws, archive, feed=feed)


@pytest.fixture
def announced(aws, app_engine, archive, monkeypatch):
    """A queue, and in its bucket a real log file of the archive that S3 has announced."""
    monkeypatch.setattr(sqs_logs, "WAIT_S", 0)  # an empty queue is listened to for seconds
    made = Announced(aws)
    watch(app_engine, made.account)
    made.announce_to_the_queue()
    objects = aws.world.buckets[archive.log_bucket].objects
    key = max(key for key, found in objects.items() if "/CloudTrail/" in key and _has_calls(found.body))
    made.put(key, objects[key].body)
    yield made
    made.close()


def _has_calls(body: bytes) -> bool:
    return b"kinesisvideo.amazonaws.com" in gzip.decompress(body)


def listen(engine: Engine, aws: Any, account: Account, **changes: Any) -> Fed:
    return run(engine, aws, account, feed=claimed(engine, account, "sqs_logs"), **changes)


def test_an_announced_file_is_stored_and_only_then_is_its_message_deleted(aws, app_engine, announced):
    with pytest.raises(feeds.LeaseLost):
        listen(app_engine, aws, announced.account, owner="a worker that slept")
    assert (count(app_engine, "event"), announced.left()) == (0, (0, 2))  # one of them is S3's test event
    announced.put_back()
    fed = listen(app_engine, aws, announced.account)
    assert fed.stored.events == count(app_engine, "event") > 0
    assert announced.left() == (0, 0)


def test_what_a_queue_and_the_listing_of_its_bucket_bring_is_stored_once(aws, app_engine, announced):
    heard = listen(app_engine, aws, announced.account)
    listed = run(app_engine, aws, announced.account)
    assert (listed.stored.events, listed.stored.duplicate_events) == (0, heard.stored.events)


def test_a_message_that_is_none_is_kept_with_its_text_on_the_account(aws, app_engine, announced):
    announced.send('{"sessionToken":"secret"} hello')
    listen(app_engine, aws, announced.account)
    with app_engine.connect() as connection:
        (rejected,) = connection.execute(text("select account_id, place, reason, raw from rejected_record")).all()
    assert (rejected.account_id, rejected.place) == (announced.account.id, "the message")
    assert rejected.reason.startswith("no JSON")
    assert zstandard.decompress(rejected.raw) == b'{"sessionToken":"(not kept)"} hello'
    assert announced.left() == (0, 0)


def test_how_many_calls_the_past_of_a_history_takes_is_kept_with_its_feed(aws, app_engine, monkeypatch):
    monkeypatch.setattr(lookup_events, "BUDGET", RateBudget(1e6, 1e6))
    account = watch(app_engine, account_of(aws))

    def backfill(**changes: Any) -> Backfill | None:
        run(app_engine, aws, account, feed=claimed(app_engine, account, "lookup_events", "eu-central-1"), **changes)
        with app_engine.connect() as connection:
            found = feeds.feeds(connection, EVERYTHING, account.id)
        progress = next(feed.progress for feed in found if feed.key.source == "lookup_events")
        return progress and progress.backfill

    assert backfill(backfill_s=0) == Backfill(1, 0, None, None, None)
    done = backfill()
    assert done is not None
    assert (done.files > 1, done.files_left, done.size_left) == (True, 0, 0)


def test_records_of_a_log_group_are_stored_and_one_that_was_cut_is_shown(aws, app_engine):
    account = replace(account_of(aws), log_bucket=None)
    group = LogGroup(account)
    watch(app_engine, replace(account, log_group=group.arn))
    record = compact(kvs_record()).decode()
    at = clock.now() - timedelta(minutes=5)
    for text_of_event in (record, record[:-100], record):
        group.put(at, text_of_event)
    feed = claimed(app_engine, account, "cloudwatch_logs", "eu-central-1")
    fed = run(app_engine, aws, replace(account, log_group=group.arn), feed=feed)
    assert (fed.stored.events, fed.stored.duplicate_events, fed.stored.rejected) == (1, 1, 1)
    with app_engine.connect() as connection:
        (rejected,) = connection.execute(text("select origin, place, reason, account_id from rejected_record")).all()
    assert (rejected.origin, rejected.account_id) == (f"logs://{group.name}/{STREAM}", account.id)
    assert rejected.place == f"record of {at:%Y-%m-%dT%H:%M:%SZ}"
    assert rejected.reason


def test_a_gzip_bomb_is_a_gap_with_its_size_until_a_copy_is_imported(aws, app_engine, archive, tmp_path):
    bucket = archive.log_bucket
    assert bucket is not None
    key = max(key for key in aws.world.buckets[bucket].objects if "/CloudTrail/" in key)
    whole = aws.world.buckets[bucket].objects[key]
    bomb = igzip.compress(bytes(MAX_BYTES + 1), 1)
    aws.put_object(bucket, key, bomb)
    try:
        fed = run(app_engine, aws, archive)
    finally:
        aws.world.buckets[bucket].put(key, whole)
    assert fed.stored.events > 0
    with app_engine.connect() as connection:
        reason = connection.execute(text("select reason from rejected_record")).scalar_one()
        gaps = [gap for one in coverage_page.collected(connection, EVERYTHING, clock.now()) for gap in one.gaps]
    said = "268,435,457 bytes by their own account, more than 268,435,456 uncompressed"
    assert reason == (
        f"{len(bomb):,} bytes of gzip data hold {said}, the limit: raise KVSWATCH_MAX_FILE_MB to have it read, or "
        "import a copy with kvswatch ingest --limit-mb"
    )
    assert len(gaps) == 1
    copy = tmp_path / key
    copy.parent.mkdir(parents=True)
    copy.write_bytes(whole.body)
    ingest_paths(app_engine, [tmp_path], clock=clock.now)
    with app_engine.connect() as connection:
        assert not any(one.gaps for one in coverage_page.collected(connection, EVERYTHING, clock.now()))


def padded(blob: bytes, size: int) -> bytes:
    """Return a log file with as many bytes more, uncompressed."""
    return igzip.compress(gzip.decompress(blob).replace(b"[", b"[" + b" " * size, 1), 1)


@pytest.mark.parametrize("is_stored", [True, False], ids=["as stored", "uncompressed"])
def test_a_file_over_the_limit_is_read_when_the_limit_is_raised(aws, app_engine, archive, is_stored):
    bucket = archive.log_bucket
    assert bucket is not None
    objects = aws.world.buckets[bucket].objects
    logs = (key for key in objects if "/CloudTrail/" in key)
    key = max(key for key in logs if b'"kinesisvideo.' in gzip.decompress(objects[key].body))
    whole = objects[key]
    large = gzip.compress(gzip.decompress(padded(whole.body, 300_000)), 0 if is_stored else 9)
    aws.put_object(bucket, key, large)
    events = "select count(*) from event_raw where origin = :origin"
    refused = "select reason, size, rejected_at from rejected_record"

    def under(limit: int) -> tuple[int, list[Any]]:
        run(app_engine, aws, archive, max_file_bytes=limit)
        with app_engine.connect() as connection:
            n = connection.execute(text(events), {"origin": f"s3://{bucket}/{key}"}).scalar_one()
            return n, [tuple(row) for row in connection.execute(text(refused))]

    try:
        n, (first,) = under(250_000)
        assert (n, first[1]) == (0, len(large) if is_stored else 250_001)
        assert ("as stored, compressed" in first[0]) is is_stored
        assert under(250_000) == (0, [first])
        n, (second,) = under(290_000)
        assert (n, second[0].count("290,000"), second[2]) == (0, not is_stored, first[2])
        assert under(400_000)[1] == []
        assert under(400_000)[0] > 0
    finally:
        aws.world.buckets[bucket].put(key, whole)


def test_what_is_new_does_not_wait_for_files_that_were_too_large(aws, app_engine, archive):
    bucket = archive.log_bucket
    assert bucket is not None
    objects = aws.world.buckets[bucket].objects
    logs = [key for key in objects if "/CloudTrail/" in key and b'"kinesisvideo.' in gzip.decompress(objects[key].body)]
    new = max(logs, key=lambda key: key.rsplit("_", 2)[1])
    # Of its account and Region: soon after midnight its day has no other.
    large = sorted(key for key in logs if key.startswith(new.rsplit("/", 4)[0]) and key != new)[-2:]
    saved = {key: objects[key] for key in (new, *large)}
    came = "select count(*) from event_raw where origin = :origin"

    def events_and_refused() -> tuple[int, int]:
        run(app_engine, aws, archive, max_file_bytes=400_000, live_s=0.0, backfill_s=0.0)
        with app_engine.connect() as connection:
            n = connection.execute(text(came), {"origin": f"s3://{bucket}/{new}"}).scalar_one()
        return n, count(app_engine, "rejected_record")

    try:
        aws.world.buckets[bucket].delete(new)
        for key in large:
            aws.put_object(bucket, key, padded(saved[key].body, 300_000))
        run(app_engine, aws, archive, max_file_bytes=250_000)
        aws.world.buckets[bucket].put(new, saved[new])
        n, refused = events_and_refused()
        assert (n > 0, refused) == (True, 2)
        assert [events_and_refused(), events_and_refused()] == [(n, 1), (n, 0)]
    finally:
        for key, whole in saved.items():
            aws.world.buckets[bucket].put(key, whole)


def test_a_file_that_went_away_while_it_was_too_large_is_asked_for_once_more_only(aws, app_engine, archive):
    bucket = archive.log_bucket
    assert bucket is not None
    key = max(key for key in aws.world.buckets[bucket].objects if "/CloudTrail/" in key)
    whole = aws.world.buckets[bucket].objects[key]
    aws.put_object(bucket, key, padded(whole.body, 300_000))
    run(app_engine, aws, archive, max_file_bytes=250_000)
    aws.world.buckets[bucket].delete(key)
    try:
        run(app_engine, aws, archive)
        with app_engine.connect() as connection:
            (rejected,) = connection.execute(text("select reason, size from rejected_record")).all()
    finally:
        aws.world.buckets[bucket].put(key, whole)
    assert (rejected.reason.startswith("given up: "), rejected.size) == (True, None)


def test_further_buckets_of_an_account_are_read_and_counted_each_for_itself(aws, app_engine, archive, announced):
    account = watch(app_engine, replace(archive, more_log_buckets=(announced.name,)))
    with app_engine.connect() as connection:
        (unread,) = {source.bucket for source in log_sources(connection)} - {announced.name}
    assert unread == archive.log_bucket
    fed = run(app_engine, aws, account, feed=claimed(app_engine, account, region=announced.name))
    assert fed.stored.events > 0
    with app_engine.connect() as connection:
        origins = connection.execute(text("select distinct origin from event_raw")).scalars().all()
        collected = coverage_page.collected(connection, EVERYTHING, clock.now())
    assert {origin.split("/")[2] for origin in origins} == {announced.name} == {one.bucket for one in collected}


def test_a_queue_announces_files_of_all_buckets_of_its_account(aws, app_engine, archive, announced):
    account = replace(announced.account, log_bucket=archive.log_bucket, more_log_buckets=(announced.name,))
    other = max(key for key in aws.world.buckets[archive.log_bucket].objects if "/CloudTrail/" in key)
    announced.send(json.dumps({"s3Bucket": archive.log_bucket, "s3ObjectKey": [other]}))
    listen(app_engine, aws, watch(app_engine, account))
    with app_engine.connect() as connection:
        assert connection.execute(text("select count(*) from rejected_record")).scalar_one() == 0
    assert announced.left() == (0, 0)
