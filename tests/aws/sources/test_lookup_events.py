import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

import pytest

from app import clock
from app.aws.budget import RateBudget
from app.aws.errors import Denied
from app.aws.ledger import Ledger
from app.aws.session import AccountSession
from app.aws.sources import lookup_events
from app.aws.sources._source import Batch, Request
from app.core.errors import CouldNotLook
from app.core.trailfile.calls import SAMPLES
from app.core.trailfile.kinds import ACCESS_NAMES, TRAIL_NAMES
from tests.builders.answering import answering, same
from tests.builders.polling import account_of, aws_settings

REGION = "eu-central-1"
AWS_LIMIT = lookup_events.BUDGET
PASSES = 1 + 3 + len(TRAIL_NAMES) + len(ACCESS_NAMES)


def test_it_keeps_to_the_limit_of_aws():
    assert (AWS_LIMIT.rate, AWS_LIMIT.burst) == (2.0, 2.0)


def test_all_calls_of_an_account_and_region_pass_one_budget(aws, monkeypatch):
    slept: list[float] = []
    budget = RateBudget(rate=1.0, burst=1.0, monotonic=lambda: 0.0, sleep=slept.append)
    monkeypatch.setattr(lookup_events, "BUDGET", budget)
    list(batches(aws))
    assert slept == [float(number) for number in range(1, len(asked(aws)))]


@pytest.fixture(autouse=True)
def _own_credentials(aws, monkeypatch):
    for name, value in aws.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(lookup_events, "BUDGET", RateBudget(1e6, 1e6))
    aws.gate.ledger.clear()
    yield
    aws.faults()


def batches(aws: Any, cursor: Any = None, days: int = 30) -> Iterator[Batch]:
    now = clock.now()
    with AccountSession(account_of(aws), aws_settings(aws), Ledger()) as session:
        yield from lookup_events.read(session, cursor, Request(REGION, now - timedelta(days=days), now))


def records(found: Any) -> list[dict[str, Any]]:
    return [json.loads(fetched.blob) for batch in found for fetched in batch.fetched]


def stored(batch: Batch) -> Any:
    return json.loads(json.dumps(batch.cursor))


def asked(aws: Any) -> list[Any]:
    return [call for call in aws.gate.ledger.calls if call.operation == "LookupEvents"]


def test_it_brings_kvs_and_assume_role_records_of_the_history(aws):
    found = records(batches(aws))
    sources = {record["eventSource"] for record in found}
    assert {"kinesisvideo.amazonaws.com", "sts.amazonaws.com"} <= sources
    assert {record["awsRegion"] for record in found} == {REGION}
    assert all(fetched.is_record for batch in batches(aws) for fetched in batch.fetched)


def test_each_pass_asks_for_one_attribute_and_fifty_events(aws):
    list(batches(aws))
    passes = {json.dumps(call.params["LookupAttributes"]) for call in asked(aws)}
    assert len(passes) == PASSES
    assert {call.params["MaxResults"] for call in asked(aws)} == {50}


def test_a_run_that_is_broken_off_goes_on_where_it_was(aws):
    whole = {record["eventID"] for record in records(batches(aws))}
    seen: set[str] = set()
    cursor: Any = None
    for _ in range(200):
        # Each run is killed behind its first batch of the backfill.
        backfill = islice((batch for batch in batches(aws, cursor) if not batch.is_live), 1)
        batch = next(backfill, None)
        if batch is None:
            break
        seen |= {record["eventID"] for record in records([batch])}
        cursor = stored(batch)
    assert whole <= seen


def test_a_finished_history_is_not_read_again(aws):
    *_, last = batches(aws)
    again = list(batches(aws, stored(last)))
    assert all(batch.is_live for batch in again)
    assert len(again) == PASSES


def test_a_pass_that_an_earlier_release_did_not_have_begins_now_and_goes_back(aws):
    *_, last = batches(aws)
    earlier = {name: at for name, at in stored(last).items() if name not in ACCESS_NAMES}
    again = list(batches(aws, earlier))
    assert {name for name, at in stored(again[-1]).items() if at["back_to"] is None} == set(stored(last))
    assert {batch.is_live for batch in again[PASSES:]} == {False}


def test_a_pass_that_is_done_says_where_it_began(aws):
    *_, last = batches(aws, days=30)
    for at in stored(last).values():
        read = datetime.fromisoformat(at["until"]) - datetime.fromisoformat(at["start"])
        assert (at["back_to"], read.days) == (None, 30)


def test_a_pass_of_an_earlier_release_that_does_not_say_where_it_began_goes_back_once_more(aws):
    *_, last = batches(aws)
    earlier = {name: {"until": at["until"], "back_to": None} for name, at in stored(last).items()}
    *_, again = batches(aws, earlier)
    assert all(at["start"] for at in stored(again).values())


def test_the_newest_minutes_are_asked_for_again(aws):
    *_, last = batches(aws)
    aws.gate.ledger.clear()
    list(batches(aws, stored(last)))
    spans = {round(float(call.params["EndTime"]) - float(call.params["StartTime"])) for call in asked(aws)}
    assert all(span >= lookup_events.OVERLAP.total_seconds() for span in spans)


def test_what_was_new_is_asked_for_again_a_day_later_for_what_turned_up_late(aws):
    *_, last = batches(aws)
    again = clock.now() - timedelta(hours=39)
    behind = {name: at | {"again": again.isoformat()} for name, at in stored(last).items()}
    second = [batch for batch in batches(aws, behind) if not batch.is_live]
    read_to = again + 2 * lookup_events.STEP
    of_time = [
        record["eventID"]
        for record in records(batches(aws))
        if again <= datetime.fromisoformat(record["eventTime"]) <= read_to
    ]
    assert set(of_time) == {record["eventID"] for record in records(second)} != set()
    assert {at["again"] for at in stored(second[-1]).values()} == {read_to.isoformat()}
    assert len(second) == 2 * PASSES


def test_the_second_look_goes_on_where_it_was_broken_off(aws):
    *_, last = batches(aws)
    again = clock.now() - timedelta(hours=39)
    behind = {name: at | {"again": again.isoformat()} for name, at in stored(last).items()}
    first = next(batch for batch in batches(aws, behind) if not batch.is_live)
    rest = [batch for batch in batches(aws, stored(first)) if not batch.is_live]
    assert len(rest) == 2 * PASSES - 1


def test_after_days_without_a_run_what_is_new_comes_in_steps_that_another_run_goes_on_from(aws):
    *_, last = batches(aws)
    week = timedelta(days=7)
    until = {name: datetime.fromisoformat(at["until"]) - week for name, at in stored(last).items()}
    behind = stored(last) | {name: stored(last)[name] | {"until": at.isoformat()} for name, at in until.items()}
    aws.gate.ledger.clear()
    first = next(batches(aws, behind))
    (call,) = asked(aws)
    assert float(call.params["EndTime"]) - float(call.params["StartTime"]) == lookup_events.STEP.total_seconds()
    read_to = datetime.fromisoformat(stored(first)["kvs"]["until"])
    assert (first.has_more, read_to) == (True, until["kvs"] - lookup_events.OVERLAP + lookup_events.STEP)
    found = {record["eventID"] for record in records([first, *batches(aws, stored(first))])}
    since = min(until.values())
    of_week = [one for one in records(batches(aws)) if datetime.fromisoformat(one["eventTime"]) >= since]
    assert {record["eventID"] for record in of_week} <= found
    assert len(of_week) > 0


def test_a_history_whose_rest_is_gone_by_now_is_read_as_far_as_it_was(aws):
    # AWS keeps 90 days: what was still to be read two minutes ago may be out of reach.
    *_, last = batches(aws, days=90)
    back_to = clock.now() - timedelta(days=90, minutes=2)
    broken_off = stored(last)["kvs"] | {"back_to": back_to.isoformat(), "start": None}
    *_, again = batches(aws, stored(last) | {"kvs": broken_off}, days=90)
    kvs = stored(again)["kvs"]
    assert (kvs["back_to"], kvs["start"]) == (None, back_to.isoformat())


def test_no_call_asks_for_a_range_that_ends_before_it_begins(aws):
    *_, last = batches(aws, days=90)
    back_to = (clock.now() - timedelta(days=40)).isoformat()
    broken_off = {name: at | {"back_to": back_to, "start": None} for name, at in stored(last).items()}
    aws.gate.ledger.clear()
    list(batches(aws, broken_off, days=30))
    assert all(float(call.params["StartTime"]) <= float(call.params["EndTime"]) for call in asked(aws))


def test_after_longer_than_aws_keeps_events_it_begins_anew_and_says_so(aws):
    whole = {record["eventID"] for record in records(batches(aws, days=90))}
    *_, last = batches(aws, days=90)
    until = (clock.now() - timedelta(days=100)).isoformat()
    behind = {name: at | {"until": until} for name, at in stored(last).items()}
    aws.gate.ledger.clear()
    found = list(batches(aws, behind, days=90))
    oldest = clock.now() - timedelta(days=90, minutes=1)
    assert all(float(call.params["StartTime"]) >= oldest.timestamp() for call in asked(aws))
    assert all(datetime.fromisoformat(at["start"]) >= oldest for at in stored(found[-1]).values())
    assert {record["eventID"] for record in records(found)} == whole


def test_its_progress_is_of_days_and_ends_complete(aws):
    progress = [batch.progress for batch in batches(aws, days=30)]
    done = [one.done for one in progress if one is not None]
    assert done == sorted(done)
    assert {one.total for one in progress if one is not None} == {30}
    assert done[-1] == 30


class History:
    """An event history of AssumeRole calls, so many a day, the newest first."""

    def __init__(self, now: datetime, a_day: int, days: int = 90) -> None:
        self._times = [now - timedelta(days=1) * n / a_day for n in range(1, a_day * days)]

    def events(self, account: str, region: str, start: datetime, end: datetime) -> Iterator[dict[str, Any]]:
        for number, at in enumerate(self._times):
            if start <= at <= end:
                yield {
                    "eventSource": "sts.amazonaws.com",
                    "eventName": "AssumeRole",
                    "eventTime": f"{at:%Y-%m-%dT%H:%M:%SZ}",
                    "eventID": f"{account}-{number}",
                    "awsRegion": region,
                }


def test_how_many_calls_the_past_takes_is_known_before_most_of_them(aws, monkeypatch):
    monkeypatch.setattr(aws.world, "history", History(clock.now(), a_day=20))
    found = [batch.progress.backfill for batch in batches(aws, days=90) if batch.progress]
    told = next(each for each in found if each.files_left is not None)
    took = found[-1].files
    assert told.files <= PASSES + 1
    assert told.files_left == pytest.approx(took - told.files, rel=0.1)
    assert found[-1].files_left == 0
    assert len(asked(aws)) <= took + SAMPLES


def test_a_run_that_is_broken_off_does_not_sample_again(aws, monkeypatch):
    monkeypatch.setattr(aws.world, "history", History(clock.now(), a_day=20))
    behind = next(islice((batch for batch in batches(aws, days=90) if batch.progress.backfill.files > PASSES), 3, None))
    aws.gate.ledger.clear()
    last = list(batches(aws, stored(behind), days=90))[-1]
    # What is new is asked for in each pass as well.
    assert len(asked(aws)) == last.progress.backfill.files - behind.progress.backfill.files + PASSES


def test_a_short_history_is_not_sampled(aws, monkeypatch):
    monkeypatch.setattr(aws.world, "history", History(clock.now(), a_day=2))
    last = list(batches(aws, days=90))[-1]
    assert last.progress.backfill.files == len(asked(aws))


def test_a_denied_call_names_the_permission(aws):
    aws.faults({"service": "cloudtrail", "operation": "LookupEvents", "error": "AccessDeniedException", "status": 400})
    with pytest.raises(Denied) as denied:
        list(batches(aws))
    assert denied.value.missing == "cloudtrail:LookupEvents"


def test_a_page_token_that_does_not_move_ends_in_an_error_and_not_never(aws):
    account = replace(account_of(aws), role_arn="")
    request = Request(REGION, clock.now() - timedelta(days=1), clock.now())
    with answering(same(b'{"Events":[],"NextToken":"a"}')) as url:
        settings = aws_settings(aws, endpoint_url=url)
        with (
            AccountSession(account, settings, Ledger()) as session,
            pytest.raises(CouldNotLook, match="repeats its page"),
        ):
            list(islice(lookup_events.read(session, None, request), 5))
