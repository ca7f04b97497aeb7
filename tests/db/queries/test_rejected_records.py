from datetime import UTC, datetime

import pytest

from app.core.model.batch import Arrival, Rejected
from app.core.normalise.trail_file import WHOLE_FILE
from app.db.queries.ingest import EventStore
from tests.builders.stored import one, rows

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
NUMBER = 111122223333


def test_a_rejection_is_kept_once_with_reason_and_place(app_engine):
    broken = Arrival(
        "s3://b/k", NUMBER, rejected=(Rejected("record 3", "no time", b"{}"), Rejected("the whole file", "x", b""))
    )
    store = EventStore(app_engine)
    assert store.store([broken], now=NOW).rejected == 2
    assert store.store([broken], now=NOW).rejected == 0
    found = rows(
        app_engine, "select account_id, origin, place, reason, raw is null from rejected_record order by place"
    )
    assert found == [
        (NUMBER, "s3://b/k", "record 3", "no time", False),
        (NUMBER, "s3://b/k", "the whole file", "x", True),
    ]


NAME = f"{NUMBER}_CloudTrail_eu-west-1_20261102T0805Z_aaaaaaaaaaaaaaaa.json.gz"
GIVEN_UP = (Rejected(WHOLE_FILE, "denied", b""),)


def left(app_engine, rejected, came):
    """Return where the rejections of whole files lie when `rejected` was refused and `came` came then."""
    store = EventStore(app_engine)
    store.store([Arrival(origin, NUMBER, rejected=GIVEN_UP) for origin in rejected], now=NOW)
    store.store([Arrival(came, NUMBER, rejected=(Rejected("record 3", "no time", b"{}"),))], now=NOW)
    return rows(app_engine, f"select origin from rejected_record where place = '{WHOLE_FILE}' order by origin")


@pytest.mark.parametrize("came", [f"s3://b/k/{NAME}", f"/evidence/{NAME}"], ids=["read again", "imported"])
def test_a_log_file_that_came_after_all_is_rejected_no_more_wherever_it_lay(app_engine, came):
    other = f"s3://b/k/{NAME.replace('aaaa', 'bbbb')}"
    assert left(app_engine, [f"s3://b/k/{NAME}", other], came) == [(other,)]


def test_a_file_of_any_other_name_does_not_stand_for_one_elsewhere(app_engine):
    first, second = "/evidence/clinic/events.json.gz", "/evidence/bakery/events.json.gz"
    assert left(app_engine, [first, second], second) == [(first,)]


def test_a_file_with_a_name_too_long_to_be_stored_is_rejected_no_more_when_it_comes(app_engine):
    long = f"/evidence/{'x' * 2_000}.json.gz"
    assert left(app_engine, [long], long) == []


BROKEN, MENDED = Rejected("record 3", "no time", b"{}"), Rejected("record 5", "no account", b"[]")


@pytest.mark.parametrize("came", [f"s3://b/k/{NAME}", f"/evidence/{NAME}"], ids=["read again", "imported"])
def test_a_record_in_s3_that_could_be_read_after_all_is_rejected_no_more(app_engine, came):
    first, other = f"s3://b/k/{NAME}", f"s3://b/k/{NAME.replace('aaaa', 'bbbb')}"
    store = EventStore(app_engine)
    store.store([Arrival(origin, NUMBER, rejected=(BROKEN, MENDED)) for origin in (first, other)], now=NOW)
    store.store([Arrival(came, NUMBER, rejected=(BROKEN,))], now=NOW)
    found = rows(app_engine, f"select place from rejected_record where origin = '{first}' order by place")
    assert found == [("record 3",)]
    assert one(app_engine, f"select count(*) from rejected_record where origin = '{other}'") == 2


def test_a_record_of_a_source_without_files_stays_rejected(app_engine):
    store = EventStore(app_engine)
    store.store([Arrival("lookup_events", NUMBER, rejected=(BROKEN,))], now=NOW)
    store.store([Arrival("lookup_events", NUMBER)], now=NOW)
    assert one(app_engine, "select count(*) from rejected_record") == 1
