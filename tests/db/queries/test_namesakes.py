from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from operator import attrgetter
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, text

from app.core.matrix.cells import BIT
from app.core.model.scope import EVERYTHING
from app.core.query.listing import EVENTS, MATRIX
from app.core.timeline.days import days_of
from app.db.queries import events, matrix, matrix_cell, principal_pages, principal_streams, rollups, stream_pages
from tests.builders.accounts import CLINIC, make_account
from tests.builders.calls import make_stream, stream_arn
from tests.builders.events import NOW, event, store
from tests.builders.questions import asked

AT = NOW - timedelta(hours=2)
GATE, OTHER_REGION, HALL = "gate", "eu-west-1", "hall"


@pytest.fixture
def connection(engine: Engine) -> Iterator[Connection]:
    """Two calls on a stream by its ARN, three by its name alone; one of that name elsewhere, and two other streams."""
    with engine.begin() as connection:
        make_account(connection)
        gate, hall = (stream_arn(connection, make_stream(connection, name)) for name in (GATE, HALL))
        calls = [
            ("GetMedia", gate, "eu-central-1"),
            ("DeleteStream", gate, "eu-central-1"),
            ("GetMedia", GATE, "eu-central-1"),
            ("UpdateDataRetention", GATE, "eu-central-1"),
            ("DescribeStream", GATE, "eu-central-1"),
            ("DescribeStream", GATE, OTHER_REGION),
            ("DescribeStream", hall, "eu-central-1"),
            ("TagStream", "never-listed", "eu-central-1"),
        ]
        store(
            connection,
            [
                event(n, action=action, stream=stream, region=region, event_time=AT + timedelta(seconds=n))
                for n, (action, stream, region) in enumerate(calls)
            ],
        )
        yield connection


def gate_of(connection: Connection) -> tuple[int, str]:
    ident, arn = connection.execute(text("select id, arn from stream where name = 'gate' and arn is not null")).one()
    return ident, arn


def actions(connection: Connection, question: str) -> list[str]:
    return sorted(row.action for row in events.event_page(connection, EVERYTHING, asked(question, EVENTS)).rows)


ON_GATE = ["DeleteStream", "DescribeStream", "GetMedia", "GetMedia", "UpdateDataRetention"]
BESIDE = ["DescribeStream", "DescribeStream", "TagStream"]


def test_calls_on_a_stream_are_those_that_name_it_by_its_name_too(connection):
    _, arn = gate_of(connection)
    assert actions(connection, f"stream={arn}") == ON_GATE
    assert actions(connection, f"stream!={arn}") == BESIDE
    assert actions(connection, "stream~=stream/gate/") == ON_GATE
    assert actions(connection, "stream=never-listed") == ["TagStream"]
    assert rollups.total(connection, EVERYTHING, asked(f"stream={arn}", EVENTS)) == len(ON_GATE)


@pytest.mark.parametrize("sort", ["-time", "time"])
def test_pages_of_a_stream_are_in_one_order_however_calls_name_it(connection, sort):
    _, arn = gate_of(connection)
    question = f"stream={arn}&sort={sort}"
    whole = [row.key for row in events.event_page(connection, EVERYTHING, asked(question, EVENTS)).rows]
    assert whole == sorted(whole, key=attrgetter("event_time"), reverse=sort == "-time")
    found, after = [], ""
    while len(found) < len(ON_GATE):
        page = events.event_page(connection, EVERYTHING, replace(asked(question + after, EVENTS), limit=2))
        found += [row.key for row in page.rows]
        after = f"&after={page.after}"
    assert found == whole


def test_a_facet_tells_a_stream_once(connection):
    _, arn = gate_of(connection)
    found = rollups.facet(connection, EVERYTHING, asked("from=now-2d", EVENTS), "stream")
    assert {(one.value == arn, one.label): one.calls for one in found.values} == {
        (True, GATE): len(ON_GATE),
        (False, GATE): 1,
        (False, HALL): 1,
        (False, "never-listed"): 1,
    }


def test_a_cell_on_the_stream_is_used_by_calls_that_name_it_alone(connection):
    _, arn = gate_of(connection)
    (row,) = matrix.matrix(connection, EVERYTHING, asked(f"stream={arn}", MATRIX))
    wanted = BIT["GetMedia"] | BIT["UpdateDataRetention"] | BIT["DescribeStream"] | BIT["DeleteStream"]
    assert row.bits.used == wanted
    assert row.uses["GetMedia"].calls == 2
    use = matrix_cell.cell_use(connection, EVERYTHING, asked(f"stream={arn}", MATRIX), CLINIC, row.id, "DescribeStream")
    assert use.calls == 1
    (others,) = matrix.matrix(connection, EVERYTHING, asked(f"stream!={arn}", MATRIX))
    assert others.bits.used == BIT["DescribeStream"] | BIT["TagStream"]


def test_uses_stream_by_stream_are_those_of_the_stream(connection):
    gate, _ = gate_of(connection)
    who = connection.execute(text("select principal_id from event limit 1")).scalar_one()
    used = principal_streams.used_on(connection, EVERYTHING, asked("", MATRIX), CLINIC, who)
    assert {action: use.calls for action, use in used[gate].items()} == {
        "GetMedia": 2,
        "UpdateDataRetention": 1,
        "DescribeStream": 1,
        "DeleteStream": 1,
    }


def test_what_a_principal_did_on_a_stream_is_told_once(connection):
    gate, _ = gate_of(connection)
    who = connection.execute(text("select principal_id from event limit 1")).scalar_one()
    days = days_of(NOW - timedelta(days=1), NOW)
    uses, touches = principal_pages.did(connection, EVERYTHING, who, days, 20)
    assert {use.action: use.streams for use in uses}["GetMedia"] == 1
    assert {use.action: use.streams for use in uses}["DescribeStream"] == 3
    assert sorted(touch.action for touch in touches if touch.stream_id == gate) == sorted(set(ON_GATE))


def test_the_page_and_the_list_of_streams_count_both(connection):
    gate, _ = gate_of(connection)
    days = days_of(NOW - timedelta(days=1), NOW)
    row: Any = stream_pages.stream_row(connection, EVERYTHING, gate)
    uses = stream_pages.day_uses(connection, EVERYTHING, row, days, 10)
    assert {use.action: use.calls for use in uses} == {
        "DeleteStream": 1,
        "DescribeStream": 1,
        "GetMedia": 2,
        "UpdateDataRetention": 1,
    }
    assert stream_pages.stream_uses(connection, EVERYTHING, [gate], days)[gate].reads == 2


def test_neighbours_on_the_stream_are_all_of_it(connection):
    _, arn = gate_of(connection)
    for row in events.event_page(connection, EVERYTHING, asked(f"stream={arn}", EVENTS)).rows:
        assert events.around(connection, EVERYTHING, row).same_stream == len(ON_GATE) - 1, row.action


def test_of_two_streams_of_one_name_neither_is_called_unused(connection):
    gate, _ = gate_of(connection)
    again = connection.execute(
        text("""insert into stream (account_id, region, kind, name, arn)
                select account_id, region, kind, name, arn || '9' from stream where id = :gate returning id, arn"""),
        {"gate": gate},
    ).one()
    assert actions(connection, f"stream={again.arn}") == ["DescribeStream", "GetMedia", "UpdateDataRetention"]
    assert actions(connection, f"stream={stream_arn(connection, gate)}") == ON_GATE
    # What may be on the other one is not left out with the first, in lists as in the matrix.
    but_one = sorted([*BESIDE, "DescribeStream", "GetMedia", "UpdateDataRetention"])
    assert actions(connection, f"stream!={stream_arn(connection, gate)}") == but_one
    assert actions(connection, f"stream!={again.arn}&stream!={stream_arn(connection, gate)}") == BESIDE
    (row,) = matrix.matrix(connection, EVERYTHING, asked(f"stream!={stream_arn(connection, gate)}", MATRIX))
    assert {name: use.calls for name, use in row.uses.items()} == dict(Counter(but_one))
    found = rollups.facet(connection, EVERYTHING, asked("from=now-2d", EVENTS), "stream")
    assert sum(one.calls for one in found.values) == len(ON_GATE) + len(BESIDE)


@pytest.mark.parametrize("made", ["9999999999999", "1500000000000", "no-time", "9" * 40])
def test_each_call_by_name_counts_for_the_stream_that_is_there_whatever_arns_were_sent(connection, made):
    gate, arn = gate_of(connection)
    sent = f"{arn.rpartition('/')[0]}/{made}"
    refused = {"stream": sent, "error_code": "ResourceNotFoundException", "event_time": AT + timedelta(hours=1)}
    store(connection, [event(900, **refused)])
    found = rollups.facet(connection, EVERYTHING, asked("from=now-2d", EVENTS), "stream")
    assert {one.value: one.calls for one in found.values if one.value in {arn, sent}} == {arn: len(ON_GATE), sent: 1}
    rows = events.event_page(connection, EVERYTHING, asked("from=now-2d", EVENTS)).rows
    assert sum(row.stream_id == gate for row in rows) == len(ON_GATE)


def test_of_streams_that_are_gone_it_counts_for_the_one_made_last(connection):
    gate, arn = gate_of(connection)
    connection.execute(text("delete from stream_state where stream_id = :gate"), {"gate": gate})
    older = f"{arn.rpartition('/')[0]}/1500000000000"  # its records come later
    store(connection, [event(900, stream=older, event_time=AT + timedelta(hours=1))])
    found = rollups.facet(connection, EVERYTHING, asked("from=now-2d", EVENTS), "stream")
    assert {one.value: one.calls for one in found.values if one.value in {arn, older}} == {arn: len(ON_GATE), older: 1}


def test_a_facet_tells_names_that_no_listing_knows_once(connection):
    elsewhere = {"action": "TagStream", "stream": "never-listed", "region": OTHER_REGION, "event_time": AT}
    store(connection, [event(900 + n, **elsewhere) for n in range(2)])
    query = asked("from=now-2d", EVENTS)
    found = rollups.facet(connection, EVERYTHING, query, "stream").values
    assert [(one.value, one.calls) for one in found if one.label == "never-listed"] == [("never-listed", 3)]
    assert len(actions(connection, "stream=never-listed")) == 3
