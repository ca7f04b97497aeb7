from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import parse_qsl

import pytest
from sqlalchemy import Connection, text

from app.core.model.scope import EVERYTHING, Scope
from app.core.query.filter import NONE, Filter, parse, replace
from app.core.query.listing import EVENTS
from app.core.timeline.buckets import buckets
from app.db.queries import events
from app.db.queries.stacks import Layer, layers
from tests.builders.events import CLINIC, EVENT, NOW, ROLE, event
from tests.builders.nine_days import nine_days

OTHER = 111122223333
CODES = (None, None, None, "AccessDeniedException", "ThrottlingException")
ACTOR = EVENT.actor
CALLS = [
    event(
        n,
        event_time=NOW - timedelta(hours=3 * n, minutes=7 * n % 60, seconds=n + 1),
        action=("PutMedia", "GetMedia", "ListStreams")[n % 3],
        error_code=CODES[n % 5],
        address=f"10.0.0.{n % 6}" if n % 4 else None,
        account=OTHER if n % 5 == 0 else CLINIC,
        actor=replace(ACTOR, principal=f"{ROLE}{n % 5}"),
    )
    for n in range(72)
]
OWN = [each.event_id for n, each in enumerate(CALLS) if n % 7 == 0]
QUESTIONS = ("from=now-9d", "from=now-9d&own=no&own=yes", "from=now-9d&action=GetMedia", "from=now-9d&outcome=denied")


@pytest.fixture(scope="module")
def connection(postgres_url: str, template_url: str) -> Iterator[Connection]:
    with nine_days(postgres_url, template_url, CALLS, OWN) as engine, engine.connect() as reading:
        yield reading


def asked(question: str) -> Filter:
    answer = parse(parse_qsl(question), EVENTS, NOW)
    assert answer.problems == ()
    return replace(answer.filter, limit=1000)


def counted(connection: Connection, question: str, stack: str, days: int, most: int = 99) -> tuple[Layer, ...]:
    query = asked(question)
    into = buckets(query.since.at, query.until.at, timedelta(days=days) if days else timedelta(seconds=1))
    return layers(connection, EVERYTHING, query, into, stack, most)


def value_of(stack: str, row: events.EventRow) -> str:
    return {
        "outcome": "error" if row.error_code else "ok",
        "principal": row.principal_arn or NONE,
        "address": row.address or NONE,
        "account": f"{row.key.account:012d}",
    }[stack]


@pytest.mark.parametrize("days", [0, 1], ids=["hours", "days"])
@pytest.mark.parametrize("stack", ["outcome", "principal", "address", "account"])
@pytest.mark.parametrize("question", QUESTIONS)
def test_the_layers_are_the_calls_of_the_list_to_the_bucket(connection, question, stack, days):
    query = asked(question)
    into = buckets(query.since.at, query.until.at, timedelta(days=days) if days else timedelta(seconds=1))
    listed = events.event_page(connection, EVERYTHING, query).rows
    wanted = Counter((value_of(stack, row), row.action, into.index(row.key.event_time)) for row in listed)
    found: Counter[tuple[str | None, str, int]] = Counter()
    for layer in counted(connection, question, stack, days):
        for count in layer.counts:
            found |= {
                (layer.value, count.action, place): calls
                for place, calls in zip(count.places, count.calls, strict=True)
            }
    assert found == wanted


def test_the_largest_come_first_and_the_others_together_last(connection):
    found = counted(connection, "from=now-9d&own=no&own=yes", "address", 0, most=2)
    assert [layer.value for layer in found] == [NONE, "10.0.0.1", None]
    assert found[-1].label == "others"
    assert sum(layer.total for layer in found) == len([call for call in CALLS if call.event_time >= NOW - timedelta(9)])


def test_names_are_those_that_people_read(connection):
    by_account = counted(connection, "from=now-9d", "account", 0)
    assert [(layer.value, layer.label) for layer in by_account] == [
        (f"{CLINIC:012d}", "clinic-video"),
        (f"{OTHER:012d}", f"{OTHER:012d}"),
    ]
    assert {layer.label for layer in counted(connection, "from=now-9d", "principal", 0)} == {
        f"ArchiveReader{n}" for n in range(5)
    }


def test_days_of_principals_are_read_from_the_rollup_and_not_from_the_events(connection):
    question = "from=2026-11-16&to=2026-11-22&own=no&own=yes"
    before = counted(connection, question, "principal", 1)
    with connection.begin_nested() as kept:
        connection.execute(text("delete from event"))
        assert counted(connection, question, "principal", 1) == before != ()
        assert counted(connection, question, "principal", 0) == ()
        kept.rollback()


def test_only_what_is_in_scope_is_counted(connection):
    query = asked("from=now-9d")
    into = buckets(query.since.at, query.until.at)
    found = layers(connection, Scope(frozenset({OTHER})), query, into, "account", 3)
    assert [layer.value for layer in found] == [f"{OTHER:012d}"]
