import gzip
import hashlib
from datetime import datetime, timedelta

import pytest

from app.core.trailfile.digest.breaks import BreakKind
from app.core.trailfile.digest.content import LogEntry
from app.core.trailfile.digest.logs import Span, Unlisted, log_break, missing, unlisted
from app.core.trailfile.gunzip import FileTooLarge
from tests.builders.digests import HOUR, START, Delivery

RAW = b'{"Records":[]}'
ENTRY = LogEntry("trail-logs", "AWSLogs/1/log.json.gz", hashlib.sha256(RAW).hexdigest(), "SHA-256")
SPAN = Span(START, START + 10 * HOUR, START + 11 * HOUR)


def test_a_log_file_may_be_compressed_anew() -> None:
    assert log_break(ENTRY, gzip.compress(RAW, 1)) is None
    assert log_break(ENTRY, gzip.compress(RAW, 9, mtime=1)) is None


@pytest.mark.parametrize(
    "blob",
    [gzip.compress(RAW + b" "), gzip.compress(RAW)[:-1], RAW, b"", gzip.compress(RAW) + b"more"],
    ids=["a space more", "cut short", "not compressed", "empty", "more behind it"],
)
def test_other_content_is_an_edit(blob: bytes) -> None:
    found = log_break(ENTRY, blob)
    assert found is not None
    assert (found.kind, found.where) == (BreakKind.LOG_EDITED, ENTRY.s3_object)


def test_it_takes_no_other_hash() -> None:
    md5 = LogEntry("trail-logs", "AWSLogs/1/log.json.gz", hashlib.md5(RAW).hexdigest(), "MD5")
    found = log_break(md5, gzip.compress(RAW))
    assert found is not None
    assert found.kind is BreakKind.ALGORITHM_WRONG


def test_a_missing_log_file_is_named_with_the_digest_that_lists_it() -> None:
    found = missing(ENTRY, "the-digest")
    assert (found.kind, found.where) == (BreakKind.LOG_MISSING, ENTRY.s3_object)
    assert "the-digest" in found.what


def judged(at: datetime, span: Span = SPAN) -> Unlisted:
    made = Delivery()
    made.log(at)
    ((key, what),) = unlisted(made.logs, set(), span)
    assert key == made.logs[0]
    return what


def test_a_listed_log_file_is_passed_over_whatever_its_prefix() -> None:
    made = Delivery(prefix="logs/")
    made.log(START)
    assert list(unlisted(made.logs, {made.logs[0].removeprefix("logs/")}, SPAN)) == []


@pytest.mark.parametrize(
    ("at", "what"),
    [
        (START - HOUR, Unlisted.UNCOVERED),
        (START - timedelta(minutes=10), Unlisted.BREAK),
        (START + 5 * HOUR, Unlisted.BREAK),
        (START + 9.5 * HOUR, Unlisted.BREAK),
        (START + 9.9 * HOUR, Unlisted.OUTSTANDING),
        (START + 10.5 * HOUR, Unlisted.OUTSTANDING),
        (START + 12 * HOUR, Unlisted.BREAK),
    ],
    ids=["before", "at the start", "within", "in the last hour", "at the end", "after", "of the future"],
)
def test_what_no_digest_lists_is_a_break_where_one_would_have_to(at: datetime, what: Unlisted) -> None:
    assert judged(at) is what


def test_a_digest_that_is_overdue_excuses_nothing() -> None:
    late = Span(START, START + 10 * HOUR, START + 30 * HOUR)
    assert judged(START + 10.5 * HOUR, late) is Unlisted.BREAK
    assert judged(START + 29 * HOUR, late) is Unlisted.OUTSTANDING


def test_a_name_without_a_time_is_none_of_cloudtrails() -> None:
    key = "AWSLogs/111122223333/CloudTrail/eu-west-1/2026/11/20/planted.json.gz"
    assert list(unlisted([key], set(), SPAN)) == [(key, Unlisted.BREAK)]


def test_of_a_log_file_that_is_too_large_it_says_nothing() -> None:
    with pytest.raises(FileTooLarge):
        log_break(ENTRY, gzip.compress(RAW), len(RAW) - 1)
