import json

from app.core.stopping.measures.deny_in_organization import MEASURE
from tests.builders.stopping import ACCOUNT, ROLE, ROOT, SERVICE_LINKED, USER, after, caller, target, text_of


def test_kinesis_video_is_denied_to_the_arn_with_its_path_and_nothing_else():
    (statement,) = json.loads(text_of(MEASURE, target(), "Policy"))["Statement"]
    assert statement["Action"] == "kinesisvideo:*"
    assert statement["Condition"] == {"ArnLike": {"aws:PrincipalArn": ROLE}}
    assert "/fleet/" in ROLE


def test_a_wildcard_in_a_name_matches_nothing_else():
    text = text_of(MEASURE, target(ROLE + "*"), "Policy")
    assert json.loads(text)["Statement"][0]["Condition"]["ArnLike"]["aws:PrincipalArn"] == ROLE + "${*}"


def test_scps_bind_neither_the_management_account_nor_service_linked_roles():
    assert MEASURE.bar(target(ROOT)) is None
    assert MEASURE.bar(target(is_of_management=True)) == "SCPs do not bind the management account."
    assert MEASURE.bar(target(SERVICE_LINKED)) == "SCPs do not bind roles that AWS services made."


def test_it_hits_every_call_of_the_principal():
    assert MEASURE.hits(target(), caller())
    assert not MEASURE.hits(target(), caller("arn:aws:iam::1:role/WardCamRole"))


def test_whoever_is_stopped_second_is_stopped_by_a_policy_of_another_name():
    first, second = (text_of(MEASURE, target(arn), "AWS CLI") for arn in (ROLE, ROLE + "2"))

    assert after("--name", first.partition("$(")[2].partition(")\n")[0]) not in second


def test_a_session_of_get_federation_token_has_an_arn_of_its_own():
    own = caller(USER, session=None)
    named = caller(USER, session="bob")
    assert MEASURE.hits(target(USER), own)
    assert not MEASURE.hits(target(USER), named)

    bob = target(USER, session="bob")
    assert MEASURE.hits(bob, own)
    assert MEASURE.hits(bob, named)
    assert not MEASURE.hits(bob, caller(USER, session="eve"))
    (statement,) = json.loads(text_of(MEASURE, bob, "Policy"))["Statement"]
    assert statement["Condition"]["ArnLike"]["aws:PrincipalArn"] == [
        USER,
        f"arn:aws:sts::{ACCOUNT}:federated-user/bob",
    ]
