from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pytest

from app.core.errors import CouldNotLook
from app.core.trailfile.digest.chain import Stored
from app.services.trail_places import places

KEYS = (
    "logs/AWSLogs/111111111111/CloudTrail/eu-west-1/2026/11/01/a.json.gz",
    "logs/AWSLogs/111111111111/CloudTrail-Digest/eu-west-1/2026/11/01/a.json.gz",
    "logs/AWSLogs/111111111111/CloudTrail-Digest/us-east-1/2026/11/01/a.json.gz",
    "logs/AWSLogs/111111111111/CloudTrail-Insight/us-east-2/2026/11/01/a.json.gz",
    "logs/AWSLogs/111111111111/Config/eu-central-1/2026/11/1/a.json.gz",
    "logs/AWSLogs/o-abc123/222222222222/CloudTrail/eu-west-1/2026/11/01/a.json.gz",
    "logs/AWSLogs/notes/222222222223/CloudTrail/eu-west-1/2026/11/01/a.json.gz",
    "AWSLogs/old/AWSLogs/333333333333/CloudTrail/eu-west-1/2026/11/01/a.json.gz",
)


@dataclass
class Archive:
    """Keys that lie nowhere."""

    prefix: str
    name: str = "a bucket"
    bucket: str | None = "a bucket"

    def folders(self, prefix: str) -> list[str]:
        below = (key.removeprefix(prefix) for key in KEYS if key.startswith(prefix))
        return sorted({rest.partition("/")[0] for rest in below if "/" in rest})

    def keys(self, prefix: str, after: str = "") -> Iterator[str]:
        return (key for key in KEYS if key.startswith(prefix) and key > after)

    def read(self, keys: Sequence[str]) -> list[Stored | CouldNotLook | None]:
        raise AssertionError(f"places are found by listing alone, not by reading {keys}")


ACCOUNT, OF_ORGANIZATION = "logs/AWSLogs/111111111111/", "logs/AWSLogs/o-abc123/222222222222/"


@pytest.mark.parametrize(
    ("prefix", "found"),
    [
        ("logs", [(ACCOUNT, "eu-west-1"), (ACCOUNT, "us-east-1"), (OF_ORGANIZATION, "eu-west-1")]),
        ("logs/AWSLogs/", [(ACCOUNT, "eu-west-1"), (ACCOUNT, "us-east-1"), (OF_ORGANIZATION, "eu-west-1")]),
        ("logs/AWSLogs/o-abc123/", [(OF_ORGANIZATION, "eu-west-1")]),
        ("logs/AWSLogs/111111111111/CloudTrail/", [(ACCOUNT, "eu-west-1"), (ACCOUNT, "us-east-1")]),
        ("elsewhere", []),
        ("AWSLogs/old/", [("AWSLogs/old/AWSLogs/333333333333/", "eu-west-1")]),
        ("AWSLogs/old/AWSLogs/", [("AWSLogs/old/AWSLogs/333333333333/", "eu-west-1")]),
    ],
    ids=[
        "a bucket's prefix",
        "the root",
        "an organization",
        "an account",
        "nothing there",
        "AWSLogs twice",
        "its root",
    ],
)
def test_it_finds_the_regions_that_have_log_files_or_digests(prefix: str, found: list[tuple[str, str]]):
    assert [(place.folder, place.region) for place in places(Archive(prefix))] == found


def test_a_place_knows_its_folders():
    (place,) = places(Archive("logs/AWSLogs/o-abc123/"))
    assert place.logs == f"{OF_ORGANIZATION}CloudTrail/eu-west-1/"
    assert place.digests == f"{OF_ORGANIZATION}CloudTrail-Digest/eu-west-1/"
