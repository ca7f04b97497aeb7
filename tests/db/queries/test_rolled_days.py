from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, text

from app.core.model.scope import EVERYTHING
from app.db.queries import principal_pages, stream_pages
from app.db.queries.rolled_days import rolled_days
from tests.builders.accounts import make_account
from tests.builders.calls import make_principal, make_stream, stream_arn
from tests.builders.events import NOW, event, store

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@pytest.fixture
def called(engine: Engine) -> Engine:
    """A call a day before, and three on the day: the second refused."""
    with engine.begin() as connection:
        make_account(connection)
        times = (NOW - DAY, NOW - 2 * HOUR, NOW - HOUR, NOW)
        codes = (None, None, "AccessDenied", None)
        calls = zip(times, codes, strict=True)
        store(connection, [event(n, event_time=at, error_code=code) for n, (at, code) in enumerate(calls)])
    return engine


def days(connection: Connection, at: datetime | None) -> list[tuple[int, int, int, datetime]]:
    rolled, values = rolled_days(at)
    rows = connection.execute(text(f"select n, errors, day, last_seen from {rolled} r order by day"), values)
    return [(row.n, row.errors, row.day.day, row.last_seen) for row in rows]


def test_on_the_day_itself_only_what_came_before_counts(called: Engine) -> None:
    with called.connect() as connection:
        assert days(connection, None) == [(1, 0, 22, NOW - DAY), (3, 1, 23, NOW)]
        assert days(connection, NOW) == [(1, 0, 22, NOW - DAY), (2, 1, 23, NOW - HOUR)]
        assert days(connection, NOW - 2 * HOUR) == [(1, 0, 22, NOW - DAY)]
        assert days(connection, NOW - DAY) == []


def test_past_the_last_call_it_is_the_rollup(called: Engine) -> None:
    with called.connect() as connection:
        assert days(connection, NOW + HOUR) == days(connection, NOW + 2 * DAY) == days(connection, None)


def test_a_refused_call_is_not_taken_for_the_last_that_was_answered(engine: Engine) -> None:
    read, refused = NOW - timedelta(hours=5), NOW - timedelta(hours=1)
    with engine.begin() as connection:
        make_account(connection)
        stream, who = make_stream(connection, "gate"), make_principal(connection, "ArchiveReader")
        given = {"stream": stream_arn(connection, stream), "action": "GetMedia"}
        calls = [event(n, event_time=at, **given) for n, at in enumerate((read, NOW + timedelta(days=1)))]
        store(connection, [*calls, event(9, event_time=refused, error_code="AccessDeniedException", **given)])
        days = (NOW.date() - timedelta(days=2), NOW.date())
        row: Any = stream_pages.stream_row(connection, EVERYTHING, stream)
        assert stream_pages.stream_uses(connection, EVERYTHING, [stream], days)[stream].last_read_at == read
        assert principal_pages.principal_uses(connection, EVERYTHING, [who], days)[who].last_seen == read
        (use,) = stream_pages.day_uses(connection, EVERYTHING, row, days, 10)
        assert (use.last_seen, use.last_answered) == (refused, read)
        (then,) = stream_pages.day_uses(connection, EVERYTHING, row, days, 10, NOW)
        assert then.last_answered == read
        assert stream_pages.day_uses(connection, EVERYTHING, row, days, 10, read) == ()
