"""Where two trails put the log files of one account."""

from datetime import UTC, datetime

from tests.builders.trail import ACCOUNT

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
_IN_FOLDER = f"{ACCOUNT}/CloudTrail/eu-west-1/2026/11/01/{ACCOUNT}_CloudTrail_eu-west-1_20261101T1020Z_"
OF_ACCOUNT = f"s3://own-trail/AWSLogs/{_IN_FOLDER}AAAAAAAAAAAAAAAA.json.gz"
LATER = f"s3://own-trail/AWSLogs/{_IN_FOLDER}CCCCCCCCCCCCCCCC.json.gz"
"""Of the same trail."""
COPIED = f"/evidence/AWSLogs/{_IN_FOLDER}AAAAAAAAAAAAAAAA.json.gz"
"""The first file, copied to a disk."""
OF_ORGANIZATION = f"s3://archive/AWSLogs/o-abcdefghij/{_IN_FOLDER}BBBBBBBBBBBBBBBB.json.gz"
