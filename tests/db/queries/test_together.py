from sqlalchemy import text

from app.core.assumptions._together import OneRequest
from app.core.ledger.together import Probes, probes_of
from app.db.queries.ingest import EventStore
from app.db.queries.together import stored_together
from tests.builders.stored import arrival
from tests.builders.together import NOW, OF_ACCOUNT, OF_ORGANIZATION
from tests.builders.trail import kvs_record


def found(engine, *arrivals):
    with engine.connect() as connection:
        return [seen for seen, _, _ in stored_together(connection, arrivals, probes_of(arrivals))]


def test_what_is_stored_of_the_same_request_is_found(app_engine):
    EventStore(app_engine).store([arrival(kvs_record(1), origin=OF_ACCOUNT)], now=NOW)
    other = arrival(kvs_record(1), kvs_record(2), origin=OF_ORGANIZATION)
    assert found(app_engine, other) == [OneRequest("GetMedia", True, True, True)]


def test_whose_raw_record_is_dropped_is_of_a_trail_that_nobody_can_tell(app_engine):
    EventStore(app_engine).store([arrival(kvs_record(1), origin=OF_ACCOUNT)], now=NOW)
    with app_engine.begin() as connection:
        connection.execute(text("delete from event_raw"))
    other = arrival(kvs_record(1), origin=OF_ORGANIZATION)
    assert found(app_engine, other) == [OneRequest("GetMedia", True, True, None)]


def test_a_call_without_a_stream_or_a_request_id_is_asked_after_too(app_engine):
    odd = kvs_record(1, eventName="PutMedia", requestParameters=None, resources=..., requestID=...)
    EventStore(app_engine).store([arrival(odd, origin=OF_ACCOUNT)], now=NOW)
    assert found(app_engine, arrival(odd, origin=OF_ORGANIZATION)) == [OneRequest("PutMedia", True, True, True)]


def test_nothing_is_asked_of_a_batch_without_calls(app_engine):
    assert probes_of([arrival()]) == Probes()
    assert found(app_engine, arrival()) == []
