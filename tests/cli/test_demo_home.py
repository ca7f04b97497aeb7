"""The demo's folder: gone with the demo, or with the next one."""

import fcntl
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from app.cli._demo_home import demo_home, remove_left_behind
from tests.builders.programs import ROOT, empty_home

HOLDING = """
from app.cli._demo_home import demo_home
with demo_home() as home:
    print(home, flush=True)
    input()
"""
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a folder of somebody else's")


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder for temporary files, used by this process too."""
    with empty_home() as folder:
        monkeypatch.setattr("tempfile.tempdir", str(folder))
        monkeypatch.delenv("KVSWATCH_DATA_DIR", raising=False)
        yield folder


@contextmanager
def demo_in(place: Path) -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """A process that holds a demo's folder, with the folder."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDING],
        cwd=ROOT,
        env=os.environ | {"TMPDIR": str(place)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        try:
            yield process, Path(process.stdout.readline().strip())
        finally:
            process.kill()


def killed_in(place: Path) -> Path:
    """Return the folder that a demo left when it was killed."""
    with demo_in(place) as (process, home):
        (home / "postgres").mkdir()
        (home / "postgres" / "lock").touch()
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert home.is_dir()
    return home


def test_the_folder_goes_with_the_demo(place: Path) -> None:
    with demo_home() as home:
        (home / "postgres").mkdir()

    assert list(place.iterdir()) == []


def test_the_folder_of_a_killed_demo_goes_with_the_next(place: Path) -> None:
    left = killed_in(place)

    with demo_home() as home:
        assert list(place.iterdir()) == [home]
        assert home != left


def test_the_folder_of_a_running_demo_stays(place: Path) -> None:
    with demo_in(place) as (_, running):
        remove_left_behind(place)

        assert running.is_dir()


def test_a_folder_whose_database_still_runs_stays_until_it_ends(place: Path) -> None:
    left = killed_in(place)
    with (left / "postgres" / "lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        remove_left_behind(place)
        kept = left.is_dir()

    remove_left_behind(place)

    assert kept
    assert not left.exists()


def test_a_link_of_that_name_and_where_it_leads_stay(place: Path) -> None:
    (place / "precious").mkdir()
    (place / "precious" / "film").touch()
    (place / "kvswatch-demo-link").symlink_to(place / "precious")

    remove_left_behind(place)

    assert (place / "kvswatch-demo-link").is_symlink()
    assert (place / "precious" / "film").exists()


def test_a_folder_of_that_name_that_no_demo_made_stays(place: Path) -> None:
    (place / "kvswatch-demo-notes").mkdir()
    (place / "kvswatch-demo-notes" / "film").touch()

    remove_left_behind(place)

    assert (place / "kvswatch-demo-notes" / "film").exists()


@as_root
def test_a_folder_of_somebody_else_stays(place: Path) -> None:
    other = place / "kvswatch-demo-other"
    other.mkdir()
    os.chown(other, 65534, 65534)

    remove_left_behind(place)

    assert other.is_dir()


def test_a_folder_of_ones_own_choice_is_kept(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KVSWATCH_DATA_DIR", str(place / "mine"))

    with demo_home() as home:
        (home / "note").touch()

    assert home == place / "mine" / "demo"
    assert (home / "note").exists()
