"""What many tests need: a real Postgres with the schema, one emulated AWS.

One Postgres serves the whole run. The first test process that needs it starts it, the others connect (as any second
process of kvswatch does). Each test has a database of its own as long as it runs: a copy of one that was migrated once,
made empty again for the next test. What asks for `estate` gets a copy of one that also has the estate of the builders
in it, which takes a hundred times as long to make.
"""

import fcntl
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, settings
from sqlalchemy import Engine, make_url

from app.cli._demo_home import locked
from app.db.embedded import EmbeddedPostgres
from app.db.engine import Role, create_engine, lock
from app.db.migrate import migrate
from tests.builders.lending import Lender

HOME = "TEST_HOME_OF_KVSWATCH"  # the run's folder, handed from the first process to xdist's workers
NOT_DURABLE = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "64MB",
    "autovacuum": "off",  # whether it comes by during a test, and plans change with it, is chance
}
TEMPLATE = "migrated"
ESTATE = "estate"
PREFIX = "kvswatch-test-"
ROOM_BYTES = 4 << 30

_DONE: list[str] = []
"""The databases of this process that are to be dropped."""

# A machine that is busy with something else makes an example slow, and no test wrong.
settings.register_profile("project", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("project")


def pytest_configure(config: pytest.Config) -> None:
    for name in [name for name in os.environ if name.startswith("KVSWATCH_") and name != HOME]:
        del os.environ[name]  # the settings of whoever runs the tests are not the tests'
    if not hasattr(config, "workerinput"):
        # Short, and passable for the database's user: pytest's own folders are closed to others.
        home, lock = _new_home()
        home.chmod(0o711)
        config.add_cleanup(lambda: os.close(lock))
        os.environ[HOME] = str(home)
        config.add_cleanup(lambda: shutil.rmtree(home, ignore_errors=True))


@pytest.fixture(scope="session")
def postgres_url(pytestconfig: pytest.Config) -> str:
    """The URL of the run's server, at an empty database that no test writes to."""
    home = Path(os.environ[HOME])
    server = EmbeddedPostgres(home / "postgres", settings=NOT_DURABLE)
    url = server.start()
    guests = (home / "guests").open("a")
    fcntl.flock(guests, fcntl.LOCK_SH)

    def leave() -> None:
        # The server ends with its owner: so the owner stays until no other process of the run uses it.
        _of_databases(url).dispose()
        fcntl.flock(guests, fcntl.LOCK_EX if server.is_owner else fcntl.LOCK_UN)
        server.stop()
        guests.close()

    pytestconfig.add_cleanup(leave)
    return url


@pytest.fixture(scope="session")
def template_url(postgres_url: str) -> str:
    """The URL of the migrated database that the tests' databases are copies of."""
    return made_once(postgres_url, TEMPLATE, "template1", migrate)


@pytest.fixture(scope="session")
def estate_template(postgres_url: str, template_url: str) -> str:
    """The URL of the migrated database that also has the estate of the builders in it."""
    from tests.builders.estate import make_estate  # noqa: PLC0415 - only where it is used: it imports half the program

    def fill(engine: Engine) -> None:
        with engine.begin() as connection:
            ids = make_estate(connection)
        (Path(os.environ[HOME]) / ESTATE).write_text(json.dumps(ids))

    return made_once(postgres_url, ESTATE, str(make_url(template_url).database), fill)


@pytest.fixture
def estate(request: pytest.FixtureRequest) -> dict[str, int]:
    """The small estate with everything in it, in this test's database: ids by name."""
    request.getfixturevalue("database_url")
    return estate_ids()


def estate_ids() -> dict[str, int]:
    """Return the ids of what is in each copy of the estate, by name."""
    ids: dict[str, int] = json.loads((Path(os.environ[HOME]) / ESTATE).read_text())
    return ids


def made_once(postgres_url: str, name: str, template: str, make: Callable[[Engine], object]) -> str:
    """Return the URL of a database that the first process of the run copies and makes; the others wait for it."""
    url = make_url(postgres_url)
    server = create_engine(postgres_url)
    with server.begin() as connection:
        lock(connection, name)
        names = connection.exec_driver_sql("SELECT datname FROM pg_database").scalars().all()
        if name not in names:
            copied = f'CREATE DATABASE "{name}.new" TEMPLATE {template} STRATEGY file_copy'
            run_outside_transaction(postgres_url, copied)
            engine = create_engine(url.set(database=f"{name}.new").render_as_string(hide_password=False))
            make(engine)
            engine.dispose()
            run_outside_transaction(postgres_url, f'ALTER DATABASE "{name}.new" RENAME TO {name}')
    server.dispose()
    return url.set(database=name).render_as_string(hide_password=False)


@pytest.fixture(scope="session")
def lender(postgres_url: str, template_url: str) -> Iterator[Lender]:
    """What lends this process's tests a migrated database."""
    lender = Lender(partial(copied, postgres_url, template_url))
    yield lender
    lender.drop()


@pytest.fixture
def new_database() -> None:
    """Say that this test wants a database that is not lent: it ends the sessions of others."""


@pytest.fixture
def database_url(request: pytest.FixtureRequest, postgres_url: str, lender: Lender) -> Iterator[str]:
    """The URL of a migrated database that is this test's alone."""
    if {"estate", "new_database"} & set(request.fixturenames):
        has_estate = "estate" in request.fixturenames
        with copied(postgres_url, request.getfixturevalue("estate_template" if has_estate else "template_url")) as url:
            yield url
    else:
        yield lender.lend()
        lender.take_back()


@contextmanager
def copied(postgres_url: str, template_url: str) -> Iterator[str]:
    """Make a database that is a copy of another one and give its URL; it is dropped when the one after it is done.

    Dropping one that still has a session, if only one that is about to end, takes 100 ms: what Postgres sleeps before
    it looks again.
    """
    name = f"test_{uuid4().hex}"
    template = make_url(template_url).database
    # Not the kernel's copy_file_range (file_copy_method = clone): 100 ms on ext4, this is 8 ms.
    run_outside_transaction(postgres_url, f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
    yield make_url(postgres_url).set(database=name).render_as_string(hide_password=False)
    _DONE.append(name)
    while len(_DONE) > 1:
        run_outside_transaction(postgres_url, f"DROP DATABASE {_DONE.pop(0)} WITH (FORCE)")


@pytest.fixture
def engine(lender: Lender, database_url: str) -> Iterator[Engine]:
    """An engine on this test's database, acting as the login: it may do everything."""
    with _acting(lender, database_url, None) as engine:
        yield engine


@pytest.fixture
def app_engine(lender: Lender, database_url: str) -> Iterator[Engine]:
    """An engine on this test's database with the rights of services and worker."""
    with _acting(lender, database_url, "kvswatch_app") as engine:
        yield engine


@pytest.fixture
def read_engine(lender: Lender, database_url: str) -> Iterator[Engine]:
    """An engine on this test's database with the rights of pages and exports."""
    with _acting(lender, database_url, "kvswatch_read") as engine:
        yield engine


@contextmanager
def _acting(lender: Lender, url: str, role: Role | None) -> Iterator[Engine]:
    """Give an engine of the database that is lent, or a new one on another."""
    if lent := lender.engine(url, role):
        yield lent
    else:
        engine = create_engine(url, role=role)
        yield engine
        engine.dispose()


@pytest.fixture(scope="session")
def aws() -> Iterator[Any]:
    """The small emulated organization, one for each test process: what a test changes in it, later tests see."""
    from app.demo.emulator import Emulator  # noqa: PLC0415 - moto takes seconds to import: only where it is used

    with Emulator(small=True) as emulator:
        yield emulator


def _memory() -> Path | None:
    """Return a folder in memory if there is one with room.

    ext4 looks at each file that was just deleted before it makes a new one, and a database is 450 files: a quarter of
    the run's time.
    """
    shared = Path("/dev/shm")
    if not shared.is_dir() or shutil.disk_usage(shared).free < ROOM_BYTES:
        return None
    # The database's user may need a copy of its programs there.
    return None if os.statvfs(shared).f_flag & os.ST_NOEXEC else shared


def _new_home() -> tuple[Path, int]:
    """Return a new folder and the descriptor that holds its lock, for as long as this process lives."""
    place = _memory() or Path(tempfile.gettempdir())
    for left in place.glob(f"{PREFIX}*"):
        # Of a run that was killed: in memory it would stay until the machine restarts.
        if (lock := locked(left)) is not None:
            shutil.rmtree(left, ignore_errors=True)
            os.close(lock)
    while True:
        home = Path(tempfile.mkdtemp(prefix=PREFIX, dir=place))
        if (lock := locked(home)) is not None:
            return home, lock


def run_outside_transaction(url: str, *statements: str) -> None:
    """Run, in one session, statements that Postgres wants outside a transaction."""
    with _of_databases(url).connect() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


@cache
def _of_databases(url: str) -> Engine:
    """Return what databases are made and dropped with. It keeps its connection: a new one takes as long as a copy."""
    return create_engine(url, pool_size=1).execution_options(isolation_level="AUTOCOMMIT")
