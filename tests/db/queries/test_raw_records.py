"""The bytes that calls were stored from."""

import json
from hashlib import sha256

import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, text

from app.core.model.scope import EVERYTHING, Scope
from app.core.query.listing import EVENTS, RECORDS
from app.core.tally import Tally
from app.db.queries import raw_records as queries
from app.db.queries.events import event_page
from tests.builders.events import CLINIC, EVENT, NOW, event, raw, store
from tests.builders.questions import asked


def test_it_gives_the_raw_record_byte_for_byte(connection):
    store(connection, [EVENT])
    (row,) = event_page(connection, EVERYTHING, asked(listing=EVENTS)).rows
    kept = queries.raw_record(connection, EVERYTHING, row.key)
    assert kept is not None
    assert kept.content == raw(EVENT)
    assert kept.origin == "s3://trail-archive/AWSLogs/one.json.gz"
    assert queries.raw_record(connection, Scope(frozenset()), row.key) is None


def test_it_reads_records_that_were_compressed_with_a_dictionary(connection):
    store(connection, [EVENT])
    samples = [raw(event(n, address=f"10.0.{n % 7}.{n}", user_agent=f"agent {n * 7919}")) for n in range(300)]
    dictionary = zstandard.train_dictionary(2048, samples)
    frame = zstandard.ZstdCompressor(dict_data=dictionary).compress(raw(EVENT))
    connection.execute(text("update event_raw set raw = :raw"), {"raw": frame})
    (row,) = event_page(connection, EVERYTHING, asked(listing=EVENTS)).rows
    with pytest.raises(queries.UnknownDictionary):
        queries.raw_record(connection, EVERYTHING, row.key)
    connection.execute(
        text("insert into zdict values (:id, :at, 300, :content)"),
        {"id": dictionary.dict_id(), "at": NOW, "content": dictionary.as_bytes()},
    )
    kept = queries.raw_record(connection, EVERYTHING, row.key)
    assert kept is not None
    assert kept.content == raw(EVENT)


def lines(connection: Connection, question: str = "", scope: Scope = EVERYTHING) -> list[bytes]:
    """Return the lines of the file of a filter; its chunks are counted right."""
    tally = Tally()
    written = b"".join(queries.raw_records(connection, scope, asked(question, RECORDS), tally))
    told = written.split(b"\n")
    assert told.pop() == b""
    assert tally.rows == len(told)
    return told


def test_a_file_has_the_bytes_of_each_call_in_the_order_of_the_list(connection):
    calls = [EVENT, event(1, action="DeleteStream"), event(2)]
    store(connection, calls)
    newest_first = [raw(one) for one in sorted(calls, key=lambda one: (one.event_time, one.event_id), reverse=True)]
    assert lines(connection) == newest_first
    assert lines(connection, "sort=time") == newest_first[::-1]
    assert lines(connection, "action=DeleteStream") == [raw(calls[1])]
    assert lines(connection, scope=Scope(frozenset())) == []


def test_a_call_without_its_record_is_not_left_out(connection):
    store(connection, [EVENT, event(1)])
    frame = zstandard.ZstdCompressor(dict_data=zstandard.train_dictionary(512, [b"%d abc" % n for n in range(999)]))
    connection.execute(text("delete from event_raw where event_id = :id"), {"id": EVENT.event_id})
    connection.execute(text("update event_raw set raw = :raw"), {"raw": frame.compress(b"{}")})
    told = {each["event_id"]: each for line in lines(connection) for each in [json.loads(line)["no_record"]]}
    assert told[str(EVENT.event_id)]["why"] == queries.NOT_KEPT
    assert told[str(EVENT.event_id)]["account"] == f"{CLINIC:012d}"
    assert "is not stored" in told[str(event(1).event_id)]["why"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(st.binary(max_size=60), st.sampled_from([None, 0, 2, "\t"]))
def test_one_record_is_one_line(connection, hostile, indent):
    connection.execute(text("truncate event, event_raw"))
    store(connection, [EVENT])
    member = json.dumps({"userAgent": hostile.decode("latin-1"), "two": [1, 2]}, indent=indent)
    record = member.replace("\n", "\r\n").encode() if indent == 2 else member.encode()
    connection.execute(text("update event_raw set raw = :raw"), {"raw": zstandard.compress(record)})
    (line,) = lines(connection)
    assert json.loads(line) == json.loads(record)
    assert len(line) == len(record)
    if b"\n" not in record:
        assert sha256(line).digest() == sha256(record).digest()
