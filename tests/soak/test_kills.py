"""kill -9 of worker, web server and Postgres at random moments: nothing is lost, doubled or left behind."""

import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from app import config
from app.config import Settings
from app.core.audit import breaks
from app.core.model.scope import EVERYTHING
from app.db.embedded import EmbeddedPostgres
from app.db.engine import APP, create_engine
from app.db.migrate import migrate
from app.db.queries import audit
from app.demo.emulator import Emulator
from app.demo.settings import accounts_toml
from app.services import change_finding
from app.services.check_digests import READ_EVERY
from app.services.watch_accounts import watch_accounts
from app.worker.handlers import wanted_of
from tests.builders.programs import empty_home
from tests.builders.waiting import eventually
from tests.soak.contents import contents, differences, faults

ROOT = Path(__file__).parents[2]
BEGUN = datetime(2026, 11, 20, 12, tzinfo=UTC)
LONGEST_LIFE_S = 0.6  # of a worker before something is killed
DRAINED_WITHIN_S = 100


class Processes:
    """Workers and web servers to kill; tests/soak/processes.py starts them."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.starter = subprocess.Popen(
            [sys.executable, "-m", "tests.soak.processes"],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def start(self, *words: str) -> int:
        print(*words, file=self.starter.stdin, flush=True)
        return int(self.starter.stdout.readline())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.starter.stdin.close()
        self.starter.wait(20)
        self.starter.stdout.close()


class Watched:
    """One database with a worker on it, which comes and goes."""

    def __init__(self, url: str, processes: Processes, settings: Settings) -> None:
        self.url, self.processes = url, processes
        self.engine = create_engine(url, role=APP)
        with self.engine.begin() as connection:
            watch_accounts(connection, wanted_of(settings), BEGUN)
        self.now = BEGUN
        self.worker = 0

    def keep_up(self) -> None:
        """Start the worker unless it runs."""
        if not is_running(self.worker):
            self.worker = self.processes.start("worker", self.url, self.now.isoformat())

    def end(self) -> None:
        """End the worker as an operator does."""
        os.kill(self.worker, signal.SIGTERM)
        assert eventually(lambda: not is_running(self.worker))

    def drain(self) -> None:
        """Let the worker run until nothing is due, started again whenever it falls, as `run` does."""
        assert eventually(lambda: self.keep_up() or self.due() == 0, within_s=DRAINED_WITHIN_S)
        self.end()

    def kill_worker(self) -> None:
        with suppress(ProcessLookupError):  # it falls by itself where it finds no database at its start
            os.kill(self.worker, signal.SIGKILL)
        assert eventually(lambda: not is_running(self.worker))

    def pass_time(self, pause: timedelta) -> None:
        """Let the workers that start from now on find themselves so much later, with all calls to judge again.

        A day is judged again with what was not known of the account the first time: the order in which feeds run
        differs from run to run.
        """
        self.now += pause
        with self.engine.begin() as connection:
            connection.execute(
                text("""insert into touched_hour (account_id, hour, touched_at)
                        select distinct account_id, date_trunc('hour', event_time), cast(:now as timestamptz) from event
                        on conflict (account_id, hour) do update set touched_at = excluded.touched_at"""),
                {"now": self.now},
            )

    def due(self) -> int:
        """Return how many feeds are due or being run; one when the database cannot tell."""
        try:
            with self.engine.connect() as connection:
                question = text("select count(*) from feed where next_at <= :now or owner is not null")
                return connection.execute(question, {"now": self.now}).scalar_one()
        except OperationalError:
            return 1


@pytest.fixture
def chance() -> random.Random:
    """What decides when something is killed. To see a failure again: SEED=… of its output."""
    seed = int(os.environ.get("SEED") or random.randrange(2**32))
    sys.stdout.write(f"SEED={seed}\n")
    return random.Random(seed)


@pytest.fixture(scope="module")
def organization() -> Iterator[Any]:
    """An organization of its own, at a time that stands still."""
    with Emulator(small=True, now=BEGUN) as aws:
        yield aws


@pytest.fixture
def home() -> Iterator[Path]:
    with empty_home() as folder:
        yield folder


@pytest.fixture
def settings(organization: Any, home: Path) -> dict[str, str]:
    (home / "accounts.toml").write_text(accounts_toml(organization.estate))
    return {
        "KVSWATCH_ACCOUNTS_FILE": str(home / "accounts.toml"),
        "KVSWATCH_EXTERNAL_ID": organization.estate.external_id,
        "KVSWATCH_REGIONS": "eu-central-1",
        "KVSWATCH_START_DAYS": "3",
        "KVSWATCH_AWS_ENDPOINT_URL": organization.endpoint,
    }


@pytest.fixture
def processes(organization: Any, settings: dict[str, str]) -> Iterator[Processes]:
    with Processes(os.environ | organization.environment() | settings) as processes:
        yield processes


@pytest.fixture
def server(home: Path) -> Iterator[EmbeddedPostgres]:
    """A Postgres to kill: the processes may die, the machine does not, so nothing needs to reach the disk."""
    with EmbeddedPostgres(home / "postgres", settings={"fsync": "off", "shared_buffers": "64MB"}) as server:
        yield server


@pytest.fixture
def undisturbed(database_url: str, processes: Processes, settings: dict[str, str]) -> Iterator[Watched]:
    watched = Watched(database_url, processes, config.load(settings))
    yield watched
    watched.engine.dispose()


@pytest.fixture
def disturbed(server: EmbeddedPostgres, processes: Processes, settings: dict[str, str]) -> Iterator[Watched]:
    engine = create_engine(server.url)
    migrate(engine)
    engine.dispose()
    watched = Watched(server.url, processes, config.load(settings))
    yield watched
    watched.engine.dispose()


def is_running(pid: int) -> bool:
    return pid != 0 and Path(f"/proc/{pid}").exists()


def kill_postgres(server: EmbeddedPostgres) -> None:
    """kill -9 the postmaster; nothing when it is being started anyway."""
    try:
        os.kill(int((server.home / "data" / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)
    except (FileNotFoundError, ProcessLookupError, IndexError):
        return


def disturb(watched: Watched, server: EmbeddedPostgres, chance: random.Random, kills: list[str]) -> int:
    """Let the worker live for a random while, then kill what comes next, for each of `kills`; return how many hit."""
    hits = 0
    for victim in kills:
        watched.keep_up()
        time.sleep(chance.uniform(0.05, LONGEST_LIFE_S))
        if watched.due() == 0:
            break
        hits += 1
        if victim in {"worker", "both"}:
            watched.kill_worker()
        if victim in {"postgres", "both"}:
            kill_postgres(server)
    return hits


def acknowledge_by_browser(
    watched: Watched, server: EmbeddedPostgres, chance: random.Random, ids: list[str], kills: list[str]
) -> int:
    """Acknowledge findings on their pages while the web server is killed; who gets no answer looks and tries again."""
    with Web(watched) as web:
        timers = [
            threading.Timer(chance.uniform(0, 0.5), kill_postgres if victim == "postgres" else web.kill, [server])
            for victim in kills
        ]
        for timer in timers:
            timer.start()
        while True:
            states = {one: state_of(watched, one) for one in ids}
            if set(states.values()) == {"acknowledged"} and not any(timer.is_alive() for timer in timers):
                break
            for one in (one for one, state in states.items() if state == "open"):
                web.post(f"/findings/{one}/acknowledge")
            web.get(f"/findings/{ids[0]}")
    return len(timers)


class Web:
    """A web server that is started again whenever it does not answer."""

    def __init__(self, watched: Watched) -> None:
        self.watched, self.pid = watched, 0
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            self.port = listener.getsockname()[1]

    def get(self, path: str) -> int:
        return self._ask("GET", path)

    def post(self, path: str) -> int:
        return self._ask("POST", path)

    def kill(self, *_: object) -> None:
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)

    def __enter__(self) -> Self:
        self._keep_up()
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGTERM)
        assert eventually(lambda: not is_running(self.pid))

    def _ask(self, method: str, path: str) -> int:
        """Return the status, 0 when there was no answer."""
        self._keep_up()
        try:
            return httpx.request(method, f"http://127.0.0.1:{self.port}{path}", timeout=20).status_code
        except httpx.TransportError:
            return 0

    def _keep_up(self) -> None:
        if not is_running(self.pid):
            watched = self.watched
            self.pid = watched.processes.start("web", watched.url, watched.now.isoformat(), str(self.port))
            assert eventually(self._listens)

    def _listens(self) -> bool:
        with socket.socket() as probe:
            return not is_running(self.pid) or probe.connect_ex(("127.0.0.1", self.port)) == 0


def open_findings(watched: Watched, chance: random.Random, n: int) -> list[str]:
    with watched.engine.connect() as connection:
        found = connection.execute(text("select id from finding where state = 'open' order by id")).scalars().all()
    return chance.sample(found, min(n, len(found)))


def state_of(watched: Watched, finding: str) -> str | None:
    """Return a finding's state; None while the database is away."""
    try:
        with watched.engine.connect() as connection:
            return connection.execute(text("select state from finding where id = :id"), {"id": finding}).scalar_one()
    except OperationalError:
        return None


def assert_audited(watched: Watched) -> None:
    """Each change by a person has its entry in the log, each entry its change, and the chain holds."""
    with watched.engine.connect() as connection:
        entries = list(audit.entries(connection))
        changes = connection.execute(text("select count(*) from finding_change where by = 'local'")).scalar_one()
    assert list(breaks(entries)) == []
    assert len([one for one in entries if one.entry.action == "finding.acknowledge"]) == changes > 0


def test_a_few_kills_change_nothing(
    undisturbed: Watched, disturbed: Watched, server: EmbeddedPostgres, chance: random.Random
) -> None:
    undisturbed.keep_up()
    hits = disturb(disturbed, server, chance, ["worker", "postgres", "both"])
    drain_both(disturbed, undisturbed)

    assert hits > 0
    wanted = contents(undisturbed.engine)
    assert all(wanted[name] for name in ("event", "digest", "integrity_hour"))
    assert differences(contents(disturbed.engine), wanted) == []
    assert faults(disturbed.engine) == []
    acknowledge_by_browser(disturbed, server, chance, open_findings(disturbed, chance, 5), ["web", "web"])
    assert_audited(disturbed)


@pytest.mark.soak
def test_hundreds_of_kills_change_nothing(
    undisturbed: Watched, disturbed: Watched, server: EmbeddedPostgres, chance: random.Random, organization: Any
) -> None:
    """KILLS=1000 in the environment sets how many."""
    wanted, done = int(os.environ.get("KILLS", "300")), Counter()
    while done.total() < wanted:
        undisturbed.keep_up()
        victims = chance.choices(["worker", "postgres", "both"], weights=(3, 2, 1), k=8)
        done.update(victims[: disturb(disturbed, server, chance, victims)])
        drain_both(disturbed, undisturbed)
        assert differences(contents(disturbed.engine), contents(undisturbed.engine)) == []
        assert faults(disturbed.engine) == []

        ids = open_findings(disturbed, chance, 2)
        if ids:
            victims = chance.choices(["web", "postgres"], weights=(3, 1), k=3)
            acknowledge_by_browser(disturbed, server, chance, ids, victims)
            done.update(victims)
            for one in ids:
                change_finding.acknowledge(undisturbed.engine, EVERYTHING, one, by="local", now=undisturbed.now)
            assert_audited(disturbed)
        for one in (disturbed, undisturbed):
            one.pass_time(timedelta(hours=1))
        # The scanner's own calls are more where it was killed: they are left out, all others come in.
        organization.gate.ledger.drain()
        organization.deliver(disturbed.now)
        sys.stdout.write(f"{dict(done)}\n")


def drain_both(disturbed: Watched, undisturbed: Watched) -> None:
    """Let both come to rest, now and once more a while later: when digests are looked for again.

    Whether a log file that no digest lists yet is told before depends on which of the two came first.
    """
    for one in (disturbed, undisturbed):
        one.drain()
        assert faults(one.engine) == []
        one.pass_time(READ_EVERY)
    for one in (disturbed, undisturbed):
        one.drain()
