import csv
import gzip
import hashlib
import io
import json
from urllib.parse import parse_qsl

import pytest
from sqlalchemy import Engine

from app.core.errors import InvalidInput
from app.core.model.scope import EVERYTHING, Scope
from app.core.query.filter import Filter, parse
from app.core.query.listing import EVENTS, FINDINGS, LISTINGS, RECORDS, Listing
from app.core.tally import Tally
from app.core.zone import zoned
from app.db.queries import exports
from app.services.export_data import chunks, export, file_name, formats
from app.services.record_export import Recorder
from tests.builders.events import EVENT, NOW, event, store
from tests.builders.findings import make_finding

OTHER = 111122223333


def asked(question: str, listing: Listing = EVENTS) -> Filter:
    return parse(parse_qsl(question), listing, NOW).filter


def table(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode(), newline="")))


def test_it_writes_the_events_of_a_filter_as_csv_and_as_json_lines(engine: Engine, read_engine: Engine) -> None:
    with engine.begin() as connection:
        store(connection, [event(0), event(1, action="GetMedia"), event(2, action="GetMedia", account=OTHER)])
    out = io.BytesIO()
    export(read_engine, EVERYTHING, asked("action=GetMedia&sort=time"), "csv", NOW, out.write)
    assert [row["account"] for row in table(out.getvalue())] == ["590817264433", "111122223333"]
    out = io.BytesIO()
    export(read_engine, Scope(frozenset({OTHER})), asked("cols=action,region"), "jsonl", NOW, out.write)
    row, trailer = map(json.loads, out.getvalue().splitlines())
    assert (row, trailer["export"]["rows"]) == ({"action": "GetMedia", "region": EVENT.region}, 1)


def test_it_writes_the_findings_of_a_filter(engine: Engine, read_engine: Engine) -> None:
    with engine.begin() as connection:
        make_finding(connection, subject="=cmd", severity="high")
        make_finding(connection, subject="other", severity="low")
    out = io.BytesIO()
    question = asked("severity=high&cols=subject,severity,first_seen_at", FINDINGS)
    export(read_engine, EVERYTHING, question, "csv", NOW, out.write)
    (row,) = table(out.getvalue())
    assert (row["subject"], row["severity"]) == ("'=cmd", "high")
    assert row["first_seen_at_utc"].endswith("Z")


@pytest.mark.usefixtures("estate")
@pytest.mark.parametrize("listing", ["streams", "principals", "coverage", "matrix"])
def test_what_lies_ahead_is_no_time_that_could_not_be_observed(read_engine: Engine, listing: str) -> None:
    def rows(to: str) -> bytes:
        out = io.BytesIO()
        question = asked(f"from=2026-11-16T09:41Z&to={to}", LISTINGS[listing])
        export(read_engine, EVERYTHING, question, "csv", NOW, out.write)
        return out.getvalue()

    assert rows("2026-12-30") == rows("now")


def test_an_empty_export_has_its_header(read_engine: Engine) -> None:
    out = io.BytesIO()
    export(read_engine, EVERYTHING, asked("cols=time,action"), "csv", NOW, out.write)
    assert out.getvalue() == b"time_utc,action\r\n"


def test_it_refuses_a_format_that_there_is_not(read_engine: Engine) -> None:
    with pytest.raises(InvalidInput, match="csv, jsonl"):
        export(read_engine, EVERYTHING, asked(""), "xlsx", NOW, print)


@pytest.mark.parametrize("question", ["after=x", "before=x", "event=x"])
def test_it_refuses_a_part_of_a_page(read_engine: Engine, question: str) -> None:
    with pytest.raises(InvalidInput, match=f"^{question.removesuffix('x')} is "):
        export(read_engine, EVERYTHING, asked(question), "csv", NOW, print)


@pytest.mark.parametrize(("listing", "question"), [(EVENTS, "account=nobody"), (FINDINGS, "account!=nobody")])
def test_it_refuses_the_name_of_no_account(read_engine: Engine, listing: Listing, question: str) -> None:
    with pytest.raises(InvalidInput, match="account=nobody is not an account here"):
        export(read_engine, EVERYTHING, asked(question, listing), "csv", NOW, print)


def test_the_file_is_named_after_its_list_and_range() -> None:
    name = file_name(asked("from=2026-11-20&to=2026-11-21T12:30Z"), "csv")
    assert name == "kvs-events_20261120T0000Z_20261121T1230Z.csv"


def test_the_folder_is_the_list_of_formats() -> None:
    assert list(formats()) == ["csv", "jsonl"]


def test_raw_records_are_json_and_nothing_else(read_engine: Engine) -> None:
    out = io.BytesIO()
    with pytest.raises(InvalidInput, match="records have no CSV: they are JSON Lines \\(jsonl\\)"):
        export(read_engine, EVERYTHING, asked("", RECORDS), "csv", NOW, out.write)
    export(read_engine, EVERYTHING, asked("", RECORDS), "jsonl", NOW, out.write)
    assert json.loads(out.getvalue())["export"]["rows"] == 0


@pytest.mark.parametrize("name", [name for name in LISTINGS if name not in {"matrix", "records"}])
def test_a_file_has_the_columns_of_its_list(read_engine: Engine, name: str) -> None:
    out = io.BytesIO()
    export(read_engine, EVERYTHING, asked("", LISTINGS[name]), "csv", NOW, out.write)
    assert tuple(out.getvalue().decode().splitlines()[0].split(",")) == zoned(LISTINGS[name].columns)


def test_each_row_of_a_list_is_counted(engine: Engine, read_engine: Engine) -> None:
    with engine.begin() as connection:
        make_finding(connection, subject="one")
        make_finding(connection, subject="two")
    tally = Tally()
    list(chunks(read_engine, EVERYTHING, asked("", FINDINGS), "csv", NOW, tally=tally))
    assert tally.rows == 2


def test_who_takes_a_file_along_is_noted(engine: Engine, read_engine: Engine, app_engine: Engine) -> None:
    with engine.begin() as connection:
        store(connection, [event(n) for n in range(3)])
    out = io.BytesIO()
    recorder = Recorder(app_engine, "ada", lambda: NOW)
    export(read_engine, EVERYTHING, asked("action=GetClip"), "csv", NOW, out.write, is_gzip=True, recorder=recorder)
    with engine.connect() as connection:
        (row,) = exports.exports(connection, None, 9)
    assert gzip.decompress(out.getvalue()).count(b"\n") == 4
    assert (row.actor, row.rows, row.is_complete, row.query) == ("ada", 3, True, "action=GetClip")
    assert row.file_name.endswith(".csv.gz")
    assert row.sha256 == hashlib.sha256(out.getvalue()).hexdigest()
