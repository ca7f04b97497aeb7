"""The command line as people and scripts meet it: results on stdout, messages on stderr, three exit codes."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from app.__main__ import build, main

ROOT = Path(__file__).parents[1]


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run kvswatch as a process of its own, far away from this machine's settings."""
    clean = {name: text for name, text in os.environ.items() if not name.startswith("KVSWATCH_")}
    return subprocess.run(
        [sys.executable, "-m", "app", *arguments],
        env=clean | environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_every_command_says_what_it_does() -> None:
    assert all(command.help for command in build().registered_commands)


def test_a_command_loads_no_other() -> None:
    assert [command.name for command in build(["migrate", "--help"]).registered_commands] == ["migrate"]


def test_what_is_no_command_is_looked_for_among_all() -> None:
    assert len(build(["migrat"]).registered_commands) == len(build().registered_commands)


def test_it_shows_help_and_exits_2_without_a_command() -> None:
    assert run().returncode == 2


def test_it_exits_2_at_a_malformed_setting_and_names_it() -> None:
    ended = run("migrate", KVSWATCH_WORKERS="many")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "KVSWATCH_WORKERS='many'" in ended.stderr


def test_it_warns_of_a_misspelt_setting() -> None:
    assert "KVSWATCH_WORKRES" in run("iam", "evaluate", "/dev/null", KVSWATCH_WORKRES="2").stderr


def test_it_names_an_unreachable_database_and_hides_the_password() -> None:
    url = "postgresql+psycopg://kvswatch:hunter2@127.0.0.1:1/kvswatch"
    ended = run("migrate", KVSWATCH_DATABASE_URL=url, KVSWATCH_DATABASE_WAIT_SECONDS="1")
    assert ended.returncode == 1
    assert "127.0.0.1" in ended.stderr
    assert "hunter2" not in ended.stderr


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "example.org"])
def test_it_refuses_to_serve_beyond_this_machine(host: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["web", "--host", host])
    assert ended.value.code == 2
    assert "no sign-in configured" in capsys.readouterr().err
