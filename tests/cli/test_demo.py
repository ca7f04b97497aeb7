"""`kvswatch demo --small` as a newcomer meets it: up, used, killed in parts, ended."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.cli.demo import without_own_settings
from app.web import pages
from app.web.app import menu
from tests.builders.ordinary_user import ordinary_user
from tests.builders.programs import Program, empty_home, free_port, page, refused, status, taken_port
from tests.builders.waiting import eventually

# What a developer's shell may hold, each of which would lead the demo astray.
OF_A_DEVELOPER = {
    "AWS_PROFILE": "production",
    "AWS_SESSION_TOKEN": "of another key",
    "AWS_REGION": "eu-west-3",
    "HTTP_PROXY": "http://127.0.0.1:9",
    "http_proxy": "http://127.0.0.1:9",
    "KVSWATCH_ROLE_ARN": "arn:aws:iam::111122223333:role/real",
    "KVSWATCH_DATABASE_URL": "postgresql://127.0.0.1:1/real",
}


@pytest.fixture
def home() -> Iterator[Path]:
    with empty_home() as folder:
        yield folder


def test_it_serves_the_organization_stays_up_and_leaves_nothing(home: Path) -> None:
    port = free_port()
    with Program(home, "demo", "--small", "--port", str(port), environment=OF_A_DEVELOPER) as demo:
        assert demo.says("ready ")
        assert demo.out == f"ready http://127.0.0.1:{port}\n"
        for entry in menu(pages):
            code, text = page(port, entry.path)
            assert (entry.path, code) == (entry.path, 200)
            assert "Demo estate" in text
        assert "cams-prod-eu" in page(port, "/accounts")[1]
        assert "whs-001" in page(port, "/streams")[1]
        assert ",whs-001," in in_another_shell(demo, "export streams --format csv name=whs-001")

        parts = [lambda: demo.child("app worker"), lambda: demo.child("app.demo"), demo.postmaster]
        before = [part() for part in parts]
        for pid in before:
            os.kill(pid, signal.SIGKILL)
        assert eventually(lambda: all(part() not in {None, pid} for part, pid in zip(parts, before, strict=True)))
        assert eventually(lambda: status(port, "/readyz") == 200)

        assert demo.end() == 0
        assert demo.leaves_nothing()
        assert not list(home.glob("kvswatch-demo-*"))
        assert "Traceback" not in demo.err


def in_another_shell(demo: Program, command: str) -> str:
    """Return what a command prints in a shell that has taken over the line that the demo prints for it."""
    (line,) = re.findall(r"^  (export KVSWATCH_DATABASE_URL=.*)$", demo.err, re.MULTILINE)
    script = f"{line} && exec {sys.executable} -m app {command}"
    return subprocess.run(["/bin/sh", "-c", script], capture_output=True, text=True, check=True).stdout


@pytest.mark.skipif(os.geteuid() != 0, reason="without root, the other tests are an ordinary user's already")
def test_as_an_ordinary_user_it_is_ready_and_killed_leaves_no_process(home: Path) -> None:
    port = free_port()
    with ordinary_user() as user:
        user.own(home)
        with Program(home, "demo", "--small", "--port", str(port), prefix=user.prefix) as demo:
            assert demo.says("ready ")
            assert "cams-prod-eu" in page(port, "/accounts")[1]
            assert {Path(f"/proc/{pid}").stat().st_uid for pid in demo.family()} == {user.uid}
            assert demo.end(signal.SIGKILL) == -signal.SIGKILL
            assert demo.leaves_nothing()


def test_ended_while_it_comes_up_it_leaves_no_process_and_the_next_removes_its_folder(home: Path) -> None:
    ended_while_it_comes_up(home, signal.SIGKILL)
    left = list(home.glob("kvswatch-demo-*"))

    ended_while_it_comes_up(home, signal.SIGINT)

    assert len(left) == 1
    assert list(home.glob("kvswatch-demo-*")) == []


def ended_while_it_comes_up(home: Path, sign: signal.Signals) -> None:
    with Program(home, "demo", "--small", "--port", str(free_port())) as demo:
        assert demo.says("the embedded database is running")
        assert demo.end(sign) == (0 if sign is signal.SIGINT else -sign)
        assert demo.leaves_nothing()
        assert demo.out == ""
        assert "Traceback" not in demo.err


def test_a_port_in_use_is_named_before_anything_is_started(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KVSWATCH_DATA_DIR", str(home / "data"))
    with taken_port() as port:
        code, line = refused(capsys, "demo", "--port", str(port))
    assert code == 2
    assert line.startswith(f"kvswatch: port {port} of 127.0.0.1 is in use")
    assert not (home / "data").exists()


def test_it_hands_down_nothing_that_leads_away_from_the_emulator() -> None:
    handed = without_own_settings(OF_A_DEVELOPER | {"PATH": "/bin"})
    assert handed == {
        "PATH": "/bin",
        "HTTP_PROXY": "http://127.0.0.1:9",
        "http_proxy": "http://127.0.0.1:9",
        "NO_PROXY": "127.0.0.1",
        "no_proxy": "127.0.0.1",
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
    }
