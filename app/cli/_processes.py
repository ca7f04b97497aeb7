"""Child processes that die with their parent, and are started again when they fall.

Linux tells a child of its parent's death by PR_SET_PDEATHSIG, which also holds under kill -9. The child asks for it
before it imports anything of ours: a child runs as `python -m app.cli._processes PARENT app worker`.
"""

import ctypes
import os
import runpy
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Never

import structlog

from app.core.errors import KvswatchError

_PR_SET_PDEATHSIG = 1
_SHORTEST_LIFE_S = 10
_MOST_FALLS = 3
_MISUSE = 2
STOP_S = 15
log = structlog.get_logger()


class ToldToEnd(BaseException):
    """SIGTERM, SIGINT or SIGHUP came: clean up and go. Like KeyboardInterrupt no Exception, so that nobody keeps it."""


@contextmanager
def until_told() -> Iterator[None]:
    """Run the block until it ends or a signal asks to end; the signal ends it by an exception, once."""
    signs = [sign for sign in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP) if _is_heard(sign)]
    told = threading.Event()

    def end(*_: object) -> Never:
        for sign in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(sign, signal.SIG_IGN)  # the cleaning up is not to be interrupted
        told.set()
        raise ToldToEnd

    before = {sign: signal.signal(sign, end) for sign in signs}
    try:
        yield
    except BaseException:
        # The signal may come in the middle of a library, which makes an exception of its own of it.
        if not told.is_set():
            raise
        log.info("ended")
    finally:
        for sign, handler in before.items():
            signal.signal(sign, handler)


def _is_heard(sign: signal.Signals) -> bool:
    """Return whether the signal may end us: nohup asks that SIGHUP does not."""
    return sign is not signal.SIGHUP or signal.getsignal(sign) is not signal.SIG_IGN


@dataclass
class Child:
    """One program that should be running."""

    name: str
    arguments: list[str]
    environment: Mapping[str, str]
    process: subprocess.Popen[bytes]
    started: float
    falls: int = 0


@dataclass
class Children:
    """`python -m …` processes kept running until `stop`.

    Start and mend them in the main thread: the kernel sends the signal when the thread that made a child ends.
    """

    base: Mapping[str, str] = field(default_factory=lambda: os.environ)
    _all: list[Child] = field(default_factory=list)

    def start(self, name: str, arguments: list[str], environment: Mapping[str, str]) -> Child:
        """Start `python -m <arguments>` in `base` and `environment`."""
        child = Child(name, arguments, environment, self._spawn(arguments, environment), time.monotonic())
        self._all.append(child)
        return child

    def watch(self) -> Never:
        """Start again whatever falls, for ever.

        Raises:
            KvswatchError: a child cannot be kept up.
        """
        while True:
            self.mend()
            time.sleep(0.2)

    def mend(self) -> None:
        """Start again what has fallen.

        Raises:
            KvswatchError: a child falls as soon as it is started, three times, or was misused; its own message is on
                stderr.
        """
        for child in self._all:
            code = child.process.poll()
            if code is None:
                continue
            quick = time.monotonic() - child.started < _SHORTEST_LIFE_S
            child.falls = child.falls + 1 if quick else 1
            log.warning("process fell", name=child.name, code=code, falls=child.falls)
            if child.falls >= _MOST_FALLS or code == _MISUSE:
                raise KvswatchError(f"{child.name} ends as soon as it is started; the lines above say why")
            child.process, child.started = self._spawn(child.arguments, child.environment), time.monotonic()

    def stop(self) -> None:
        """End them, the last started first: it needs the ones before. Kill what does not listen."""
        deadline = time.monotonic() + STOP_S
        for child in reversed(self._all):
            child.process.terminate()
            try:
                child.process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                log.warning("process does not end: killed", name=child.name)
                child.process.kill()
                child.process.wait()
        self._all.clear()

    def _spawn(self, arguments: list[str], environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", "app.cli._processes", str(os.getpid()), *arguments],
            env={**self.base, **environment},
            stdin=subprocess.DEVNULL,
            process_group=0,  # Ctrl-C at the terminal is for the parent, which ends its children in order
        )


def main(parent: int, module: str, arguments: list[str]) -> None:
    """Become `python -m <module> <arguments>`, which gets SIGTERM when `parent` dies."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        sys.exit(0)  # it went before we asked; nobody would ever tell us
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], sys.argv[3:])
