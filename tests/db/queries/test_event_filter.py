from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, text

from app.core.model.event import Event
from app.core.model.footage import RESOLVED, Footage, FootageKind
from app.core.model.scope import EVERYTHING, Scope
from app.core.model.stream import ResourceKind
from app.core.query.filter import parse
from app.core.query.listing import EVENTS
from app.core.statement.footage import LONGEST_CALL, Asked, asked_for
from app.db.queries.event_filter import Where, escaped, event_where, in_scope, places_of_streams
from tests.builders.accounts import CLINIC, NOW, make_account
from tests.builders.calls import make_stream
from tests.builders.events import event, store


def test_conditions_are_joined_and_none_is_true():
    where = Where()
    assert where.sql == "true"
    where.add("a")
    where.add("b or c")
    assert where.sql == "a and b or c"


def test_each_value_gets_a_parameter_of_its_own():
    where = Where("head")
    assert [where.name(1), where.name(1), where.name("x")] == [":headp0", ":headp1", ":headp2"]
    assert where.params == {"headp0": 1, "headp1": 1, "headp2": "x"}


def test_a_scope_of_all_asks_for_nothing():
    where = Where()
    in_scope(where, EVERYTHING)
    assert where.sql == "true"


@pytest.mark.parametrize("accounts", [frozenset(), frozenset({2, 1})])
def test_a_scope_names_its_accounts_even_when_it_has_none(accounts):
    where = Where()
    in_scope(where, Scope(accounts))
    assert where.sql == "account_id = any(:p0)"
    assert where.params == {"p0": sorted(accounts)}


@given(st.text(alphabet="ab%_\\", max_size=8))
def test_text_stands_for_itself_in_a_pattern(value):
    pattern = escaped(value)
    assert pattern.replace("\\\\", "\0").replace("\\%", "%").replace("\\_", "_").replace("\0", "\\") == value


@pytest.mark.parametrize(("value", "other"), [("100%", "100 x"), ("a_b", "axb"), ("a\\b", "ab"), ("%", "x")])
def test_a_pattern_matches_its_own_text_and_no_other(engine: Engine, value: str, other: str):
    with engine.connect() as connection:
        likes = text("select cast(:text as text) ilike :pattern")
        assert connection.execute(likes, {"text": value, "pattern": escaped(value)}).scalar_one()
        assert not connection.execute(likes, {"text": other, "pattern": escaped(value)}).scalar_one()


@pytest.mark.parametrize(
    ("name", "value", "kinds"),
    [
        ("stream", "ward-3", {"stream"}),
        ("stream~", "WARD", {"stream", "channel"}),
        ("stream", "gate-7", set()),
        ("stream", "__none__", set()),
        ("stream!", "ward-3", set()),
        ("action", "GetMedia", set()),
    ],
)
def test_a_named_stream_lies_in_its_account_and_region(engine: Engine, name: str, value: str, kinds: set[str]):
    query = parse([(name, value)], EVENTS, NOW).filter
    with engine.begin() as connection:
        make_account(connection)
        make_stream(connection, "ward-3")
        make_stream(connection, "ward-bell", kind="channel")
        found = places_of_streams(connection, EVERYTHING, query)
        assert places_of_streams(connection, Scope(frozenset({1})), query) == frozenset()
    assert found == {(CLINIC, "eu-central-1", ResourceKind(kind)) for kind in kinds}


START, END = datetime(2026, 11, 21, 14, tzinfo=UTC), datetime(2026, 11, 21, 15, tzinfo=UTC)
TIMES = (START - 5 * LONGEST_CALL, START - LONGEST_CALL, START - LONGEST_CALL / 2, START, END - LONGEST_CALL / 2, END)


def _asked_for_anything() -> Iterator[Event]:
    """Yield calls that asked for video of every kind before, in and after an interval, answered and refused."""
    lasting = [Footage(kind, start) for kind in RESOLVED for start in TIMES if kind is not FootageKind.INTERVAL]
    ended = [Footage(FootageKind.INTERVAL, start, end) for start in TIMES for end in TIMES if start < end]
    urls = [Footage(FootageKind.REPLAY, TIMES[0], end) for end in TIMES[1:]]
    untold = [None, *(Footage(kind) for kind in FootageKind if kind not in RESOLVED)]
    every = product((*lasting, *ended, *urls, *untold), (None, "AccessDenied"))
    for number, (footage, code) in enumerate(every):
        yield event(number, action="GetMedia", footage=footage, error_code=code)


def test_footage_is_what_the_statement_says_of_each_call(engine: Engine):
    calls = list(_asked_for_anything())
    with engine.begin() as connection:
        make_account(connection)
        # A listing of fragments shows no video, and a call of another kind asks for none.
        store(connection, [*calls, event(900, action="ListFragments"), event(901, action="PutMedia")])
        found = {name: _found(connection, name) for name in ("footage", "footage_maybe")}
    told = {call.event_id: asked_for(call.footage, START, END, is_answered=call.error_code is None) for call in calls}
    assert found["footage"] == {name for name, asked in told.items() if asked is Asked.YES}
    assert found["footage_maybe"] == {name for name, asked in told.items() if asked is Asked.MAYBE}


def _found(connection: Connection, field: str) -> set[str]:
    query = parse([(field, "2026-11-21T14:00Z..2026-11-21T15:00Z")], EVENTS, NOW).filter
    where = event_where(connection, EVERYTHING, query)
    return {
        str(each)
        for each in connection.execute(text(f"select event_id from event where {where.sql}"), where.params).scalars()
    }


@pytest.mark.parametrize("asked", ["stream=gate", "stream~=gat", "stream!=gate", "account~=clin", "account!=other"])
def test_a_condition_tells_nothing_of_what_others_have_under_the_same_name(engine: Engine, asked: str):
    own, other = Scope(frozenset({CLINIC})), 771400253968
    field, value = asked.split("=")
    query = parse([(field, value)], EVENTS, NOW).filter
    with engine.begin() as connection:
        make_account(connection)
        make_stream(connection, "gate")
        before = event_where(connection, own, query)
        make_account(connection, other, name="clinic-other" if "~" in asked else "other")
        make_stream(connection, "gate", other)
        after = event_where(connection, own, query)
    assert (after.sql, after.params) == (before.sql, before.params)


@pytest.mark.parametrize(("asked", "is_found"), [("address", True), ("address!", False)])
def test_an_address_is_found_however_it_is_written(engine: Engine, asked: str, *, is_found: bool):
    query = parse([(asked, "2001:0DB8:0::0:1"), ("from", "now-30d")], EVENTS, NOW).filter
    with engine.begin() as connection:
        make_account(connection)
        store(connection, [event(address="2001:db8::1")])
        where = event_where(connection, EVERYTHING, query)
        found = connection.execute(text(f"select count(*) from event where {where.sql}"), where.params).scalar_one()
    assert bool(found) is is_found
