from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from app.core.model.account import Account, AccountKind
from app.core.model.feed import FeedKey
from app.core.model.scope import EVERYTHING, Scope
from app.db.queries import accounts, feeds

NOW = datetime(2026, 11, 23, 9, 41, tzinfo=UTC)
CLINIC = Account(
    id=11112222,
    name="clinic",
    kind=AccountKind.LOG_ARCHIVE,
    role_arn="arn:aws:iam::000011112222:role/x",
    external_id="id",
    regions=("eu-central-1", "us-east-1"),
    partition="aws-us-gov",
    log_bucket="logs",
    log_prefix="security",
    more_log_buckets=("old", "older"),
    log_queue="arn:aws:sqs:eu-central-1:111122223333:logs",
    log_group="arn:aws:logs:eu-central-1:111122223333:log-group:trail",
    log_endpoint="https://s3.example.org",
    log_profile="mirror",
    log_requester_pays=True,
)
BAKERY = Account(444455556666, "bakery", AccountKind.MEMBER, "arn:aws:iam::444455556666:role/x", None, ("eu-west-1",))
ONLY_BAKERY = Scope(frozenset({BAKERY.id}))


@pytest.fixture
def connection(app_engine):
    with app_engine.begin() as connection:
        yield connection


def test_it_gives_back_what_was_stored(connection):
    assert accounts.store_account(connection, CLINIC, "file", NOW)
    assert accounts.account(connection, EVERYTHING, CLINIC.id) == CLINIC


def test_storing_it_again_brings_it_up_to_date_and_keeps_when_it_was_added(connection):
    accounts.store_account(connection, BAKERY, "file", NOW)
    moved = Account(BAKERY.id, "bakery", AccountKind.MEMBER, BAKERY.role_arn, "new", ("eu-north-1",))
    assert not accounts.store_account(connection, moved, "file", NOW + timedelta(days=1))
    assert accounts.accounts(connection, EVERYTHING) == (moved,)
    assert accounts.added_at(connection, BAKERY.id) == NOW


def test_it_lists_by_name_and_only_what_the_asking_user_may_see(connection):
    for account in (CLINIC, BAKERY):
        accounts.store_account(connection, account, "added", NOW)
    assert [account.name for account in accounts.accounts(connection, EVERYTHING)] == ["bakery", "clinic"]
    assert accounts.accounts(connection, ONLY_BAKERY) == (BAKERY,)
    assert accounts.account(connection, ONLY_BAKERY, CLINIC.id) is None


def test_an_account_that_is_watched_no_more_is_still_known(connection):
    accounts.store_account(connection, BAKERY, "organization", NOW)
    accounts.end_accounts(connection, [BAKERY.id], NOW)
    assert accounts.accounts(connection, EVERYTHING) == ()
    assert accounts.account(connection, EVERYTHING, BAKERY.id) == BAKERY
    assert accounts.sources(connection) == {BAKERY.id: "organization"}


def test_an_account_that_comes_back_is_watched_again(connection):
    accounts.store_account(connection, BAKERY, "organization", NOW)
    accounts.end_accounts(connection, [BAKERY.id], NOW)
    accounts.store_account(connection, BAKERY, "organization", NOW)
    assert accounts.accounts(connection, EVERYTHING) == (BAKERY,)


def test_feeds_that_are_not_kept_end_and_those_of_other_accounts_stay(connection):
    keys = [FeedKey(1, "iam"), FeedKey(1, "kinesisvideo", "a"), FeedKey(1, "kinesisvideo", "b"), FeedKey(2, "iam")]
    feeds.add_feeds(connection, [(key, 60) for key in keys], NOW)
    accounts.end_feeds(connection, 1, [FeedKey(1, "iam"), FeedKey(1, "kinesisvideo", "b")])
    left = connection.execute(text("select account_id, source, region from feed order by 1, 2, 3"))
    assert [tuple(row) for row in left] == [(1, "iam", ""), (1, "kinesisvideo", "b"), (2, "iam", "")]
