"""The small files of one stream's page."""

import hashlib

import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from app.core.query.moment import iso
from tests.builders.review import make_reviewed
from tests.builders.statement import END, START

RANGE = f"from={iso(START)}&to={iso(END)}"


@pytest.mark.parametrize("name", ["review", "statement"])
def test_it_stands_in_the_list_of_exports_with_its_question(client: TestClient, engine: Engine, name: str) -> None:
    with engine.begin() as connection:
        row = make_reviewed(connection)
    path = f"/streams/{row.id}/{name}"
    head = client.head(f"{path}.csv?{RANGE}")
    assert "No file was taken along yet" in client.get("/exports").text
    answer = client.get(f"{path}.csv?{RANGE}")
    assert head.headers["Content-Disposition"] == answer.headers["Content-Disposition"]
    assert answer.headers["Content-Disposition"].startswith(f'attachment; filename="kvs-{name}_{row.id}_')
    page = client.get("/exports").text
    assert hashlib.sha256(answer.content).hexdigest() in page
    assert f'href="{path}?from=2026-11-20T00%3A00Z&amp;to=2026-11-21T00%3A00Z"' in page
    assert page.count("complete</span>") == 1
