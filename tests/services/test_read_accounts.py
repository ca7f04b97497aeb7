"""The list of accounts."""

from datetime import timedelta

from sqlalchemy import Engine

from app.core.model.scope import EVERYTHING
from app.services.read_accounts import DAYS, account_lines, month_of
from tests.builders.accounts import NOW, make_account
from tests.builders.calls import make_calls


def test_calls_are_counted_by_day_with_today_last(engine: Engine) -> None:
    first, _ = month_of(NOW)
    with engine.begin() as connection:
        make_account(connection)
        make_calls(connection, "GetMedia", 3, NOW)
        make_calls(connection, "PutMedia", 2, first)
        make_calls(connection, "GetMedia", 9, first - timedelta(hours=1))
        (line,) = account_lines(connection, EVERYTHING, NOW)
    assert line.reads == (0,) * (DAYS - 1) + (3,)
    assert line.rest == (2,) + (0,) * (DAYS - 1)
