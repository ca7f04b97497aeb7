import csv
import io
from datetime import UTC, datetime

from app.core.ledger.catalogue import catalogue
from app.core.model.scope import EVERYTHING, Scope
from app.core.query.filter import parse
from app.core.query.listing import ASSUMPTIONS
from app.db.queries.ingest import EventStore
from app.services.export_data import export
from tests.builders.stored import arrival
from tests.builders.trail import ACCOUNT, guid, kvs_record

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
NAME = "media_calls_name_their_resource"


def rows(engine, scope=EVERYTHING):
    written = io.BytesIO()
    export(engine, scope, parse([], ASSUMPTIONS, NOW).filter, "csv", NOW, written.write)
    return list(csv.DictReader(io.StringIO(written.getvalue().decode())))


def test_each_assumption_has_a_row_for_each_of_its_calls(read_engine):
    found = rows(read_engine)
    wanted = [(name, call) for name, one in catalogue().items() for call in one.calls or ("",)]
    assert [(row["assumption"], row["call"]) for row in found] == wanted
    assert {row["state"] for row in found} == {"not seen yet"}


def test_records_are_named_so_that_they_can_be_opened(app_engine, read_engine):
    demo = {"additionalEventData": {"kvswatchDemo": "emulated"}}
    records = [
        kvs_record(1),
        kvs_record(2, eventName="GetClip", resources=...),
        kvs_record(3, eventName="PutMedia", **demo),
    ]
    EventStore(app_engine).store([arrival(*records)], now=NOW)
    found = {row["call"]: row for row in rows(read_engine) if row["assumption"] == NAME}
    assert found["GetMedia"]["confirmed_newest"] == f"{ACCOUNT}.20261101T101500Z.{guid('event 1')}"
    assert (found["GetClip"]["state"], found["GetClip"]["confirmed_first"]) == ("refuted", "")
    assert found["GetClip"]["refuted_first"].endswith(guid("event 2"))
    assert (found["PutMedia"]["state"], found["PutMedia"]["demo"]) == ("not seen yet", "confirms")


def test_what_other_accounts_have_shown_is_not_told(app_engine, read_engine):
    EventStore(app_engine).store([arrival(kvs_record(1))], now=NOW)
    assert {row["state"] for row in rows(read_engine, Scope(frozenset({7})))} == {"not seen yet"}
