import csv
import html
import json
import re
import shlex
from typing import Any
from urllib.parse import urlencode

import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from app.core.model.batch import Arrival
from app.core.model.event import Record
from app.core.normalise.record import event as event_of
from app.core.trailfile.shape import decoded
from app.db.queries.ingest import EventStore
from tests.builders.athena import found_by
from tests.builders.events import NOW, event, store
from tests.builders.trail import ACCOUNT, STREAM_ARN, compact, kvs_record

HOSTILE = "x'; drop table event; --<script>alert(1)</script>`$(id)`\u202e"


def copied(page: str, ident: str) -> str:
    """Return what the script copies: the lines of the text."""
    found = re.search(rf'id="copy-{ident}".*?<pre[^>]*>(.*?)</pre>', page, re.DOTALL)
    assert found
    return html.unescape("\n".join(re.findall(r"<span>(.*?)</span>", found[1])))


@pytest.mark.usefixtures("stored")
def test_links_lead_to_the_same_list(client: TestClient) -> None:
    page = client.get("/events?action=GetClip&facets=1&limit=25").text
    assert copied(page, "link") == "http://127.0.0.1/events?action=GetClip&limit=25"
    pinned = copied(page, "pinned")
    assert pinned == "http://127.0.0.1/events?action=GetClip&from=2026-11-16T09:41Z&to=2026-11-23T09:41Z&limit=25"
    assert "60 calls, newest first" in client.get(pinned).text


@pytest.mark.usefixtures("stored")
def test_the_command_fetches_the_file_of_the_list(client: TestClient) -> None:
    command = shlex.split(copied(client.get("/events?action=GetClip").text, "curl"))
    assert command[:-1] == ["curl", "--fail", "--output", "kvs-events.csv"]
    assert len(client.get(command[-1]).text.splitlines()) == 61


def test_hostile_values_of_the_filter_are_neither_markup_nor_command(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        store(connection, [event()])
    page = client.get("/events", params={"session": HOSTILE}).text
    assert "<script>alert" not in page
    assert len(shlex.split(copied(page, "curl"))) == 5
    assert "x''; drop table event; --" in copied(page, "sql")
    assert "\\+00202e" in copied(page, "athena")


LISTS = (
    "/findings",
    "/matrix?show=media",
    "/streams?name=ward",
    "/principals?kind=role",
    "/coverage?show=holes",
    "/accounts",
)


@pytest.mark.parametrize("asked", LISTS)
def test_every_list_can_be_taken_along(client: TestClient, engine: Engine, asked: str) -> None:
    with engine.begin() as connection:
        store(connection, [event()])
    page, path = client.get(asked).text, asked.partition("?")[0]
    assert copied(page, "link") == f"http://127.0.0.1{asked}"
    assert client.get(copied(page, "pinned")).status_code == 200
    command = shlex.split(copied(page, "curl"))
    assert command[-2] == f"kvs-{path[1:]}.csv"
    file = client.get(command[-1])
    assert (file.status_code, file.headers["content-type"]) == (200, "text/csv; charset=utf-8")


STRANGER, NAME = "999988887777", "front-door"
CHANNEL_ARN = f"arn:aws:kinesisvideo:eu-west-1:{ACCOUNT}:channel/{NAME}/1700000000001"


def call(number: int, action: str, request: dict[str, Any] | None, **changes: Any) -> dict[str, Any]:
    """Return the record of a management call of the last day, which names no resource but in its parameters."""
    time = f"2026-11-22T14:{number:02d}:00Z"
    values = {"eventTime": time, "eventName": action, "requestParameters": request, "resources": ...} | changes
    return kvs_record(number, managementEvent=True, eventCategory="Management", **values)


CALLS = [
    kvs_record(0, eventTime="2026-11-22T14:00:00Z"),
    call(1, "GetDataEndpoint", {"streamName": NAME, "aPIName": "GET_MEDIA"}),
    call(2, "DescribeStream", {"streamARN": STREAM_ARN}),
    call(3, "DescribeStream", {"streamName": NAME}, errorCode="AccessDenied"),
    call(4, "CreateStream", {"streamName": NAME}, responseElements={"streamARN": STREAM_ARN}),
    call(5, "DescribeStream", {"streamName": NAME}, awsRegion="eu-central-1"),
    call(6, "DescribeStream", {"streamName": NAME}, recipientAccountId=STRANGER),
    call(7, "DescribeSignalingChannel", {"channelName": NAME}),
    call(8, "DescribeSignalingChannel", {"channelARN": CHANNEL_ARN}),
    call(9, "ListStreams", None),
    call(10, "TagResource", {"resourceARN": STREAM_ARN}),
    call(11, "DescribeStream", {"streamName": "back-door"}),
]
SLASHED = [
    call(12, "DescribeStream", {"streamName": "a/b"}, errorCode="ValidationException"),
    call(13, "DescribeStream", {"streamName": "a"}, errorCode="ResourceNotFoundException"),
]
OTHERS = [call(20, "DescribeStream", {"streamName": NAME}, eventSource="kinesis.amazonaws.com")]
"""What is in the files too, and no call of Kinesis Video Streams."""


@pytest.mark.parametrize(
    ("asked", "count"),
    [
        ({"stream": STREAM_ARN}, 6),
        ({"stream": STREAM_ARN, "action": ["DescribeStream", "CreateStream"]}, 3),
        ({"stream": CHANNEL_ARN}, 2),
        ({"stream": NAME}, 10),
        ({"stream~": "FRONT"}, 10),
        ({"stream~": "eu-west-1:111122223333:stream/front"}, 6),
        ({"stream!": STREAM_ARN}, 6),
        ({"stream!": NAME}, 2),
        ({"stream": "__none__"}, 1),
        ({"action": "DescribeStream"}, 5),
        ({"action!": "DescribeStream"}, 7),
        ({"sort": "time"}, 12),
    ],
)
def test_athena_finds_in_the_records_the_calls_of_the_file(
    client: TestClient, engine: Engine, asked: dict[str, Any], count: int
) -> None:
    raws = [compact(record) for record in CALLS]
    records = tuple(Record(event_of(decoded(raw), raw), raw) for raw in raws)
    EventStore(engine).store([Arrival("s3://trail-archive/one.json.gz", records=records)], now=NOW)
    question = urlencode(asked, doseq=True)
    listed = [row["event_id"] for row in csv.DictReader(client.get(f"/events.csv?{question}").text.splitlines())]
    logged = [json.loads(line) for line in client.get("/records.jsonl").text.splitlines()[:-1]]
    query = copied(client.get(f"/events?limit=25&{question}").text, "athena")
    assert found_by(engine, query, logged + OTHERS) == listed
    assert len(listed) == count


@pytest.mark.parametrize("name", ["a/b", "a", "b"])
def test_athena_takes_a_name_with_a_slash_for_one_name(client: TestClient, engine: Engine, name: str) -> None:
    raws = [compact(record) for record in SLASHED]
    records = tuple(Record(event_of(decoded(raw), raw), raw) for raw in raws)
    EventStore(engine).store([Arrival("s3://trail-archive/one.json.gz", records=records)], now=NOW)
    question = urlencode({"stream": name})
    listed = [row["event_id"] for row in csv.DictReader(client.get(f"/events.csv?{question}").text.splitlines())]
    query = copied(client.get(f"/events?{question}").text, "athena")
    assert found_by(engine, query, SLASHED) == listed
    assert len(listed) == (name != "b")
