from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, quote

import pytest
from sqlalchemy import Engine

from app.core.model.footage import Footage, FootageKind
from app.core.model.scope import EVERYTHING, Scope
from app.core.query.filter import parse
from app.core.query.listing import EVENTS
from app.db.queries import events
from app.db.queries.pasted_sql import pasted_sql
from tests.builders.accounts import make_account
from tests.builders.events import CLINIC, NOW, event, store

HOSTILE = "o'); drop table event; --\n\u202e\\ 100%s :p0"
SATURDAY = datetime(2026, 11, 21, 14, tzinfo=UTC)
CALLS = [
    event(0, address="10.0.0.1"),
    event(1, action="PutMedia", user_agent=HOSTILE, address="203.0.113.9"),
    event(2, action="ListStreams", stream=None, error_code="AccessDeniedException", address=None),
    event(3, action="GetMedia", access_key=HOSTILE),
    event(4, footage=Footage(FootageKind.INTERVAL, SATURDAY, SATURDAY + timedelta(minutes=1))),
]
QUESTIONS = [
    "",
    "action=GetMedia&action=PutMedia",
    "action!=GetMedia",
    "stream=__none__",
    "stream=ward-3-corridor&sort=time",
    "address=10.0.0.0/8",
    "address!=10.0.0.1",
    "outcome=denied",
    "person=nobody",
    "action=NoSuchCall",
    "own=no&own=yes&limit=25",
    f"key={quote(HOSTILE)}",
    f"key~={quote(HOSTILE)}",
    f"user_agent={quote(HOSTILE)}",
    f"account={CLINIC}",
    "footage=2026-11-21T14:00Z..2026-11-21T15:00Z",
    "footage_maybe=2026-11-21T14:00Z..2026-11-21T15:00Z",
]


def test_it_gives_the_rows_of_the_list_as_the_role_that_reads(engine: Engine):
    with engine.begin() as connection:
        make_account(connection)
        store(connection, CALLS)
    for question in QUESTIONS:
        query = parse(parse_qsl(question), EVENTS, NOW).filter
        with engine.connect() as connection:
            wanted = [row.key.event_id for row in events.event_page(connection, EVERYTHING, query).rows]
            role, _, statement = pasted_sql(connection, EVERYTHING, query).partition("\n")
            driver = connection.connection.cursor()
            driver.execute(role)
            driver.execute(statement)  # as psql sends it: without parameters
            assert [row[-1] for row in driver.fetchall()] == wanted, question


@pytest.mark.parametrize(
    ("accounts", "said"), [(frozenset(), "account_id = any('{}')"), (frozenset({1}), "account_id = 1")]
)
def test_it_stays_in_the_scope(engine: Engine, accounts: frozenset[int], said: str):
    with engine.connect() as connection:
        assert said in pasted_sql(connection, Scope(accounts), parse([], EVENTS, NOW).filter)


def test_it_gives_all_that_the_filter_means_and_not_a_page(engine: Engine):
    with engine.begin() as connection:
        make_account(connection)
        store(connection, [event(n) for n in range(30)])
    query = parse(parse_qsl("limit=25"), EVENTS, NOW).filter
    with engine.connect() as connection:
        role, _, statement = pasted_sql(connection, EVERYTHING, query).partition("\n")
        driver = connection.connection.cursor()
        driver.execute(role)
        driver.execute(statement)
        assert len(driver.fetchall()) == 30
