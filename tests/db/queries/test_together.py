from sqlalchemy import text

from app.core.assumptions._together import OneName, OneRequest
from app.core.ledger.together import Probes, probes_of
from app.db.queries.ingest import EventStore
from app.db.queries.together import stored_together
from tests.builders.stored import arrival
from tests.builders.together import NOW, OF_ACCOUNT, OF_ORGANIZATION
from tests.builders.trail import ACCOUNT, guid, kvs_record


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


def made(number: int, **changes):
    arn = f"arn:aws:kinesisvideo:eu-west-1:{ACCOUNT}:stream/ci-test/{1700000000000 + number}"
    values = {"eventName": "CreateStream", "resources": ..., "responseElements": {"streamARN": arn}}
    return kvs_record(number, requestParameters={"streamName": "ci-test"}, **values | changes)


def test_of_a_name_that_was_made_a_thousand_times_a_few_are_looked_at(app_engine):
    before = arrival(*map(made, range(1000)))
    EventStore(app_engine).store([before], now=NOW)
    files = [arrival(made(number)) for number in range(950, 1000)]
    assert set(found(app_engine, *files)) == {OneName(is_same_arn=False)}
    assert len(found(app_engine, *files)) <= 2 * len(files)


def test_of_an_arn_that_was_made_again_one_other_creation_is_enough(app_engine):
    again = [made(1, requestID=guid(n), eventID=guid(f"event {n}")) for n in range(40)]
    EventStore(app_engine).store([arrival(*again)], now=NOW)
    assert found(app_engine, arrival(again[0])) == [OneName(is_same_arn=True)]


def test_one_whose_answer_names_no_arn_is_held_against_none(app_engine):
    EventStore(app_engine).store([arrival(made(1))], now=NOW)
    assert found(app_engine, arrival(made(2, responseElements=None))) == []


def test_of_the_events_of_one_request_the_same_event_is_looked_at_first(app_engine):
    of_one = [kvs_record(1, eventName="PutMedia", eventID=guid(f"event {n}")) for n in range(40)]
    EventStore(app_engine).store([arrival(*of_one, origin=OF_ACCOUNT)], now=NOW)
    assert found(app_engine, arrival(of_one[-1], origin=OF_ORGANIZATION)) == [OneRequest("PutMedia", True, True, True)]
