"""`kvswatch migrate` on a server of its own."""

import pytest
from sqlalchemy import make_url

from app.__main__ import main
from app.db.engine import create_engine
from app.db.migrate import require_current_schema
from tests.conftest import run_outside_transaction


def test_it_makes_the_schema_in_an_empty_database(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    run_outside_transaction(postgres_url, "CREATE DATABASE to_migrate")
    url = make_url(postgres_url).set(database="to_migrate").render_as_string(hide_password=False)
    monkeypatch.setenv("KVSWATCH_DATABASE_URL", url)
    with pytest.raises(SystemExit) as ended:
        main(["migrate"])
    engine = create_engine(url)
    require_current_schema(engine)
    engine.dispose()
    run_outside_transaction(postgres_url, "DROP DATABASE to_migrate")
    assert ended.value.code == 0
