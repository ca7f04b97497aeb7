import pytest
from sqlalchemy import Connection

from app.core.model.scope import EVERYTHING, Scope
from app.db.queries import narrowed_streams as queries
from tests.builders.accounts import CLINIC
from tests.builders.calls import make_stream, stream_arn
from tests.builders.questions import asked

ELSEWHERE = Scope(frozenset({771400253968}))


def streams(connection: Connection) -> dict[str, int]:
    tags = {"gate": '{"site": "north"}', "ward": '{"site": "south"}', "unread": None}
    return {name: make_stream(connection, name, tags=tags[name]) for name in tags}


@pytest.mark.parametrize(
    ("question", "names"),
    [
        ("stream=gate", {"gate"}),
        ("stream=gate&stream=ward", {"gate", "ward"}),
        ("stream!=gate", {"ward", "unread"}),
        ("stream~=A", {"gate", "ward", "unread"}),
        ("stream~=%25", set()),
        ("tag=site", {"gate", "ward"}),
        ("tag=site:north", {"gate"}),
        ("tag=site%3Dsouth", {"ward"}),
        ("tag!=site:north", {"ward", "unread"}),
        ("tag~=NOR", {"gate"}),
        ("tag=site&stream!=gate", {"ward"}),
    ],
)
def test_streams_are_narrowed_by_name_and_tag(connection, question, names):
    ids = streams(connection)
    found = queries.narrowed_streams(connection, EVERYTHING, asked(question))
    assert found is not None
    assert sorted(found) == sorted(ids[name] for name in names)


@pytest.mark.parametrize(
    ("question", "is_found"),
    [
        ("tag=aws:cloudformation:stack-name", True),
        ("tag=aws:cloudformation:stack-name:cams", True),
        ("tag=aws:cloudformation:stack-name%3Dcams", True),
        ("tag=aws", False),
        ("tag~=NAME:ca", True),
        ("tag~=name%3Dca", True),
        ("tag~=%22", False),
    ],
)
def test_a_tag_may_have_a_colon_in_its_key(connection, question, is_found):
    made = make_stream(connection, "gate", tags='{"aws:cloudformation:stack-name": "cams"}')
    assert queries.narrowed_streams(connection, EVERYTHING, asked(question)) == ([made] if is_found else [])


def test_a_filter_without_streams_and_tags_takes_all(connection):
    streams(connection)
    assert queries.narrowed_streams(connection, EVERYTHING, asked()) is None
    assert queries.regions_narrowed(connection, EVERYTHING, asked()) is None
    assert queries.arns_within(connection, EVERYTHING, asked(), CLINIC) is None


def test_streams_outside_of_the_scope_are_none(connection):
    ids = streams(connection)
    assert queries.narrowed_streams(connection, ELSEWHERE, asked("stream=gate")) == []
    assert queries.known_streams(connection, ELSEWHERE, CLINIC, [ids["gate"]]) == {}


def test_narrowed_streams_have_their_regions_and_arns(connection):
    ids = streams(connection)
    arn = stream_arn(connection, ids["gate"])
    assert queries.regions_narrowed(connection, EVERYTHING, asked("stream=gate")) == {CLINIC: {arn.split(":")[3]}}
    assert queries.arns_within(connection, EVERYTHING, asked("stream=gate"), CLINIC) == {arn}
    (known,) = queries.known_streams(connection, EVERYTHING, CLINIC, [ids["gate"]]).values()
    assert (known.name, known.arn) == ("gate", arn)
    assert queries.known_streams(connection, EVERYTHING, CLINIC, None).keys() == set(ids.values())
