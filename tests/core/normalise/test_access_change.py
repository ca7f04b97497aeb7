import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.model.event import Actor, ActorKind
from app.core.normalise.access_change import LONGEST_TARGET, MOST_TARGETS, folded, targets_of
from app.core.normalise.record import event
from app.core.trailfile.shape import decoded
from tests.builders.trail import ACCOUNT, assume_role_record, compact, other_record

ROLE = Actor(ActorKind.ROLE, f"arn:aws:iam::{ACCOUNT}:role/ops/Deployer", int(ACCOUNT))
ANN = Actor(ActorKind.USER, f"arn:aws:iam::{ACCOUNT}:user/staff/Ann", int(ACCOUNT))
POLICY = f"arn:aws:iam::{ACCOUNT}:policy/WatchAll"


@pytest.mark.parametrize(
    ("action", "request_", "response", "targets"),
    [
        ("AttachRolePolicy", {"roleName": "Viewer", "policyArn": POLICY}, {}, ("role/viewer", POLICY.lower())),
        ("PutRolePolicy", {"roleName": "Viewer", "policyName": "Watch"}, {}, ("role/viewer", "policy/watch")),
        ("AddUserToGroup", {"groupName": "Guards", "userName": "ann"}, {}, ("group/guards", "user/ann")),
        (
            "CreatePolicy",
            {"policyName": "WatchAll", "policyDocument": '{"roleName":"x"}'},
            {"policy": {"arn": POLICY}},
            ("policy/watchall", POLICY.lower()),
        ),
        ("CreateAccessKey", {"userName": "ben"}, {}, ("user/ben",)),
        ("CreateAccessKey", {}, {}, ("user/ann",)),
        ("UploadSigningCertificate", {"certificateBody": "-"}, {}, ("user/ann",)),
        ("UpdateCertificate", {"certificateId": "0a1b", "newStatus": "REVOKED"}, {}, ("certificate/0a1b",)),
        ("MoveAccount", {"accountId": ACCOUNT, "destinationParentId": "ou-1"}, {}, (f"account/{ACCOUNT}",)),
        ("AttachPolicy", {"policyId": "p-1", "targetId": ACCOUNT}, {}, ("policy/p-1", f"target/{ACCOUNT}")),
        (
            "CreateRoleAlias",
            {"roleAlias": "cameras", "roleArn": f"arn:aws:iam::{ACCOUNT}:role/iot/Camera"},
            {},
            ("role-alias/cameras", "role/camera"),
        ),
        (
            "SetIdentityPoolRoles",
            {
                "identityPoolId": "eu-west-1:1",
                "roles": {"authenticated": ROLE.principal, "unauthenticated": "arn:aws:iam::1:role/Guest"},
                "roleMappings": {"idp": {"rulesConfiguration": {"rules": [{"roleARN": "arn:aws:iam::1:role/Vip"}]}}},
            },
            {},
            ("identity-pool/eu-west-1:1", "role/deployer", "role/guest", "role/vip"),
        ),
        ("DeleteRole", {}, {}, ()),
    ],
)
def test_it_tells_what_a_change_is_about(action, request_, response, targets):
    lowered = {key.lower(): value for key, value in request_.items()}
    assert targets_of(action, lowered, response, ANN) == targets


def test_a_key_without_a_user_is_that_of_the_user_who_signs_and_of_nobody_else():
    assert targets_of("CreateAccessKey", {}, {}, ROLE) == ()


@pytest.mark.parametrize(
    ("arn", "target"),
    [
        (ROLE.principal, "role/deployer"),
        (ANN.principal, "user/ann"),
        ("arn:aws-cn:iam::1:group/G", "group/g"),
        (POLICY, POLICY.lower()),
        ("no ARN", "no arn"),
        ("", ""),
    ],
)
def test_a_principal_is_named_by_kind_and_name_in_small_letters(arn, target):
    assert folded(arn) == target


def test_an_event_has_targets_where_it_changes_permissions_and_only_there():
    change = other_record(
        eventSource="iam.amazonaws.com", eventName="UpdateAssumeRolePolicy", requestParameters={"roleName": "Viewer"}
    )
    read = change | {"eventName": "GetRole"}
    assert event(decoded(compact(change)), b"").targets == ("role/viewer",)
    assert event(decoded(compact(read)), b"").targets == ()
    assert event(decoded(compact(assume_role_record())), b"").targets == ()


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.just(ROLE.principal),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["roleName", "roles", "rules", "a"]), inner),
)


@given(
    st.dictionaries(st.sampled_from(["rolename", "roles", "rolemappings", "policyarn", "target", "x"]), VALUES), VALUES
)
def test_whatever_the_parameters_are_it_names_few_and_short_things(request_, policy):
    found = targets_of("SetIdentityPoolRoles", request_, {"policy": policy}, ANN)
    assert len(found) <= MOST_TARGETS
    assert all(0 < len(one) <= LONGEST_TARGET for one in found)
    json.dumps(found)
