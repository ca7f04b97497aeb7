import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from app.core.model.scope import EVERYTHING, Scope
from app.core.model.stream import ResourceKind
from app.core.query.filter import parse
from app.core.query.listing import EVENTS
from app.db.queries.event_filter import Where, escaped, in_scope, places_of_streams
from tests.builders.accounts import CLINIC, NOW, make_account
from tests.builders.calls import make_stream


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
