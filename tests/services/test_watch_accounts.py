"""The accounts that the settings name, and the feeds that each of them gets."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from app.core.errors import InvalidInput
from app.core.model.account import AccountKind
from app.core.model.scope import EVERYTHING
from app.db.queries import accounts, feeds
from app.services.watch_accounts import RETENTION_FEED, Wanted, plan_retention, this_install, watch_accounts

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
WANTED = Wanted(
    accounts_file=None,
    management_role_arn=None,
    member_role_name="kvswatch-member",
    external_id=None,
    regions=("eu-central-1", "us-east-1"),
    poll_s=900,
    ingest_s=60,
)


def test_it_makes_an_external_id_that_cannot_be_guessed_and_keeps_it(app_engine: Engine) -> None:
    with app_engine.begin() as connection:
        made = this_install(connection, NOW)
        assert this_install(connection, NOW) == made
    assert len(made.external_id) > 32


def test_it_watches_the_management_account_by_its_role(app_engine: Engine) -> None:
    role = "arn:aws-us-gov:iam::111122223333:role/kvswatch-management"
    with app_engine.begin() as connection:
        (named,) = watch_accounts(connection, replace(WANTED, management_role_arn=role, external_id="x"), NOW)
        stored = accounts.account(connection, EVERYTHING, 111122223333)
    assert stored == named
    assert (named.kind, named.partition, named.external_id) == (AccountKind.MANAGEMENT, "aws-us-gov", "x")


@pytest.mark.parametrize("role", ["kvswatch-management", "arn:aws:iam::111122223333:user/kvswatch"])
def test_it_refuses_what_is_no_role(app_engine: Engine, role: str) -> None:
    with app_engine.begin() as connection, pytest.raises(InvalidInput, match="KVSWATCH_ROLE_ARN"):
        watch_accounts(connection, replace(WANTED, management_role_arn=role), NOW)


def test_it_names_an_accounts_file_that_cannot_be_read(app_engine: Engine, tmp_path: Path) -> None:
    with app_engine.begin() as connection, pytest.raises(InvalidInput, match=r"KVSWATCH_ACCOUNTS_FILE=.*cannot read"):
        watch_accounts(connection, replace(WANTED, accounts_file=tmp_path / "none.toml"), NOW)


def test_it_takes_nothing_from_a_faulty_file(app_engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "accounts.toml").write_text('[[account]]\nid = "111122223333"\n[[account]]\nid = "12"\n')
    with pytest.raises(InvalidInput), app_engine.begin() as connection:
        watch_accounts(connection, replace(WANTED, accounts_file=tmp_path / "accounts.toml"), NOW)
    with app_engine.connect() as connection:
        assert accounts.accounts(connection, EVERYTHING) == ()


def test_retention_is_planned_once_for_the_whole_installation(app_engine: Engine) -> None:
    with app_engine.begin() as connection:
        plan_retention(connection, NOW)
        plan_retention(connection, NOW + timedelta(hours=1))
        (feed,) = feeds.feeds(connection, EVERYTHING)
    assert (feed.key, feed.every_s, feed.next_at) == (RETENTION_FEED, 86_400, NOW)


def test_an_account_gets_feeds_for_what_it_has(app_engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "accounts.toml").write_text(
        '[[account]]\nid = "111122223333"\n'
        '[[account]]\nid = "444455556666"\nkind = "log_archive"\nlog_bucket = "trail"\nregions = ["eu-central-1"]\n'
    )
    with app_engine.begin() as connection:
        watch_accounts(connection, replace(WANTED, accounts_file=tmp_path / "accounts.toml"), NOW)
        member = {(feed.key.source, feed.key.region) for feed in feeds.feeds(connection, EVERYTHING, 111122223333)}
        archive = {(feed.key.source, feed.key.region) for feed in feeds.feeds(connection, EVERYTHING, 444455556666)}
    assert {("lookup_events", "eu-central-1"), ("lookup_events", "us-east-1"), ("evaluate", ""), ("iam", "")} <= member
    assert ("s3_logs", "") not in member
    assert ("s3_logs", "") in archive
    assert not any(source == "lookup_events" for source, _ in archive)


def test_a_bucket_whose_files_a_queue_announces_is_listed_more_slowly(app_engine: Engine, tmp_path: Path) -> None:
    entry = '[[account]]\nid = "444455556666"\nlog_bucket = "trail"\n'
    queue = 'log_queue = "arn:aws:sqs:eu-central-1:444455556666:trail"\n'

    def pauses(text: str) -> dict[str, int]:
        (tmp_path / "accounts.toml").write_text(text)
        with app_engine.begin() as connection:
            watch_accounts(connection, replace(WANTED, accounts_file=tmp_path / "accounts.toml"), NOW)
            found = feeds.feeds(connection, EVERYTHING, 444455556666)
        return {feed.key.source: feed.every_s for feed in found if feed.key.source.endswith("_logs")}

    assert pauses(entry) == {"s3_logs": 60}
    assert pauses(entry + queue) == {"s3_logs": 300, "sqs_logs": 1}
    assert pauses(entry) == {"s3_logs": 60}


def test_a_log_group_is_read_in_its_region_whichever_the_account_s_are(app_engine: Engine, tmp_path: Path) -> None:
    group = "arn:aws:logs:sa-east-1:111122223333:log-group:trail"
    (tmp_path / "accounts.toml").write_text(f'[[account]]\nid = "111122223333"\nlog_group = "{group}"\n')
    with app_engine.begin() as connection:
        watch_accounts(connection, replace(WANTED, accounts_file=tmp_path / "accounts.toml"), NOW)
        found = {feed.key for feed in feeds.feeds(connection, EVERYTHING, 111122223333)}
    assert {key.region for key in found if key.source == "cloudwatch_logs"} == {"sa-east-1"}


BOTH = ("s3_logs", "s3_digests")


def test_each_bucket_of_an_account_is_a_feed_of_its_own(app_engine: Engine, tmp_path: Path) -> None:
    entry = '[[account]]\nid = "444455556666"\nlog_bucket = "new"\n'

    def places(text: str) -> set[str]:
        (tmp_path / "accounts.toml").write_text(text)
        with app_engine.begin() as connection:
            watch_accounts(connection, replace(WANTED, accounts_file=tmp_path / "accounts.toml"), NOW)
            found = feeds.feeds(connection, EVERYTHING, 444455556666)
        of = {source: {feed.key.region for feed in found if feed.key.source == source} for source in BOTH}
        assert of["s3_logs"] == of["s3_digests"]
        return of["s3_logs"]

    assert places(entry + 'more_log_buckets = ["old", "older"]\n') == {"", "old", "older"}
    assert places(entry) == {""}
