from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from fastapi import FastAPI
from starlette.responses import Response
from starlette.testclient import TestClient

from app.core.query.filter import Problem, parse
from app.core.query.listing import EVENTS
from app.web.download import download, refusal

QUERY = parse([], EVENTS, datetime(2026, 11, 23, 12, 0, tzinfo=UTC)).filter


def failing() -> Iterator[bytes]:
    raise LookupError("the database is away")
    yield b""


def test_a_file_is_sent_whole_under_its_name():
    app = FastAPI()

    @app.get("/file")
    def file() -> Response:
        return download(iter([b"a,b\n", b"1,2\n"]), QUERY, "csv")

    with TestClient(app) as client:
        answer = client.get("/file")
    assert answer.content == b"a,b\n1,2\n"
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"].startswith('attachment; filename="kvs-events_20261116T1200Z_')


def test_what_fails_before_the_first_byte_is_an_error_and_not_an_empty_file():
    with pytest.raises(LookupError):
        download(failing(), QUERY, "csv")


def test_a_refusal_names_each_problem():
    answer = refusal((Problem("colour", "red", "is not a field of events"), Problem("from", "x", "is not a time")))
    assert answer.status_code == 400
    assert bytes(answer.body).decode().splitlines() == [
        "Nothing was exported:",
        "colour=red is not a field of events",
        "from=x is not a time",
    ]
