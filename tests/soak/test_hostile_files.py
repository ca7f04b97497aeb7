"""Fifty thousand log files that were written to be misread: not one difference to a plain reading of them."""

import gzip
from collections import Counter

import pytest

from app.core.normalise.trail_file import WHOLE_FILE, arrival_of_file
from app.core.trailfile.records import extract
from tests.builders.hostile_files import HostileFiles, assert_equal_to_plain_reading

FILES = 50_000


@pytest.mark.soak
@pytest.mark.parametrize("seed", [1, 2])
def test_fifty_thousand_files_hold_what_a_plain_reading_finds(seed: int) -> None:
    hostile = HostileFiles(seed)
    found = sum(assert_equal_to_plain_reading(hostile.file()) for _ in range(FILES))
    assert found > FILES // 2


def is_whole(blob: bytes) -> bool:
    """Whether it ends where a member of it ends."""
    try:
        return bool(blob) and gzip.decompress(blob) is not None
    except (EOFError, gzip.BadGzipFile):
        return False


def test_a_file_without_a_list_of_records_is_rejected_however_it_is_packed() -> None:
    hostile = HostileFiles(4)
    for _ in range(100):
        text = hostile.empty_file()
        found = arrival_of_file(hostile.packed(text), "a.json.gz")
        assert (found.total, len(found.rejected)) == (0, 1), text


def test_however_a_file_is_packed_it_holds_the_same() -> None:
    hostile, faults = HostileFiles(3), Counter[str]()
    for _ in range(300):
        text = hostile.file()
        blob = hostile.packed(text)
        whole = arrival_of_file(blob, "a.json.gz")
        assert whole.total == extract(text).total, blob
        assert WHOLE_FILE not in {one.place for one in whole.rejected}
        cut = blob[: hostile.r.randrange(len(blob))]
        if blob.startswith(b"\x1f\x8b") and not is_whole(cut):
            (rejected,) = arrival_of_file(cut, "a.json.gz").rejected
            assert rejected.place == WHOLE_FILE, cut
            faults[rejected.reason.partition(":")[0]] += 1
    assert sum(faults.values()) > 100
