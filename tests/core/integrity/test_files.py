from datetime import UTC, datetime
from typing import Any

import pytest

from app.core.integrity.files import file_break, number_of
from app.core.model.integrity import LogFile
from app.core.trailfile.digest.breaks import BreakKind

ORIGIN = "s3://logs/AWSLogs/111122223333/CloudTrail/eu-west-1/2026/11/20/x.json.gz"
AT = datetime(2026, 11, 20, 8, tzinfo=UTC)
LISTED = {"digest": "s3://logs/d", "listed_sha256": "ab", "listed_algorithm": "SHA-256"}


def kind(**fields: Any) -> BreakKind | None:
    found = file_break(LogFile(ORIGIN, AT, **fields))
    assert found is None or found.where == ORIGIN
    return found and found.kind


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"read_sha256": "ab", **LISTED}, None),
        ({"read_sha256": "ab", **LISTED, "listed_sha256": "AB"}, None),
        ({"read_sha256": "ab"}, None),
        ({"read_problem": "truncated"}, None),
        (LISTED, None),
        ({"read_sha256": "cd", **LISTED}, BreakKind.LOG_EDITED),
        ({"read_problem": "truncated", **LISTED}, BreakKind.LOG_EDITED),
        ({"read_sha256": "ab", "changed_sha256": "cd", **LISTED}, BreakKind.LOG_EDITED),
        ({"read_sha256": "ab", "changed_sha256": "cd"}, BreakKind.LOG_EDITED),
        ({**LISTED, "is_missing": True}, BreakKind.LOG_MISSING),
        ({"read_sha256": "ab", **LISTED, "listed_algorithm": "MD5"}, BreakKind.ALGORITHM_WRONG),
    ],
    ids=lambda value: str(value or "nothing"),
)
def test_a_file_is_broken_when_it_is_not_as_it_is_listed(fields: dict[str, Any], expected: BreakKind | None) -> None:
    assert kind(**fields) is expected


def test_a_log_file_has_a_number_of_its_own_that_fits_a_bigint() -> None:
    found = {number_of(f"{ORIGIN}{n}") for n in range(1000)}
    assert len(found) == 1000
    assert all(number is not None and -(2**63) <= number < 2**63 for number in found)
    assert number_of(ORIGIN) == number_of(ORIGIN)
    assert number_of("s3://b/\ud800") is not None


def test_what_is_no_file_in_s3_has_none() -> None:
    assert number_of("lookup_events") is None
    assert number_of("/mnt/copy/x.json.gz") is None
