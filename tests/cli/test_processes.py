"""Children on real processes: kept up, given up, and never left behind."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.cli._processes import Children
from app.core.errors import KvswatchError
from tests.builders.programs import ROOT, free_port, status
from tests.builders.waiting import eventually

PARENT = """
import os, sys
from app.cli._processes import Children, until_told
with until_told():
    children = Children()
    try:
        child = children.start("files", ["http.server", "--bind", "127.0.0.1", sys.argv[1]], {})
        print(child.process.pid, flush=True)
        children.watch()
    finally:
        children.stop()
"""


def serve(port: int) -> list[str]:
    return ["http.server", "--bind", "127.0.0.1", str(port)]


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.fixture
def children() -> Iterator[Children]:
    children = Children()
    yield children
    children.stop()


@pytest.fixture
def parent() -> Iterator[subprocess.Popen[str]]:
    """A process with one child, whose process id is the first line of its stdout."""
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, str(free_port())],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        yield process
        process.kill()


def test_it_starts_again_what_was_killed(children: Children) -> None:
    port = free_port()
    child = children.start("files", serve(port), {})
    assert eventually(lambda: status(port) == 200)
    child.process.kill()
    child.process.wait()

    children.mend()

    assert eventually(lambda: status(port) == 200)
    assert child.falls == 1


def test_it_gives_up_on_what_falls_three_times_at_once(children: Children) -> None:
    children.start("broken", ["timeit", "raise SystemExit(1)"], {})
    with pytest.raises(KvswatchError, match="broken ends as soon as it is started"):
        children.watch()


def test_it_does_not_repeat_what_was_misused(children: Children) -> None:
    child = children.start("misused", ["timeit", "--no such option"], {})
    with pytest.raises(KvswatchError, match="misused ends"):
        children.watch()
    assert child.falls == 1


def test_it_ends_its_children_the_last_started_first(children: Children) -> None:
    first, second = (children.start("files", serve(free_port()), {}) for _ in range(2))
    children.stop()
    assert (first.process.returncode, second.process.returncode) == (-signal.SIGTERM, -signal.SIGTERM)


def test_a_child_gets_the_base_and_its_own_environment(children: Children, tmp_path: Path) -> None:
    program = (
        f"import os; open({str(tmp_path / 'seen')!r}, 'w').write(repr((os.environ.get('A'), os.environ.get('B'))))"
    )
    children.base = {"A": "base"}
    child = children.start("writer", ["timeit", "-n1", "-r1", program], {"B": "own"})
    assert child.process.wait(20) == 0
    assert (tmp_path / "seen").read_text() == "('base', 'own')"


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_parent_that_is_told_to_end_ends_its_child(parent: subprocess.Popen[str], sign: signal.Signals) -> None:
    pid = int(parent.stdout.readline())
    parent.send_signal(sign)
    assert parent.wait(20) == 0
    assert not is_running(pid)


def test_a_child_dies_with_its_killed_parent(parent: subprocess.Popen[str]) -> None:
    pid = int(parent.stdout.readline())
    parent.kill()
    assert eventually(lambda: not is_running(pid))


def test_a_child_whose_parent_is_gone_does_not_begin() -> None:
    port = free_port()
    command = [sys.executable, "-m", "app.cli._processes", str(os.getpid() + 1), *serve(port)]
    assert subprocess.run(command, cwd=ROOT, check=False, timeout=20).returncode == 0
    assert status(port) == 0
