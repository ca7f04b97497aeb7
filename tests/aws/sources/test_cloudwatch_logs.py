"""A log group of the emulator, which lets all through whatever the filter says: the filter is tested apart."""

import fnmatch
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Any

import pytest

from app.aws.budget import RateBudget
from app.aws.errors import Denied, NotThere, Throttled
from app.aws.ledger import Ledger
from app.aws.session import AccountSession
from app.aws.sources import cloudwatch_logs
from app.aws.sources._source import Batch, Request
from app.core.arn import parse
from app.core.errors import CouldNotLook
from app.core.model.feed import Cursor
from app.core.trailfile.calls import SAMPLES
from app.core.trailfile.kinds import ACCESS_NAMES, SESSION_SOURCE, TRAIL_NAMES, TRAIL_SOURCE, kind_of
from tests.builders.answering import answering, same
from tests.builders.log_groups import STREAM, LogGroup
from tests.builders.polling import account_of, aws_settings

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


class Reader:
    """Reads a log group of its own, and keeps the cursor."""

    def __init__(self, aws: Any) -> None:
        self.aws, self.cursor = aws, None
        account = replace(account_of(aws), log_bucket=None)
        self.group = LogGroup(account)
        self.account = replace(account, log_group=self.group.arn)
        self.cursor: Cursor | None = None

    def batches(self, now: datetime = NOW, days: int = 5, **more: Any) -> Iterator[Batch]:
        with AccountSession(self.account, aws_settings(self.aws), Ledger()) as session:
            request = Request("eu-central-1", now - timedelta(days=days), now, **more)
            for batch in cloudwatch_logs.read(session, self.cursor, request):
                self.cursor = json.loads(json.dumps(batch.cursor))
                yield batch

    def read(self, **when: Any) -> list[str]:
        return [fetched.blob.decode() for batch in self.batches(**when) for fetched in batch.fetched]


@pytest.fixture
def reader(aws, monkeypatch) -> Iterator[Reader]:
    for name, value in aws.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(cloudwatch_logs, "BUDGET", RateBudget(1e6, 1e6))
    yield Reader(aws)
    aws.faults()


def ago(**delta: float) -> datetime:
    return NOW - timedelta(**delta)


def test_it_reads_the_last_day_first_and_then_goes_back(reader):
    old, older, new = (reader.group.put(ago(days=days), f"{days}") for days in (2.5, 3.5, 0.5))
    reader.group.put(ago(days=20), "too old")
    assert reader.read() == [new, old, older]


def test_it_reads_what_is_new_and_the_last_quarter_of_an_hour_again(reader):
    late = ago(minutes=10)
    reader.group.put(ago(hours=1), "a")
    reader.read()
    assert reader.read() == []
    late, new = reader.group.put(late, "late", f"{STREAM}_2"), reader.group.put(NOW + timedelta(minutes=1), "new")
    assert reader.read(now=NOW + timedelta(minutes=2)) == [late, new]


def test_what_came_later_than_that_is_found_by_a_second_look_a_day_later(reader, monkeypatch):
    monkeypatch.setattr(cloudwatch_logs, "_PAGE", 2)
    for days in (3, 0.1):
        reader.group.put(ago(days=days), "in time")
    reader.read()
    late = [reader.group.put(ago(hours=hours), f"late {hours}", f"{STREAM}_2") for hours in (5, 4, 3, 1)]
    assert reader.read(now=NOW + timedelta(hours=1)) == []
    found: list[str] = []
    for _ in range(12):
        # Each run is broken off behind one page of what is not live.
        second = next((batch for batch in reader.batches(now=NOW + timedelta(hours=30)) if not batch.is_live), None)
        found += [fetched.blob.decode() for fetched in second.fetched] if second else []
    assert set(late) <= set(found)
    assert reader.read(now=NOW + timedelta(hours=30)) == []


def test_a_record_is_named_by_its_log_stream(reader):
    reader.group.put(ago(minutes=1), "{}")
    (found,) = next(reader.batches()).fetched
    assert (found.origin, found.is_record) == (f"logs://{reader.group.name}/{STREAM}", True)


def test_a_run_that_is_broken_off_after_any_page_goes_on_behind_it(reader, monkeypatch):
    monkeypatch.setattr(cloudwatch_logs, "_PAGE", 2)
    events = [reader.group.put(ago(hours=7 * n, minutes=20), f"{n:02d}", STREAM + "_2" * (n % 2)) for n in range(16)]
    found: list[str] = []
    is_broken_off = True
    while is_broken_off:
        is_broken_off = False
        for batch in reader.batches():
            found += [fetched.blob.decode() for fetched in batch.fetched]
            if not batch.is_live:
                is_broken_off = True
                break
    assert sorted(set(found)) == sorted(events)
    assert len(found) < 3 * len(events)


def test_its_backfill_ends_where_nothing_is_kept_and_can_be_stopped(reader):
    reader.group.put(ago(days=4), "dropped")
    kept = reader.group.put(ago(days=2), "kept")
    assert reader.read(wants_backfill=False) == []
    assert reader.read(kept_from=date(2026, 11, 21)) == [kept]


def test_its_progress_is_of_days(reader):
    done = [(batch.progress.done, batch.progress.total) for batch in reader.batches() if batch.progress]
    assert done == [(1, 5), (2, 5), (3, 5), (4, 5), (5, 5)]


def test_how_many_calls_the_past_takes_is_known_before_most_of_them(aws, reader, monkeypatch):
    monkeypatch.setattr(cloudwatch_logs, "_PAGE", 5)
    for hours in range(1, 24 * 20, 2):
        reader.group.put(ago(hours=hours), "{}")
    aws.gate.ledger.clear()
    found = [batch.progress.backfill for batch in reader.batches(days=20) if batch.progress and not batch.is_live]
    assert found[0].files_left == pytest.approx(found[-1].files - found[0].files, rel=0.1)
    assert found[-1].files_left == 0
    calls = [call for call in aws.gate.ledger.calls if call.operation == "FilterLogEvents"]
    # Those of the last day, which are read first, are not of the past.
    assert len(calls) <= found[-1].files + SAMPLES + 1 + 4


def test_a_run_that_was_broken_off_does_not_sample_again(aws, reader):
    next(batch for batch in reader.batches(days=40) if not batch.is_live)
    aws.gate.ledger.clear()
    next(batch for batch in reader.batches(days=40) if not batch.is_live)
    assert len([call for call in aws.gate.ledger.calls if call.operation == "FilterLogEvents"]) <= 1 + 2


def test_another_log_group_is_read_from_its_beginning(reader):
    reader.read()
    other = LogGroup(reader.account)
    reader.account = replace(reader.account, log_group=other.arn)
    old = other.put(ago(days=3), "old")
    assert reader.read() == [old]


def test_its_cursor_tells_the_oldest_that_came_for_the_group_may_keep_no_more(reader):
    reader.read()
    assert reader.cursor["oldest"] == ago(days=1).isoformat()
    for days in (3, 2):
        reader.group.put(ago(days=days), f"{days}")
    reader.cursor = None
    reader.read()
    assert (reader.cursor["oldest"], reader.cursor["back_to"]) == (ago(days=3).isoformat(), ago(days=5).isoformat())


def test_where_nobody_called_kvs_what_else_is_there_tells_that_the_group_keeps_it(reader, monkeypatch):
    ask = AccountSession.call

    def filtering(session: AccountSession, *named: str, **parameters: Any) -> dict[str, Any]:
        answer = ask(session, *named, **parameters)
        is_kept = "filterPattern" not in parameters
        return answer | {"events": [one for one in answer["events"] if is_kept or one["message"].startswith("kvs")]}

    monkeypatch.setattr(AccountSession, "call", filtering)
    recent = reader.group.put(ago(days=2), "kvs")
    for days in (3.5, 3.25):
        reader.group.put(ago(days=days), f"ec2 {days}")
    assert reader.read() == [recent]
    assert reader.cursor["oldest"] == ago(days=3.5).isoformat()


@pytest.mark.parametrize(("days", "begins_anew"), [(3, False), (5, True)])
def test_after_longer_than_the_group_is_known_to_keep_events_it_begins_anew(reader, days, begins_anew):
    reader.group.put(ago(days=3.5), "old")
    reader.read()
    now = NOW + timedelta(days=days)
    assert reader.read(now=now, days=10) == (["old"] if begins_anew else [])


def test_a_cursor_of_an_earlier_release_does_not_tell_the_oldest_and_is_read_anew(reader):
    old = reader.group.put(ago(days=3), "old")
    reader.read()
    del reader.cursor["oldest"]
    assert reader.read() == [old]


def test_each_call_asks_for_no_more_than_the_pattern_lets_through(aws, reader):
    aws.gate.ledger.clear()
    reader.read()
    calls = [call.params for call in aws.gate.ledger.calls if call.operation == "FilterLogEvents"]
    assert {call.get("filterPattern", call["limit"]) for call in calls} == {cloudwatch_logs.pattern(), 1}


def test_its_calls_pass_a_budget_of_their_account_and_region(reader, monkeypatch):
    slept: list[float] = []
    budget = RateBudget(rate=1.0, burst=1.0, monotonic=lambda: 0.0, sleep=slept.append)
    monkeypatch.setattr(cloudwatch_logs, "BUDGET", budget)
    reader.read(days=2)
    assert slept == [1.0, 2.0]


@pytest.mark.parametrize(
    ("fault", "kind", "told"),
    [
        ({"error": "AccessDeniedException", "status": 400}, Denied, "logs:FilterLogEvents"),
        ({"error": "ResourceNotFoundException", "status": 400}, NotThere, "logs:FilterLogEvents"),
        ({"error": "ThrottlingException", "status": 400}, Throttled, "still throttled"),
    ],
)
def test_what_is_refused_is_told(aws, reader, fault, kind, told):
    aws.faults({"service": "logs", **fault})
    with pytest.raises(kind, match=told):
        reader.read()
    assert reader.cursor is None


def test_a_page_token_that_does_not_move_ends_in_an_error_and_not_never(aws, reader):
    account = replace(reader.account, role_arn="")
    with answering(same(b'{"events":[],"nextToken":"a"}')) as url:
        settings = aws_settings(aws, endpoint_url=url)
        with (
            AccountSession(account, settings, Ledger()) as session,
            pytest.raises(CouldNotLook, match="repeats its page"),
        ):
            list(islice(cloudwatch_logs.read(session, None, Request("eu-central-1", ago(days=1), NOW)), 5))


def test_an_account_without_a_log_group_is_told_what_to_set(reader):
    reader.account = replace(reader.account, log_group=None)
    with pytest.raises(NotThere, match="set log_group"):
        reader.read()


def test_the_name_of_a_group_is_in_its_arn():
    assert cloudwatch_logs.name_of(parse("arn:aws:logs:eu-west-1:111122223333:log-group:/a/b")) == "/a/b"


# ---------------------------------------------------------------- the pattern


def lets_through(record: dict[str, Any]) -> bool:
    """Read the pattern as its page describes it: text with "*", IS FALSE, NOT EXISTS, &&, || and parentheses."""

    def value(path: str) -> Any:
        found: Any = record
        for name, number in re.findall(r"(\w+)(?:\[(\d+)\])?", path):
            found = found.get(name) if isinstance(found, dict) else None
            if number:
                found = found[int(number)] if isinstance(found, list) and int(number) < len(found) else None
        return found

    def is_like(path: str, text: str) -> str:
        found = value(path)
        return str(isinstance(found, str) and fnmatch.fnmatchcase(found, text))

    said = cloudwatch_logs.pattern().removeprefix("{").removesuffix("}")
    said = re.sub(r'\$\.([\w.\[\]]+) = "([^"]*)"', lambda found: is_like(found[1], found[2]), said)
    said = re.sub(r"\$\.(\w+) IS FALSE", lambda found: str(value(found[1]) is False), said)
    said = re.sub(r"\$\.(\w+) NOT EXISTS", lambda found: str(found[1] not in record), said)
    return bool(eval(said.replace("&&", "and").replace("||", "or")))


WRITES = [(source, name) for source, names in ACCESS_NAMES.items() for name in sorted(names)]


@pytest.mark.parametrize(
    ("source", "name", "types", "read_only"),
    [
        ("kinesisvideo.amazonaws.com", "GetMedia", ["AWS::KinesisVideo::Stream"], True),
        (" kinesisvideo.amazonaws.com", "PutMedia", [], False),
        ("media.example.amazonaws.com", "GetMedia", ["AWS::KinesisVideo::Stream"], True),
        ("media.example.amazonaws.com", "Join", ["AWS::S3::Object", "AWS::KinesisVideo::SignalingChannel"], True),
        ("media.example.amazonaws.com", "Join", [*["AWS::S3::Object"] * 7, "AWS::KinesisVideo::Stream"], True),
        (SESSION_SOURCE, "AssumeRoleWithWebIdentity", ["AWS::IAM::Role"], True),
        *((TRAIL_SOURCE, name, [], False) for name in sorted(TRAIL_NAMES)),
        *((source, name, [], False) for source, name in WRITES),
    ],
)
def test_the_pattern_lets_through_what_is_kept(source, name, types, read_only):
    record = {"eventSource": source, "eventName": name, "readOnly": read_only}
    assert kind_of(source, name, tuple(types)) is not None
    assert lets_through(record | {"resources": [{"type": kind} for kind in types]})


@pytest.mark.parametrize(("source", "name"), [(TRAIL_SOURCE, "StopLogging"), ("iam.amazonaws.com", "PutRolePolicy")])
def test_the_pattern_lets_through_changes_of_old_versions_that_do_not_say_whether_they_only_read(source, name):
    assert lets_through({"eventVersion": "1.05", "eventSource": source, "eventName": name})


@pytest.mark.parametrize(
    ("source", "name", "read_only"),
    [
        ("s3.amazonaws.com", "GetObject", True),
        ("iam.amazonaws.com", "ListRoles", True),
        (SESSION_SOURCE, "GetCallerIdentity", True),
    ],
)
def test_the_pattern_leaves_behind_what_there_is_most_of(source, name, read_only):
    assert not lets_through({"eventSource": source, "eventName": name, "readOnly": read_only})


def test_the_pattern_is_no_longer_than_aws_takes():
    assert len(cloudwatch_logs.pattern()) <= 1024
