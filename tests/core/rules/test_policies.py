from dataclasses import replace

from app.core.model.policy import PolicyDocument, PolicyKind
from app.core.model.principal import Iam, PrincipalKind
from app.core.rules.policies import (
    documents,
    granting,
    is_device_role,
    parsed,
    patterns_for,
    people_and_workloads,
    policy_book,
    statements,
    takes_resource,
    trusts,
)
from tests.builders import iam
from tests.builders.documents import DEVICE_TRUST, managed

SHARED = managed(iam.allow("kinesisvideo:GetMedia"), name="shared")
GROUP = iam.role(kind=PrincipalKind.GROUP, arn="arn:aws:iam::111122223333:group/g", name="g", attached=(SHARED.arn,))
BROKEN = PolicyDocument(PolicyKind.INLINE, "broken", "{")


def book(*principals, policies=(SHARED,)):
    return policy_book(Iam(principals, policies))


def test_a_users_policies_are_its_own_and_its_groups():
    user = iam.role(iam.allow("kinesisvideo:PutMedia"), kind=PrincipalKind.USER, groups=("g", "gone"))

    assert [document.name for document in documents(book(user, GROUP), user)] == ["own", "shared"]


def test_a_managed_policy_that_was_not_read_is_left_out():
    role = iam.role(attached=("arn:aws:iam::aws:policy/Gone",))

    assert documents(book(role), role) == ()


def test_a_broken_document_grants_nothing_here():
    assert parsed(BROKEN) is None
    assert list(statements(book(), replace(iam.role(), inline=(BROKEN,)))) == []


def test_granting_finds_the_allows_that_take_action_and_resource():
    role = iam.role(
        iam.allow("kinesisvideo:Get*", iam.CAMERA), iam.deny("kinesisvideo:GetMedia"), iam.allow("s3:*"), iam.allow("*")
    )

    assert [found.index for _, found in granting(book(role), role, "GetMedia")] == [0, 3]
    assert [found.index for _, found in granting(book(role), role, "GetMedia", iam.OTHER_CAMERA)] == [3]


def test_a_variable_may_stand_for_any_stream_and_notresource_for_all_others():
    by_thing = iam.allow(
        "kinesisvideo:PutMedia", f"arn:aws:kinesisvideo:*:{iam.ACCOUNT}:stream/${{credentials-iot:ThingName}}/*"
    )
    others = {"Effect": "Allow", "Action": "*", "NotResource": iam.CAMERA}
    own, rest = (parsed(iam.document(statement)).statements[0] for statement in (by_thing, others))

    assert takes_resource(own, iam.CAMERA)
    assert not takes_resource(rest, iam.CAMERA)
    assert takes_resource(rest, iam.OTHER_CAMERA)


def test_it_names_the_patterns_that_take_an_action():
    found = parsed(iam.document(iam.allow(["kinesisvideo:Put*", "kinesisvideo:get*", "s3:*"]))).statements[0]

    assert patterns_for(found, "GetMedia") == ("kinesisvideo:get*",)


def test_a_device_role_is_one_that_aws_iot_hands_out():
    assert is_device_role(iam.role(trust=DEVICE_TRUST))
    assert not is_device_role(iam.role())
    assert not is_device_role(iam.role(trust=None))
    assert not is_device_role(iam.role(trust=BROKEN))


def test_only_the_allows_of_a_trust_let_in():
    document = iam.document(iam.deny("sts:AssumeRole", Principal="*"), kind=PolicyKind.TRUST)

    assert list(trusts(iam.role(trust=document))) == []


def test_an_account_that_was_never_read_has_an_empty_book():
    assert list(people_and_workloads(policy_book(None))) == []
