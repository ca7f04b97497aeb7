"""`kvswatch web` as a process: where it listens, how it ends, what it says when it cannot begin."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from app.cli.web import listener, require_loopback
from app.core.errors import InvalidInput
from tests.builders.programs import Program, empty_home, free_port, refused, status, taken_port
from tests.builders.waiting import eventually


@pytest.fixture
def home() -> Iterator[Path]:
    with empty_home() as folder:
        yield folder


def test_it_serves_until_it_is_told_to_end(home: Path, database_url: str) -> None:
    port = free_port()
    with Program(home, "web", "--port", str(port), environment={"KVSWATCH_DATABASE_URL": database_url}) as web:
        assert eventually(lambda: status(port, "/healthz") == 200)
        assert web.end(signal.SIGINT) == 0
        assert "Traceback" not in web.err


def test_it_refuses_a_schema_of_another_release(
    database_url: str, engine: Engine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KVSWATCH_DATABASE_URL", database_url)
    with engine.begin() as connection:
        connection.execute(text("update alembic_version set version_num = 'of_last_year'"))
    code, line = refused(capsys, "web", "--port", str(free_port()))
    assert code == 1
    assert line.startswith("kvswatch: the database is at schema of_last_year")
    assert "kvswatch migrate" in line


def test_a_port_in_use_is_named_with_what_to_do() -> None:
    with taken_port() as port, pytest.raises(InvalidInput) as raised:
        listener("127.0.0.1", port)
    assert str(raised.value) == (
        f"port {port} of 127.0.0.1 is in use by another program: end it, or choose another port: --port {port + 1}"
    )


def test_an_address_of_another_machine_is_named() -> None:
    with pytest.raises(InvalidInput, match=r"cannot listen on 192\.0\.2\.1 port 8000"):
        listener("192.0.2.1", 8000)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost", "127.8.9.1"])
def test_loopback_needs_no_sign_in(host: str) -> None:
    require_loopback(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.1", "kvswatch.example"])
def test_other_addresses_do(host: str) -> None:
    with pytest.raises(InvalidInput, match="no sign-in"):
        require_loopback(host)
