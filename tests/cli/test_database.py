"""Which database a command works on."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import make_url, text

from app import config
from app.cli._database import app_engine, bring_up_to_date, database_url
from app.db.errors import DatabaseUnreachable
from app.db.migrate import SchemaMismatch
from tests.builders.programs import empty_home
from tests.conftest import run_outside_transaction


@pytest.fixture
def home() -> Iterator[Path]:
    """A folder that the database's own user can pass through."""
    with empty_home() as folder:
        yield folder


def test_without_a_url_it_brings_a_database_along_migrated_and_ends_it(home: Path) -> None:
    settings = config.load({"KVSWATCH_DATA_DIR": str(home)})
    with app_engine(settings) as engine, engine.connect() as connection:
        assert connection.execute(text("select count(*) from account")).scalar_one() == 0
        assert connection.execute(text("select current_user")).scalar_one() == "kvswatch_app"
    assert not (home / "postgres" / "data" / "postmaster.pid").exists()


PANIC = '2026-11-02 09:00:00 UTC [7] PANIC:  could not write to file "pg_wal/x": No space left on device\n'


def work_until_it_ends(home: Path) -> None:
    with app_engine(config.load({"KVSWATCH_DATA_DIR": str(home)})) as engine, engine.connect() as connection:
        pid = connection.execute(text("select pg_backend_pid()")).scalar_one()
        with (home / "postgres" / "postgres.log").open("a") as said:
            said.write(PANIC)
        os.kill(pid, signal.SIGKILL)
        connection.execute(text("select 1"))


def test_a_database_that_ended_by_itself_tells_why(home: Path) -> None:
    why = r'; it ended: could not write to file "pg_wal/x": No space left on device; free some space on its disk'
    with pytest.raises(DatabaseUnreachable, match=why):
        work_until_it_ends(home)


def test_it_does_not_migrate_a_server_of_others_unasked(postgres_url: str) -> None:
    run_outside_transaction(postgres_url, "CREATE DATABASE of_others")
    url = make_url(postgres_url).set(database="of_others").render_as_string(hide_password=False)
    with pytest.raises(SchemaMismatch, match="kvswatch migrate"):
        bring_up_to_date(url, may_migrate=False)
    run_outside_transaction(postgres_url, "DROP DATABASE of_others")


def test_it_says_that_a_server_is_not_reachable() -> None:
    url = "postgresql+psycopg://kvswatch@127.0.0.1:1/kvswatch"
    settings = config.load({"KVSWATCH_DATABASE_URL": url, "KVSWATCH_DATABASE_WAIT_SECONDS": "0"})
    with pytest.raises(DatabaseUnreachable, match=r"127\.0\.0\.1"), database_url(settings):
        pass
