import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

LAUNCHER = Path(__file__).parents[2] / "app" / "db" / "launch.py"


def launch(parent: int, uid: int, gid: int, *command: str, **options) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-I", "-S", str(LAUNCHER), str(parent), str(uid), str(gid), *command]
    return subprocess.run(words, capture_output=True, text=True, check=False, **options)


def test_it_becomes_the_command_in_the_root_folder():
    done = launch(os.getpid(), os.getuid(), os.getgid(), "/bin/sh", "-c", "echo $PPID; pwd")

    assert done.stdout == f"{os.getpid()}\n/\n"


def test_it_starts_nothing_for_a_parent_that_has_ended():
    done = launch(os.getpid() + 1, os.getuid(), os.getgid(), "/bin/echo", "started")

    assert done.returncode == 1
    assert done.stdout == ""
    assert "has ended" in done.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="only root changes users")
def test_it_keeps_nothing_of_root():
    command = ("/bin/sh", "-c", "id --user; id --group; id --groups")
    done = launch(os.getpid(), 64321, 64322, *command, extra_groups=[64999])

    assert done.stdout.split() == ["64321", "64322", "64322"]


def test_the_command_ends_when_the_one_that_asked_for_it_is_killed():
    # A shell in between asks and is killed; the command holds the pipe's other end until it ends too.
    uid, gid = str(os.getuid()), str(os.getgid())
    program = (
        "import os, subprocess, sys\n"
        f"subprocess.Popen([sys.executable, '-I', '-S', {str(LAUNCHER)!r}, str(os.getpid()), {uid!r}, {gid!r},"
        " '/bin/sh', '-c', 'trap \"echo interrupted; exit\" INT; echo ready; while :; do sleep 0.05; done'])\n"
        "sys.stdin.read()"
    )
    asker = subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert asker.stdout.readline() == "ready\n"

    asker.send_signal(signal.SIGKILL)

    assert asker.stdout.read() == "interrupted\n"
    asker.stdin.close()
    asker.stdout.close()
    asker.wait()
