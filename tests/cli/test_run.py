"""`kvswatch run` as an operator meets it, before any account is configured."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.builders.programs import Program, empty_home, free_port, page, refused, status, taken_port
from tests.builders.waiting import eventually


@pytest.fixture
def home() -> Iterator[Path]:
    with empty_home() as folder:
        yield folder


def test_without_an_account_it_says_how_to_add_one_and_serves(home: Path) -> None:
    port = free_port()
    with Program(home, "run", "--port", str(port), environment={"KVSWATCH_DATA_DIR": str(home / "data")}) as program:
        assert eventually(lambda: status(port, "/readyz") == 200, within_s=60)
        assert "no account is configured yet" in program.err
        assert "KVSWATCH_ROLE_ARN" in program.err
        code, text = page(port, "/accounts")
        assert code == 200
        assert "kvswatch onboard" in text
        before = program.child("app web")
        os.kill(before, signal.SIGKILL)
        assert eventually(lambda: program.child("app web") not in {None, before} and status(port) == 200)
        assert program.end(signal.SIGINT) == 0
        assert program.leaves_nothing()
        assert "Traceback" not in program.err


def test_killed_before_its_children_are_up_it_leaves_no_process(home: Path) -> None:
    environment = {"KVSWATCH_DATA_DIR": str(home / "data")}
    with Program(home, "run", "--port", str(free_port()), environment=environment) as program:
        assert program.says("serving")
        assert program.child("app web")
        assert program.end(signal.SIGKILL) == -signal.SIGKILL
        assert program.leaves_nothing()


def test_a_port_in_use_ends_it_before_anything_is_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KVSWATCH_DATA_DIR", str(tmp_path / "data"))
    with taken_port() as port:
        code, line = refused(capsys, "run", "--port", str(port))
    assert code == 2
    assert line.startswith(f"kvswatch: port {port} of 127.0.0.1 is in use")
    assert not (tmp_path / "data").exists()


def test_a_data_folder_that_cannot_be_made_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("KVSWATCH_DATA_DIR", str(tmp_path / "file" / "data"))
    code, line = refused(capsys, "run", "--port", str(free_port()))
    assert code == 2
    assert line.startswith(f"kvswatch: cannot use {tmp_path / 'file'}")
    assert "KVSWATCH_DATA_DIR" in line


def test_it_listens_on_this_machine_only(capsys: pytest.CaptureFixture[str]) -> None:
    code, line = refused(capsys, "run", "--host", "0.0.0.0")
    assert code == 2
    assert "no sign-in" in line
