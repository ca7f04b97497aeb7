"""kvswatch as people run it: a process of its own with an empty home, and what it leaves behind."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Self
from uuid import uuid4

import pytest

from app.__main__ import main
from tests.builders.waiting import eventually
from tests.conftest import HOME

ROOT = Path(__file__).parents[2]
MARK = "MARK_OF_A_TEST"  # handed down to every process that keeps its environment


@contextmanager
def empty_home() -> Iterator[Path]:
    """Yield a short path to an empty folder of the run's that the database's user may pass."""
    folder = Path(tempfile.mkdtemp(prefix="home-", dir=os.environ[HOME]))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder)


class Program:
    """`python -m app <arguments>` with `home` for everything that it writes."""

    def __init__(
        self, home: Path, *arguments: str, environment: Mapping[str, str] | None = None, prefix: tuple[str, ...] = ()
    ) -> None:
        self.home, self.mark = home, uuid4().hex
        self._out, self._err = (home / f"{self.mark}.{name}" for name in ("out", "err"))
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("KVSWATCH_", "AWS_"))}
        own = {"HOME": str(home), "TMPDIR": str(home), MARK: self.mark}
        with self._out.open("wb") as out, self._err.open("wb") as err:
            self.process = subprocess.Popen(
                [*prefix, sys.executable, "-m", "app", *arguments],
                cwd=ROOT,
                env=kept | own | dict(environment or {}),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(60)
        for pid in self.family():
            os.kill(pid, signal.SIGKILL)

    @property
    def out(self) -> str:
        return self._out.read_text()

    @property
    def err(self) -> str:
        return self._err.read_text()

    def says(self, words: str, within_s: float = 100) -> bool:
        """Return whether `words` come on stderr or stdout before the program ends."""
        return (
            eventually(lambda: words in self.out + self.err or self.process.poll() is not None, within_s)
            and words in self.out + self.err
        )

    def end(self, sign: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal and return the exit code."""
        self.process.send_signal(sign)
        return self.process.wait(60)

    def family(self) -> dict[int, str]:
        """Return its processes, zombies left out, by process id with their command line."""
        found = {}
        for path in Path("/proc").glob("[0-9]*"):
            try:
                command = (path / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                is_ours = self.mark.encode() in (path / "environ").read_bytes() or str(self.home) in command
                in_home = Path(path / "cwd").readlink().is_relative_to(self.home)
            except OSError:
                continue  # ended meanwhile, or another user's
            if command and (is_ours or in_home):
                found[int(path.name)] = command
        return found

    def child(self, words: str) -> int | None:
        """Return the process id of the child that was started as `python -m <words>`."""
        pattern = re.compile(rf"app\.cli\._processes \d+ {re.escape(words)}")
        return next((pid for pid, command in self.family().items() if pattern.search(command)), None)

    def postmaster(self) -> int | None:
        """Return the process id of its database."""
        found = [path for path in self.home.rglob("postmaster.pid") if path.parent.name == "data"]
        try:
            return int(found[0].read_text().split()[0])
        except (IndexError, ValueError, OSError):
            return None

    def leaves_nothing(self) -> bool:
        """Return whether its last process goes."""
        return eventually(lambda: not self.family(), within_s=40)


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    """Run a command in this process that ends before it begins; return its exit code and the one line on stderr."""
    with pytest.raises(SystemExit) as ended:
        main(list(arguments))
    out, err = capsys.readouterr()
    (line,) = err.splitlines()
    assert out == ""
    return int(ended.value.code or 0), line


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextmanager
def taken_port() -> Iterator[int]:
    """Yield a port that another program listens on."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        yield int(taken.getsockname()[1])


def status(port: int, path: str = "/") -> int:
    """Return the status of a page, 0 when nobody answers."""
    return page(port, path)[0]


def page(port: int, path: str = "/") -> tuple[int, str]:
    """Return the status and the text of a page."""
    connection = HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    except (OSError, HTTPException):
        return 0, ""
    finally:
        connection.close()
