from datetime import UTC, datetime

from app.core.health import Health
from app.core.ledger.catalogue import catalogue
from app.db.queries.ingest import EventStore
from app.services.check_assumptions import check_assumptions
from tests.builders.stored import arrival
from tests.builders.trail import guid, kvs_record

RESOURCES = "media_calls_name_their_resource"
STAMP = "long_calls_are_stamped_at_their_end"


def found(engine, *records):
    EventStore(engine).store([arrival(*records)], now=datetime(2026, 11, 2, 9, tzinfo=UTC))
    return {check.name: check for check in check_assumptions(engine)}


def test_each_assumption_has_its_line_and_what_was_not_seen_says_so(app_engine):
    checks = {check.name: check for check in check_assumptions(app_engine)}
    assert set(checks) == set(catalogue())
    assert {check.health for check in checks.values()} == {Health.CANNOT_TELL}
    assert checks[STAMP].message.startswith("not seen yet: A long media call is stamped when it ended")
    assert checks[STAMP].message.endswith("On it rests which video a call asked for.")


def test_one_that_every_call_confirms_is_ok_and_names_the_record(app_engine):
    late = {"eventTime": "2026-11-01T23:00:00Z"}
    checks = found(app_engine, kvs_record(1, **late), kvs_record(2, eventName="PutMedia", **late))
    assert checks[STAMP].health is Health.OK
    assert checks[STAMP].message.startswith("confirmed, last by record ")


def test_one_that_some_calls_confirm_names_those_that_are_missing(app_engine):
    check = found(app_engine, kvs_record(1, eventTime="2026-11-01T23:00:00Z"))[STAMP]
    assert check.health is Health.CANNOT_TELL
    assert check.message.startswith("confirmed for GetMedia, not seen yet for PutMedia: ")


def test_one_that_is_refuted_names_the_record_and_what_rests_on_it(app_engine):
    check = found(app_engine, kvs_record(1), kvs_record(2, eventName="GetClip", resources=...))[RESOURCES]
    assert check.health is Health.CANNOT_TELL
    assert check.message.startswith(
        f"refuted by record {guid('event 2')} of GetClip at 2026-11-01 10:15:00Z in 111122223333: "
    )
    assert "which stream or channel a call was about" in check.message
    assert "/assumptions" in check.todo


def test_the_demo_s_own_records_confirm_nothing(app_engine):
    demo = {"additionalEventData": {"kvswatchDemo": "emulated"}, "eventTime": "2026-11-01T23:00:00Z"}
    checks = found(app_engine, kvs_record(1, **demo), kvs_record(2, eventName="PutMedia", **demo))
    assert checks[STAMP].health is Health.CANNOT_TELL
    assert "records of kvswatch's own demo follow it, which proves nothing" in checks[STAMP].message
