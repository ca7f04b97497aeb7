"""The worker: threads that claim feeds and run their handlers, and one that keeps the leases."""

import contextlib
import os
import random
import secrets
import socket
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from app import __version__
from app.core.errors import KvswatchError
from app.core.model.feed import Feed
from app.db.errors import in_one_line, is_passing
from app.db.queries import feeds, workers
from app.worker.run import FeedRun, Handler, Outcome

LONGEST_PAUSE_S = 3600
FIRST_PAUSE_S = 5
LONGEST_WAIT_S = 10.0  # between two tries while the database is away
LISTENERS = 2
_LISTENER = "listen"
log = structlog.get_logger()


class Worker:
    """Runs due feeds until it is told to stop.

    `handlers` maps a feed's source to what runs it; feeds of other sources are left to other workers.
    `background` are the sources that wait while others are due, the most urgent first. They never take the first
    thread: a long backfill must not keep what is new from being read and judged. After a run that left more to do a
    thread takes of them what has waited longest: while logs of the past come in, something else is always due.
    `listening` are the sources that wait for what is to come: `LISTENERS` threads more take them, and no others.
    """

    def __init__(
        self,
        engine: Engine,
        handlers: Mapping[str, Handler],
        *,
        clock: Callable[[], datetime],
        threads: int,
        lease_s: int,
        background: Sequence[str] = (),
        listening: Sequence[str] = (),
        idle_s: float = 1.0,
    ) -> None:
        self.id = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
        self._engine = engine
        self._handlers = handlers
        self._background = [[source] for source in background if source in handlers]
        self._listening = [source for source in listening if source in handlers]
        self._gives_way: set[str] = set()
        self._foreground = [source for source in handlers if source not in {*background, *listening}]
        self._clock = clock
        self._lease_s = lease_s
        self._idle_s = idle_s
        self._stopping = threading.Event()
        names = [f"feed-{n}" for n in range(threads)]
        names += [f"{_LISTENER}-{n}" for n in range(LISTENERS if self._listening else 0)]
        self._pool = [threading.Thread(target=self._work, name=name, daemon=True) for name in names]
        self._has_one = threads == 1
        self._heart = threading.Thread(target=self._beat, name="heartbeat", daemon=True)

    def start(self) -> None:
        """Begin to claim feeds; give up the leases of this machine's dead workers first."""
        with self._engine.begin() as connection:
            feeds.leave(connection, self._bury_dead(connection))
            workers.enter(connection, self.id, socket.gethostname(), os.getpid(), __version__, self._clock())
        for thread in (self._heart, *self._pool):
            thread.start()

    def stop(self, timeout_s: float = 10) -> None:
        """End between two batches, or after `timeout_s`; feeds stay where their last transaction left them."""
        self._stopping.set()
        deadline = time.monotonic() + timeout_s
        for thread in filter(threading.Thread.is_alive, (*self._pool, self._heart)):
            thread.join(max(0.0, deadline - time.monotonic()))
        with contextlib.suppress(DBAPIError), self._engine.begin() as connection:
            # The database may be gone first; the leases then simply run out.
            feeds.leave(connection, [self._owner(thread) for thread in self._pool])
            workers.stop(connection, self.id, self._clock())

    def run_once(self) -> bool:
        """Claim and run one due feed in this thread; return whether there was one."""
        thread = threading.current_thread()
        owner = self._owner(thread)
        turns = self._turns(thread)
        feed = next((claimed for sources in turns if (claimed := self._claim(owner, sources)) is not None), None)
        if feed is None:
            return False
        self._run(feed, owner)
        return True

    def _turns(self, thread: threading.Thread) -> list[list[str]]:
        """Return which sources a thread takes, the most urgent first."""
        if thread.name.startswith(_LISTENER):
            return [self._listening]
        if thread is self._pool[0] and not self._has_one:
            return [self._foreground]
        if thread.name in self._gives_way:
            return [[source for sources in self._background for source in sources], self._foreground]
        return [self._foreground, *self._background]

    def _claim(self, owner: str, sources: list[str]) -> Feed | None:
        if not sources:
            return None
        with self._engine.begin() as connection:
            # What this thread still holds, it left when the database fell; the heartbeat would hold it for ever.
            feeds.leave(connection, [owner])
            return feeds.claim(connection, owner, self._clock(), self._lease_s, sources)

    def _work(self) -> None:
        wait_s = self._idle_s
        while not self._stopping.is_set():
            busy = False
            try:
                busy = self.run_once()
                wait_s = self._idle_s
            except DBAPIError as error:
                # The database is restarting or away: nothing is lost, every claim begins again from the cursor.
                log.warning("the database refuses", error=in_one_line(error), next_try_s=wait_s)
                wait_s = min(wait_s * 2, LONGEST_WAIT_S)
            except Exception:
                # A defect outside of any feed: a thread less would be a worker that only seems to be alive.
                log.exception("worker broke")
            if not busy:
                self._stopping.wait(wait_s)

    def _run(self, feed: Feed, owner: str) -> None:
        self._gives_way.discard(threading.current_thread().name)
        run = FeedRun(self._engine, feed, owner, self._clock, self._stopping)
        name = {"account": feed.key.account_id, "source": feed.key.source, "region": feed.key.region}
        try:
            outcome = self._handlers[feed.key.source](run)
        except feeds.LeaseLost as error:
            log.warning("lease lost", **name, error=str(error))
            return
        except KvswatchError as error:
            self._fail(feed, owner, str(error))
            log.warning("feed failed", **name, error=str(error))
        except DBAPIError as error:
            if is_passing(error):
                # Not the feed's trouble: it stays due.
                raise
            self._fail(feed, owner, f"{type(error).__name__}: {in_one_line(error)}")
            log.exception("feed broke", **name)
        except Exception as error:
            # One feed's defect must not stop the others; it is shown on the account page.
            self._fail(feed, owner, f"{type(error).__name__}: {error}")
            log.exception("feed broke", **name)
        else:
            if outcome.has_more and feed.key.source in self._foreground:
                self._gives_way.add(threading.current_thread().name)
            self._release(feed, owner, outcome)

    def _release(self, feed: Feed, owner: str, outcome: Outcome) -> None:
        now = self._clock()
        pause = timedelta(seconds=feed.every_s) if outcome.again_in is None else outcome.again_in
        with self._engine.begin() as connection:
            feeds.release(connection, feed.key, owner, now, now + pause)

    def _fail(self, feed: Feed, owner: str, error: str) -> None:
        now = self._clock()
        with self._engine.begin() as connection:
            feeds.fail(connection, feed.key, owner, now, now + pause_after(feed), error)

    def _beat(self) -> None:
        while not self._stopping.wait(self._lease_s / 3):
            now = self._clock()
            try:
                with self._engine.begin() as connection:
                    workers.beat(connection, self.id, now)
                    owners = [self._owner(thread) for thread in self._pool]
                    feeds.renew(connection, owners, now + timedelta(seconds=self._lease_s))
            except DBAPIError as error:
                log.warning("no heartbeat: the database refuses", error=in_one_line(error))

    def _owner(self, thread: threading.Thread) -> str:
        return f"{self.id}/{thread.name}"

    def _bury_dead(self, connection: Connection) -> list[str]:
        host = socket.gethostname()
        # A container that was killed and started again has its name and the number of its process again.
        dead = [
            w for w in workers.running(connection) if w.host == host and (w.pid == os.getpid() or not _is_alive(w.pid))
        ]
        for worker in dead:
            workers.stop(connection, worker.id, self._clock())
        return feeds.owners_of(connection, [worker.id for worker in dead])


def pause_after(feed: Feed) -> timedelta:
    """Return how long a feed rests after one more failure: doubling, with jitter, never above an hour."""
    longest = min(max(feed.every_s, FIRST_PAUSE_S), LONGEST_PAUSE_S)
    pause = min(FIRST_PAUSE_S * 2**feed.attempts, longest)
    return timedelta(seconds=pause * random.uniform(0.75, 1.25))  # noqa: S311 - spreads retries, guards nothing


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
