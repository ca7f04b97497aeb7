"""`/events.csv` and the other downloads."""

import csv
import gzip
import hashlib
import html
import io
import json
import re
from datetime import timedelta

import pytest
from sqlalchemy import Engine, text
from starlette.testclient import TestClient

from app.core.errors import InvalidInput
from app.core.retention import Dropped
from app.core.tally import Tally
from app.db.queries import exports
from app.db.queries.retention import mark_dropped
from app.web.by_name import LIMIT
from app.web.pages import exports as exports_page
from tests.builders.accounts import NOW, make_account
from tests.builders.calls import make_stream
from tests.builders.estate import CLINIC, LEGACY
from tests.builders.events import EVENT, event, raw, store
from tests.builders.findings import make_finding


def table(content: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content, newline="")))


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
    assert [json.loads(line)["action"] for line in lines[:-1]] == ["GetClip"] * 3


def test_the_records_of_the_list_come_as_they_were_logged(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        store(connection, [EVENT, event(1, action="DeleteStream")])
    page = client.get("/events?action=DeleteStream&cols=action,source").text
    (href,) = (each for each in links(page, "jsonl") if each.startswith("/records"))
    *records, last = client.get(href).content.splitlines()
    assert records == [raw(event(1, action="DeleteStream"))]
    assert json.loads(last)["export"]["rows"] == 1
    assert 'href="/events?action=DeleteStream' in client.get("/exports").text


def test_json_lines_end_with_what_makes_a_cut_visible(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        store(connection, [event(n) for n in range(3)])
    content = client.get("/events.jsonl").content
    body, _, last = content.rstrip(b"\n").rpartition(b"\n")
    sha256 = hashlib.sha256(body + b"\n").hexdigest()
    assert json.loads(last) == {"export": {"rows": 3, "sha256": sha256, "complete": True}}


@pytest.mark.parametrize("asked", ["", "action=GetClip", "stream~=ward&own=no&own=yes"])
@pytest.mark.parametrize("path", ["/events.csv", "/events.jsonl.gz", "/records.jsonl"])
def test_a_file_of_calls_tells_its_rows_before_they_come(
    client: TestClient, engine: Engine, monkeypatch: pytest.MonkeyPatch, asked: str, path: str
) -> None:
    # A machine that does ten things at once must not make this one of a file whose rows take long to count.
    monkeypatch.setattr("app.services.export_data.EXPECT_S", 10)
    calls = [event(n, action=("GetClip", "PutMedia")[n % 2]) for n in range(7)]
    with engine.begin() as connection:
        store(connection, calls, own=[calls[2].event_id])
        store(connection, [event(8, addendum_of=calls[0].event_id)])
    answer = client.get(f"{path}?{asked}")
    content = gzip.decompress(answer.content) if path.endswith("gz") else answer.content
    assert int(answer.headers["X-Rows"]) == len(content.splitlines()) - 1
    assert client.head(f"{path}?{asked}").headers["X-Rows"] == answer.headers["X-Rows"]


def test_where_rows_take_long_to_count_none_are_told(
    client: TestClient, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with engine.begin() as connection:
        store(connection, [event(n) for n in range(3)])
    monkeypatch.setattr("app.services.export_data.MOST_COUNTED", 3)
    assert "X-Rows" not in client.get("/events.csv?region=eu-central-1").headers
    assert client.get("/events.csv?action=GetClip").headers["X-Rows"] == "3"


@pytest.mark.parametrize("most", [2, 10_000], ids=["many", "few"])
def test_counts_that_outlive_their_calls_are_no_number_of_rows(
    client: TestClient, engine: Engine, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr("app.services.export_data.MOST_COUNTED", most)
    monkeypatch.setattr("app.web.counted.MOST", most)
    with engine.begin() as connection:
        store(connection, [event(n, event_time=NOW - timedelta(days=2)) for n in range(5)])
        connection.execute(text("delete from event"))
        mark_dropped(connection, "event", Dropped(NOW - timedelta(days=1), 90), NOW)
        store(connection, [event(n) for n in (5, 6)])
    answer = client.get("/events.csv?from=now-7d")
    assert len(answer.content.splitlines()) == 1 + 2
    assert answer.headers.get("X-Rows") == {2: None, 10_000: "2"}[most]
    page = client.get("/events?from=now-7d").text
    assert "7 calls, newest first" in page
    assert f'CSV <span class="n">{ {2: "≥ 10,000", 10_000: "2"}[most] }</span>' in page
    assert client.get("/events.csv?from=now-1d").headers["X-Rows"] == "2"
    with engine.begin() as connection:
        connection.execute(text("delete from roll_hour where day < :day"), {"day": NOW.date() - timedelta(days=1)})
    # Where no count outlived its calls the rollups know it, whatever was dropped.
    assert client.get("/events.csv?from=now-7d").headers["X-Rows"] == "2"


@pytest.mark.parametrize("path", ["/events.csv.gz", "/events.csv?gzip=1"])
def test_a_file_is_compressed_when_asked_for(client: TestClient, engine: Engine, path: str) -> None:
    with engine.begin() as connection:
        store(connection, [event(n) for n in range(3)])
    answer = client.get(path)
    assert answer.headers["Content-Type"] == "application/gzip"
    assert answer.headers["Content-Disposition"].endswith('.csv.gz"')
    assert gzip.decompress(answer.content) == client.get("/events.csv").content
    assert client.head(path).headers["Content-Disposition"] == answer.headers["Content-Disposition"]


@pytest.mark.parametrize("path", ["/nothing.csv.gz", "/events.gz", "/events.xml.gz", "/events.csv.gz.gz"])
def test_what_is_no_list_or_format_is_not_found(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_each_file_stands_in_the_list_with_its_rows_and_its_hash(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        store(connection, [event(n) for n in range(3)])
    assert "No file was taken along yet" in client.get("/exports").text
    content = client.get("/events.csv?action=GetClip&from=now-30d").content
    client.head("/events.jsonl")
    page = client.get("/exports").text
    assert hashlib.sha256(content).hexdigest() in page
    assert 'href="/events?action=GetClip&amp;from=now-30d"' in page
    assert '<td class="num">3</td>' in page
    assert page.count("complete</span>") == 1


@pytest.mark.parametrize("path", ["/streams.csv?from=now-30d", "/events.jsonl.gz?action=GetClip", "/accounts.csv"])
def test_the_name_of_a_file_leads_to_its_address(client: TestClient, path: str) -> None:
    taken = client.get(path)
    page = client.get("/exports").text
    ((href, name),) = re.findall(r'<td class="opt"><a href="([^"]+)">(?:<bdi>)?([^<]+)<', page)
    assert name in taken.headers["Content-Disposition"]
    assert client.get(html.unescape(href)).headers["Content-Disposition"] == taken.headers["Content-Disposition"]


def test_the_file_of_a_stream_leads_to_its_address_too(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        stream = make_stream(connection, "ward-1")
    assert client.get(f"/streams/{stream}/review.csv").status_code == 200
    assert f'<td class="opt"><a href="/streams/{stream}/review.csv?from=' in client.get("/exports").text


def test_a_file_that_was_cut_says_so(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        for number, minutes in ((1, 5), (2, 500), (3, 5)):
            made = exports.begin(
                connection, actor="ada", listing="grants", query="name=<b>", file_name=f"{number}.csv",
                now=NOW - timedelta(minutes=minutes),
            )  # fmt: skip
        exports.end(connection, made, Tally(rows=-1, size=40), is_complete=False, now=NOW)
    page = client.get("/exports").text
    assert (page.count("cut</span>"), page.count("under way</span>")) == (2, 1)
    assert "name=&lt;b&gt;" in page


def test_of_a_file_that_was_refused_nothing_is_said_to_be_cut(client: TestClient) -> None:
    assert client.get("/findings.csv?account=nobody").status_code == 400
    page = client.get("/exports").text
    assert (page.count("nothing sent</span>"), page.count("cut</span>")) == (1, 0)
    assert 'href="/findings.csv' not in page
    assert client.get("/findings.csv").status_code == 200
    assert 'href="/findings.csv' in client.get("/exports").text


@pytest.mark.parametrize("name", ["events.csv", "events.jsonl", "records.jsonl"])
def test_of_a_file_of_calls_that_failed_before_its_first_byte_nothing_was_sent(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise InvalidInput("no")

    monkeypatch.setattr("app.db.queries.events.in_order", fails)
    monkeypatch.setattr("app.db.queries.raw_records.in_order", fails)
    assert client.get(f"/{name}").status_code == 400
    page = client.get("/exports").text
    assert (page.count("nothing sent</span>"), page.count("cut</span>")) == (1, 0)


def test_the_list_goes_on_by_number(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        for n in range(exports_page.LIMIT + 1):
            exports.begin(connection, actor="ada", listing="events", query="", file_name=f"file-{n}.csv", now=NOW)
    page = client.get("/exports").text
    assert "file-0.csv" not in page
    (older,) = re.findall(r'href="(/exports\?after=\d+)"', page)
    assert "file-0.csv" in client.get(older).text
    assert client.get("/exports?after=x").status_code == 200


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


def links(page: str, fmt: str) -> list[str]:
    return [href.replace("&amp;", "&") for href in re.findall(rf'href="([^"]+\.{fmt}[^"]*)" download', page)]


@pytest.mark.parametrize("path", ["/accounts", "/streams", "/principals", "/coverage"])
def test_each_list_leads_to_its_files_under_its_own_filter(client: TestClient, engine: Engine, path: str) -> None:
    with engine.begin() as connection:
        make_account(connection)
    page = client.get(f"{path}?account={CLINIC}").text
    assert links(page, "csv") == [f"{path}.csv?account={CLINIC}"]
    assert links(page, "jsonl") == [f"{path}.jsonl?account={CLINIC}"]


@pytest.mark.usefixtures("estate")
def test_the_streams_of_a_file_are_those_of_the_page(client: TestClient) -> None:
    page = client.get(f"/streams?account={LEGACY}&account={CLINIC}&kind=stream&name=0&from=now-90d").text
    shown = re.findall(r'<th scope="row"><a href="/streams/\d+\?from=now-90d"><bdi>([^<]+)</bdi>', page)
    (link,) = links(page, "csv")
    rows = table(client.get(link).text)
    assert [row["name"] for row in rows] == shown
    assert {row["account"] for row in rows} == {str(CLINIC), str(LEGACY)}
    for row in rows:
        cells = page.partition(f">{row['name']}</bdi>")[2].partition("</tr>")[0]
        assert re.search(rf">{row['reads']}(<span|</)", cells), row


def test_a_file_has_all_pages_of_the_list(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        for n in range(LIMIT + 5):
            make_stream(connection, f"cam-{n:03d}")
    page = client.get("/streams?after=3:cam-050").text
    (link,) = links(page, "csv")
    assert [row["name"] for row in table(client.get(link).text)] == [f"cam-{n:03d}" for n in range(LIMIT + 5)]


def test_a_hostile_name_or_tag_is_no_formula_and_stays_as_it_is_in_json(client: TestClient, engine: Engine) -> None:
    name, tags = "=cmd|' /C calc'!A0", {"=HYPERLINK(1)": '"+1,\r\n@x\u202e'}
    with engine.begin() as connection:
        make_account(connection, 12345678901, name="@name")
        make_stream(connection, name, 12345678901, tags=json.dumps(tags))
    (row,) = table(client.get("/streams.csv").text)
    assert (row["name"], row["account_name"], row["account"]) == (f"'{name}", "'@name", "012345678901")
    assert json.loads(row["tags"]) == tags
    line, _ = client.get("/streams.jsonl").text.splitlines()
    assert (json.loads(line)["name"], json.loads(line)["account_name"]) == (name, "@name")


def test_an_account_that_is_none_is_refused_and_not_an_empty_file(client: TestClient) -> None:
    answer = client.get("/streams.csv?account=590817264433")
    assert answer.status_code == 400
    assert "account=590817264433 is not an account here" in answer.text


@pytest.mark.parametrize("question", ["name!=x", "name=a&name=b", "kind=camera", "account~=5", "show=holes"])
def test_what_a_plain_list_cannot_answer_is_refused_and_said_on_the_page(client: TestClient, question: str) -> None:
    answer = client.get(f"/streams.csv?{question}")
    assert answer.status_code == 400
    parameter = question.partition("=")[0].rstrip("!~")
    assert parameter in answer.text
    assert 'class="chip bad"' in client.get(f"/streams?{question}").text


def test_there_is_no_file_of_what_is_no_list(client: TestClient) -> None:
    assert client.get("/search.csv").status_code == 404
