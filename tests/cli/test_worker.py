"""`kvswatch worker` as a process."""

import signal
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from app import clock, config
from app.cli.worker import aws_settings
from app.db.partitions import ensure_months, existing_months
from tests.builders.programs import Program, empty_home, refused
from tests.builders.waiting import eventually


@pytest.fixture
def home() -> Iterator[Path]:
    with empty_home() as folder:
        yield folder


def running(engine: Engine) -> int:
    with engine.connect() as connection:
        return connection.execute(text("select count(*) from worker where stopped_at is null")).scalar_one()


def test_it_works_until_it_is_told_to_end(home: Path, database_url: str, engine: Engine) -> None:
    with Program(home, "worker", environment={"KVSWATCH_DATABASE_URL": database_url}) as worker:
        assert eventually(lambda: running(engine) == 1)
        assert worker.end(signal.SIGTERM) == 0
        assert running(engine) == 0
        assert "Traceback" not in worker.err


def test_its_log_files_may_be_as_large_as_the_settings_say(app_engine: Engine) -> None:
    settings = config.load({"KVSWATCH_MAX_FILE_MB": "1000"})
    assert aws_settings(app_engine, settings).max_file_bytes == 1000 << 20


def test_it_watches_the_accounts_that_its_settings_name(home: Path, database_url: str, engine: Engine) -> None:
    file = home / "accounts.toml"
    file.write_text('[[account]]\nid = "111122223333"\nlog_bucket = "a-trail"\n')
    # Nobody answers there: what it reads is not what this is about.
    settings = {"KVSWATCH_ACCOUNTS_FILE": str(file), "KVSWATCH_AWS_ENDPOINT_URL": "http://127.0.0.1:1"}
    with (
        Program(home, "worker", environment={"KVSWATCH_DATABASE_URL": database_url} | settings),
        engine.connect() as at,
    ):
        asked = text("select region from feed where account_id = 111122223333 and source = 's3_logs'")
        assert eventually(lambda: at.execute(asked).all() == [("",)])


def test_it_drops_what_is_too_old_from_its_first_day_on(home: Path, database_url: str, engine: Engine) -> None:
    with engine.begin() as connection:
        ensure_months(connection, "event", [date(2019, 3, 1), clock.now().date()])
    with Program(home, "worker", environment={"KVSWATCH_DATABASE_URL": database_url}) as worker, engine.connect() as at:
        assert eventually(lambda: existing_months(at, "event") == (clock.now().date().replace(day=1),))
        assert worker.end(signal.SIGTERM) == 0
        assert "2019-03" in worker.err


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("postgresql://me:hush@127.0.0.1:1/db", "cannot reach the database postgresql+psycopg://me:***@127.0.0.1:1/db"),
        ("mysql://me@127.0.0.1/db", "KVSWATCH_DATABASE_URL begins with mysql"),
        ("nonsense", "KVSWATCH_DATABASE_URL is not a URL"),
    ],
    ids=["nobody answers", "another database", "no URL"],
)
def test_a_database_that_cannot_be_is_told_in_one_line(
    url: str, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KVSWATCH_DATABASE_URL", url)
    monkeypatch.setenv("KVSWATCH_DATABASE_WAIT_SECONDS", "0")
    code, line = refused(capsys, "worker")
    assert code != 0
    assert line.startswith(f"kvswatch: {said}")
    assert "hush" not in line


def test_a_read_only_database_is_told_in_one_line(
    database_url: str, engine: Engine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KVSWATCH_DATABASE_URL", database_url)
    with engine.begin() as connection:
        connection.execute(text(f"alter database {engine.url.database} set default_transaction_read_only = on"))
    code, line = refused(capsys, "worker")
    assert code == 1
    assert "read-only transaction" in line
    assert "name the primary server in KVSWATCH_DATABASE_URL" in line
