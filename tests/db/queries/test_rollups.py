from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import parse_qsl

import pytest
from sqlalchemy import Connection, Engine, text

from app.core.model.batch import Arrival
from app.core.model.event import Record
from app.core.model.scope import EVERYTHING, Scope
from app.core.query import filter as filters
from app.core.query.listing import EVENTS
from app.core.timeline.buckets import Buckets, buckets, floor, laid_out
from app.db.engine import create_engine
from app.db.queries import events, rollups
from app.db.queries.ingest import EventStore
from tests.builders.accounts import make_account
from tests.builders.events import CLINIC, NOW, ROLE, STREAM, event, raw, store
from tests.conftest import copied

OTHER = 111122223333
ACTIONS = ("PutMedia", "GetMedia", "ListStreams")
CODES = (None, None, None, "AccessDeniedException", "NotAuthorizedException", "ClientLimitExceededException")
# Nine days of calls at odd times, some of them ours, over two accounts.
CALLS = [
    event(
        n,
        event_time=NOW - timedelta(hours=3 * n, minutes=7 * n % 60, seconds=n + 1),
        action=ACTIONS[n % 3],
        error_code=CODES[n % 6],
        address=f"10.0.0.{n % 4}",
        account=OTHER if n % 5 == 0 else CLINIC,
        stream=None if n % 3 == 2 else STREAM.replace(str(CLINIC), str(OTHER)) if n % 5 == 0 else STREAM,
    )
    for n in range(72)
]
OWN = [each.event_id for n, each in enumerate(CALLS) if n % 7 == 0]
QUESTIONS = [
    "",
    "from=now-9d",
    "from=now-9d&to=now-2d",
    "from=2026-11-16&to=2026-11-22",
    "from=now-9d&own=no&own=yes",
    "from=now-9d&own=yes",
    "from=now-9d&account=111122223333",
    "from=now-9d&account!=111122223333&own=yes&own=no",
    "from=now-9d&action=GetMedia",
    "from=now-9d&action!=GetMedia",
    "from=now-9d&outcome=denied",
    "from=now-9d&stream=__none__",
    f"from=now-9d&principal={ROLE}&address=10.0.0.1",
    f"from=now-9d&stream={STREAM}",
    f"from=now-9d&to=now-2d&stream={STREAM}&principal={ROLE}&action=GetMedia&own=no&own=yes",
    "from=now-9d&stream!=__none__&principal~=a",
    "from=2026-11-16&to=2026-11-22&stream~=gate",
    "from=now-20m",
    "from=now-6h&to=now-5h",
]


@pytest.fixture(scope="module")
def stored(postgres_url: str, template_url: str) -> Iterator[Engine]:
    """One database for all: these tests only read, and the calls take a second to store."""
    with copied(postgres_url, template_url) as url:
        engine = create_engine(url)
        with engine.begin() as connection:
            make_account(connection)
            store(connection, CALLS, own=OWN)
        yield engine
        engine.dispose()


@pytest.fixture
def connection(stored: Engine) -> Iterator[Connection]:
    with stored.connect() as connection:
        yield connection  # and rolled back: one test deletes


def asked(question: str = "") -> filters.Filter:
    answer = filters.parse(parse_qsl(question), EVENTS, NOW)
    assert answer.problems == ()
    return filters.replace(answer.filter, limit=1000)


def listed(connection: Connection, query: filters.Filter, scope: Scope = EVERYTHING) -> list[events.EventRow]:
    return list(events.event_page(connection, scope, query).rows)


def chart(query: filters.Filter, width: timedelta | None) -> Buckets:
    start, end = query.since.at, query.until.at
    if width is None:
        return buckets(start, end)
    first = floor(start, width)
    return Buckets(first, width, -((first - end) // width))


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize("hours", [None, 1, 6, 24, 168])
def test_the_chart_counts_exactly_the_calls_of_the_list(connection, question, hours):
    query = asked(question)
    into = chart(query, timedelta(hours=hours) if hours else None)
    counted = rollups.counts(connection, EVERYTHING, query, into)
    rows = listed(connection, query)
    by_bucket = Counter((row.action, into.index(row.key.event_time)) for row in rows)
    drawn = laid_out(counted, into, str)
    assert Counter({(a, i): n for a, bars in drawn.items() for i, n in enumerate(bars) if n}) == by_bucket
    assert sum(count.errors for count in counted) == sum(row.error_code is not None for row in rows)


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_total_is_the_length_of_the_list(connection, question):
    query = asked(question)
    assert rollups.total(connection, EVERYTHING, query) == len(listed(connection, query))


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize(
    ("field", "attribute"),
    [
        ("action", "action"),
        ("principal", "principal_arn"),
        ("stream", "stream_arn"),
        ("address", "address"),
        ("region", "region"),
        ("key_kind", "key_kind"),
        ("user_agent", "user_agent"),
    ],
)
def test_a_facet_counts_the_list_under_the_other_filters(connection, question, field, attribute):
    query = asked(question)
    others = filters.replace(query, conditions=tuple(c for c in query.conditions if c.field != field))
    wanted = Counter(getattr(row, attribute) or filters.NONE for row in listed(connection, others))
    found = rollups.facet(connection, EVERYTHING, query, field)
    assert {value.value: value.calls for value in found.values} == wanted
    assert [value.calls for value in found.values] == sorted(wanted.values(), reverse=True)


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_outcomes_are_ok_denied_and_each_other_code(connection, question):
    query = asked(question)
    others = filters.replace(query, conditions=tuple(c for c in query.conditions if c.field != "outcome"))
    codes = (row.error_code for row in listed(connection, others))
    wanted = Counter("ok" if c is None else "denied" if c in CODES[3:5] else c for c in codes)
    found = rollups.facet(connection, EVERYTHING, query, "outcome")
    assert {value.value: value.calls for value in found.values} == wanted


def test_accounts_are_counted_by_number_and_read_by_name(connection):
    query = asked("from=now-9d&own=no&own=yes")
    found = rollups.facet(connection, EVERYTHING, query, "account")
    assert [(v.value, v.label, v.calls) for v in found.values] == [
        ("590817264433", "clinic-video", 57),
        ("111122223333", "111122223333", 15),
    ]


def test_a_facet_tells_how_many_values_it_leaves_out(connection):
    found = rollups.facet(connection, EVERYTHING, asked("from=now-9d"), "address", limit=3)
    assert len(found.values) == 3
    assert found.more == 1


def test_it_counts_only_what_is_in_scope(connection):
    scope, query = Scope(frozenset({OTHER})), asked("from=now-9d")
    rows = listed(connection, query, scope)
    assert 0 < len(rows) == rollups.total(connection, scope, query)
    assert rollups.total(connection, Scope(frozenset()), query) == 0
    values = rollups.facet(connection, scope, query, "action").values
    assert sum(value.calls for value in values) == len(rows)


def test_it_tells_how_many_of_our_own_calls_are_folded(connection):
    assert rollups.own_calls(connection, EVERYTHING, asked("from=now-20d"), limit=100) == len(OWN)
    assert rollups.own_calls(connection, EVERYTHING, asked("from=now-20d"), limit=5) == 5


def test_a_wide_chart_is_read_from_the_rollup_and_not_from_the_events(connection):
    # What the events no longer hold, the rollup still tells: so it was the rollup that answered.
    connection.execute(text("delete from event where event_time < :then"), {"then": NOW - timedelta(days=1)})
    query = asked("from=2026-11-16&to=2026-11-22&own=no&own=yes")
    assert listed(connection, query) == []
    assert rollups.total(connection, EVERYTHING, query) > 0
    assert sum(v.calls for v in rollups.facet(connection, EVERYTHING, query, "stream").values) > 0


def test_an_empty_range_counts_nothing(connection):
    query = asked("from=2026-01-01&to=2026-01-02")
    assert rollups.total(connection, EVERYTHING, query) == 0
    assert rollups.facet(connection, EVERYTHING, query, "action").values == ()
    assert rollups.facet(connection, EVERYTHING, query, "outcome").values == ()
    assert rollups.counts(connection, EVERYTHING, query, chart(query, timedelta(hours=1))) == ()


def test_what_ingest_stores_is_what_charts_and_facets_count(engine: Engine):
    arrival = Arrival("s3://trail-archive/one.json.gz", records=tuple(Record(each, raw(each)) for each in CALLS))
    EventStore(engine).store([arrival], now=NOW)
    query = asked("from=2026-11-16&to=2026-11-22")
    with engine.begin() as connection:
        rows = listed(connection, query)
        into = chart(query, timedelta(hours=1))
        assert sum(count.total for count in rollups.counts(connection, EVERYTHING, query, into)) == len(rows) > 0
        for field, attribute in (("action", "action"), ("address", "address"), ("stream", "stream_arn")):
            found = rollups.facet(connection, EVERYTHING, query, field)
            wanted = Counter(getattr(row, attribute) or filters.NONE for row in rows)
            assert {value.value: value.calls for value in found.values} == wanted
        kept = events.raw_record(connection, EVERYTHING, rows[0].key)
        assert kept is not None
        assert str(rows[0].key.event_id) in kept.content.decode()


def test_records_that_others_correct_are_counted_apart_within_filter_range_and_scope(engine: Engine) -> None:
    first, other = event(0), event(5, action="GetMedia")
    correction = event(1, addendum_of=first.event_id, addendum_reason="UPDATED_DATA")
    of_other = event(6, action="GetMedia", addendum_of=other.event_id, addendum_reason="UPDATED_DATA")
    with engine.begin() as connection:
        store(connection, [first, correction, other, of_other, event(9)])

        def superseded(question: str, scope: Scope = EVERYTHING) -> int:
            query = filters.parse(parse_qsl(question), EVENTS, NOW).filter
            return rollups.superseded(connection, scope, query)

        assert (superseded(""), superseded("action=GetClip"), superseded("action=PutMedia")) == (2, 1, 0)
        assert superseded("from=now-1h") == 0
        assert superseded("", Scope(frozenset({OTHER}))) == 0


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
    assert rollups.knows(query, width) is is_known
