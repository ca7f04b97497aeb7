from dataclasses import replace
from datetime import UTC, datetime

import pytest

from app.core.model.feed import Backfill, Feed, FeedKey, Progress
from app.web.backfills import told, wish

NOW = datetime(2026, 11, 23, 9, 41, tzinfo=UTC)
MILLION = 1_000_000
FREE = "a second for each account and Region, whoever asks; free, as far as is known"


def feed(backfill: Backfill | None, done: int = 10, stopped_at: datetime | None = None) -> Feed:
    progress = Progress(done, 100, "days of log files", backfill)
    return Feed(FeedKey(1, "s3_logs"), 60, NOW, progress=progress, backfill_stopped_at=stopped_at)


@pytest.mark.parametrize(
    ("backfill", "said"),
    [
        (Backfill(0, 0, None, None, None), "how much of the past there is, is not known yet"),
        (
            Backfill(0, 0, 9 * MILLION, 21_400 * MILLION, None),
            "about 9,000,000 files (21 GB) of the past, 5 h at least; about $3.60 of S3 requests at its list price",
        ),
        (
            Backfill(12_300, 28 * MILLION, 3_600_000, 8_200 * MILLION, 400.0),
            "12,300 files (28 MB) of the past read, 400 a second; about 3,600,000 files (8.2 GB) and 2 h 30 min left",
        ),
    ],
)
def test_it_says_what_is_known_and_no_more(backfill: Backfill, said: str) -> None:
    assert told(feed(backfill)) == said


def test_a_stop_is_said_with_what_is_left() -> None:
    stopped = feed(Backfill(1, 1, 5, 900, 2.0), stopped_at=NOW)
    assert (wish(stopped), wish(replace(stopped, backfill_stopped_at=None))) == ("resume", "stop")
    assert told(stopped) == (
        "the past is not read since 2026-11-23 09:41Z, as was asked for; about 5 files (900 bytes) are left"
    )


def test_what_is_done_or_has_no_past_says_nothing() -> None:
    done = feed(Backfill(1, 1, 0, 0, 2.0), done=100)
    assert (told(done), wish(done)) == ("", "")
    assert told(feed(None)) == told(replace(done, progress=None)) == ""


def test_an_event_history_is_told_by_its_days_and_can_be_stopped() -> None:
    reading = Feed(FeedKey(1, "lookup_events", "eu-central-1"), 60, NOW, progress=Progress(10, 90, "days"))
    assert (wish(reading), told(reading)) == ("stop", "")
    stopped = replace(reading, backfill_stopped_at=NOW)
    assert (wish(stopped), told(stopped)) == (
        "resume",
        "the past is not read since 2026-11-23 09:41Z, as was asked for",
    )
    assert wish(replace(reading, progress=Progress(90, 90, "days"))) == ""


@pytest.mark.parametrize(
    ("source", "backfill", "said"),
    [
        ("lookup_events", Backfill(3, 0, None, None, None), "how much of the past there is, is not known yet"),
        (
            "lookup_events",
            Backfill(17, 0, 14_400, 0, None),
            f"about 14,400 calls of the past, 2 h at least: AWS allows 2 {FREE}",
        ),
        (
            "cloudwatch_logs",
            Backfill(0, 0, 900, 0, None),
            f"about 900 calls of the past, 3 min at least: AWS allows 5 {FREE}",
        ),
        (
            "lookup_events",
            Backfill(1_200, 0, 2_700, 0, 1.5),
            "1,200 calls of the past read, 1.5 a second; about 2,700 calls and 30 min left",
        ),
    ],
    ids=["unknown", "an event history", "a log group", "at work"],
)
def test_what_lists_nothing_is_told_by_the_calls_that_it_takes(source: str, backfill: Backfill, said: str) -> None:
    key = FeedKey(1, source, "eu-central-1")
    reading = Feed(key, 60, NOW, progress=Progress(10, 90, "days", backfill))
    assert told(reading) == said
    left = " about " + said.partition("about ")[2].partition(" calls")[0] + " calls are left"
    stopped = told(replace(reading, backfill_stopped_at=NOW))
    assert stopped.endswith("as was asked for" if backfill.files_left is None else f"as was asked for;{left}")
