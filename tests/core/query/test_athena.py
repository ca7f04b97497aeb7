import re
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import parse_qsl, quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.query.athena import athena
from app.core.query.filter import parse
from app.core.query.listing import EVENTS

NOW = datetime(2026, 11, 23, 12, 0, 0, 500_000, tzinfo=UTC)
LITERAL = re.compile(r"(?:U&)?'(?:[^']|'')*'")
ID = "b54183b3-8baf-411b-a131-982ce8bac569"
FIELDS = ("action", "stream!", "principal~", "person", "session", "key", "outcome", "region", "user_agent")


def asked(question: str) -> str:
    answer = parse(parse_qsl(question), EVENTS, NOW)
    assert answer.problems == ()
    return athena(answer.filter)


def bare(sql: str) -> str:
    """Return a statement without its literals and comments: what the engine takes for SQL."""
    lines = [line for line in sql.splitlines() if not line.startswith("--")]
    return LITERAL.sub("?", "\n".join(lines))


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("action=GetClip&action=GetMedia", "(eventname = 'GetClip' OR eventname = 'GetMedia')"),
        ("action!=GetClip", "NOT coalesce(eventname = 'GetClip', FALSE)"),
        ("user_agent~=Boto3", "(strpos(lower(useragent), lower('Boto3')) > 0)"),
        ("account=590817264433", "(recipientaccountid = '590817264433')"),
        ("address=10.0.0.0/8", "(contains('10.0.0.0/8', try_cast(sourceipaddress AS ipaddress)))"),
        ("address=__none__", "(sourceipaddress IS NULL)"),
        ("outcome=ok", "(errorcode IS NULL)"),
        ("outcome=Throttling", "(errorcode = 'Throttling')"),
        ("key=AKIAEXAMPLE", "(useridentity.accesskeyid = 'AKIAEXAMPLE')"),
        ("source=kinesisvideo.amazonaws.com", "(eventsource = 'kinesisvideo.amazonaws.com')"),
        (f"event_id={ID}", f"(eventid = '{ID}')"),
        (f"shared_event_id!={ID}", f"NOT coalesce(sharedeventid = '{ID}', FALSE)"),
        ("time=2026-11-22T14:01:30Z", "(eventtime = '2026-11-22T14:01:30Z')"),
        ("session=x", "THEN split_part(useridentity.arn, '/', 3) END = 'x')"),
        ("stream=ward-3", "(stream = 'ward-3' OR CASE WHEN stream LIKE 'arn:%' THEN split_part(stream, '/', 2) ELSE"),
        ("stream~=ward", "(strpos(lower(stream), lower('ward')) > 0)"),
        ("sort=time", "ORDER BY eventtime ASC"),
        ("", "eventsource LIKE 'kinesisvideo%'"),
    ],
)
def test_a_condition_is_one_of_the_table(question, said):
    assert said in asked(question)


@pytest.mark.parametrize(
    ("question", "is_said"),
    [
        ("", True),
        ("stream!=ward-3", True),
        ("stream=__none__", True),
        ("stream=__none__&stream=ward-3", True),
        ("stream=ward-3", False),
        ("stream~=ward", False),
        ("action=PutRolePolicy", False),
    ],
)
def test_that_changes_of_permissions_are_not_asked_for_is_said_where_the_list_has_them(question, is_said):
    assert ("-- Changes of permissions and of trails are in the list too" in asked(question)) == is_said


def test_what_of_a_call_by_name_alone_is_looked_through_is_said():
    assert "not the rest of its ARN" not in asked("stream=ward-3")
    assert "are looked through, not the rest of its ARN." in asked("stream~=1700")


@pytest.mark.parametrize(
    "question",
    [
        "person=Mara",
        "own=yes",
        "kind=role",
        "key_kind=long_term",
        "account=clinic-video",
        "footage=2026-11-21T14:00Z..2026-11-21T15:00Z",
        "integrity=broken",
        f"superseded_by={ID}",
    ],
)
def test_what_the_table_does_not_know_is_said_and_not_dropped(question):
    made = asked(question)
    assert f"-- Not asked here, so other calls are found too: {question}" in made
    assert question.partition("=")[2] not in bare(made)


def test_the_borders_are_whole_seconds_of_the_same_meaning():
    made = asked("from=2026-11-23T03:12:44.5Z&to=2026-11-23T03:13Z")
    assert "eventtime >= '2026-11-23T03:12:45Z' AND eventtime < '2026-11-23T03:13:00Z'" in made


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=40))
def test_no_value_is_read_as_sql(value):
    made, plain = (
        asked("&".join(f"{quote(field)}={quote(text)}" for field in FIELDS)) for text in (f"zq{value}zq", "zqzq")
    )
    assert bare(made) == bare(plain)
    assert "zq" not in bare(made)


def test_a_field_that_is_new_to_the_list_is_said_to_be_left_out():
    query = parse([("person", "Mara")], EVENTS, NOW).filter
    (condition,) = query.of("person")
    assert "other calls are found too: footage=Mara" in athena(
        replace(query, conditions=(replace(condition, field="footage"),))
    )
