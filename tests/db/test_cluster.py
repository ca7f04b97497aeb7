import os
from pathlib import Path

import pytest

from app.db.cluster import (
    SUN_PATH,
    ServerUser,
    make_home,
    make_socket_folder,
    memory_bytes,
    read_pid_file,
    remove_socket_folder,
    remove_stale_pid_file,
    server_settings,
)
from app.db.errors import DataFolderRefused

SELF = ServerUser("self", os.getuid(), os.getgid())


def test_it_accepts_a_mount_point(tmp_path: Path):
    (tmp_path / "lost+found").mkdir()

    make_home(tmp_path)


def test_it_accepts_its_own_folder_again(tmp_path: Path):
    make_home(tmp_path / "pg")
    (tmp_path / "pg" / "lock").touch()
    (tmp_path / "pg" / "data").mkdir()

    make_home(tmp_path / "pg")


def test_it_refuses_where_a_file_stands(tmp_path: Path):
    (tmp_path / "pg").write_text("not a folder")

    with pytest.raises(DataFolderRefused, match="KVSWATCH_DATA_DIR"):
        make_home(tmp_path / "pg")


def test_it_uses_the_folder_itself_for_a_socket_of_exactly_the_longest_path(tmp_path: Path):
    socket = len("/run/.s.PGSQL.5432")
    home = tmp_path / ("x" * (SUN_PATH - len(str(tmp_path)) - 1 - socket))
    home.mkdir()

    folder = make_socket_folder(home, SELF)

    assert folder == home / "run"
    assert len(os.fsencode(folder / ".s.PGSQL.5432")) == SUN_PATH


def test_it_uses_a_short_folder_when_the_path_is_one_byte_longer(tmp_path: Path):
    socket = len("/run/.s.PGSQL.5432")
    home = tmp_path / ("x" * (SUN_PATH - len(str(tmp_path)) - socket))
    home.mkdir()

    folder = make_socket_folder(home, SELF)
    folder.rmdir()

    assert folder.parent in {Path("/run"), Path("/tmp")}


def test_it_removes_the_short_folder_with_what_a_killed_server_left_there(tmp_path: Path):
    home = tmp_path / ("x" * SUN_PATH)
    home.mkdir()
    folder = make_socket_folder(home, SELF)
    for name in (".s.PGSQL.5432", ".s.PGSQL.5432.lock"):
        (folder / name).touch()

    remove_socket_folder(home)

    assert not folder.exists()


def test_it_leaves_what_it_did_not_put_into_the_short_folder(tmp_path: Path):
    home = tmp_path / ("x" * SUN_PATH)
    home.mkdir()
    folder = make_socket_folder(home, SELF)
    (folder / "note").touch()

    remove_socket_folder(home)
    kept = (folder / "note").exists()
    (folder / "note").unlink()
    folder.rmdir()

    assert kept


def test_it_refuses_a_link_in_place_of_the_sockets_folder_and_leaves_its_target_alone(tmp_path: Path):
    target = tmp_path / "target"
    target.mkdir(mode=0o755)
    (tmp_path / "run").symlink_to(target)

    with pytest.raises(DataFolderRefused, match="shorter path"):
        make_socket_folder(tmp_path, SELF)

    assert target.stat().st_mode & 0o777 == 0o755


def test_it_refuses_a_sockets_folder_that_others_may_enter(tmp_path: Path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run").chmod(0o755)

    with pytest.raises(DataFolderRefused, match="not a private folder"):
        make_socket_folder(tmp_path, SELF)


def test_it_reads_nothing_of_a_server_that_has_not_finished_writing(tmp_path: Path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "postmaster.pid").write_text("1234\n/data\n")

    assert read_pid_file(tmp_path) is None


def test_it_keeps_the_pid_file_of_a_server_that_runs(tmp_path: Path):
    (tmp_path / "data").mkdir()
    pid_file = tmp_path / "data" / "postmaster.pid"
    pid_file.write_text(f"{os.getpid()}\n")
    before = Path.cwd()
    os.chdir(tmp_path / "data")  # as a Postgres server does

    remove_stale_pid_file(tmp_path)

    os.chdir(before)
    assert pid_file.exists()


@pytest.mark.parametrize(
    ("memory_gb", "buffers"),
    [(0.1, "32MB"), (1, "256MB"), (8, "2048MB"), (64, "4096MB")],
    ids=["tiny", "small", "middling", "large"],
)
def test_it_takes_a_quarter_of_the_memory_within_bounds(memory_gb: float, buffers: str):
    settings = server_settings(Path("/run/x"), int(memory_gb * 2**30))

    assert settings["shared_buffers"] == buffers


@pytest.mark.parametrize(("limit", "is_less"), [("1073741824\n", True), ("max\n", False), (None, False)])
def test_a_container_has_the_memory_that_it_may_use(tmp_path: Path, limit: str | None, *, is_less: bool) -> None:
    file = tmp_path / "memory.max"
    if limit is not None:
        file.write_text(limit)

    assert (memory_bytes(file) == 2**30) is is_less
