from app.core.normalise.record import Place
from app.core.normalise.trail_file import decoded_file, decoded_record
from tests.builders.trail import assume_role_record, compact, kvs_record, log_text, other_record


def test_it_returns_what_is_stored_of_a_file():
    stop = other_record(1, eventSource="cloudtrail.amazonaws.com", eventName="StopLogging")
    found = decoded_file(log_text(other_record(), kvs_record(), assume_role_record(), stop))
    assert [record.event.action for record in found.records] == ["GetMedia", "StopLogging"]
    assert [record.raw for record in found.records] == [compact(kvs_record()), compact(stop)]
    assert (found.total, found.kvs, len(found.sessions), found.rejected) == (4, 1, 1, [])


def test_a_record_that_cannot_be_stored_is_rejected_and_the_rest_goes_on():
    found = decoded_file(log_text(kvs_record(1, eventTime=None), kvs_record(2), assume_role_record(eventTime="?")))
    assert len(found.records) == 1
    assert [rejected.place for rejected in found.rejected] == ["record 1", "record 3"]
    assert b"EXAMPLETOKEN" not in found.rejected[1].raw


def test_one_record_on_its_own_is_read_like_one_in_a_file():
    in_file = decoded_file(log_text(kvs_record()), Place(1))
    assert decoded_record(compact(kvs_record()), Place(1)) == in_file
