"""Stop reading the past, and go on with it."""

from datetime import timedelta

from sqlalchemy import Engine, text

from app.core.model.scope import EVERYTHING, Scope
from app.services.steer_backfill import steer_backfill
from tests.builders.accounts import CLINIC, NOW, make_account, make_feed

BACKFILL = {"files": 0, "size": 0, "files_left": 9, "size_left": 9, "per_s": None}


def _seed(engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        make_feed(connection, "s3_logs", backfill=BACKFILL)
        make_feed(connection, "iam")
        make_feed(connection, "s3_logs", 42, backfill=BACKFILL)


def _stopped(engine: Engine) -> list[tuple[int, str]]:
    with engine.connect() as connection:
        rows = connection.execute(text("select account_id, source from feed where backfill_stopped_at is not null"))
        return [tuple(row) for row in rows]


def test_it_stops_and_goes_on_in_one_account_and_writes_down_who_said_so(engine: Engine, app_engine: Engine) -> None:
    _seed(engine)

    assert steer_backfill(app_engine, EVERYTHING, CLINIC, is_wanted=False, actor="ada", now=NOW) == 1
    assert _stopped(engine) == [(CLINIC, "s3_logs")]
    assert steer_backfill(app_engine, EVERYTHING, CLINIC, is_wanted=True, actor="ada", now=NOW) == 1
    assert _stopped(engine) == []
    with engine.connect() as connection:
        said = connection.execute(text("select actor, action from audit order by id")).all()
        due = connection.execute(text("select count(*) from feed where next_at <= :now"), {"now": NOW}).scalar_one()
    assert [tuple(row) for row in said] == [("ada", "backfill.stop"), ("ada", "backfill.resume")]
    assert due == 2


def test_outside_of_the_scope_nothing_happens(engine: Engine, app_engine: Engine) -> None:
    _seed(engine)
    later = NOW + timedelta(hours=1)
    assert steer_backfill(app_engine, Scope(frozenset({42})), CLINIC, is_wanted=False, actor="eve", now=later) == 0
    assert _stopped(engine) == []


def test_the_past_of_event_histories_and_log_groups_stops_with_it(engine: Engine, app_engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        make_feed(connection, "lookup_events", region="eu-central-1", progress={"done": 1, "total": 90, "unit": "days"})
        make_feed(connection, "lookup_events", region="eu-west-1", progress={"done": 90, "total": 90, "unit": "days"})
        make_feed(connection, "cloudwatch_logs", progress={"done": 1, "total": 90, "unit": "days"})
        make_feed(connection, "iam", progress={"done": 1, "total": 9, "unit": "parts"})
    assert steer_backfill(app_engine, EVERYTHING, CLINIC, is_wanted=False, actor="ada", now=NOW) == 2
    assert sorted(_stopped(engine)) == [(CLINIC, "cloudwatch_logs"), (CLINIC, "lookup_events")]
    assert steer_backfill(app_engine, EVERYTHING, CLINIC, is_wanted=True, actor="ada", now=NOW) == 2
    assert _stopped(engine) == []
