from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import parse_qsl

import pytest
from sqlalchemy import Connection, Engine

from app.core.model.scope import EVERYTHING
from app.core.query import filter as filters
from app.core.query.listing import EVENTS
from app.core.timeline.buckets import Buckets, buckets, floor, laid_out
from app.db.queries import bars
from tests.builders.events import NOW
from tests.builders.nine_days import QUESTIONS, asked, listed


@pytest.fixture
def connection(stored: Engine) -> Iterator[Connection]:
    with stored.connect() as connection:
        yield connection


def chart(query: filters.Filter, width: timedelta | None) -> Buckets:
    start, end = query.since.at, query.until.at
    if width is None:
        return buckets(start, end)
    first = floor(start, width)
    return Buckets(first, width, -((first - end) // width))


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize("hours", [None, 1, 3, 6, 24, 168])
def test_the_chart_counts_exactly_the_calls_of_the_list(connection, question, hours):
    query = asked(question)
    into = chart(query, timedelta(hours=hours) if hours else None)
    counted = bars.counts(connection, EVERYTHING, query, into)
    rows = listed(connection, query)
    by_bucket = Counter((row.action, into.index(row.key.event_time)) for row in rows)
    drawn = laid_out(counted, into, str)
    assert Counter({(a, i): n for a, bars in drawn.items() for i, n in enumerate(bars) if n}) == by_bucket
    assert sum(count.errors for count in counted) == sum(row.error_code is not None for row in rows)


@pytest.mark.parametrize(
    ("question", "width", "is_known"),
    [
        ("action=GetMedia", timedelta(hours=1), True),
        ("action=GetMedia", timedelta(minutes=5), False),
        ("stream=a", timedelta(hours=1), False),
        ("stream=a", timedelta(days=1), True),
        ("address=10.0.0.1", timedelta(days=1), False),
        ("footage=2026-11-21..2026-11-22", timedelta(days=1), False),
        ("own=yes", timedelta(days=1), False),
    ],
)
def test_it_tells_what_it_answers_without_the_events(question: str, width: timedelta, *, is_known: bool):
    query = filters.parse(parse_qsl(question), EVENTS, NOW).filter
    assert bars.knows(query, width) is is_known
