"""What several of these tests begin with."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, Engine

from tests.builders.accounts import make_account
from tests.builders.nine_days import nine_days


@pytest.fixture
def connection(engine: Engine) -> Iterator[Connection]:
    """A connection to a database that has one account."""
    with engine.begin() as connection:
        make_account(connection)
        yield connection


@pytest.fixture(scope="module")
def stored(postgres_url: str, template_url: str) -> Iterator[Engine]:
    """An engine on a database with nine days of calls: for tests that only read."""
    with nine_days(postgres_url, template_url) as engine:
        yield engine
