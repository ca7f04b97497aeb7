from datetime import UTC, datetime
from typing import Any

import pytest

from app.core.integrity.verdict import Files, broken, of_digest, of_file, of_hour, unverified, worst
from app.core.model.integrity import Judged, LogFile, Verdict
from app.core.trailfile.digest.breaks import Break, BreakKind

BREAK = Break(BreakKind.DIGEST_EDITED, "AWSLogs/d.json.gz", "it was changed")
OF_FILE = Break(BreakKind.LOG_EDITED, "s3://logs/AWSLogs/f.json.gz", "its SHA-256 is another")
GOOD, UNSIGNED, BROKEN = Judged(Verdict.VERIFIED), unverified("no keys: denied"), broken([BREAK])
ORIGIN = "s3://logs/AWSLogs/f.json.gz"
LISTED: dict[str, Any] = {"digest": "s3://logs/d", "listed_sha256": "ab", "listed_algorithm": "SHA-256"}


def log_file(**fields: Any) -> LogFile:
    return LogFile(ORIGIN, datetime(2026, 11, 20, 8, tzinfo=UTC), **fields)


@pytest.mark.parametrize(
    ("breaks", "unsigned", "text"),
    [
        ([], "", "verified"),
        ([], "unsigned", "unverified (no keys: denied)"),
        ([BREAK], "", "broken (digest edited: d.json.gz: it was changed)"),
        ([BREAK], "unsigned", "broken (digest edited: d.json.gz: it was changed)"),
    ],
)
def test_a_digest_by_itself(breaks: list[Break], unsigned: str, text: str) -> None:
    assert str(of_digest(breaks, is_unsigned=bool(unsigned), no_keys="no keys: denied")) == text


@pytest.mark.parametrize(
    ("digest", "breaks", "files", "of_files", "verdict", "why"),
    [
        (GOOD, [], Files(3), [], Verdict.VERIFIED, ""),
        (GOOD, [], Files(), [], Verdict.VERIFIED, ""),
        (GOOD, [], Files(3, waiting=2), [], Verdict.UNVERIFIED, "2 of the 3 log files"),
        (UNSIGNED, [], Files(3), [], Verdict.UNVERIFIED, "no keys: denied"),
        (GOOD, [], Files(3), [OF_FILE], Verdict.BROKEN, "log edited: f.json.gz"),
        (UNSIGNED, [], Files(3, waiting=1), [OF_FILE], Verdict.BROKEN, "log edited"),
        (BROKEN, [BREAK], Files(3, waiting=1), [], Verdict.BROKEN, "digest edited"),
        (BROKEN, [BREAK], Files(3), [OF_FILE], Verdict.BROKEN, "digest edited: d.json.gz: it was changed; log edited"),
    ],
    ids=["all", "no files", "waiting", "unsigned", "edited", "edited and unsigned", "broken", "both"],
)
def test_an_hour(
    digest: Judged, breaks: list[Break], files: Files, of_files: list[Break], verdict: Verdict, why: str
) -> None:
    found = of_hour(digest, breaks, files, of_files)
    assert found.verdict is verdict
    assert why in found.why


@pytest.mark.parametrize(
    ("origin", "file", "digest", "hour", "text"),
    [
        (None, None, None, None, "unverified (its raw record is not kept, which names its file)"),
        ("lookup_events", None, None, None, "unverified (no file: it came from LookupEvents)"),
        ("/mnt/copy/f.json.gz", None, None, None, "unverified (imported from a disk: check the copy with kvswatch"),
        (ORIGIN, None, None, None, "unverified (its hash was not kept when it was read)"),
        (ORIGIN, log_file(read_sha256="ab"), None, None, "unverified (no digest that lists it was read yet)"),
        (ORIGIN, log_file(read_sha256="ab"), None, unverified("log file validation is off"), "unverified (log file v"),
        (ORIGIN, log_file(read_sha256="ab"), None, BROKEN, "broken (digest edited"),
        (ORIGIN, log_file(read_sha256="ab", **LISTED), None, None, "unverified (its digest is not checked yet)"),
        (ORIGIN, log_file(read_sha256="ab", **LISTED), GOOD, None, "verified"),
        (ORIGIN, log_file(read_sha256="ab", **LISTED), GOOD, BROKEN, "verified"),
        (ORIGIN, log_file(read_sha256="ab", **LISTED), UNSIGNED, None, "unverified (no keys: denied)"),
        (ORIGIN, log_file(read_sha256="ab", **LISTED), BROKEN, None, "broken (digest edited"),
        (ORIGIN, log_file(read_sha256="cd", **LISTED), GOOD, None, "broken (log edited: f.json.gz"),
    ],
    ids=range(13),
)
def test_a_record_by_its_file(
    origin: str | None, file: LogFile | None, digest: Judged | None, hour: Judged | None, text: str
) -> None:
    assert str(of_file(origin, file, digest, hour)).startswith(text)


def test_only_a_verdict_of_its_own_is_verified() -> None:
    assert of_file(ORIGIN, log_file(**LISTED), GOOD, None).verdict is not Verdict.BROKEN


def test_of_many_breaks_the_first_are_named_and_the_rest_counted() -> None:
    assert broken([BREAK] * 5).why.endswith("; and 2 more")
    assert "more" not in broken([BREAK] * 3).why


def test_the_worst_verdict_decides() -> None:
    assert worst([GOOD, BROKEN, UNSIGNED]) is BROKEN
    assert worst([GOOD, UNSIGNED]) is UNSIGNED
    assert worst([]) == GOOD
