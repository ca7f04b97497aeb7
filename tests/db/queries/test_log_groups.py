from datetime import timedelta

from sqlalchemy import Engine

from app.db.queries.log_groups import LogGroup, log_groups
from tests.builders.accounts import CLINIC, NOW, make_account, make_feed

GROUP = "arn:aws:logs:eu-west-1:590817264433:log-group:trail"


def test_a_log_group_is_read_as_far_as_its_feed_went(engine: Engine) -> None:
    back_to = NOW - timedelta(days=3)
    cursor = {"group": "trail", "until": NOW.isoformat(), "back_to": back_to.isoformat(), "at": None}
    with engine.begin() as connection:
        make_account(connection, log_group=GROUP)
        make_account(connection, 7, name="none")
        make_feed(connection, "cloudwatch_logs", region="eu-west-1", cursor=cursor)
        assert log_groups(connection) == (LogGroup(CLINIC, GROUP, back_to, NOW),)


def test_a_log_group_is_read_back_to_the_oldest_that_came_of_it(engine: Engine) -> None:
    back_to, oldest = NOW - timedelta(days=90), NOW - timedelta(days=7, microseconds=1)
    times = {"until": NOW, "back_to": back_to, "oldest": oldest}
    cursor = {"group": "trail", "at": None, **{name: at.isoformat() for name, at in times.items()}}
    with engine.begin() as connection:
        make_account(connection, log_group=GROUP)
        make_feed(connection, "cloudwatch_logs", region="eu-west-1", cursor=cursor)
        assert log_groups(connection) == (LogGroup(CLINIC, GROUP, oldest, NOW),)


def test_of_a_log_group_whose_feed_never_ran_nothing_is_read(engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection, log_group=GROUP)
        make_account(connection, 7, name="gone", log_group=GROUP, removed_at=NOW)
        assert log_groups(connection) == (LogGroup(CLINIC, GROUP, None, None),)
