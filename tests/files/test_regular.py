import os
from pathlib import Path

import pytest

from app.files.regular import read_regular


@pytest.mark.parametrize("held", [b"", b"four", b"12345678"], ids=["nothing", "less than the limit", "the limit"])
def test_it_reads_a_whole_file(tmp_path: Path, held: bytes) -> None:
    (tmp_path / "log").write_bytes(held)
    assert read_regular(tmp_path / "log", 8) == held


def test_it_reads_a_file_whose_size_is_not_known_beforehand() -> None:
    assert read_regular(Path("/proc/self/status"), 1 << 20).startswith(b"Name:")


def test_it_refuses_a_file_over_the_limit(tmp_path: Path) -> None:
    (tmp_path / "log").write_bytes(b"123456789")
    with pytest.raises(OSError, match="more than the limit of 8"):
        read_regular(tmp_path / "log", 8)


def test_it_refuses_a_file_of_unknown_size_over_the_limit() -> None:
    with pytest.raises(OSError, match="more than the limit of 8"):
        read_regular(Path("/proc/self/status"), 8)


def test_it_refuses_a_huge_file_without_reading_all_of_it(tmp_path: Path) -> None:
    with (tmp_path / "sparse").open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(OSError, match="more than the limit"):
        read_regular(tmp_path / "sparse", 8)


@pytest.mark.parametrize("kind", ["a pipe", "a link to a device", "a folder"])
def test_it_refuses_what_is_no_regular_file(tmp_path: Path, kind: str) -> None:
    odd = tmp_path / "odd"
    match kind:
        case "a pipe":
            os.mkfifo(odd)
        case "a link to a device":
            odd.symlink_to("/dev/zero")
        case _:
            odd.mkdir()
    with pytest.raises(OSError, match=r"not a regular file|Is a directory"):
        read_regular(odd, 8)
