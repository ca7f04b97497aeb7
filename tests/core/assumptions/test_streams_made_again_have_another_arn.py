from itertools import count

import pytest

from app.core.assumptions._together import OneName, OneRequest
from app.core.assumptions.streams_made_again_have_another_arn import ASSUMPTION
from app.core.ledger.standing import State
from app.core.model.sighting import Verdict
from app.db.queries.ingest import EventStore
from tests.builders.assumptions import standing
from tests.builders.stored import arrival
from tests.builders.together import NOW
from tests.builders.trail import ACCOUNT, kvs_record

NAME = "streams_made_again_have_another_arn"
NUMBERS = count()


@pytest.mark.parametrize(
    ("seen", "says"),
    [
        (OneName(is_same_arn=False), Verdict.CONFIRMS),
        (OneName(is_same_arn=True), Verdict.REFUTES),
        (OneRequest("CreateStream", False, True, False), None),
    ],
)
def test_it_compares_the_arns(seen, says):
    assert ASSUMPTION.check(seen) is says


def made(name: str, suffix: int, day: int, **changes):
    values = {
        "eventName": "CreateStream",
        "eventTime": f"2026-11-{day:02}T10:00:00Z",
        "requestParameters": {"streamName": name, "dataRetentionInHours": 24},
        "responseElements": {"streamARN": f"arn:aws:kinesisvideo:eu-west-1:{ACCOUNT}:stream/{name}/{suffix}"},
        "resources": ...,
        "readOnly": False,
    }
    return kvs_record(next(NUMBERS), **values | changes)


def channel(suffix: int, day: int):
    answer = {"channelARN": f"arn:aws:kinesisvideo:eu-west-1:{ACCOUNT}:channel/door/{suffix}"}
    asked = {"channelName": "door"}
    named = {"eventName": "CreateSignalingChannel", "requestParameters": asked, "responseElements": answer}
    return made("door", suffix, day, **named)


def stored(engine, *batches) -> State:
    store = EventStore(engine)
    for batch in batches:
        store.store([arrival(*batch)], now=NOW)
    return standing(engine, NAME).state


@pytest.mark.parametrize("make", [lambda suffix, day: made("door", suffix, day), channel], ids=["stream", "channel"])
@pytest.mark.parametrize("order", [1, -1])
def test_one_that_is_made_again_with_another_arn_confirms_it(app_engine, make, order):
    batches = [(make(1700000000000, 1),), (make(1700000099999, 3),)][::order]
    assert stored(app_engine, batches[0]) is State.NOT_SEEN
    assert stored(app_engine, batches[1]) is State.CONFIRMED


def test_two_of_one_file_are_held_against_each_other(app_engine):
    assert stored(app_engine, (made("door", 1, 1), made("door", 2, 1))) is State.CONFIRMED


def test_one_that_is_made_again_with_the_same_arn_refutes_it(app_engine):
    assert stored(app_engine, (made("door", 1, 1),), (made("door", 1, 3),)) is State.REFUTED


def test_the_same_record_again_shows_nothing(app_engine):
    record = made("door", 1, 1)
    copy = record | {"eventID": "00000000-0000-4000-8000-000000000001"}
    assert stored(app_engine, (record,), (record,), (copy,)) is State.NOT_SEEN


@pytest.mark.parametrize(
    "other",
    [
        made("window", 2, 3),
        made("door", 2, 3, awsRegion="eu-west-1", responseElements=None, errorCode="ResourceInUseException"),
        made("door", 2, 3, recipientAccountId="000000000007"),
        made("door", 2, 3, eventName="DescribeStream"),
    ],
    ids=["another name", "refused", "another account", "another call"],
)
def test_other_calls_show_nothing(app_engine, other):
    assert stored(app_engine, (made("door", 1, 1),), (other,)) is State.NOT_SEEN


def test_a_channel_and_a_stream_of_one_name_are_two_things(app_engine):
    assert stored(app_engine, (made("door", 1, 1),), (channel(2, 3),)) is State.NOT_SEEN


def test_the_demo_s_records_confirm_nothing(app_engine):
    demo = {"additionalEventData": {"kvswatchDemo": "emulated"}}
    assert stored(app_engine, (made("door", 1, 1, **demo),), (made("door", 2, 3, **demo),)) is State.NOT_SEEN
