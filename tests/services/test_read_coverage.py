"""What was observable in a scope."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine

from app.core.model.scope import EVERYTHING, Scope
from app.services.read_coverage import strips_over, worst_first
from tests.builders.accounts import CLINIC, NOW
from tests.builders.estate import CAMS, LEGACY, RETAIL

START = NOW - timedelta(days=7)


@pytest.mark.usefixtures("estate")
def test_it_keeps_to_the_accounts_in_scope(engine: Engine) -> None:
    with engine.begin() as connection:
        assert {strip.account for strip in strips_over(connection, Scope(frozenset({CAMS})), START, NOW)} == {CAMS}


@pytest.mark.usefixtures("estate")
def test_the_account_of_which_least_was_seen_comes_first(engine: Engine) -> None:
    with engine.begin() as connection:
        ordered = worst_first(strips_over(connection, EVERYTHING, START, NOW), {})
    shares = [sum(strip.observed for strip in own) / len(own) for own in ordered.values()]
    assert set(ordered) == {CLINIC, CAMS, LEGACY, RETAIL}
    assert shares == sorted(shares)
