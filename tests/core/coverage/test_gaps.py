from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from app.core.coverage.gaps import DAY, RECORD, Gap, UnreadFile, gaps, gaps_of_records

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
FOLDER = ("logs", "AWSLogs/o-abc1234567/111122223333/", "eu-west-1")
DENIED = "AccessDenied s3:GetObject"


def unread(at: datetime, reason: str = DENIED, region: str = "eu-west-1", kind: str = "CloudTrail") -> UnreadFile:
    name = f"111122223333_{kind}_{region}_{at:%Y%m%dT%H%MZ}_aaaaaaaaaaaaaaaa.json.gz"
    return UnreadFile("logs", f"AWSLogs/o-abc1234567/111122223333/{kind}/{region}/{at:%Y/%m/%d}/{name}", reason)


def test_a_file_leaves_its_hour_open():
    assert gaps([unread(NOON + HOUR / 2)]) == {FOLDER: (Gap(NOON, NOON + HOUR, f"1 log file not read: {DENIED}"),)}


def test_records_that_came_one_by_one_leave_the_hours_around_them_open():
    times = [NOON + HOUR / 2, NOON + 2 * HOUR + HOUR / 12, NOON + 5 * HOUR + HOUR / 2]
    assert gaps_of_records(times, DENIED) == (
        Gap(NOON, NOON + 3 * HOUR, f"2 records not read: {DENIED}"),
        Gap(NOON + 5 * HOUR, NOON + 6 * HOUR, f"1 record not read: {DENIED}"),
    )


def test_a_file_of_the_first_minutes_of_an_hour_leaves_the_hour_before_open_too():
    ((gap,),) = gaps([unread(NOON + timedelta(minutes=5))]).values()
    assert (gap.start, gap.end) == (NOON - HOUR, NOON + HOUR)


def test_a_file_of_after_midnight_leaves_the_end_of_the_day_before_open():
    midnight = datetime(2026, 11, 22, tzinfo=UTC)
    ((gap,),) = gaps([unread(midnight)]).values()
    assert (gap.start, gap.end) == (midnight - HOUR, midnight + HOUR)


def test_hours_that_touch_are_one_gap_that_counts_its_files_and_names_each_reason_once():
    files = [unread(NOON + n * HOUR / 2, "throttled" if n else DENIED) for n in (3, 1, 0)]
    ((gap,),) = gaps(files).values()
    assert gap == Gap(NOON - HOUR, NOON + 2 * HOUR, f"3 log files not read: {DENIED}, throttled")


def test_hours_apart_are_gaps_apart_oldest_first():
    later, earlier = NOON + HOUR / 2, NOON - 3 * HOUR + HOUR / 2
    (found,) = gaps([unread(later), unread(earlier)]).values()
    assert [gap.start for gap in found] == [NOON - 3 * HOUR, NOON]


def test_each_folder_has_its_own():
    assert set(gaps([unread(NOON), unread(NOON, region="us-east-1")])) == {
        FOLDER,
        ("logs", "AWSLogs/o-abc1234567/111122223333/", "us-east-1"),
    }


def test_a_name_without_a_time_leaves_its_day_open_and_the_hour_before():
    ((gap,),) = gaps(
        [UnreadFile("logs", "AWSLogs/111122223333/CloudTrail/eu-west-1/2026/11/22/renamed.gz", DENIED)]
    ).values()
    assert (gap.start, gap.end) == (NOON - 13 * HOUR, NOON + 12 * HOUR)


def test_a_gap_counts_what_of_each_kind_was_not_read():
    day = UnreadFile("logs", "AWSLogs/o-abc1234567/111122223333/CloudTrail/eu-west-1/2026/11/22/*", "crowded", DAY)
    record = replace(unread(NOON, "rejected"), what=RECORD)
    ((gap,),) = gaps([unread(NOON), day, unread(NOON), record]).values()
    assert gap.reason == f"1 daily folder and 2 log files and 1 record not read: {DENIED}, crowded, rejected"


def test_a_record_that_was_lost_in_a_file_leaves_the_hours_of_the_file_open():
    record = replace(unread(NOON + HOUR / 2, "rejected"), what=RECORD)
    assert gaps([record]) == {FOLDER: (Gap(NOON, NOON + HOUR, "1 record not read: rejected"),)}


def test_a_digest_and_a_file_of_no_trail_leave_none():
    assert gaps([unread(NOON, kind="CloudTrail-Digest"), UnreadFile("logs", "a/b.json.gz", DENIED)]) == {}


@pytest.mark.parametrize(
    ("start", "end", "days"),
    [
        ("2026-11-22T12:00", "2026-11-22T13:00", [22]),
        ("2026-11-21T23:00", "2026-11-22T01:00", [21, 22]),
        ("2026-11-21T23:00", "2026-11-22T00:00", [21]),
        ("2026-11-20T00:00", "2026-11-23T00:00", [20, 21, 22]),
    ],
)
def test_a_gap_touches_the_days_that_its_hours_lie_in(start: str, end: str, days: list[int]):
    gap = Gap(datetime.fromisoformat(f"{start}Z"), datetime.fromisoformat(f"{end}Z"), "")
    assert list(gap.days()) == [date(2026, 11, day) for day in days]
