import json
import tracemalloc
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from moto.s3.models import s3_backends

from app.aws.errors import Denied, NotThere
from app.aws.ledger import Ledger
from app.aws.session import AccountSession
from app.aws.sources import _bucket, s3_logs
from app.aws.sources._bucket import Listed
from app.aws.sources._source import Batch, Request
from app.core.errors import CouldNotLook
from app.core.model.account import Account
from app.core.model.own_call import CallOutcome
from app.core.trailfile import cursor
from app.core.trailfile.cursor import MOST_RECENT, BucketCursor, Unread, from_json
from app.core.trailfile.keys import FileKind
from app.demo.gate.store import Bucket
from tests.builders.plain_s3 import PlainS3, serving
from tests.builders.polling import account_of, aws_settings

MEMBER = "111122223333"
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


class Trail:
    """A bucket of its own in the emulator, and a reader that keeps its cursor."""

    def __init__(self, aws: Any, archive: Account) -> None:
        self.aws, self.name = aws, f"logs-{uuid4().hex}"
        self.account = replace(archive, log_bucket=self.name)
        aws.world.buckets[self.name] = Bucket(self.name, f"{archive.id:012d}", "eu-central-1")
        # The gate holds the objects, moto answers where the bucket is.
        s3_backends[f"{archive.id:012d}"]["aws"].create_bucket(self.name, "eu-central-1")
        self.cursor: Any = None
        self.calls: Counter[tuple[str, CallOutcome]] = Counter()

    def put(self, at: datetime, tail: str = "aaaaaaaaaaaaaaaa", prefix: str = "AWSLogs/", account: str = MEMBER) -> str:
        name = f"{account}_CloudTrail_eu-west-1_{at:%Y%m%dT%H%MZ}_{tail}.json.gz"
        return self.put_key(f"{prefix}{account}/CloudTrail/eu-west-1/{at:%Y/%m/%d}/{name}")

    def put_key(self, key: str) -> str:
        self.aws.put_object(self.name, key, key.encode())
        return key

    def batches(self, days: int = 10, now: datetime = NOW, *, wants_backfill: bool = True) -> Iterator[Batch]:
        def count(action: str, _region: str, outcome: CallOutcome, n: int) -> None:
            self.calls[action, outcome] += n

        with AccountSession(self.account, aws_settings(self.aws), Ledger()) as session:
            request = Request("", now - timedelta(days=days), now, count, wants_backfill=wants_backfill)
            for batch in s3_logs.read(session, self.cursor, request):
                self.cursor = json.loads(json.dumps(batch.cursor))
                yield batch

    def read(self, **when: Any) -> list[str]:
        """Read all that is new and return the keys, in the order of reading."""
        found = [fetched for batch in self.batches(**when) for fetched in batch.fetched]
        keys = [fetched.origin.removeprefix(f"s3://{self.name}/") for fetched in found]
        assert [fetched.blob.decode() for fetched in found] == keys
        return keys


@pytest.fixture
def trail(aws, monkeypatch) -> Iterator[Trail]:
    for name, value in aws.environment().items():
        monkeypatch.setenv(name, value)
    archive = next(member.name for member in aws.estate.members if member.log_bucket)
    made = Trail(aws, account_of(aws, archive))
    yield made
    aws.faults()
    del aws.world.buckets[made.name]


def ago(**delta: float) -> datetime:
    return NOW - timedelta(**delta)


def test_it_reads_the_newest_two_days_first_and_then_goes_back(trail):
    old, older, new, newer = (trail.put(ago(days=days)) for days in (5, 8, 1, 0))
    trail.put(ago(days=20))
    assert trail.read() == [new, newer, old, older]


def test_it_reads_each_file_once(trail):
    trail.put(ago(hours=1))
    trail.put(ago(days=5))
    trail.read()
    assert trail.read() == []
    new = trail.put(NOW)
    assert trail.read() == [new]


def test_a_file_that_turns_up_late_is_read(trail):
    trail.put(ago(minutes=10), "mmmmmmmmmmmmmmmm")
    trail.read()
    same_minute, earlier = trail.put(ago(minutes=10)), trail.put(ago(minutes=25))
    assert trail.read() == [earlier, same_minute]
    assert trail.read() == []


def test_a_file_of_an_earlier_day_that_turns_up_late_is_found_by_comparing(trail):
    kept = trail.put(ago(days=1))
    trail.put(NOW)
    trail.read()
    late = trail.put(ago(days=1, hours=3))
    assert trail.read(now=NOW + timedelta(hours=1)) == []
    assert trail.read(now=NOW + timedelta(hours=7)) == [late, kept]
    assert trail.read(now=NOW + timedelta(hours=14)) == []


def test_a_file_that_turns_up_late_on_a_day_without_any_is_found_by_comparing(trail):
    trail.put(NOW)
    trail.read()
    late = trail.put(ago(days=1, hours=3))
    assert trail.read(now=NOW + timedelta(hours=7)) == [late]
    assert trail.read(now=NOW + timedelta(hours=14)) == []


def test_a_file_that_turns_up_three_days_late_is_found_by_comparing(trail):
    kept = trail.put(ago(days=2))
    trail.read()
    others = [trail.put(NOW + timedelta(hours=hours)) for hours in (2, 25)]
    assert trail.read(now=NOW + timedelta(hours=26)) == others
    late = trail.put(ago(days=2, hours=-11))
    assert trail.read(now=NOW + timedelta(hours=33)) == [kept, late]
    assert trail.read(now=NOW + timedelta(hours=40)) == []


@pytest.mark.parametrize("has_another", [True, False])
def test_a_file_that_turns_up_late_of_a_day_that_was_backfilled_is_found_by_comparing(trail, has_another):
    others = [trail.put(ago(days=3))] if has_another else []
    trail.put(NOW)
    trail.read()
    late = trail.put(ago(days=3, hours=-2))
    assert trail.read(now=NOW + timedelta(hours=7)) == [*others, late]
    assert trail.read(now=NOW + timedelta(hours=14)) == []


def test_a_file_that_turns_up_late_is_found_though_no_other_comes_after_it(trail):
    kept = trail.put(NOW)
    trail.read()
    late = trail.put(ago(hours=3))
    assert trail.read(now=NOW + timedelta(hours=7)) == []
    assert trail.read(now=NOW + timedelta(hours=14)) == [late, kept]
    assert trail.read(now=NOW + timedelta(hours=21)) == []


def test_a_file_that_turns_up_late_is_found_though_nobody_looked_for_days(trail):
    kept = trail.put(ago(hours=1))
    trail.read()
    late = trail.put(ago(hours=5))
    new = [trail.put(NOW + timedelta(days=days)) for days in range(1, 7)]
    assert trail.read(now=NOW + timedelta(days=6)) == [*new, late, kept]
    assert trail.read(now=NOW + timedelta(days=6, hours=7)) == []


def _named(day: str, name: str) -> str:
    return f"AWSLogs/{MEMBER}/CloudTrail/eu-west-1/{day}/{name}.json.gz"


OWN = f"{MEMBER}_CloudTrail_eu-west-1"
STRAY = {
    "without a time": _named("2026/11/23", "zzz"),
    "later today": _named("2026/11/23", f"{OWN}_20261123T2359Z_aaaaaaaaaaaaaaaa"),
    "in years": _named("2099/12/31", f"{OWN}_20991231T0000Z_aaaaaaaaaaaaaaaa"),
    "of now in a day to come": _named("2099/12/31", f"{OWN}_20261123T1155Z_aaaaaaaaaaaaaaaa"),
    "of another account": _named("2026/11/23", "999988887777_CloudTrail_eu-west-1_20261123T1155Z_aaaaaaaaaaaaaaaa"),
    "with more in it": _named("2026/11/23", f"{OWN}_zzz_20261123T1155Z_aaaaaaaaaaaaaaaa"),
}


@pytest.mark.parametrize("stray", STRAY.values(), ids=STRAY)
def test_a_file_whose_name_is_out_of_order_is_read_once_and_hides_none_that_comes_later(trail, stray):
    first = trail.put(ago(minutes=5))
    trail.put_key(stray)
    assert trail.read() == [first, stray]
    for minutes in (5, 65, 130):
        later, now = trail.put(NOW + timedelta(minutes=minutes)), NOW + timedelta(minutes=minutes)
        assert trail.read(now=now) == [later]
        assert trail.read(now=now) == []
    assert trail.read(now=NOW + timedelta(hours=7)) == []


ODD = {
    "two slashes": _named("2026/11/23", "/x"),
    "a dot": _named("2026/11/23", "./x"),
    "two dots": _named("2026/11/23", "../x"),
    "a new line": _named("2026/11/23", "a\nb"),
    "a control character": _named("2026/11/23", "a\x01b"),
    "a folder without a name": f"AWSLogs/{MEMBER}/CloudTrail//x",
    "a folder named dots": f"AWSLogs/{MEMBER}/CloudTrail/../x/2026/11/23/x.json.gz",
    "at the top": "AWSLogs//x",
}


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
def test_a_key_that_no_path_can_have_keeps_no_file_from_being_read(trail, monkeypatch, odd):
    monkeypatch.setattr(_bucket, "_PAGE", 2)
    trail.put_key(odd)
    old, *new = (trail.put(ago(minutes=minutes)) for minutes in (60 * 24 * 5, 50, 40, 30, 20))
    assert trail.read() == [*new, old]
    assert trail.read() == []
    assert all(outcome is CallOutcome.OK for _, outcome in trail.calls)


def test_what_makes_a_folder_is_no_log_file(trail):
    trail.aws.put_object(trail.name, _named("2026/11/23", "").removesuffix(".json.gz") + "copies/", b"")
    new = trail.put(ago(minutes=5))
    assert trail.read() == [new]


def test_more_files_with_names_out_of_order_than_are_remembered_are_read_when_their_day_is_compared(trail, monkeypatch):
    monkeypatch.setattr(cursor, "MOST_STRAY", 2)
    monkeypatch.setattr(s3_logs, "FILES", 1)
    first = trail.put(ago(minutes=5))
    strays = [trail.put_key(_named("2026/11/23", f"zzz{n}")) for n in range(3)]
    assert trail.read() == [first, *strays[:2]]
    tomorrow = NOW + timedelta(days=1)
    later = trail.put(tomorrow)
    assert trail.read(now=tomorrow) == [later, first, *strays]
    assert trail.read(now=tomorrow + timedelta(hours=7)) == []


@pytest.mark.parametrize(
    ("log_prefix", "base"),
    [
        ("", "AWSLogs/"),
        ("", "AWSLogs/o-abc1234567/"),
        ("central/trail", "central/trail/AWSLogs/"),
        ("o-abc1234567/", "o-abc1234567/AWSLogs/o-abc1234567/"),
    ],
    ids=["account trail", "organization trail", "prefix", "Control Tower"],
)
def test_it_finds_the_folders_of_any_layout(trail, log_prefix, base):
    trail.account = replace(trail.account, log_prefix=log_prefix)
    keys = [trail.put(NOW, prefix=base, account=account) for account in (MEMBER, "444455556666")]
    assert trail.read() == keys


def test_it_leaves_digests_and_summaries_alone(trail):
    key = trail.put(NOW)
    for kind in FileKind:
        if kind is not FileKind.LOG:
            trail.put_key(key.replace("/CloudTrail/", f"/{kind}/").replace("_CloudTrail_", f"_{kind}_"))
    trail.put_key(key.rsplit("/", 1)[0] + "/")
    assert trail.read() == [key]


def test_an_account_that_is_added_later_is_found_within_the_hour(trail):
    trail.put(ago(hours=1))
    trail.read()
    new = trail.put(NOW, account="444455556666")
    assert trail.read(now=NOW + timedelta(minutes=59)) == []
    assert trail.read(now=NOW + timedelta(minutes=61)) == [new]


def test_a_run_that_is_broken_off_after_any_batch_goes_on_behind_it(trail, monkeypatch):
    monkeypatch.setattr(s3_logs, "FILES", 2)
    keys = [trail.put(ago(days=days, minutes=minutes)) for days in (0, 1, 5, 6) for minutes in (3, 2, 1)]
    seen: list[str] = []
    for _ in range(40):
        # Each run is killed behind its first batch that brought something.
        for batch in trail.batches():
            if batch.fetched:
                seen += [fetched.origin.removeprefix(f"s3://{trail.name}/") for fetched in batch.fetched]
                break
        else:
            break
    assert sorted(seen) == sorted(keys)


def test_its_progress_is_of_days_that_are_really_read(trail):
    trail.put(ago(days=5))
    progress = [batch.progress for batch in trail.batches(days=10)]
    assert all(one is not None and one.total == 8 for one in progress)
    done = [one.done for one in progress if one is not None]
    assert done == sorted(done)
    assert (done[0], done[-1]) == (0, 8)


def test_it_counts_its_calls(trail):
    trail.put(NOW)
    trail.read(days=1)
    assert trail.calls["s3:GetObject", CallOutcome.OK] == 1
    assert trail.calls["s3:ListBucket", CallOutcome.OK] >= 3


# ---------------------------------------------------------------- what cannot be read


DENIED = {"service": "s3", "error": "AccessDenied", "status": 403}


def test_a_denied_listing_names_the_permission(trail, aws):
    trail.put(NOW)
    aws.faults(DENIED | {"operation": "ListObjects*"})
    with pytest.raises(Denied) as denied:
        trail.read()
    assert denied.value.missing == "s3:ListBucket"
    assert trail.calls["s3:ListBucket", CallOutcome.DENIED] == 1


def test_when_no_file_may_be_read_the_source_fails_and_the_cursor_stays(trail, aws):
    key = trail.put(NOW)
    aws.faults(DENIED | {"operation": "GetObject"})
    with pytest.raises(Denied) as denied:
        trail.read()
    assert denied.value.missing == "s3:GetObject"
    assert trail.cursor is None
    aws.faults()
    assert trail.read() == [key]


FAILS_ONCE = DENIED | {"operation": "GetObject", "times": 1}


LATER = {"now": NOW + timedelta(minutes=1)}


@pytest.mark.parametrize("days", [0, 5], ids=["forward", "backfill"])
def test_a_file_that_did_not_come_once_comes_first_a_minute_later(trail, aws, days):
    keys = {trail.put(ago(days=days, minutes=minutes)) for minutes in range(5)}
    aws.faults(FAILS_ONCE)
    came = trail.read()
    (missing,) = keys - set(came)
    new = trail.put(NOW + timedelta(minutes=1))
    assert trail.read(**LATER) == [missing, new]
    assert trail.read(**LATER) == []


def test_a_file_that_did_not_come_when_a_day_was_compared_comes_in_a_later_run(trail, aws):
    kept = trail.put(ago(days=1))
    trail.put(NOW)
    trail.read()
    late = trail.put(ago(days=1, hours=3))
    aws.faults(FAILS_ONCE)
    (came,) = trail.read(now=NOW + timedelta(hours=7))
    assert {came, *trail.read(now=NOW + timedelta(hours=7, minutes=1))} == {kept, late}
    assert trail.read(now=NOW + timedelta(hours=14)) == []


def denied_but_one(trail: Trail, aws: Any) -> str:
    """Leave one of two files unread, and all that follows denied; return the file's key."""
    keys = {trail.put(ago(minutes=minutes)) for minutes in range(2)}
    aws.faults(FAILS_ONCE)
    (missing,) = keys - set(trail.read())
    aws.faults(DENIED | {"operation": "GetObject"})
    return missing


def test_a_file_is_not_asked_for_again_before_its_pause_is_over(trail, aws):
    denied_but_one(trail, aws)
    trail.calls.clear()
    assert trail.read(now=NOW + timedelta(seconds=59)) == []
    assert trail.calls["s3:GetObject", CallOutcome.DENIED] == 0


def test_a_file_that_is_denied_for_hours_comes_when_it_is_allowed(trail, aws):
    missing = denied_but_one(trail, aws)
    minutes = (1, 3, 7, 15, 31, 63, 123, 183)
    assert [trail.read(now=NOW + timedelta(minutes=later)) for later in minutes] == [[]] * len(minutes)
    (kept,) = [unread for place in from_json(trail.cursor).places.values() for unread in place.unread.values()]
    assert (kept.tries, kept.reason) == (1 + len(minutes), "AccessDenied s3:GetObject")
    aws.faults()
    assert trail.read(now=NOW + timedelta(minutes=243)) == [missing]


def test_a_file_that_never_comes_is_given_up_by_name_after_a_day(trail, aws):
    missing = denied_but_one(trail, aws)
    for hours in (6, 12, 18, 23):
        assert trail.read(now=NOW + timedelta(hours=hours)) == []
    (given_up,) = [fetched for batch in trail.batches(now=NOW + timedelta(hours=24)) for fetched in batch.fetched]
    assert given_up.origin == f"s3://{trail.name}/{missing}"
    assert given_up.problem is not None
    assert given_up.problem.startswith("given up: s3:GetObject")
    aws.faults()
    assert trail.read(now=NOW + timedelta(hours=25)) == []


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (
            {"message": "User: arn:x is not authorized to perform: kms:Decrypt on resource: arn:y"},
            "AccessDenied kms:Decrypt",
        ),
        ({"error": "KMS.NotFoundException", "status": 400}, "KMS.NotFoundException"),
    ],
    ids=["denied", "not there"],
)
def test_a_file_whose_key_may_not_be_used_is_kept_with_what_is_missing(trail, aws, fault, reason):
    keys = {trail.put(ago(minutes=minutes)) for minutes in range(2)}
    aws.faults(FAILS_ONCE | fault)
    came = trail.read()
    (kept,) = [unread for place in from_json(trail.cursor).places.values() for unread in place.unread.values()]
    assert kept.reason == reason
    assert {*came, *trail.read(**LATER)} == keys


def test_a_file_that_went_away_before_it_was_tried_again_is_given_up_at_once(trail, aws):
    keys = {trail.put(ago(minutes=minutes)) for minutes in range(2)}
    aws.faults(FAILS_ONCE)
    (missing,) = keys - set(trail.read())
    del aws.world.buckets[trail.name].objects[missing]
    (given_up,) = [fetched for batch in trail.batches(**LATER) for fetched in batch.fetched]
    assert given_up.origin == f"s3://{trail.name}/{missing}"
    assert trail.read(**LATER) == []


def test_a_list_of_unread_files_that_is_full_gives_up_by_name_what_is_denied(trail, aws, monkeypatch):
    monkeypatch.setattr(s3_logs, "MOST_UNREAD", 1)
    for minutes in range(4):
        trail.put(ago(minutes=minutes))
    aws.faults(FAILS_ONCE | {"times": 2})
    problems = [fetched.problem for batch in trail.batches() for fetched in batch.fetched]
    assert len(problems) == 3
    assert len([problem for problem in problems if problem]) == 1
    assert len(trail.read(**LATER)) == 1


def test_a_list_of_unread_files_that_is_full_stops_at_a_fault_that_may_pass(trail, aws, monkeypatch):
    monkeypatch.setattr(s3_logs, "MOST_UNREAD", 1)
    keys = {trail.put(ago(minutes=minutes)) for minutes in range(4)}
    aws.faults(FAILS_ONCE | {"error": "KMS.DisabledException", "status": 400, "times": 2})
    with pytest.raises(CouldNotLook, match=r"KMS\.DisabledException"):
        trail.read()
    assert set(trail.read(**LATER)) == keys


def unread(trail: Trail) -> list[Unread]:
    return [kept for place in from_json(trail.cursor).places.values() for kept in place.unread.values()]


def only_denied_in_the_backfill(trail: Trail, aws: Any, *days: float) -> list[str]:
    """Read what is new, then deny every file of the past; return the keys of those of so many days ago."""
    trail.put(NOW)
    keys = [trail.put(ago(days=old)) for old in days]
    next(trail.batches())
    aws.faults(DENIED | {"operation": "GetObject", "times": len(days)})
    return keys


def test_a_lone_refused_file_does_not_stop_the_backfill_and_is_given_up_by_name_after_a_day(trail, aws):
    older, (denied,) = trail.put(ago(days=6)), only_denied_in_the_backfill(trail, aws, 5)
    assert trail.read() == [older]
    assert from_json(trail.cursor).next_backfill() is None
    aws.faults(DENIED | {"operation": "GetObject"})
    for hours in range(1, 24):
        assert trail.read(now=NOW + timedelta(hours=hours)) == []
    ended = [fetched for batch in trail.batches(now=NOW + timedelta(hours=25)) for fetched in batch.fetched]
    assert [fetched.origin for fetched in ended] == [f"s3://{trail.name}/{denied}"]
    assert str(ended[0].problem).startswith("given up: s3:GetObject")
    assert unread(trail) == []


def test_a_day_that_differs_and_of_which_nothing_comes_does_not_stop_the_backfill(trail, aws):
    late_day = ago(days=1)
    first = trail.put(late_day)
    trail.put(NOW)
    next(trail.batches())
    older, late = trail.put(ago(days=5)), trail.put(late_day - timedelta(hours=3))
    aws.faults(DENIED | {"operation": "GetObject", "times": 2})
    assert trail.read() == [older]
    assert set(trail.read(**LATER)) == {first, late}


ARCHIVED = {"service": "s3", "operation": "GetObject", "error": "InvalidObjectState", "status": 403}


@pytest.mark.parametrize("days", [0, 5], ids=["forward", "backfill"])
def test_archived_files_are_rejected_by_name_at_once_and_what_is_older_is_read(trail, aws, days):
    archived = {trail.put(ago(days=days, minutes=minutes)) for minutes in range(2)}
    older = trail.put(ago(days=6))
    aws.faults(ARCHIVED | {"times": 2})
    found = [fetched for batch in trail.batches() for fetched in batch.fetched]
    rejected = {fetched.origin.removeprefix(f"s3://{trail.name}/"): fetched.problem for fetched in found[:-1]}
    assert rejected.keys() == archived
    assert all("restore it and import a copy with kvswatch ingest" in str(problem) for problem in rejected.values())
    assert found[-1].blob == older.encode()
    assert unread(trail) == []


def test_new_files_that_are_refused_are_kept_when_later_ones_come(trail, aws, monkeypatch):
    monkeypatch.setattr(s3_logs, "FILES", 2)
    refused = {trail.put(ago(minutes=minutes)) for minutes in (20, 25)}
    came = {trail.put(ago(minutes=minutes)) for minutes in range(3)}
    aws.faults(FAILS_ONCE | {"times": 2})
    assert set(trail.read()) == came
    assert len(unread(trail)) == 2
    assert set(trail.read(**LATER)) == refused


def test_a_bucket_that_refuses_every_file_fails_before_it_has_asked_for_all_of_them(trail, aws, monkeypatch):
    monkeypatch.setattr(s3_logs, "FILES", 2)
    monkeypatch.setattr(s3_logs, "MOST_UNREAD", 4)
    for minutes in range(10):
        trail.put(ago(minutes=minutes))
    trail.put(ago(days=5))
    aws.faults(DENIED | {"operation": "GetObject"})
    with pytest.raises(Denied):
        trail.read()
    assert trail.cursor is None
    assert trail.calls["s3:GetObject", CallOutcome.DENIED] == 4


def test_a_backfill_of_which_nothing_comes_keeps_no_more_than_it_may_and_gives_up_nothing(trail, aws, monkeypatch):
    monkeypatch.setattr(s3_logs, "MOST_UNREAD", 2)
    trail.put(NOW)
    trail.read(days=2)
    trail.cursor["start"] = ago(days=10).date().isoformat()
    for place in trail.cursor["places"].values():
        place["backfill_day"] = ago(days=3).date().isoformat()
    keys = [trail.put(ago(days=days)) for days in (4, 5, 6)]
    aws.faults(DENIED | {"operation": "GetObject"})
    with pytest.raises(Denied):
        trail.read()
    assert len(unread(trail)) == 2
    aws.faults()
    assert trail.read(**LATER) == keys


def test_a_backfill_that_is_refused_gives_up_nothing_though_new_files_come(trail, aws, monkeypatch):
    monkeypatch.setattr(s3_logs, "MOST_UNREAD", 1)
    keys = only_denied_in_the_backfill(trail, aws, 4, 5, 6)
    new = trail.put(NOW + timedelta(minutes=1))
    aws.faults()
    batches = trail.batches(**LATER)
    found = next(batches).fetched
    aws.faults(DENIED | {"operation": "GetObject"})
    with pytest.raises(Denied):
        list(batches)
    assert [fetched.blob for fetched in found] == [new.encode()]
    aws.faults()
    assert sorted(trail.read(now=LATER["now"] + timedelta(hours=1))) == sorted(keys)


def test_an_archived_file_does_not_show_that_others_may_be_read(trail, aws):
    trail.put(ago(minutes=3))
    trail.put(ago(minutes=2))
    aws.faults(ARCHIVED | {"times": 1}, DENIED | {"operation": "GetObject"})
    with pytest.raises(Denied):
        trail.read()
    assert trail.cursor is None


def test_a_place_tells_when_it_was_last_read_to_its_end_though_the_backfill_fails(trail, aws, monkeypatch):
    monkeypatch.setattr(s3_logs, "MOST_UNREAD", 0)
    only_denied_in_the_backfill(trail, aws, 5)
    with pytest.raises(Denied):
        trail.read(**LATER)
    assert [place.listed_at for place in from_json(trail.cursor).places.values()] == [LATER["now"]]


def test_a_place_whose_new_files_are_refused_was_not_read_to_its_end(trail, aws):
    trail.put(NOW)
    trail.read()
    trail.put(NOW + timedelta(minutes=1))
    aws.faults(DENIED | {"operation": "GetObject"})
    with pytest.raises(Denied):
        trail.read(**LATER)
    assert [place.listed_at for place in from_json(trail.cursor).places.values()] == [NOW]


def test_a_bucket_without_log_files_is_not_called_empty(trail):
    trail.put_key("something/else.json.gz")
    with pytest.raises(NotThere, match=f"no log files below s3://{trail.name}/AWSLogs/"):
        trail.read()


def test_a_bucket_that_is_not_there_is_named(trail):
    trail.account = replace(trail.account, log_bucket="no-such-bucket-anywhere")
    with pytest.raises(CouldNotLook, match="no-such-bucket-anywhere"):
        trail.read()


def test_an_account_without_a_bucket_is_told_what_to_set(trail):
    trail.account = replace(trail.account, log_bucket=None)
    with pytest.raises(NotThere, match="set log_bucket"):
        trail.read()


class Crowd:
    """A bucket of which one folder holds more than anybody wants to list, and the next an ordinary file."""

    def __init__(self, crowded: str, keys: Iterator[str], files: dict[str, bytes]) -> None:
        self.name, self.crowded, self.crowd, self.files = "crowd", crowded, keys, files
        self.listed = 0

    def keys(self, prefix: str, after: str = "") -> Iterator[Listed]:
        if prefix.startswith(self.crowded) or self.crowded.startswith(prefix):
            for key in self.crowd:
                self.listed += 1
                yield Listed(key, 100)
        yield from (Listed(key, 9) for key in sorted(self.files) if key.startswith(prefix) and key > after)

    def keys_of_each(self, wanted: list[tuple[str, str]]) -> Iterator[Iterator[Listed]]:
        return (self.keys(prefix, after) for prefix, after in wanted)

    def read(self, keys: list[str]) -> list[bytes]:
        return [self.files.get(key, b"") for key in keys]


def place(region: str) -> str:
    return f"AWSLogs/{MEMBER}/CloudTrail/{region}/"


def run_over(crowd: Crowd) -> s3_logs._Run:
    position = BucketCursor(NOW.date() - timedelta(days=2))
    position.discover([place("eu-central-1"), place("eu-west-1")], NOW)
    return s3_logs._Run(crowd, position, NOW)  # type: ignore[arg-type]


def test_two_million_strange_objects_in_a_folder_do_not_keep_the_others_from_being_read() -> None:
    ordinary = f"{place('eu-west-1')}2026/11/23/{MEMBER}_CloudTrail_eu-west-1_20261123T1100Z_aaaaaaaaaaaaaaaa.json.gz"
    strange = (f"{place('eu-central-1')}2026/11/23/copies/{n}" for n in range(2_000_000))
    crowd = Crowd(place("eu-central-1"), strange, {ordinary: b"x"})
    run = run_over(crowd)

    found = [fetched for batch in s3_logs._forward(run) for fetched in batch.fetched]

    assert {one.origin for one in found} == {f"s3://crowd/{ordinary}", f"s3://crowd/{place('eu-central-1')}"}
    assert ["over 100,000 objects here are no log files" in one.problem for one in found if one.problem] == [True]
    assert crowd.listed == s3_logs.MOST_STRANGE + 1
    assert run.position.places[place("eu-central-1")].listed_at is None
    assert run.position.places[place("eu-west-1")].listed_at == NOW


def numbered(folder: str, n: int) -> Callable[[str, str], Iterator[str]]:
    """List `n` objects of a folder, made as they are asked for."""

    def keys(prefix: str, after: str) -> Iterator[str]:
        if not (folder.startswith(prefix) or prefix.startswith(folder)):
            return
        first = int(after.removeprefix(folder)) + 1 if after.startswith(folder) else 0
        yield from (f"{folder}{number:09d}" for number in range(first, n if after < folder + "~" else 0))

    return keys


def test_two_million_keys_of_a_real_listing_are_read_in_bounded_memory_and_said_so(aws, monkeypatch) -> None:
    for name, value in aws.environment().items():
        monkeypatch.setenv(name, value)
    ordinary = f"{place('eu-west-1')}2026/11/23/{MEMBER}_CloudTrail_eu-west-1_20261123T1100Z_aaaaaaaaaaaaaaaa.json.gz"
    crowded = f"{place('eu-central-1')}2026/11/23/"
    s3 = PlainS3({ordinary: b"x", f"{place('eu-central-1')}x": b""}, more=numbered(f"{crowded}copies/", 2_000_000))
    archive = account_of(aws, next(member.name for member in aws.estate.members if member.log_bucket))
    with serving(s3):
        account = replace(archive, log_bucket="crowd", log_endpoint=s3.url)
        with AccountSession(account, aws_settings(aws), Ledger()) as session:
            session.credentials()  # botocore reads its models for it, which are megabytes
            tracemalloc.start()
            try:
                batches = s3_logs.read(session, None, Request("", NOW - timedelta(days=2), NOW))
                found = [one for batch in batches for one in batch.fetched]
                _, peak = tracemalloc.get_traced_memory()
            finally:
                tracemalloc.stop()
    assert {one.origin for one in found} == {f"s3://crowd/{ordinary}", f"s3://crowd/{place('eu-central-1')}"}
    assert [one.problem for one in found if one.problem] == [
        "over 100,000 objects here are no log files: the listing ended; move them out of the trail's folder"
    ]
    assert peak < 8 << 20
    assert len(s3.asked) < 250


def strange(trail: Trail, at: datetime) -> None:
    """Put more of what is no log file before the log files of a day than is listed."""
    for n in range(4):
        trail.put_key(f"{place('eu-west-1')}{at:%Y/%m/%d}/0copies/{n}")


def test_a_day_of_the_past_with_too_much_else_in_it_is_read_when_that_was_moved_out(trail, monkeypatch):
    monkeypatch.setattr(s3_logs, "MOST_STRANGE", 3)
    strange(trail, ago(days=5))
    hidden, *others = (trail.put(ago(days=days)) for days in (5, 0, 4, 6))
    found = [fetched for batch in trail.batches() for fetched in batch.fetched]
    assert [one.origin.removeprefix(f"s3://{trail.name}/") for one in found if one.problem is None] == others
    assert from_json(trail.cursor).places[place("eu-west-1")].crowded == {ago(days=5).date()}

    monkeypatch.setattr(s3_logs, "MOST_STRANGE", 4)
    assert trail.read(now=NOW + timedelta(hours=1)) == []
    assert hidden in trail.read(now=NOW + timedelta(hours=7))
    assert not from_json(trail.cursor).places[place("eu-west-1")].crowded
    assert trail.read(now=NOW + timedelta(hours=14)) == []


def test_a_day_that_was_read_and_then_had_too_much_else_put_in_is_crowded_too(trail, monkeypatch):
    monkeypatch.setattr(s3_logs, "MOST_STRANGE", 3)
    trail.put(ago(days=1))
    trail.put(NOW)
    trail.read()
    strange(trail, ago(days=1))
    list(trail.batches(now=NOW + timedelta(hours=7)))
    assert from_json(trail.cursor).places[place("eu-west-1")].crowded == {ago(days=1).date()}


def test_a_crowd_of_log_files_lets_the_other_folders_have_their_turn() -> None:
    stem = f"{MEMBER}_CloudTrail_{{region}}_20261123T1100Z"
    crowded = f"{place('eu-central-1')}2026/11/23/{stem.format(region='eu-central-1')}"
    ordinary = f"{place('eu-west-1')}2026/11/23/{stem.format(region='eu-west-1')}_aaaaaaaaaaaaaaaa.json.gz"
    files = {f"{crowded}_{n:016d}.json.gz": b"x" for n in range(3 * s3_logs.PASS_FILES)}
    crowd = Crowd("nowhere", iter(()), {ordinary: b"x", **files})
    run = run_over(crowd)

    batches = [[fetched.origin.removeprefix("s3://crowd/") for fetched in b.fetched] for b in s3_logs._forward(run)]

    read = [key for batch in batches for key in batch]
    assert sorted(set(read)) == sorted(crowd.files)
    assert read.index(ordinary) == s3_logs.PASS_FILES
    assert max(map(len, batches)) == s3_logs.FILES
    assert len(run.position.places[place("eu-central-1")].recent) <= 2 * MOST_RECENT


def test_a_run_that_was_broken_off_goes_on_with_the_folder_that_is_furthest_behind(trail, monkeypatch):
    monkeypatch.setattr(s3_logs, "FILES", 1)
    monkeypatch.setattr(s3_logs, "PASS_FILES", 1)
    first = [trail.put(ago(hours=hours)) for hours in (3, 2, 1)]
    other = trail.put(ago(hours=9), account="222233334444")
    batches = trail.batches()
    assert [one.origin for one in next(batches).fetched] == [f"s3://{trail.name}/{first[0]}"]
    batches.close()
    assert trail.read() == [other, *first[1:]]


def test_only_behind_what_another_run_goes_on_from_may_what_is_new_be_broken_off(trail, monkeypatch):
    monkeypatch.setattr(s3_logs, "FILES", 1)
    trail.put(ago(hours=2))
    trail.put(ago(hours=1))
    assert [batch.has_more for batch in trail.batches(days=1)] == [True, True, False, False]
    assert not any(batch.has_more for batch in trail.batches())


def test_an_estimate_comes_before_the_first_file_of_the_past(trail):
    for day in range(1, 10):
        trail.put(NOW - timedelta(days=day))
        trail.put(NOW - timedelta(days=day), tail="bbbbbbbbbbbbbbbb")
    before = next(batch for batch in trail.batches() if not batch.is_live)

    assert before.fetched == ()
    assert before.progress is not None
    known = before.progress.backfill
    assert known is not None
    assert (known.files, known.files_left, known.per_s) == (0, 14, None)
    assert known.size_left == pytest.approx(14 * len(trail.put(NOW)), rel=0.1)


def test_a_day_with_more_files_than_are_sampled_counts_as_it_goes_on(trail, monkeypatch):
    monkeypatch.setattr(s3_logs, "MOST_SAMPLED", 4)
    for hour in range(3, 24, 3):
        trail.put((NOW - timedelta(days=5)).replace(hour=hour))
    before = next(batch for batch in trail.batches(days=5) if not batch.is_live)
    assert before.progress is not None
    assert before.progress.backfill is not None
    # The first four of them reach to noon; three days are left, of which two have none.
    assert before.progress.backfill.files_left == 8


def test_a_backfill_that_is_stopped_goes_on_where_it_was(trail):
    old = [trail.put(NOW - timedelta(days=day)) for day in range(4, 8)]
    new = trail.put(NOW - timedelta(hours=1))

    assert trail.read(wants_backfill=False) == [new]
    newer = trail.put(NOW)
    assert trail.read(wants_backfill=False) == [newer]
    assert trail.read() == old
    assert trail.read() == []
    assert from_json(trail.cursor).pace.files == len(old)
