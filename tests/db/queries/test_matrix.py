from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection

from app.core.matrix.cells import BIT
from app.core.model.grant import Grant, Outcome
from app.core.model.scope import EVERYTHING, Scope
from app.db.queries import matrix as queries
from app.db.queries.grants import store_matrix
from tests.builders.accounts import CLINIC, NOW, make_account
from tests.builders.calls import make_calls, make_principal, make_stream, stream_arn
from tests.builders.questions import asked

OTHER = 771400253968
ROLE = f"arn:aws:iam::{CLINIC}:role/"


def grant(connection: Connection, *grants: Grant, account: int = CLINIC, problems: tuple[object, ...] = ()) -> None:
    store_matrix(connection, account, grants, problems, evaluator=1, inputs=b"x", now=NOW)


def bits(connection: Connection, question: str = "", scope: Scope = EVERYTHING) -> dict[str, Any]:
    return {row.name: row.bits for row in queries.matrix(connection, scope, asked(question))}


def test_it_folds_the_grants_of_all_resources_into_bits(connection):
    one, two = (stream_arn(connection, make_stream(connection, name)) for name in ("one", "two"))
    make_principal(connection, "Analyst")
    grant(
        connection,
        Grant(f"{ROLE}Analyst", "GetMedia", Outcome.ALLOW, (one,)),
        Grant(f"{ROLE}Analyst", "GetMedia", Outcome.UNKNOWN, (two,)),
        Grant(f"{ROLE}Analyst", "GetClip", Outcome.CONDITIONAL, (one, two), ("aws:sourceip",)),
        Grant(f"{ROLE}Analyst", "PutMedia", Outcome.PER_DEVICE, (one,), ("credentials-iot:thingname",)),
        Grant(f"{ROLE}Analyst", "DeleteStream", Outcome.DENY, (one,)),
        Grant(f"{ROLE}Analyst", "ListStreams", Outcome.ALLOW, ("*",)),
    )
    found = bits(connection)["Analyst"]
    assert found.allow == BIT["GetMedia"] | BIT["ListStreams"]
    assert found.unknown == BIT["GetMedia"]
    assert found.conditional == BIT["GetClip"]
    assert found.per_device == BIT["PutMedia"]
    assert found.deny == BIT["DeleteStream"]
    assert found.used == 0
    assert found.is_evaluated


def test_use_is_a_call_that_aws_answered_within_the_range(connection):
    analyst = make_principal(connection, "Analyst")
    grant(connection)
    make_calls(connection, "GetMedia", 5, principal_id=analyst, errors=2)
    make_calls(connection, "GetClip", 3, principal_id=analyst, errors=3)
    make_calls(connection, "GetImages", 3, NOW - timedelta(days=40), principal_id=analyst)
    assert bits(connection)["Analyst"].used == BIT["GetMedia"]
    assert bits(connection, "from=now-60d")["Analyst"].used == BIT["GetMedia"] | BIT["GetImages"]


def uses(connection: Connection, question: str = "") -> dict[str, queries.Use]:
    (found,) = (row.uses for row in queries.matrix(connection, EVERYTHING, asked(question)) if row.name == "Analyst")
    return dict(found)


def test_a_use_says_how_often_from_the_first_on_and_when_last(connection):
    analyst, gate = make_principal(connection, "Analyst"), make_stream(connection, "gate")
    first, last = NOW - timedelta(days=40), NOW - timedelta(hours=1)
    for at, errors in ((first, 0), (last, 2)):
        make_calls(connection, "GetMedia", 5, at, principal_id=analyst, stream_id=gate, errors=errors)
    assert uses(connection) == {"GetMedia": queries.Use(8, first.date(), last)}
    # Of one stream the days of the range tell, and the last call of a day may have been a refused one.
    assert uses(connection, "stream=gate") == {"GetMedia": queries.Use(3, last.date(), last.date())}


def test_of_a_use_that_goes_on_after_the_range_no_number_is_told(connection):
    analyst = make_principal(connection, "Analyst")
    for days in (20, 1):
        make_calls(connection, "GetMedia", 5, NOW - timedelta(days=days), principal_id=analyst)
    question = f"from=now-30d&to={NOW - timedelta(days=10):%Y-%m-%d}"
    assert bits(connection, question)["Analyst"].used == BIT["GetMedia"]
    assert uses(connection, question) == {}


def test_a_conditional_action_has_the_keys_of_all_its_grants_on_the_streams_asked_about(connection):
    one, two = (stream_arn(connection, make_stream(connection, name)) for name in ("one", "two"))
    make_principal(connection, "Analyst")
    grant(
        connection,
        Grant(f"{ROLE}Analyst", "GetMedia", Outcome.CONDITIONAL, (one,), ("aws:sourceip", 'aws:principaltag/a b\n"c')),
        Grant(f"{ROLE}Analyst", "GetMedia", Outcome.CONDITIONAL, (two,), ("aws:sourcevpc",)),
        Grant(f"{ROLE}Analyst", "PutMedia", Outcome.PER_DEVICE, (one,), ("credentials-iot:thingname",)),
    )
    (every,) = (row.keys for row in queries.matrix(connection, EVERYTHING, asked()))
    (of_two,) = (row.keys for row in queries.matrix(connection, EVERYTHING, asked("stream=two")))
    assert every == {"GetMedia": ('aws:principaltag/a b\n"c', "aws:sourceip", "aws:sourcevpc")}
    assert of_two == {"GetMedia": ("aws:sourcevpc",)}


USED_ON = {"GetMedia": (40, 20, 1), "GetClip": (40,), "PutMedia": (1,), "GetImages": (40, 1)}
"""Days ago on which an action was used."""


@pytest.mark.parametrize(
    "days", [(50, 45), (50, 40), (40, 40), (39, 21), (39, 2), (30, 10), (20, 20), (20, 0), (1, 1), (0, 0)]
)
def test_use_within_a_range_is_what_the_days_say_whatever_came_before_and_after(connection, days):
    first, last = days
    analyst = make_principal(connection, "Analyst")
    for action, ago in USED_ON.items():
        for day in ago:
            make_calls(connection, action, 1, NOW - timedelta(days=day), principal_id=analyst)
    make_calls(connection, "ListStreams", 2, NOW - timedelta(days=30), principal_id=analyst, errors=2)

    found = bits(
        connection, f"from={NOW - timedelta(days=first):%Y-%m-%d}&to={NOW - timedelta(days=last):%Y-%m-%dT23:59:00Z}"
    )

    wanted = {action for action, ago in USED_ON.items() if any(last <= day <= first for day in ago)}
    assert {action for action in USED_ON if "Analyst" in found and found["Analyst"].used & BIT[action]} == wanted
    assert "Analyst" not in found or not found["Analyst"].used & BIT["ListStreams"]


def test_an_account_that_nobody_evaluated_says_so(connection):
    analyst = make_principal(connection, "Analyst")
    make_calls(connection, "GetMedia", 5, principal_id=analyst)
    assert not bits(connection)["Analyst"].is_evaluated
    (state,) = queries.account_states(connection, EVERYTHING)
    assert (state.name, state.evaluated_at) == ("clinic-video", None)


def test_a_caller_of_another_account_is_not_judged_by_this_ones_policies(connection):
    stranger = make_principal(connection, "Stranger", OTHER)
    grant(connection)
    make_calls(connection, "GetMedia", 5, principal_id=stranger)
    assert not bits(connection)["Stranger"].is_evaluated


def test_it_tells_which_policies_could_not_be_used(connection):
    grant(
        connection,
        problems=(
            {"policy": "x", "principal": "arn:a"},
            {"policy": "AWS Organizations", "message": "no", "principal": None},
        ),
    )
    (state,) = queries.account_states(connection, EVERYTHING)
    assert (state.evaluated_at, state.problems, state.unread) == (NOW, 1, ("AWS Organizations: no",))


def narrowed(connection: Connection) -> None:
    gate = make_stream(connection, "gate", tags='{"site": "north"}')
    ward = make_stream(connection, "ward", tags=None)
    first, second = make_principal(connection, "First"), make_principal(connection, "Second")
    make_principal(connection, "person", kind="user")
    grant(
        connection,
        Grant(f"{ROLE}First", "GetMedia", Outcome.ALLOW, (stream_arn(connection, gate),)),
        Grant(f"{ROLE}Second", "GetMedia", Outcome.ALLOW, (stream_arn(connection, ward),)),
        Grant(f"arn:aws:iam::{CLINIC}:user/person", "ListStreams", Outcome.ALLOW, ("*",)),
    )
    make_calls(connection, "GetMedia", 1, principal_id=first, stream_id=gate)
    make_calls(connection, "GetMedia", 1, principal_id=second, stream_id=ward)
    make_calls(connection, "ListStreams", 1, principal_id=second)


@pytest.mark.parametrize(
    ("question", "names"),
    [
        ("", {"First", "Second", "person"}),
        ("stream=gate", {"First", "Second", "person"}),
        ("stream~=GAT&kind=role", {"First", "Second"}),
        ("tag=site", {"First", "Second", "person"}),
        ("tag=site:south", set()),
        ("principal=First", {"First"}),
        (f"principal={ROLE}First&principal=Second", {"First", "Second"}),
        ("principal!=First", {"Second", "person"}),
        ("principal~=sec", {"Second"}),
        ("kind=user", {"person"}),
        ("kind!=user", {"First", "Second"}),
        ("account=clinic-video", {"First", "Second", "person"}),
        ("account!=clinic-video", set()),
    ],
)
def test_it_narrows_to_what_the_filter_names(connection, question, names):
    narrowed(connection)
    assert bits(connection, question).keys() == names


def test_on_one_stream_only_its_grants_and_calls_count(connection):
    narrowed(connection)
    found = bits(connection, "stream=gate")
    assert (found["First"].allow, found["First"].used) == (BIT["GetMedia"], BIT["GetMedia"])
    # ListStreams names no stream: it is about all of them.
    assert (found["Second"].allow, found["Second"].used) == (0, BIT["ListStreams"])
    assert found["person"].allow == BIT["ListStreams"]


def test_what_names_no_stream_is_about_those_of_its_own_account(connection):
    narrowed(connection)
    make_account(connection, OTHER, name="elsewhere")
    lister = make_principal(connection, "Lister", OTHER)
    everywhere = Grant(f"arn:aws:iam::{OTHER}:role/Lister", "ListStreams", Outcome.ALLOW, ("*",))
    grant(connection, everywhere, account=OTHER)
    make_calls(connection, "ListStreams", 1, account_id=OTHER, principal_id=lister)
    assert bits(connection).keys() == {"First", "Second", "person", "Lister"}
    assert bits(connection, "stream=gate").keys() == {"First", "Second", "person"}


def test_a_caller_of_another_account_bears_the_name_of_the_one_where_it_called(connection):
    make_account(connection, OTHER, name="not-in-scope")
    make_calls(connection, "GetMedia", 1, principal_id=make_principal(connection, "Visitor", OTHER))
    grant(connection)
    for scope in (EVERYTHING, Scope(frozenset({CLINIC}))):
        found = [(row.account, row.account_name) for row in queries.matrix(connection, scope, asked())]
        assert found == [(CLINIC, "clinic-video")]


def test_it_shows_nothing_outside_of_the_scope(connection):
    narrowed(connection)
    assert bits(connection, scope=Scope(frozenset({OTHER}))) == {}
    assert queries.account_states(connection, Scope(frozenset({OTHER}))) == ()


def test_it_tells_people_services_and_roles_apart(connection):
    make_principal(connection, "Sso", path="/aws-reserved/sso.amazonaws.com/")
    make_principal(connection, "Service", path="/aws-service-role/kinesisvideo.amazonaws.com/")
    make_principal(connection, "Gone", removed_at=NOW)
    grant(connection, *(Grant(f"{ROLE}{n}", "GetMedia", Outcome.ALLOW, ("*",)) for n in ("Sso", "Service", "Gone")))
    found = {row.name: (row.kind, row.is_removed) for row in queries.matrix(connection, EVERYTHING, asked())}
    assert found == {"Sso": ("sso", False), "Service": ("service_linked", False), "Gone": ("role", True)}
