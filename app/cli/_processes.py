"""Child processes that die with their parent, and are started again when they fall.

Linux tells a child of its parent's death by PR_SET_PDEATHSIG, which also holds under kill -9.
"""

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

import structlog

PARENT = "PARENT_PID_OF_KVSWATCH"
_PR_SET_PDEATHSIG = 1
_SHORTEST_LIFE_S = 10
log = structlog.get_logger()


def die_with_parent() -> None:
    """Ask the kernel to end this process with the one that started it, when it was started by `Children`."""
    parent = os.environ.get(PARENT)
    if parent is None:
        return
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != int(parent):
        # The parent went before we asked; nobody would ever tell us.
        sys.exit(0)


@dataclass
class Child:
    """One program that should be running."""

    name: str
    arguments: list[str]
    environment: Mapping[str, str]
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    falls: int = 0


@dataclass
class Children:
    """`python -m …` processes kept running until `stop`."""

    _all: list[Child] = field(default_factory=list)
    _stopping: threading.Event = field(default_factory=threading.Event)
    failed: threading.Event = field(default_factory=threading.Event)

    def start(self, name: str, arguments: list[str], environment: Mapping[str, str]) -> Child:
        """Start `python -m <arguments>`.

        Call it from the main thread: the kernel sends the signal when the thread that forked ends.
        """
        child = Child(name, arguments, environment)
        self._spawn(child)
        self._all.append(child)
        return child

    def watch(self) -> None:
        """Start again whatever fell, until `stop`; give up (`failed`) on what falls at once, three times."""
        while not self._stopping.wait(0.5):
            for child in self._all:
                if child.process is None or child.process.poll() is None:
                    continue
                quick = time.monotonic() - child.started < _SHORTEST_LIFE_S
                child.falls = child.falls + 1 if quick else 1
                log.warning("process fell", name=child.name, code=child.process.returncode, falls=child.falls)
                if child.falls >= 3 or child.process.returncode == 2:  # noqa: PLR2004 - 2 is misuse: it stays so
                    self.failed.set()
                    return
                self._spawn(child)

    def fallen(self) -> str | None:
        """Return the name of a child that is not running, or None."""
        return next((c.name for c in self._all if c.process is not None and c.process.poll() is not None), None)

    def interrupt(self) -> None:
        """Let `watch` return."""
        self._stopping.set()

    def stop(self) -> None:
        """End all of them, the last started first; kill what does not listen."""
        self._stopping.set()
        for child in reversed(self._all):
            if child.process is not None and child.process.poll() is None:
                child.process.terminate()
        deadline = time.monotonic() + 15
        for child in reversed(self._all):
            if child.process is None:
                continue
            try:
                child.process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                child.process.kill()
                child.process.wait()

    def _spawn(self, child: Child) -> None:
        child.started = time.monotonic()
        child.process = subprocess.Popen(
            [sys.executable, "-m", *child.arguments],
            env={**os.environ, **child.environment, PARENT: str(os.getpid())},
            stdin=subprocess.DEVNULL,
        )
