from datetime import UTC, datetime

import pytest

from app.core.trailfile.digest.names import ChainName, DigestName, digest_name, from_root

FOLDER = "logs/AWSLogs/o-abc1234567/111122223333/CloudTrail-Digest/eu-west-1/2026/11/20/"
NAME = "111122223333_CloudTrail-Digest_eu-west-1_my_odd-trail.1_us-gov-west-1_20261120T090131Z"
ENDS_AT = datetime(2026, 11, 20, 9, 1, 31, tzinfo=UTC)


@pytest.mark.parametrize(("ending", "is_backfill"), [(".json.gz", False), ("_backfill.json.gz", True)])
def test_it_says_which_chain_a_digest_belongs_to(ending: str, *, is_backfill: bool) -> None:
    chain = ChainName(111122223333, "eu-west-1", "my_odd-trail.1", "us-gov-west-1", is_backfill)
    assert digest_name(FOLDER + NAME + ending) == DigestName(chain, ENDS_AT)


@pytest.mark.parametrize(
    "key",
    [
        FOLDER.replace("CloudTrail-Digest", "CloudTrail") + NAME + ".json.gz",
        FOLDER + NAME + ".json",
        FOLDER + NAME + ".json.gz.metadata.json",
        FOLDER + NAME.replace("T090131Z", "T996131Z") + ".json.gz",
        NAME + ".json.gz",
    ],
    ids=["in the log folder", "not compressed", "metadata", "no time", "no folder"],
)
def test_other_keys_are_none_of_digests(key: str) -> None:
    assert digest_name(key) is None


def test_a_copy_keeps_what_stands_behind_the_trails_prefix() -> None:
    assert from_root("evidence/AWSLogs/x/AWSLogs/o-abc/1/f.gz") == "AWSLogs/o-abc/1/f.gz"
    assert from_root("AWSLogs/1/f.gz") == "AWSLogs/1/f.gz"
