import csv
import html
import io
import json
import re
from html.parser import HTMLParser

import pytest
import sqlalchemy.event
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine
from starlette.testclient import TestClient

from app.core.assumptions._assumption import Rests
from app.web.event_drawer import exact_text, pretty
from tests.builders.accounts import make_account
from tests.builders.events import event, store


def test_a_record_is_indented():
    assert pretty('{"a":{"b":1}}') == '{\n  "a": {\n    "b": 1\n  }\n}'


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ('{"a":"x\u202ey"}', "x\\u202ey"),
        ('{"a":"x\\u0000y"}', "x\\u0000y"),
        ('{"a":"x\u2028y"}', "x\\u2028y"),
        ('{"a":"x\U000e0041y"}', "x\\udb40\\udc41y"),
        ('{"a":"Zoë 猫"}', "Zoë 猫"),
    ],
)
def test_what_cannot_be_seen_or_turns_the_line_is_written_out(text, shown):
    assert shown in pretty(text)


@pytest.mark.parametrize("text", ["", "{", "not json", "[" * 5000, '{"a":1}{"b":2}'])
def test_what_is_no_json_is_shown_as_it_is(text):
    assert pretty(text) == text


@given(st.dictionaries(st.text(max_size=6), st.one_of(st.text(max_size=9), st.integers(), st.none()), max_size=4))
def test_indenting_changes_no_value(record):
    assert json.loads(pretty(json.dumps(record))) == record


class _Pre(HTMLParser):
    """Takes the text of an element as a browser does: a first newline is dropped, CR LF and CR become LF."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.text = ""

    def handle_data(self, data: str) -> None:
        self.text += data.replace("\r\n", "\n").replace("\r", "\n")

    def handle_entityref(self, name: str) -> None:
        self.text += html.unescape(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self.text += chr(int(name))


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40))
def test_the_text_to_copy_is_the_record_to_the_byte(text):
    parser = _Pre()
    parser.feed(f"<pre>{exact_text(text)}</pre>")
    parser.close()
    assert parser.text.removeprefix("\n") == text


def test_calls_by_name_beside_one_lead_to_those_of_its_region(client: TestClient, engine: Engine):
    here, there = {"stream": "gate"}, {"stream": "gate", "region": "eu-west-1"}
    with engine.begin() as connection:
        make_account(connection)
        store(connection, [event(0, **here), event(1, **here), event(2, **there)])
    page = client.get(f"/events?event={event(0).event_id}").text
    href, said = next(one for one in re.findall(r'href="([^"]*)"[^>]*>([^<]*)<', page) if "on this stream" in one[1])
    assert said.startswith("1 other call on this stream")
    file = client.get(html.unescape(href).replace("/events?", "/events.csv?", 1)).text
    assert len(list(csv.DictReader(io.StringIO(file)))) == 1 + 1


def test_what_of_a_call_rests_on_assumptions_nobody_has_seen_confirmed_says_so(client: TestClient, engine: Engine):
    refused = event(
        access_key="AKIAQ4EXAMPLE0000001", error_code="AccessDeniedException", invoked_by="rekognition.amazonaws.com"
    )
    with engine.begin() as connection:
        make_account(connection)
        store(connection, [refused])
    row = client.get("/events").text.partition('href="/events?event=')[2].partition('"')[0]
    drawer = client.get(f"/events?event={html.unescape(row)}").text
    for what in (Rests.KEY, Rests.REFUSED, Rests.SERVICE, Rests.ONCE):
        assert f"{what}: rests on " in drawer


def test_of_the_assumptions_it_reads_how_they_stand_and_no_record(
    client: TestClient, engine: Engine, read_engine: Engine
) -> None:
    with engine.begin() as connection:
        make_account(connection)
        store(connection, [event(0)])
    asked: list[str] = []
    sqlalchemy.event.listen(read_engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
    assert "rests on" in client.get(f"/events?event={event(0).event_id}").text
    of_assumptions = [sql for sql in asked if "assumption_seen" in sql]
    assert of_assumptions != []
    assert [sql for sql in of_assumptions if "first_id" in sql] == []
