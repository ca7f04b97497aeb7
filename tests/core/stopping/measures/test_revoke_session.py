import json

from app.core.stopping.measures.revoke_session import MEASURE
from tests.builders.stopping import HOSTILE, ROLE, SSO, USER, after, caller, target, text_of


def test_the_name_stands_for_itself_though_the_condition_has_wildcards():
    whom = target(ROLE, session=HOSTILE)
    said = json.loads(after("--policy-document", text_of(MEASURE, whom)))
    assert said == json.loads(text_of(MEASURE, whom, "Policy"))
    (statement,) = said["Statement"]
    assert statement["Effect"] == "Deny"
    name = HOSTILE.replace("$", "${$}").replace("*", "${*}")
    assert statement["Condition"] == {"StringLike": {"aws:userid": f"*:{name}"}}


def test_it_is_put_on_the_role_and_taken_away_by_name():
    command = text_of(MEASURE, target(session="job"))
    assert command.startswith("aws iam put-role-policy --role-name WardCamRole --policy-name StopOneSession")
    name = after("--policy-name", command)
    undo = text_of(MEASURE, target(session="job"), "Undo")
    assert undo == f"aws iam delete-role-policy --role-name WardCamRole --policy-name {name}"


def test_a_second_session_of_the_role_does_not_take_the_place_of_the_first():
    first, second = (after("--policy-name", text_of(MEASURE, target(session=one))) for one in ("job", "other"))
    assert first != second


def test_it_is_about_role_sessions_alone():
    assert MEASURE.bar(target(ROLE)) == ""
    assert MEASURE.bar(target(USER, session="job")) == ""
    assert MEASURE.bar(target(SSO, session="mara"))


def test_it_hits_all_sessions_of_the_name_and_no_other():
    whom = target(session="job")
    assert MEASURE.hits(whom, caller(key="ASIA2"))
    assert not MEASURE.hits(whom, caller(session="other"))
    assert not MEASURE.hits(whom, caller("arn:aws:iam::1:role/Other"))
