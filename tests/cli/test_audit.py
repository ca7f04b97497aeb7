"""`kvswatch audit verify`: a log that somebody edited is found out."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, text

from app.__main__ import main
from app.db.queries import audit

NOW = datetime(2026, 11, 20, 12, 0, 0, 123456, tzinfo=UTC)


def verify(capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    with pytest.raises(SystemExit) as ended:
        main(["audit", "verify"])
    return int(ended.value.code or 0), capsys.readouterr().out


@pytest.fixture(autouse=True)
def _log(engine: Engine, database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KVSWATCH_DATABASE_URL", database_url)
    with engine.begin() as connection:
        for number in range(3):
            detail = {"n": number, "note": "Ünï"}
            audit.append(connection, actor="ada", action="mute", subject="finding:1", detail=detail, now=NOW)


def test_it_says_that_an_untouched_log_holds(capsys: pytest.CaptureFixture[str]) -> None:
    code, out = verify(capsys)
    assert code == 0
    assert out.startswith("3 entries, the chain holds")


def test_it_names_an_entry_that_was_changed(engine: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    with engine.begin() as connection:
        changed = connection.execute(text("select min(id) + 1 from audit")).scalar_one()
        connection.execute(text("update audit set actor = 'ben' where id = :id"), {"id": changed})
    assert verify(capsys) == (1, f"entry {changed} was changed after it was written\n")


def test_it_names_where_an_entry_was_taken_out(engine: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    with engine.begin() as connection:
        connection.execute(text("delete from audit where id = (select min(id) + 1 from audit)"))
        last = connection.execute(text("select max(id) from audit")).scalar_one()
    code, out = verify(capsys)
    assert code == 1
    assert out.startswith(f"entry {last} does not follow")
