"""How many calls there are where no trail logs them."""

from datetime import date, timedelta

from sqlalchemy import Engine

from app.core.model.metric import RequestCount, RequestCounts
from app.core.model.scope import EVERYTHING, Scope
from app.db.queries.expected_calls import counted_requests, stored_calls
from app.db.queries.snapshots import store_part
from tests.builders.accounts import CLINIC, NOW, make_account
from tests.builders.calls import make_calls

REGION = "eu-central-1"
DAY = timedelta(days=1)
OTHER = 210987654321


def _counts(requests: int) -> RequestCounts:
    day = date(2026, 11, 20)
    return RequestCounts(day, day + DAY, (RequestCount("ward", "GetMedia", day, requests),))


def test_the_newest_counts_of_each_region_in_scope(engine: Engine) -> None:
    with engine.begin() as connection:
        for account in (CLINIC, OTHER):
            make_account(connection, account, name=str(account))
            store_part(connection, account, "request_counts", REGION, _counts(5), NOW - DAY)
            store_part(connection, account, "request_counts", REGION, _counts(7), NOW)
        assert counted_requests(connection, Scope(frozenset({OTHER}))) == {(OTHER, REGION): _counts(7)}
        assert counted_requests(connection, EVERYTHING).keys() == {(CLINIC, REGION), (OTHER, REGION)}


def test_stored_calls_are_those_of_the_actions_accounts_and_days_within_the_scope(engine: Engine) -> None:
    days = (NOW.date() - 2 * DAY, NOW.date() - DAY)
    with engine.begin() as connection:
        for account in (CLINIC, OTHER):
            make_account(connection, account, name=str(account))
            for back in range(4):
                make_calls(connection, "GetMedia", 10**back, NOW - back * DAY, account_id=account)
                make_calls(connection, "PutMedia", 5, NOW - back * DAY, account_id=account)
        assert stored_calls(connection, EVERYTHING, {CLINIC}, ["GetMedia", "GetClip"], days) == 110
        assert stored_calls(connection, EVERYTHING, {CLINIC, OTHER}, ["GetMedia"], days) == 220
        assert stored_calls(connection, Scope(frozenset({OTHER})), {CLINIC}, ["GetMedia"], days) == 0
