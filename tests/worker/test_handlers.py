"""The worker on the emulated organization: one run from an empty database to findings."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from moto.iam.models import iam_backends
from sqlalchemy import Engine, text

from app import clock, config
from app.config import Settings
from app.core.arn import account_text
from app.core.model.feed import FeedKey
from app.core.model.scope import EVERYTHING
from app.core.model.snapshot import PartState
from app.db.queries import accounts, feeds, snapshots
from app.demo.settings import accounts_toml, scanner_policies
from app.services.watch_accounts import watch_accounts
from app.worker.handlers import handlers, wanted_of
from app.worker.loop import Worker
from tests.builders.polling import aws_settings


@pytest.fixture
def settings(aws: Any, tmp_path: Path) -> Settings:
    (tmp_path / "accounts.toml").write_text(accounts_toml(aws.estate))
    return config.load(
        {
            "KVSWATCH_ACCOUNTS_FILE": str(tmp_path / "accounts.toml"),
            "KVSWATCH_EXTERNAL_ID": aws.estate.external_id,
            "KVSWATCH_REGIONS": "eu-central-1",
            "KVSWATCH_START_DAYS": "3",
        }
    )


@pytest.fixture
def own_credentials(aws: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in aws.environment().items():
        monkeypatch.setenv(name, value)


def drained(app_engine: Engine, settings: Settings, aws: Any) -> None:
    """Watch what the settings name and run feeds until none is due."""
    with app_engine.begin() as connection:
        watch_accounts(connection, wanted_of(settings), clock.now())
    table = dict(handlers(settings, aws_settings(aws)))
    # At AWS's two requests a second it would take the time of all other tests together; it has tests of its own.
    del table["lookup_events"]
    worker = Worker(app_engine, table, clock=clock.now, threads=1, lease_s=600, idle_s=0.01)
    for _ in range(200):
        if not worker.run_once():
            return
    raise AssertionError("feeds are due for ever")


@pytest.mark.usefixtures("own_credentials")
def test_it_reads_the_organization_from_nothing_to_findings(app_engine: Engine, settings: Settings, aws: Any) -> None:
    drained(app_engine, settings, aws)
    with app_engine.connect() as connection:
        watched = {account_text(account.id) for account in accounts.accounts(connection, EVERYTHING)}
        failed = [(feed.key, feed.last_error) for feed in feeds.feeds(connection, EVERYTHING) if feed.attempts]
        events = connection.execute(text("select count(*) from event")).scalar_one()
        findings = connection.execute(text("select count(distinct rule) from finding")).scalar_one()
    assert {account.id for account in aws.estate.accounts if account.in_organization} <= watched
    assert failed == []
    assert events > 100
    assert findings > 3


@pytest.mark.usefixtures("own_credentials")
def test_a_second_look_adds_nothing(app_engine: Engine, settings: Settings, aws: Any) -> None:
    drained(app_engine, settings, aws)
    before = counts(app_engine)
    with app_engine.begin() as connection:
        for feed in feeds.feeds(connection, EVERYTHING):
            feeds.make_due(connection, EVERYTHING, feed.key.account_id, clock.now())
    drained(app_engine, settings, aws)
    assert counts(app_engine) == before


@pytest.mark.usefixtures("own_credentials")
def test_the_roles_of_onboard_are_enough_and_nothing_more_is_called(
    app_engine: Engine, settings: Settings, own_estate: Any
) -> None:
    drained(app_engine, settings, own_estate)
    with app_engine.connect() as connection:
        unseen = [
            (account.name, part.name, part.message)
            for account in accounts.accounts(connection, EVERYTHING)
            for part in snapshots.parts_of(connection, account.id)
            if part.state is not PartState.SEEN
        ]
    assert unseen == []


@pytest.fixture
def own_estate(aws: Any) -> Iterator[Any]:
    """The organization with the roles of `kvswatch onboard`, each call checked against them."""
    policies = scanner_policies()
    ours = [
        role
        for account in aws.estate.accounts
        for role in iam_backends[account.id]["aws"].roles.values()
        if role.name in policies
    ]
    before = [role.policies for role in ours]
    for role in ours:
        role.policies = {role.name: json.dumps(policies[role.name])}
    aws.authorizing = True
    yield aws
    aws.authorizing = False
    for role, policy in zip(ours, before, strict=True):
        role.policies = policy


def counts(app_engine: Engine) -> dict[str, int]:
    """Return how many rows there are of what must not double."""
    tables = ("event", "event_raw", "issued_session", "finding", "finding_change", "snapshot")
    with app_engine.connect() as connection:
        found = {name: connection.execute(text(f"select count(*) from {name}")).scalar_one() for name in tables}
        found["rolled up"] = connection.execute(text("select coalesce(sum(n), 0) from roll_hour")).scalar_one()
    return found


def test_every_source_of_feeds_has_its_handler(settings: Settings, aws: Any, app_engine: Engine) -> None:
    with app_engine.begin() as connection:
        watch_accounts(connection, wanted_of(settings), clock.now())
        sources = {feed.key.source for feed in feeds.feeds(connection, EVERYTHING)}
    assert sources <= set(handlers(settings, aws_settings(aws)))


def test_a_feed_of_an_account_that_is_gone_says_so(app_engine: Engine, settings: Settings, aws: Any) -> None:
    with app_engine.begin() as connection:
        feeds.add_feeds(connection, [(FeedKey(999900001111, "iam"), 900)], clock.now())
    table = handlers(settings, aws_settings(aws))
    Worker(app_engine, table, clock=clock.now, threads=1, lease_s=60).run_once()
    with app_engine.connect() as connection:
        (feed,) = feeds.feeds(connection, EVERYTHING, 999900001111)
    assert "no such account is watched" in (feed.last_error or "")
