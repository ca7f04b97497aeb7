"""`/events.csv` and the other downloads."""

import csv
import io
import json

from sqlalchemy import Engine
from starlette.testclient import TestClient

from tests.builders.events import event, store
from tests.builders.findings import make_finding


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_the_csv_is_exactly_what_the_list_shows(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        store(connection, [event(n, action=("GetClip", "PutMedia")[n % 2]) for n in range(120)])
    answer = client.get("/events.csv?action=GetClip")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="kvs-events_')
    rows = table(answer.text)
    assert len(rows) == 60
    assert {row["action"] for row in rows} == {"GetClip"}


def test_own_calls_are_folded_in_the_file_as_in_the_list(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        store(connection, [event(0), event(1, action="ListStreams")], own=[event(1).event_id])
    assert [row["action"] for row in table(client.get("/events.csv").text)] == ["GetClip"]


def test_json_lines_hold_one_call_each(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        store(connection, [event(n) for n in range(3)])
    lines = client.get("/events.jsonl").text.splitlines()
    assert [json.loads(line)["action"] for line in lines] == ["GetClip"] * 3


def test_findings_can_be_taken_along(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        make_finding(connection, subject="one", severity="high")
        make_finding(connection, subject="two", severity="low")
    assert [row["subject"] for row in table(client.get("/findings.csv?severity=low").text)] == ["two"]


def test_a_file_that_would_hold_other_rows_than_asked_for_is_refused(client: TestClient) -> None:
    answer = client.get("/events.csv?colour=red&from=yesterday")
    assert answer.status_code == 400
    assert "colour=red is not a field of events" in answer.text
    assert "from=yesterday" in answer.text


def test_there_is_no_format_beside_those_of_the_folder(client: TestClient) -> None:
    assert client.get("/events.xlsx").status_code == 404
