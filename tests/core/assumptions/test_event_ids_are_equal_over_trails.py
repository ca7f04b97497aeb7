import pytest

from app.core.assumptions._together import OneName, OneRequest
from app.core.assumptions.event_ids_are_equal_over_trails import ASSUMPTION
from app.core.ledger.standing import State
from app.core.model.sighting import Verdict
from app.db.queries.ingest import EventStore
from tests.builders.assumptions import standing
from tests.builders.stored import arrival
from tests.builders.together import COPIED, LATER, NOW, OF_ACCOUNT, OF_ORGANIZATION
from tests.builders.trail import guid, kvs_record

NAME = "event_ids_are_equal_over_trails"
OTHER_ID = {"eventID": guid("the same event, another ID")}


@pytest.mark.parametrize(
    ("seen", "says"),
    [
        (OneRequest("GetMedia", True, True, True), Verdict.CONFIRMS),
        (OneRequest("GetMedia", False, True, True), Verdict.REFUTES),
        (OneRequest("GetMedia", False, False, True), None),
        (OneRequest("GetMedia", True, True, False), None),
        (OneRequest("GetMedia", False, True, None), None),
        (OneName(is_same_arn=True), None),
    ],
    ids=["one ID", "two IDs", "two times", "one trail", "nobody can tell", "another pair"],
)
def test_it_compares_what_two_trails_delivered(seen, says):
    assert ASSUMPTION.check(seen) is says


def stored(engine, *batches) -> State:
    store = EventStore(engine)
    for batch in batches:
        store.store(batch, now=NOW)
    return standing(engine, NAME).state


def test_the_same_event_of_two_trails_confirms_it(app_engine):
    files = arrival(kvs_record(1), origin=OF_ACCOUNT), arrival(kvs_record(1), origin=OF_ORGANIZATION)
    assert stored(app_engine, [files[0]]) is State.NOT_SEEN
    assert stored(app_engine, [files[1]]) is State.CONFIRMED
    assert standing(app_engine, NAME).calls[0].confirming.newest.event_id == guid("event 1")


def test_files_of_one_batch_are_held_against_each_other(app_engine):
    files = arrival(kvs_record(1), origin=OF_ACCOUNT), arrival(kvs_record(1), origin=OF_ORGANIZATION)
    assert stored(app_engine, files) is State.CONFIRMED


@pytest.mark.parametrize("origin", [OF_ACCOUNT, COPIED, LATER, "lookup_events", "/tmp/one.json"])
def test_the_same_file_its_copy_and_a_second_delivery_of_one_trail_show_nothing(app_engine, origin):
    files = arrival(kvs_record(1), origin=OF_ACCOUNT), arrival(kvs_record(1), origin=origin)
    assert stored(app_engine, [files[0]], [files[1]]) is State.NOT_SEEN


def requests(*numbers: int, **changes):
    return [kvs_record(n, **changes) for n in numbers]


def with_other_ids(*numbers: int, **changes):
    return [kvs_record(n, eventID=guid(f"other ID {n}"), **changes) for n in numbers]


@pytest.mark.parametrize("is_one_batch", [True, False])
def test_requests_that_all_have_two_ids_refute_it(app_engine, is_one_batch):
    others = [arrival(one, origin=OF_ORGANIZATION) for one in with_other_ids(1, 2, 3)]
    files = [arrival(*requests(1, 2, 3), origin=OF_ACCOUNT), *others]
    batches = [files] if is_one_batch else [files[:1], files[1:]]
    assert stored(app_engine, *batches) is State.REFUTED


def test_two_events_of_a_request_whose_copies_come_in_two_batches_are_no_copies(app_engine):
    both = [*requests(1), *with_other_ids(1)]
    copies = [[arrival(one, origin=OF_ORGANIZATION)] for one in both]
    assert stored(app_engine, [arrival(*both, origin=OF_ACCOUNT)], *copies) is State.CONFIRMED


def test_a_few_requests_with_two_ids_do_not_refute_it(app_engine):
    others = [arrival(one, origin=OF_ORGANIZATION) for one in with_other_ids(1, 2)]
    assert stored(app_engine, [arrival(*requests(1, 2), origin=OF_ACCOUNT)], others) is State.NOT_SEEN


def test_where_one_event_has_its_id_in_both_trails_no_others_refute_it(app_engine):
    came = [*with_other_ids(1, 2, 3), *requests(4)]
    others = [arrival(one, origin=OF_ORGANIZATION) for one in came]
    assert stored(app_engine, [arrival(*requests(1, 2, 3, 4), origin=OF_ACCOUNT)], others) is State.CONFIRMED


def test_two_events_of_one_request_that_one_trail_has_both_of_are_no_copies(app_engine):
    first, both = arrival(kvs_record(1), origin=OF_ACCOUNT), (kvs_record(1), kvs_record(1, **OTHER_ID))
    assert stored(app_engine, [first], [arrival(*both, origin=OF_ORGANIZATION)]) is State.CONFIRMED


@pytest.mark.parametrize(
    "changes",
    [
        {"requestID": guid("another request")},
        {"requestID": ...},
        {"eventName": "GetClip"},
        {"eventTime": "2026-11-01T10:15:01Z"},
        {"addendum": {"reason": "UPDATED_DATA", "originalEventID": guid("event 1")}},
    ],
    ids=["request", "no request", "name", "time", "correction"],
)
def test_what_differs_in_more_than_its_id_is_another_event(app_engine, changes):
    others = [arrival(one, origin=OF_ORGANIZATION) for one in with_other_ids(1, 2, 3, **changes)]
    assert stored(app_engine, [arrival(*requests(1, 2, 3), origin=OF_ACCOUNT)], others) is State.NOT_SEEN


def test_the_demo_s_records_confirm_nothing(app_engine):
    record = kvs_record(1, additionalEventData={"kvswatchDemo": "emulated"})
    files = arrival(record, origin=OF_ACCOUNT), arrival(record, origin=OF_ORGANIZATION)
    assert stored(app_engine, files) is State.NOT_SEEN
    assert [one.verdict for one in standing(app_engine, NAME).calls[0].emulated] == [Verdict.CONFIRMS]
