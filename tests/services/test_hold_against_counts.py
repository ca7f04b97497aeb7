from datetime import timedelta

import pytest
from sqlalchemy import Engine, text

from app.core.ledger.standing import State
from app.core.model.metric import RequestCount, RequestCounts
from app.core.parts import Streams
from app.db.queries import snapshots
from app.db.queries.ingest import EventStore
from app.services.evaluate_rules import evaluate
from tests.builders import facts, iam
from tests.builders.accounts import make_account
from tests.builders.assumptions import standing
from tests.builders.stored import arrival
from tests.builders.trail import guid, kvs_record

NAME = "put_media_leaves_one_event"
NOW = facts.NOW
DAYS = [(NOW - timedelta(days=before)).date() for before in (4, 3, 2)]
DEMO = {"additionalEventData": {"kvswatchDemo": "emulated"}}


def judged(engine: Engine, requests: int, events: int, *, days=DAYS, is_raw_kept: bool = True, **changes) -> State:
    """Return how it stands after days of so many requests and events of a camera each, and an evaluation."""
    named = {"resources": [{"type": "AWS::KinesisVideo::Stream", "ARN": iam.CAMERA}]}
    values = {"eventName": "PutMedia", "recipientAccountId": f"{iam.ACCOUNT:012d}", **named, **changes}
    records = [
        kvs_record(f"{day} {n}", eventTime=f"{day}T{n:02}:00:00Z", **values) for day in days for n in range(events)
    ]
    EventStore(engine).store([arrival(*records)], now=NOW)
    camera = iam.stream(iam.CAMERA).name
    counted = tuple(RequestCount(camera, "PutMedia", day, requests) for day in days)
    counts = RequestCounts(days[0], NOW.date(), counted)
    with engine.begin() as connection:
        make_account(connection, iam.ACCOUNT, regions=["eu-central-1"])
        for name, content in (("streams", Streams((iam.stream(iam.CAMERA),))), ("request_counts", counts)):
            snapshots.store_part(connection, iam.ACCOUNT, name, iam.stream(iam.CAMERA).region, content, NOW)
        if not is_raw_kept:
            connection.execute(text("delete from event_raw"))
    evaluate(engine, iam.ACCOUNT, now=NOW)
    return standing(engine, NAME).state


def test_as_many_events_as_requests_confirm_it_and_the_newest_is_named(app_engine: Engine):
    assert judged(app_engine, 3, 3) is State.CONFIRMED
    (call,) = standing(app_engine, NAME).calls
    assert call.confirming is not None
    assert call.confirming.first.event_id == guid(f"event {DAYS[0]} 2")
    assert call.confirming.newest.event_id == guid(f"event {DAYS[-1]} 2")


def test_a_day_alone_is_coincidence(app_engine: Engine):
    assert judged(app_engine, 3, 3, days=DAYS[:1]) is State.NOT_SEEN


@pytest.mark.parametrize(("requests", "events"), [(3, 2), (3, 6), (3, 0), (0, 3)])
def test_other_counts_show_nothing(app_engine: Engine, requests: int, events: int):
    assert judged(app_engine, requests, events) is State.NOT_SEEN


def test_the_demo_s_records_confirm_nothing(app_engine: Engine):
    assert judged(app_engine, 3, 3, **DEMO) is State.NOT_SEEN
    assert len(standing(app_engine, NAME).calls[0].emulated) == 1


def test_without_the_record_nobody_can_tell_whether_it_is_the_demo_s(app_engine: Engine):
    assert judged(app_engine, 3, 3, is_raw_kept=False) is State.NOT_SEEN
