import pytest

from app.core.assumptions._together import OneDay, OneName, OneRequest
from app.core.assumptions.put_media_leaves_one_event import ASSUMPTION
from app.core.ledger.standing import State
from app.core.model.sighting import Verdict
from app.db.queries.ingest import EventStore
from tests.builders.assumptions import standing
from tests.builders.stored import arrival
from tests.builders.together import LATER, NOW, OF_ACCOUNT, OF_ORGANIZATION
from tests.builders.trail import guid, kvs_record

NAME = "put_media_leaves_one_event"


@pytest.mark.parametrize(
    ("seen", "says"),
    [
        (OneRequest("PutMedia", False, False, None), Verdict.REFUTES),
        (OneRequest("PutMedia", False, False, True), Verdict.REFUTES),
        (OneRequest("PutMedia", False, True, False), None),
        (OneRequest("PutMedia", False, True, True), None),
        (OneRequest("PutMedia", False, True, None), None),
        (OneRequest("PutMedia", True, True, True), None),
        (OneRequest("GetMedia", False, False, False), None),
        (OneName(is_same_arn=True), None),
        (OneDay("PutMedia", 32, 32), Verdict.CONFIRMS),
        (OneDay("PutMedia", 32, 31), None),
        (OneDay("PutMedia", 32, 64), None),
        (OneDay("PutMedia", 0, 0), None),
        (OneDay("GetMedia", 1, 1), None),
    ],
)
def test_two_events_of_a_request_refute_it_and_equal_counts_confirm_it(seen, says):
    assert ASSUMPTION.check(seen) is says


def put(number: int, **changes):
    return kvs_record(number, eventName="PutMedia", readOnly=False, **changes)


def stored(engine, *batches) -> State:
    store = EventStore(engine)
    for batch in batches:
        store.store(batch, now=NOW)
    return standing(engine, NAME).state


END = {"eventID": guid("its end"), "eventTime": "2026-11-01T11:00:00Z"}


@pytest.mark.parametrize("origins", [(OF_ACCOUNT, LATER), ("a.json", "a.json"), (OF_ACCOUNT, OF_ORGANIZATION)])
@pytest.mark.parametrize("order", [1, -1])
def test_a_second_event_of_a_request_refutes_it_whichever_comes_first(app_engine, origins, order):
    files = [arrival(put(1), origin=origins[0]), arrival(put(1, **END), origin=origins[1])][::order]
    assert stored(app_engine, files[:1], files[1:]) is State.REFUTED


def test_events_of_two_requests_do_not(app_engine):
    assert stored(app_engine, [arrival(put(1), put(2, eventTime="2026-11-01T11:00:00Z"))]) is State.NOT_SEEN


def test_copies_and_corrections_do_not(app_engine):
    other = {"eventID": guid("of the other trail")}
    correction = {**END, "addendum": {"reason": "UPDATED_DATA", "originalEventID": guid("event 1")}}
    copy, corrected = arrival(put(1, **other), origin=OF_ORGANIZATION), arrival(put(1, **correction), origin=LATER)
    assert stored(app_engine, [arrival(put(1), origin=OF_ACCOUNT)], [copy], [corrected]) is State.NOT_SEEN


SAME_SECOND = {"eventID": guid("delivered twice")}


@pytest.mark.parametrize("origins", [(OF_ACCOUNT, OF_ACCOUNT), (OF_ACCOUNT, LATER), (OF_ACCOUNT, "a.json")])
@pytest.mark.parametrize("is_one_batch", [True, False])
def test_records_of_one_second_may_be_one_that_came_twice(app_engine, origins, is_one_batch):
    files = [arrival(put(1), origin=origins[0]), arrival(put(1, **SAME_SECOND), origin=origins[1])]
    assert stored(app_engine, *([files] if is_one_batch else [files[:1], files[1:]])) is State.NOT_SEEN
