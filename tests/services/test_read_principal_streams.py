"""The actions of one principal on each stream and channel."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Connection, Engine, text

from app.core.kvs.actions import IN_MATRIX_ORDER
from app.core.model.grant import Grant, Outcome
from app.core.model.scope import EVERYTHING
from app.core.model.trail import FieldSelector
from app.core.query.filter import parse
from app.core.query.listing import MATRIX
from app.db.queries.grants import store_matrix
from app.services.read_coverage import strips_over
from app.services.read_principal_streams import PrincipalStreams, read_principal_streams
from tests.builders.accounts import CLINIC, NOW, make_account
from tests.builders.calls import make_calls, make_principal, make_stream, stream_arn
from tests.builders.estate import DATA, MANAGEMENT, make_bucket_reader, make_inventory, make_trail, stream_of

ROLE = f"arn:aws:iam::{CLINIC}:role/Analyst"
ALLOW = Outcome.ALLOW


class House:
    """An account with two streams and a channel, and one role."""

    def __init__(self, connection: Connection, *, only_door: bool = False) -> None:
        self.connection = connection
        make_account(connection)
        make_bucket_reader(connection)
        self.who = make_principal(connection, "Analyst")
        self.ids = {name: make_stream(connection, name) for name in ("door", "hall")}
        self.ids["intercom"] = make_stream(connection, "intercom", kind="channel", channel_type="SINGLE_MASTER")
        self.arns = {name: stream_arn(connection, ident) for name, ident in self.ids.items()}
        kinds = {"intercom": "channel"}
        streams = (stream_of(arn, name, kinds.get(name, "stream")) for name, arn in self.arns.items())
        make_inventory(connection, CLINIC, tuple(streams))
        door = FieldSelector("resources.ARN", equals=(self.arns["door"],))
        media = replace(DATA, fields=(*DATA.fields, door)) if only_door else DATA
        make_trail(self.connection, CLINIC, (media, MANAGEMENT))

    def grant(self, *grants: tuple[str, Outcome, Iterable[str]]) -> None:
        made = [
            Grant(ROLE, action, outcome, tuple(sorted(self.arns.get(name, name) for name in names)))
            for action, outcome, names in grants
        ]
        store_matrix(self.connection, CLINIC, made, [], evaluator=1, inputs=b"x", now=NOW)

    def read(self, **asked: str) -> PrincipalStreams:
        query = parse(asked.items(), MATRIX, NOW).filter
        strips = strips_over(self.connection, EVERYTHING, NOW - timedelta(days=30), NOW)
        return read_principal_streams(self.connection, EVERYTHING, query, CLINIC, self.who, strips)

    def cells(self, **asked: str) -> dict[str, dict[str, str]]:
        found = self.read(**asked)
        return {
            one.stream.name if one.stream else "": {
                action: cell for action, cell in zip(found.actions, one.cells, strict=True) if cell != "."
            }
            for one in found.streams
        }


@pytest.fixture
def house(engine: Engine) -> Iterable[House]:
    with engine.begin() as connection:
        yield House(connection)


def test_each_stream_has_the_states_of_its_own(house: House) -> None:
    house.grant(
        ("GetMedia", ALLOW, ("door", "hall")),
        ("GetClip", Outcome.CONDITIONAL, ("hall",)),
        ("ConnectAsViewer", ALLOW, ("intercom",)),
        ("ListStreams", ALLOW, ("*",)),
    )
    make_calls(house.connection, "GetMedia", 3, principal_id=house.who, stream_id=house.ids["door"])
    make_calls(house.connection, "PutMedia", 3, principal_id=house.who, stream_id=house.ids["hall"])
    assert house.cells() == {
        "door": {"GetMedia": "U"},
        "hall": {"GetMedia": "G", "GetClip": "C", "PutMedia": "R"},
        "intercom": {"ConnectAsViewer": "B"},
        "": {"ListStreams": "G"},
    }


def test_a_use_that_names_no_stream_is_no_use_without_a_grant(house: House) -> None:
    house.grant(("GetMedia", ALLOW, ("door",)))
    make_calls(house.connection, "GetMedia", 3, principal_id=house.who)
    make_calls(house.connection, "PutMedia", 3, principal_id=house.who)
    assert house.cells()[""] == {"GetMedia": "U", "PutMedia": "R"}


def test_where_selectors_name_streams_unused_is_said_of_those_alone(engine: Engine) -> None:
    with engine.begin() as connection:
        house = House(connection, only_door=True)
        house.grant(("GetMedia", ALLOW, ("door", "hall")))
        assert house.cells() == {"door": {"GetMedia": "G"}, "hall": {"GetMedia": "B"}}


def test_the_views_hold_of_streams_as_of_principals(house: House) -> None:
    house.grant(
        ("GetMedia", ALLOW, ("door", "hall")),
        ("GetClip", ALLOW, ("hall",)),
        ("DescribeStream", ALLOW, ("door", "hall")),
        ("ListStreams", ALLOW, ("*",)),
    )
    make_calls(house.connection, "GetMedia", 3, principal_id=house.who, stream_id=house.ids["door"])
    make_calls(house.connection, "DescribeStream", 3, principal_id=house.who, stream_id=house.ids["door"])
    assert house.cells(show="differences") == {
        "door": {"GetMedia": "U", "DescribeStream": "U"},
        "hall": {"GetMedia": "G", "GetClip": "G", "DescribeStream": "G"},
    }
    assert set(house.cells(show="unused")) == {"hall", ""}
    assert set(house.read(show="media").actions) == {"GetMedia", "GetClip"}
    assert house.cells(stream="hall", action="GetClip") == {"hall": {"GetClip": "G"}}


def test_streams_of_which_there_is_nothing_to_say_are_counted(house: House) -> None:
    house.grant(("GetMedia", ALLOW, ("door",)))
    assert house.read().left_out == 2
    assert house.read(stream="door").left_out == 0


def test_without_an_evaluation_a_use_is_a_use_and_the_rest_of_its_stream_unknown(house: House) -> None:
    make_calls(house.connection, "GetMedia", 3, principal_id=house.who, stream_id=house.ids["door"])
    taken = [action.name for action in IN_MATRIX_ORDER if action.on_stream]
    assert house.cells() == {"door": dict.fromkeys(taken, "?") | {"GetMedia": "U"}}
    assert not house.read().is_evaluated


def test_without_an_evaluation_what_names_no_stream_is_unknown_beside_its_use(house: House) -> None:
    make_calls(house.connection, "ListStreams", 3, principal_id=house.who, stream_id=0)
    free = [action.name for action in IN_MATRIX_ORDER if action.is_wildcard_only]
    assert house.cells() == {"": dict.fromkeys(free, "?") | {"ListStreams": "U"}}


def test_on_a_stream_that_no_listing_has_a_use_is_no_use_without_a_grant(house: House) -> None:
    house.grant(("GetMedia", ALLOW, ("door",)))
    new = make_stream(house.connection, "new")
    house.connection.execute(text("delete from stream_state where stream_id = :new"), {"new": new})
    make_calls(house.connection, "GetMedia", 1, principal_id=house.who, stream_id=new)
    assert house.cells()["new"]["GetMedia"] == "U"
    assert house.cells()["new"]["GetClip"] == "?"
    assert house.read().is_unjudged
    house.connection.execute(text("update principal_state set removed_at = :now"), {"now": NOW})
    assert house.cells()["new"] == {"GetMedia": "R"}, "who is gone is granted nothing, on whatever there is"
    assert not house.read().is_unjudged
    house.connection.execute(text("update principal_state set removed_at = null"))
    listed = {"seen_at": NOW + timedelta(days=1)}
    house.connection.execute(text("update part set seen_at = :seen_at where part = 'streams'"), listed)
    assert house.cells()["new"] == {"GetMedia": "R"}
    assert not house.read().is_unjudged


def test_what_one_of_another_account_used_is_not_said_to_be_granted_no_longer(house: House) -> None:
    house.grant(("GetMedia", ALLOW, ("door",)))
    house.who = make_principal(house.connection, "Far", 999988887777)
    make_calls(house.connection, "GetMedia", 1, principal_id=house.who, stream_id=house.ids["door"])
    make_calls(house.connection, "ListStreams", 1, principal_id=house.who, stream_id=0)
    assert {name: cells for name, cells in house.cells().items() if cells} == {
        "door": {"GetMedia": "U"},
        "": {"ListStreams": "U"},
    }
