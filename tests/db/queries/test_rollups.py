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
from app.core.timeline.buckets import buckets
from app.db.queries import bars, raw_records, rollups
from app.db.queries.ingest import EventStore
from tests.builders.events import NOW, event, raw, store
from tests.builders.nine_days import CALLS, CODES, OTHER, OWN, QUESTIONS, asked, listed


@pytest.fixture
def connection(stored: Engine) -> Iterator[Connection]:
    with stored.connect() as connection:
        yield connection  # and rolled back: one test deletes


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


@pytest.mark.parametrize("question", ["from=now-9d", "from=now-9d&own=no&own=yes", "from=now-6h&to=now-1h"])
def test_calls_without_an_address_are_counted_too(connection, question):
    more = [event(900 + n, address=None, event_time=NOW - timedelta(hours=9 * n + 2)) for n in range(20)]
    store(connection, more, own=[more[3].event_id])
    query = asked(question)
    wanted = Counter(row.address or filters.NONE for row in listed(connection, query))
    found = rollups.facet(connection, EVERYTHING, query, "address")
    assert wanted[filters.NONE] > 0
    assert {value.value: value.calls for value in found.values} == wanted


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
    assert bars.counts(connection, EVERYTHING, query, buckets(query.since.at, query.until.at)) == ()


def test_what_ingest_stores_is_what_charts_and_facets_count(engine: Engine):
    arrival = Arrival("s3://trail-archive/one.json.gz", records=tuple(Record(each, raw(each)) for each in CALLS))
    EventStore(engine).store([arrival], now=NOW)
    query = asked("from=2026-11-16&to=2026-11-22")
    with engine.begin() as connection:
        rows = listed(connection, query)
        into = buckets(query.since.at, query.until.at)
        assert sum(count.total for count in bars.counts(connection, EVERYTHING, query, into)) == len(rows) > 0
        for field, attribute in (("action", "action"), ("address", "address"), ("stream", "stream_arn")):
            found = rollups.facet(connection, EVERYTHING, query, field)
            wanted = Counter(getattr(row, attribute) or filters.NONE for row in rows)
            assert {value.value: value.calls for value in found.values} == wanted
        kept = raw_records.raw_record(connection, EVERYTHING, rows[0].key)
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
