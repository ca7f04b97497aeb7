from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from app.core.accounts_file import Defaults
from app.core.model.account import Account, AccountKind
from app.core.model.feed import FeedKey
from app.core.model.organization import Organization, OrganizationAccount
from app.core.model.scope import EVERYTHING
from app.core.onboarding.roles import ROLE_NAMES
from app.core.parts import Streams
from app.db.queries import accounts, feeds, snapshots
from app.services.onboard_account import Cadence, onboard, onboard_members

NOW = datetime(2026, 11, 23, 9, 41, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
MAIN, CLINIC, BAKERY = 11112222, 111122223333, 444455556666
DEFAULTS = Defaults(ROLE_NAMES, "id", ("eu-central-1",))
CADENCE = Cadence(poll_s=900)


def account(number, kind=AccountKind.MEMBER, **changes):
    made = Account(
        number, f"a{number}", kind, f"arn:aws:iam::{number:012d}:role/x", "id", ("eu-central-1", "us-east-1")
    )
    return replace(made, **changes)


def add(connection, watched, source="added", cadence=CADENCE, now=NOW):
    return onboard(connection, watched, source, cadence=cadence, actor="local", now=now)


def add_members(connection, now=NOW):
    return [one.id for one in onboard_members(connection, MAIN, DEFAULTS, cadence=CADENCE, actor="worker", now=now)]


def list_organization(connection, *members, now=NOW, **status):
    listed = tuple(
        OrganizationAccount(number, f"a{number}", status.get(f"a{number}", "ACTIVE"), ("r-1", str(number)))
        for number in (MAIN, *members)
    )
    snapshots.store_part(connection, MAIN, "organization", "", Organization("o-1", MAIN, listed, ()), now)


def watched(connection):
    return {one.id for one in accounts.accounts(connection, EVERYTHING)}


def audited(connection):
    return [tuple(row) for row in connection.execute(text("select action, subject from audit order by id"))]


@pytest.fixture
def connection(app_engine):
    with app_engine.begin() as connection:
        yield connection


@pytest.fixture
def listed(connection):
    add(connection, account(MAIN, AccountKind.MANAGEMENT))
    list_organization(connection, CLINIC, BAKERY)
    return connection


def test_a_new_account_has_its_feeds_due_at_once(connection):
    assert add(connection, account(CLINIC))
    made = {(feed.key.source, feed.key.region): feed for feed in feeds.feeds(connection, EVERYTHING, CLINIC)}
    assert {("iam", ""), ("kinesisvideo", "eu-central-1"), ("kinesisvideo", "us-east-1")} <= set(made)
    assert {feed.next_at for feed in made.values()} == {NOW}


def test_what_costs_a_call_a_stream_is_read_once_a_day_and_the_rest_at_every_poll(connection):
    add(connection, account(CLINIC))
    every = {feed.key.source: feed.every_s for feed in feeds.feeds(connection, EVERYTHING, CLINIC)}
    assert every["kinesisvideo"] == every["iam"] == 900
    assert every["kinesisvideo_detail"] == every["cloudwatch"] == 86_400


def test_an_account_has_the_feeds_of_its_kind_and_those_that_are_planned_beside_them(connection):
    logs = Cadence(900, lambda one: [(FeedKey(one.id, "s3_logs", "eu-central-1"), 60)] if one.log_bucket else [])
    add(connection, account(MAIN, AccountKind.MANAGEMENT, log_bucket="logs"), cadence=logs)
    add(connection, account(CLINIC), cadence=logs)
    sources = {(feed.key.account_id, feed.key.source) for feed in feeds.feeds(connection, EVERYTHING)}
    assert {(MAIN, "organizations"), (MAIN, "s3_logs")} <= sources
    assert not {(CLINIC, "organizations"), (CLINIC, "s3_logs")} & sources


def test_adding_it_again_changes_nothing(connection):
    add(connection, account(CLINIC))
    before = feeds.feeds(connection, EVERYTHING)
    assert not add(connection, account(CLINIC), now=LATER)
    assert feeds.feeds(connection, EVERYTHING) == before
    assert audited(connection) == [("watch_account", "account:111122223333")]


def test_a_region_that_is_left_out_loses_its_feeds_and_keeps_what_was_seen(connection):
    add(connection, account(CLINIC))
    snapshots.store_part(connection, CLINIC, "streams", "us-east-1", Streams(()), NOW)
    add(connection, account(CLINIC, regions=("eu-central-1",)), now=LATER)
    regions = {feed.key.region for feed in feeds.feeds(connection, EVERYTHING, CLINIC)}
    assert regions == {"", "eu-central-1"}
    assert snapshots.load_snapshot(connection, EVERYTHING, CLINIC).part("streams", "us-east-1").is_fresh
    assert audited(connection)[-1] == ("change_account", "account:111122223333")


def test_the_organizations_listing_brings_its_active_accounts(listed):
    assert add_members(listed) == [CLINIC, BAKERY]
    made = accounts.account(listed, EVERYTHING, CLINIC)
    assert made.role_arn == "arn:aws:iam::111122223333:role/kvswatch-member"
    assert (made.external_id, made.regions, made.kind) == ("id", ("eu-central-1",), AccountKind.MEMBER)
    assert feeds.feeds(listed, EVERYTHING, BAKERY)


def test_the_listing_does_not_touch_what_was_said_by_hand(listed):
    ours = account(CLINIC, name="by hand", role_arn=f"arn:aws:iam::{CLINIC}:role/special")
    add(listed, ours, source="file")
    assert add_members(listed) == [BAKERY]
    assert accounts.account(listed, EVERYTHING, CLINIC) == ours
    assert accounts.account(listed, EVERYTHING, MAIN).kind is AccountKind.MANAGEMENT


def test_a_suspended_account_is_not_watched(listed):
    list_organization(listed, CLINIC, BAKERY, now=LATER, **{f"a{BAKERY}": "SUSPENDED"})
    assert add_members(listed) == [CLINIC]


def test_an_account_that_left_is_watched_no_more_and_not_forgotten(listed):
    add_members(listed)
    list_organization(listed, BAKERY, now=LATER)
    assert add_members(listed, LATER) == []
    assert watched(listed) == {MAIN, BAKERY}
    assert feeds.feeds(listed, EVERYTHING, CLINIC) == ()
    assert accounts.account(listed, EVERYTHING, CLINIC) is not None
    assert audited(listed)[-1] == ("end_account", "account:111122223333")


def test_an_account_that_was_added_by_hand_stays_when_the_organization_does_not_list_it(listed):
    add(listed, account(CLINIC))
    list_organization(listed, BAKERY, now=LATER)
    add_members(listed, LATER)
    assert CLINIC in watched(listed)


def test_an_account_that_comes_back_is_watched_again(listed):
    add_members(listed)
    list_organization(listed, BAKERY, now=LATER)
    add_members(listed, LATER)
    list_organization(listed, CLINIC, BAKERY, now=LATER + timedelta(hours=1))
    add_members(listed, LATER + timedelta(hours=1))
    assert CLINIC in watched(listed)
    assert feeds.feeds(listed, EVERYTHING, CLINIC)


def test_without_a_listing_nobody_comes_and_nobody_goes(connection):
    add(connection, account(MAIN, AccountKind.MANAGEMENT))
    add(connection, account(CLINIC), source="organization")
    assert add_members(connection) == []
    assert watched(connection) == {MAIN, CLINIC}
