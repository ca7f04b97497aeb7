from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import make_url, text

from app import clock
from app.core.health import Health
from app.core.model.scope import EVERYTHING
from app.db.engine import APP, create_engine
from app.db.queries import accounts
from app.services.check_health import (
    accounts_to_check,
    check_accounts,
    check_database,
    check_logs,
    check_retention,
    check_worker,
)
from app.services.watch_accounts import Wanted, plan_retention
from tests.builders.accounts import make_account, make_feed, make_worker
from tests.builders.polling import account_of, aws_settings, watch

ACCOUNTS = '[[account]]\nid = "111122223333"\nlog_bucket = "logs"\n'


@pytest.fixture
def wanted(tmp_path):
    path = tmp_path / "accounts.toml"
    path.write_text(ACCOUNTS)
    return Wanted(path, None, "kvswatch-member", "kv-1", ("eu-central-1",), 900, 60)


def test_a_fresh_database_is_well(app_engine):
    found = list(check_database(app_engine, clock.now))
    assert {check.health for check in found} == {Health.OK}
    assert {check.name for check in found} >= {"connection", "version", "clock", "kvswatch_read"}


def test_a_reader_that_may_write_fails(engine, app_engine):
    with engine.begin() as connection:
        connection.execute(text("grant insert on event to kvswatch_read"))
    found = {check.name: check for check in check_database(app_engine, clock.now)}
    assert {name for name, check in found.items() if check.health is Health.FAILS} == {"kvswatch_read"}
    assert "may write" in found["kvswatch_read"].message


def test_a_database_whose_clock_is_off_fails(app_engine):
    found = {c.name: c for c in check_database(app_engine, lambda: clock.now() - timedelta(minutes=2))}
    assert found["clock"].health is Health.FAILS
    assert "behind the database's" in found["clock"].message


def test_a_database_that_cannot_be_entered_is_told_and_not_raised(database_url):
    gone = create_engine(make_url(database_url).set(database="gone").render_as_string(hide_password=False), role=APP)
    (check,) = check_database(gone, clock.now)
    assert (check.name, check.health) == ("connection", Health.FAILS)
    assert '"gone" does not exist' in check.message


def test_a_retention_that_fails_is_told(engine):
    now = clock.now()
    assert list(check_retention(engine, now)) == []
    with engine.begin() as connection:
        plan_retention(connection, now)
        connection.execute(text("update feed set attempts = 3, last_error = 'the disk is full'"))
    (check,) = check_retention(engine, now)
    assert (check.about, check.health) == ("retention", Health.FAILS)
    assert "retention failed 3 times in a row: the disk is full" in check.message


def test_a_killed_worker_is_not_alive(engine):
    now = clock.now()
    with engine.begin() as connection:
        make_worker(connection, heartbeat_at=now - timedelta(minutes=10))
    assert check_worker(engine, now, 60).health is Health.FAILS
    with engine.begin() as connection:
        make_worker(connection, "w-2", heartbeat_at=now - timedelta(seconds=1))
    assert check_worker(engine, now, 60).health is Health.OK


def test_accounts_of_the_settings_are_looked_at_before_a_worker_stored_them(app_engine, engine, wanted):
    with engine.begin() as connection:
        make_account(connection)
    found = accounts_to_check(app_engine, wanted, clock.now())
    assert {account.id for account in found} == {111122223333, 590817264433}
    with app_engine.connect() as connection:
        assert {account.id for account in accounts.accounts(connection, EVERYTHING)} == {590817264433}


def test_a_faulty_accounts_file_does_not_hide_the_accounts_that_are_stored(app_engine, engine, wanted):
    with engine.begin() as connection:
        make_account(connection)
    wanted.accounts_file.write_text("[[account]]\n")
    assert [account.id for account in accounts_to_check(app_engine, wanted, clock.now())] == [590817264433]


def test_without_log_files_media_calls_are_not_seen(app_engine, wanted):
    watched = accounts_to_check(app_engine, wanted, clock.now())
    assert check_logs(watched).health is Health.OK
    assert check_logs([replace(watched[0], log_bucket=None)]).health is Health.FAILS
    assert check_logs([replace(watched[0], log_bucket=None, log_group="arn:x")]).message == "logs are read from arn:x"
    assert check_logs([]).message == "no account is watched"


def test_each_account_is_asked_and_its_feeds_are_told(aws, app_engine, engine, monkeypatch):
    for name, value in aws.environment().items():
        monkeypatch.setenv(name, value)
    cams = watch(app_engine, replace(account_of(aws), regions=("eu-central-1",)))
    stranger = watch(app_engine, replace(account_of(aws, "halden-management"), external_id="guessed"))
    with engine.begin() as connection:
        make_feed(connection, "iam", cams.id, attempts=3, last_error="no way in")
    looked = list(
        check_accounts(app_engine, [cams, stranger], aws_settings(aws), clock.now, lambda _api, _region: None)
    )
    assert [one.account for one in looked] == [cams, stranger]
    first, second = ({check.name: check for check in one.checks} for one in looked)
    assert first["role"].health is Health.OK
    assert first["feeds"].message == "iam failed 3 times in a row: no way in"
    assert (second["role"].health, second["feeds"].health) == (Health.FAILS, Health.CANNOT_TELL)
