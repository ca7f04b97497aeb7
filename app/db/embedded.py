"""The database that kvswatch brings along: a Postgres server as a child of this process.

One process of a folder owns the server: the one that holds the lock. Every other one connects, waits for the lock,
and starts the server anew when the owner leaves. The server holds the lock too (it inherits the file), so a lock
that is free means that the last server is gone to its last process, however its owner ended.

The server dies with its owner, also under kill -9 (app/db/launch.py), and is started again when it dies alone.
Why our own supervisor: docs/decisions/0001-embedded-postgres.md.
"""

import atexit
import errno
import fcntl
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from concurrent.futures import Future
from pathlib import Path
from threading import Event, Thread
from types import TracebackType
from typing import IO, Self

import structlog
from sqlalchemy import URL
from structlog.typing import FilteringBoundLogger

from app.db import cluster
from app.db.binaries import find_binaries, major_version, reachable_binaries
from app.db.cluster import ServerUser
from app.db.errors import ServerFailed

POLL_S = 0.1  # how often the supervisor looks at the server and at the lock
_BEGINNINGS = (b" LOG:  starting PostgreSQL ", b" LOG:  all server processes terminated; reinitializing")
STOP_S = 60  # a fast shutdown writes one checkpoint; after that the server is told to leave everything
SLOWEST_RESTART_S = 10.0
LOG_BYTES = 10_000_000
LAUNCHER = Path(__file__).with_name("launch.py")


class EmbeddedPostgres:
    """One Postgres server for one folder, shared by all processes of this machine that name the folder."""

    def __init__(
        self,
        data_dir: Path,
        *,
        system_user: str = "kvswatch",
        settings: Mapping[str, str] | None = None,
        start_timeout_s: float = 600,
        log: FilteringBoundLogger | None = None,
    ) -> None:
        """Name the server of `data_dir`, a folder of its own; nothing is started yet.

        Args:
            data_dir: made when it is missing.
            system_user: whom the server runs as when this process is root; made when missing, without login.
            settings: settings of Postgres beside or instead of ours.
            start_timeout_s: recovery after a crash may take minutes for a large database.
            log: where progress goes.
        """
        self.home = data_dir.absolute()
        self._system_user = system_user
        self._settings = dict(settings or {})
        self._start_timeout_s = start_timeout_s
        self._log: FilteringBoundLogger = log or structlog.get_logger("app.db.embedded")
        self._leave = Event()
        self._reached: Future[Path] = Future()
        self._thread: Thread | None = None
        self._owner = False
        self._log_start = 0

    @property
    def is_owner(self) -> bool:
        """Whether the server is this process's child."""
        return self._owner

    def start(self) -> str:
        """Return the URL of the running server, starting it when no process of this machine has.

        Raises:
            DataFolderRefused: the folder cannot be used; the message says why and what to do.
            ServerFailed: the server does not start; the message ends with the last lines of its log.
        """
        if self._thread is None:
            self._log_start = self._server_log.stat().st_size if self._server_log.exists() else 0
            self._leave, self._reached = Event(), Future()
            # The kernel ends the server when the thread that started it ends: so this one stays until stop().
            # A daemon, because the interpreter waits for the others before it runs what atexit has noted.
            self._thread = Thread(target=self._supervise, name="embedded-postgres", daemon=True)
            self._thread.start()
            atexit.register(self.stop)
        try:
            return database_url(self._reached.result())
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Shut the server down if this process owns it, and release the lock; return when it is gone."""
        if self._thread is None:
            return
        self._leave.set()
        self._thread.join()
        self._thread = None
        atexit.unregister(self.stop)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """The URL, after start()."""
        return database_url(self._reached.result(timeout=0))

    def said_at_its_end(self) -> str:
        """Return what the server said when it last ended by itself since start(), "" when it did not.

        A server that cannot write its log of changes ends, and all that its sessions hear is that they are closed.
        """
        size = self._server_log.stat().st_size
        with self._server_log.open("rb") as file:
            file.seek(self._log_start if self._log_start <= size else 0)
            lines = file.read().decode(errors="replace").splitlines()
        panics = [line.split(" PANIC: ", 1)[1].strip() for line in lines if " PANIC: " in line]
        return panics[-1] + _todo(panics[-1]) if panics else ""

    # ---------------------------------------------------------------- the supervisor's thread

    def _supervise(self) -> None:
        try:
            cluster.make_home(self.home)
            user = cluster.server_user(self.home, self._system_user)
            with _open_lock(self.home) as lock:
                if self._wait_for_lock(lock):
                    self._own(lock, user)
        except BaseException as error:  # noqa: BLE001 - it crosses to the thread that waits in start()
            if not self._reached.done():
                self._reached.set_exception(error)
            else:
                self._log.error("the embedded database is given up", reason=str(error))
        finally:
            self._owner = False

    def _wait_for_lock(self, lock: IO[str]) -> bool:
        """Wait until the lock is ours; meanwhile be a guest of the server of its owner. False: told to leave."""
        deadline = time.monotonic() + self._start_timeout_s
        while not _try_lock(lock):
            if not self._reached.done():
                folder = _answering(self.home)
                if folder is not None:
                    self._log.info("connected to the embedded database of another process", folder=str(self.home))
                    self._reached.set_result(folder)
                elif time.monotonic() > deadline:
                    raise ServerFailed(
                        f"another process holds {lock.name}, but its database does not answer: see {self._server_log}"
                    )
            if self._leave.wait(POLL_S):
                return False
        return True

    def _own(self, lock: IO[str], user: ServerUser) -> None:
        """Run the server until told to leave, starting it again whenever it ends by itself."""
        self._owner = True
        try:
            binaries = self._prepare(user)
            folder = cluster.make_socket_folder(self.home, user)
        except OSError as error:
            raise ServerFailed(f"cannot make {error.filename or self.home}: {error.strerror}{_todo(error)}") from error
        pause_s = POLL_S
        while not self._leave.is_set():
            try:
                server = self._launch(binaries, folder, lock, user)
            except (ServerFailed, OSError) as error:
                if not self._reached.done():
                    raise
                self._log.error("the embedded database does not start again", reason=str(error), next_try_s=pause_s)
                self._leave.wait(pause_s)
                pause_s = min(pause_s * 2, SLOWEST_RESTART_S)
                continue
            pause_s = POLL_S
            if not self._reached.done():
                self._reached.set_result(folder)
            while server.poll() is None and not self._leave.wait(POLL_S):
                pass
            if server.poll() is None:
                self._shut_down(server)
            else:
                self._log.warning("the embedded database ended by itself: starting it again", code=server.returncode)
        cluster.remove_socket_folder(self.home)

    def _prepare(self, user: ServerUser) -> Path:
        """Return the folder of the programs to run, with a cluster that they can run in place."""
        found = find_binaries()
        has_cluster = cluster.check_data(self.home, user, major_version(found))
        binaries = reachable_binaries(found, user.uid, user.gid, self.home / "binaries")
        if not has_cluster:
            self._log.info("making the embedded database", folder=str(self.home))
            commands = [[*self._as(user), str(binaries / program)] for program in ("initdb", "postgres")]
            cluster.create(self.home, user, *commands)
        cluster.write_authentication(self.home, user)
        cluster.remove_stale_pid_file(self.home)
        return binaries

    def _launch(self, binaries: Path, folder: Path, lock: IO[str], user: ServerUser) -> subprocess.Popen[bytes]:
        """Start the server and return it when it takes connections."""
        settings = cluster.server_settings(folder, cluster.memory_bytes()) | self._settings
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        _keep_small(self._server_log)
        with self._server_log.open("ab") as server_log:
            os.fchmod(server_log.fileno(), 0o600)  # a failed statement is logged with its values
            os.fchown(server_log.fileno(), user.uid, user.gid)
            before = server_log.tell()
            server = subprocess.Popen(
                [*self._as(user), str(binaries / "postgres"), "-D", str(self.home / "data"), *options],
                env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
                stdin=subprocess.DEVNULL,
                stdout=server_log,
                stderr=server_log,
                start_new_session=True,  # Ctrl-C at the terminal is for us: we end first, then the server
                pass_fds=(lock.fileno(),),
            )
        try:
            self._wait_until_ready(server, before)
        except BaseException:
            self._shut_down(server)
            raise
        self._log.info("the embedded database is running", folder=str(self.home), pid=server.pid)
        return server

    def _wait_until_ready(self, server: subprocess.Popen[bytes], log_start: int) -> None:
        deadline = time.monotonic() + self._start_timeout_s
        while _ready_folder(self.home, server.pid) is None:
            if server.poll() is not None:
                raise ServerFailed(f"Postgres ended at its start: {self._said_since(log_start)}")
            if time.monotonic() > deadline:
                raise ServerFailed(
                    f"Postgres is not ready after {self._start_timeout_s:.0f} s: {self._said_since(log_start)}"
                )
            if self._leave.wait(POLL_S / 10):
                return

    def _shut_down(self, server: subprocess.Popen[bytes]) -> None:
        server.send_signal(signal.SIGINT)  # fast shutdown: sessions end, a checkpoint is written
        deadline = time.monotonic() + STOP_S
        while not _ended(server, POLL_S):
            if self._is_recovering():
                self._log.info("the embedded database was recovering: it will again at the next start")
            elif time.monotonic() > deadline:
                self._log.warning("the embedded database does not stop: recovery will follow at the next start")
            else:
                continue
            server.send_signal(signal.SIGQUIT)
            server.wait()

    def _is_recovering(self) -> bool:
        """Whether the server has not been ready since it was started, or since a crash of one of its processes.

        Then there is nothing to write yet; and Postgres 18, told to stop after a crash, may wait for ever.
        """
        said = self._server_log.read_bytes()
        return said.rfind(b" LOG:  database system is ready to accept") < max(map(said.rfind, _BEGINNINGS))

    def _as(self, user: ServerUser) -> list[str]:
        """Return the words before a command that has to run as `user` and to end with this thread."""
        return [sys.executable, "-I", "-S", str(LAUNCHER), str(os.getpid()), str(user.uid), str(user.gid)]

    @property
    def _server_log(self) -> Path:
        return self.home / "postgres.log"

    def _said_since(self, start: int) -> str:
        with self._server_log.open("rb") as file:
            file.seek(start)
            lines = file.read().decode(errors="replace").splitlines()
        # What ended it, without the time and the process in front; else the last lines whatever they are.
        ends = [line.split(": ", 1)[1].strip() for line in lines if re.search(r"\b(FATAL|PANIC): ", line)]
        said = " / ".join(ends[-2:] or lines[-6:]) or f"it said nothing; see {self._server_log}"
        return said + _todo(said)


def database_url(socket_folder: Path) -> str:
    """Return the URL of our database behind the socket in `socket_folder`."""
    url = URL.create(
        "postgresql+psycopg",
        username=cluster.SUPERUSER,
        database=cluster.DATABASE,
        query={"host": str(socket_folder), "port": str(cluster.PORT)},  # the port, lest PGPORT name another socket
    )
    return url.render_as_string(hide_password=False)


def is_unlocked(home: Path) -> bool:
    """Whether neither a process nor a server runs on the folder `home`."""
    try:
        lock = (home / "lock").open()
    except FileNotFoundError:
        return True
    with lock:
        return _try_lock(lock)


def _todo(reason: object) -> str:
    """Return what to do about a failure, if we know."""
    is_full = os.strerror(errno.ENOSPC) in str(reason)
    return "; free some space on its disk, and it starts by itself" if is_full else ""


def _open_lock(home: Path) -> IO[str]:
    try:
        return (home / "lock").open("a")
    except OSError as error:
        raise cluster.refusal(home, error) from error


def _ended(server: subprocess.Popen[bytes], within_s: float) -> bool:
    try:
        server.wait(within_s)
    except subprocess.TimeoutExpired:
        return False
    return True


def _try_lock(lock: IO[str]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _answering(home: Path) -> Path | None:
    """Return the socket's folder if a server of `home` takes connections."""
    folder = _ready_folder(home, None)
    if folder is None:
        return None
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(folder / cluster.SOCKET_NAME))
        except OSError:
            return None
    return folder


def _ready_folder(home: Path, pid: int | None) -> Path | None:
    """Return the socket's folder from the server's own file, once it says `ready` (and is server `pid`)."""
    state = cluster.read_pid_file(home)
    if state is None or state.status != "ready" or pid not in {None, state.pid}:
        return None
    return state.socket_folder


def _keep_small(log: Path) -> None:
    if log.exists() and log.stat().st_size > LOG_BYTES:
        shutil.move(log, log.with_suffix(".log.1"))
