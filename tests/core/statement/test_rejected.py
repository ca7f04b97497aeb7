"""Which records that could not be read may be of an interval."""

from datetime import UTC, datetime, timedelta

import pytest

from app.core.statement.rejected import may_be_of

CLINIC, REGION = 590817264433, "eu-central-1"
START = datetime(2026, 11, 21, 14, tzinfo=UTC)
END = START + timedelta(hours=2)


def _file(stamp: str, account: int = CLINIC, region: str = REGION) -> str:
    folder = f"s3://logs/AWSLogs/{account:012d}/CloudTrail/{region}/{stamp[:4]}/{stamp[4:6]}/{stamp[6:8]}/"
    return f"{folder}{account:012d}_CloudTrail_{region}_{stamp}_aaaaaaaaaaaaaaaa.json.gz"


@pytest.mark.parametrize(
    ("origin", "may"),
    [
        (_file("20261121T1405Z"), True),
        (_file("20261121T1605Z"), True),
        (_file("20261121T1715Z"), False),
        (_file("20261121T1305Z"), False),
        (_file("20261121T1405Z", account=771400253968), False),
        (_file("20261121T1405Z", region="us-east-1"), False),
        (_file("20261121T1405Z").removeprefix("s3://logs/"), True),
        ("s3://logs/copy-of-a-file.json.gz", True),
        ("lookup_events", True),
        ("/evidence/one.json.gz", True),
    ],
)
def test_only_a_log_file_of_another_time_or_place_is_ruled_out(origin: str, *, may: bool) -> None:
    assert may_be_of(origin, CLINIC, REGION, START, END) is may
