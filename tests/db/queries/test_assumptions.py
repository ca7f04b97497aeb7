from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

from app.core.ledger.standing import State
from app.core.model.scope import EVERYTHING, Scope
from app.core.model.sighting import Verdict
from app.db.queries.assumptions import shown, sightings
from app.db.queries.ingest import EventStore
from tests.builders.assumptions import standing
from tests.builders.stored import arrival, rows
from tests.builders.trail import ACCOUNT, guid, kvs_record

NAME = "media_calls_name_their_resource"
NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)


def at(minute: int, number: int, **changes):
    return kvs_record(number, eventTime=f"2026-11-01T10:{minute:02}:00Z", **changes)


def kept(engine, scope=EVERYTHING):
    with engine.connect() as connection:
        found = [one for one in sightings(connection, scope) if one.assumption == NAME]
    return [(one.call, one.verdict, one.first.event_id, one.newest.event_id) for one in found]


def test_batches_in_any_order_and_twice_leave_the_first_and_the_newest_record(app_engine):
    store = EventStore(app_engine)
    for minute in (5, 1, 9, 5, 1):
        store.store([arrival(at(minute, minute))], now=NOW)
    assert kept(app_engine) == [("GetMedia", "confirms", guid("event 1"), guid("event 9"))]
    assert len(rows(app_engine, f"select 1 from assumption_seen where assumption = '{NAME}'")) == 1


def test_a_record_that_refutes_stands_beside_those_that_confirm(app_engine):
    EventStore(app_engine).store([arrival(at(1, 1), at(2, 2, resources=...))], now=NOW)
    assert standing(app_engine, NAME).state is State.REFUTED
    EventStore(app_engine).store([arrival(at(3, 3))], now=NOW)
    assert standing(app_engine, NAME).state is State.REFUTED


def test_the_first_and_the_newest_are_those_of_all_accounts_of_the_scope(read_engine, app_engine):
    EventStore(app_engine).store([arrival(at(1, 1, recipientAccountId="000000000007"), at(2, 2))], now=NOW)
    ((_, _, first, newest),) = kept(read_engine)
    assert (first, newest) == (guid("event 1"), guid("event 2"))
    ((_, _, first, newest),) = kept(read_engine, Scope(frozenset({int(ACCOUNT)})))
    assert (first, newest) == (guid("event 2"), guid("event 2"))
    assert kept(read_engine, Scope(frozenset({8}))) == []


def test_writers_of_the_same_answers_at_once_neither_lose_nor_hinder_one_another(app_engine):
    def write(number: int) -> None:
        records = [at(number, f"{number} {call}", eventName=call) for call in ("GetMedia", "GetClip", "PutMedia")]
        EventStore(app_engine).store([arrival(*records)], now=NOW)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(12)))
    assert {(first, newest) for _, _, first, newest in kept(app_engine)} == {
        (guid(f"event 0 {call}"), guid(f"event 11 {call}")) for call in ("GetMedia", "GetClip", "PutMedia")
    }


def test_records_that_are_stored_already_are_looked_at_when_they_come_again(app_engine):
    store = EventStore(app_engine)
    store.store([arrival(at(1, 1))], now=NOW)
    with app_engine.begin() as connection:
        connection.exec_driver_sql("delete from assumption_seen")
    store.store([arrival(at(1, 1))], now=NOW)
    assert standing(app_engine, NAME).of("GetMedia").state is State.CONFIRMED


def test_a_page_asks_of_some_assumptions(app_engine):
    EventStore(app_engine).store([arrival(at(1, 1), at(2, 2, eventName="PutMedia"))], now=NOW)
    with app_engine.connect() as connection:
        named = sightings(connection, EVERYTHING, names=[NAME])
    assert {(one.assumption, one.call) for one in named} == {(NAME, "GetMedia"), (NAME, "PutMedia")}


def test_what_is_shown_is_told_of_the_scope_and_without_the_demo_s_records(app_engine):
    demo = {"additionalEventData": {"kvswatchDemo": "emulated"}}
    EventStore(app_engine).store([arrival(at(1, 1), at(2, 2, eventName="PutMedia", **demo))], now=NOW)
    asked = [(NAME, "GetMedia"), (NAME, "PutMedia"), (NAME, "GetClip")]
    with app_engine.connect() as connection:
        assert shown(connection, EVERYTHING, asked) == {(NAME, "GetMedia", Verdict.CONFIRMS)}
        assert shown(connection, Scope(frozenset({int(ACCOUNT)})), asked) == {(NAME, "GetMedia", Verdict.CONFIRMS)}
        assert shown(connection, Scope(frozenset({8})), asked) == frozenset()
        assert shown(connection, EVERYTHING, ()) == frozenset()
