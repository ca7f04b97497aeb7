from dataclasses import replace

import pytest

from app.core.iam.evaluate import LayerKind
from app.core.iam.layers import Binding, Problem, principal_lookup, resource_value
from app.core.iam.variables import UNKNOWN
from app.core.model.account import AccountKind
from app.core.model.policy import PolicyDocument, PolicyKind
from app.core.model.principal import PrincipalKind
from tests.builders.iam import (
    ACCOUNT,
    MANAGEMENT,
    ROLE,
    TRUSTS_DEVICES,
    allow,
    deny,
    document,
    organization,
    role,
    snapshot,
    stream,
)

FULL = document(allow("*"), name="FullAWSAccess", kind=PolicyKind.SCP)
RCP = document(deny("*", Principal="*"), name="perimeter", kind=PolicyKind.RCP)
MANAGED = document(allow(), name="video", kind=PolicyKind.MANAGED)


def test_identity_policies_tell_how_they_reach_a_user() -> None:
    group = role(allow("s3:*"), kind=PrincipalKind.GROUP, name="operators", arn="arn:group", attached=(MANAGED.arn,))
    user = role(allow(), kind=PrincipalKind.USER, groups=("operators",), attached=(MANAGED.arn,))

    binding = Binding(snapshot(user, group, policies=(MANAGED,)))
    (identity,) = binding.layers(user)

    assert [(one.policy.source.name, one.via) for one in identity.policies] == [
        ("own", "inline"),
        ("video", "attached"),
        ("own", "group operators, inline"),
        ("video", "group operators"),
    ]
    assert [one.kind for one in binding.callers] == [PrincipalKind.USER]


def test_equal_documents_share_their_statements() -> None:
    one, other = role(allow()), role(allow(), arn="arn:other")

    binding = Binding(snapshot(one, other))

    first = binding.layers(one)[0].policies[0].policy.statements
    assert binding.layers(other)[0].policies[0].policy.statements is first


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        pytest.param({"attached": ("arn:gone",)}, "its document was not read", id="a document that was not read"),
        pytest.param({"groups": ("gone",)}, "its policies were not read", id="a group that was not read"),
        pytest.param(
            {"inline": (PolicyDocument(PolicyKind.INLINE, "own", "{"),)}, "policy own: document", id="malformed"
        ),
    ],
)
def test_what_cannot_be_used_leaves_the_identity_unread_and_is_named(changes: dict[str, object], message: str) -> None:
    principal = role(**changes)
    binding = Binding(snapshot(principal))

    (identity,) = binding.layers(principal)

    assert identity.unread is not None
    assert message in identity.unread
    assert [(one.principal, message in one.message) for one in binding.problems] == [(ROLE, True)]


def test_a_boundary_that_was_not_read_is_not_no_boundary() -> None:
    principal = role(allow(), boundary="arn:gone")

    boundary = Binding(snapshot(principal)).layers(principal)[-1]

    assert boundary.kind is LayerKind.BOUNDARY
    assert boundary.unread is not None


def test_each_level_of_scps_is_a_layer_root_first() -> None:
    levels = (("r-1", (FULL,)), ("ou-1", ()), (str(ACCOUNT), (FULL,)))

    layers = Binding(snapshot(organization=organization(*levels))).layers(role())

    assert [(one.kind, one.name, len(one.policies)) for one in layers[:-1]] == [
        (LayerKind.SCP, "r-1", 1),
        (LayerKind.SCP, "ou-1", 0),
        (LayerKind.SCP, str(ACCOUNT), 1),
    ]


def test_a_level_whose_policies_were_not_listed_is_unread() -> None:
    organized = organization(("r-1", (FULL,)), (str(ACCOUNT), (FULL,)))
    partial = replace(organized, targets=organized.targets[:1])

    layers = Binding(snapshot(organization=partial)).layers(role())

    assert [one.unread for one in layers[:2]] == [None, f"SCPs of {ACCOUNT}: were not read"]


def test_without_organizations_the_scps_are_unread() -> None:
    binding = Binding(snapshot(organization=None))
    layers = binding.layers(role())

    assert layers[0].unread == "AWS Organizations could not be read"
    assert binding.problems == {Problem("AWS Organizations", "could not be read")}


def test_an_account_outside_the_organization_may_be_bound_by_another() -> None:
    other = replace(organization(), accounts=())

    assert Binding(snapshot(organization=other)).layers(role())[0].unread is not None


def test_an_organization_without_policy_types_binds_nothing() -> None:
    assert [one.kind for one in Binding(snapshot()).layers(role())] == [LayerKind.IDENTITY]


def test_rcps_take_away_only() -> None:
    layers = Binding(snapshot(organization=organization(rcps=(RCP,)))).layers(role())

    assert (layers[0].kind, layers[0].is_given, len(layers[0].policies)) == (LayerKind.RCP, True, 1)


def test_service_linked_roles_are_bound_by_neither() -> None:
    organized = organization(("r-1", (FULL,)), (str(ACCOUNT), ()), rcps=(RCP,))

    layers = Binding(snapshot(organization=organized)).layers(role(path="/aws-service-role/x.amazonaws.com/"))

    assert [one.kind for one in layers] == [LayerKind.IDENTITY]


@pytest.mark.parametrize("is_readable", [pytest.param(True, id="read"), pytest.param(False, id="unread")])
def test_the_management_account_is_bound_by_neither(*, is_readable: bool) -> None:
    organized = organization(("r-1", (FULL,)), (str(ACCOUNT), ()), rcps=(RCP,)) if is_readable else None
    made = snapshot(organization=organized)
    account = replace(made.account, id=MANAGEMENT, kind=AccountKind.MANAGEMENT)

    layers = Binding(replace(made, account=account)).layers(role())

    assert [one.kind for one in layers] == [LayerKind.IDENTITY]


def test_it_knows_what_the_snapshot_tells_of_a_caller() -> None:
    lookup = principal_lookup(snapshot(), role(tags=(("Team", "video"),)))

    assert lookup("aws:principaltag/team") == ("video",)
    assert lookup("aws:principalarn") == (ROLE,)
    assert lookup("aws:principalorgid") == ("o-a1",)
    assert lookup("aws:principalorgpaths") == ("o-a1/r-1/",)
    assert lookup("aws:resourceaccount") == (str(ACCOUNT),)
    assert lookup("aws:username") is None
    assert lookup("aws:sourceip") is UNKNOWN


def test_a_tag_that_a_session_may_bring_is_unknown() -> None:
    assert principal_lookup(snapshot(), role())("aws:principaltag/team") is None
    assert principal_lookup(snapshot(), role(trust=None))("aws:principaltag/team") is UNKNOWN
    # It overrides one of the role's own.
    assert principal_lookup(snapshot(), role(trust=None, tags=(("team", "red"),)))("aws:principaltag/team") is UNKNOWN


def test_device_keys_exist_only_where_devices_are_let_in() -> None:
    assert principal_lookup(snapshot(), role(trust=TRUSTS_DEVICES))("credentials-iot:thingname") is UNKNOWN
    assert principal_lookup(snapshot(), role())("credentials-iot:thingname") is None


def test_the_organization_is_unknown_while_it_cannot_be_read() -> None:
    assert principal_lookup(snapshot(organization=None), role())("aws:principalorgid") is UNKNOWN


def test_tags_that_were_not_read_are_unknown_and_not_absent() -> None:
    assert resource_value(stream(tags=None), "aws:resourcetag/site") is UNKNOWN
    assert resource_value(stream(tags=()), "aws:resourcetag/site") is None
    assert resource_value(stream(tags=(("Site", "north"),)), "aws:resourcetag/site") == ("north",)


def test_an_action_without_resource_has_no_tags_and_an_unknown_region() -> None:
    assert resource_value(None, "aws:resourcetag/site") is None
    assert resource_value(None, "aws:requestedregion") is UNKNOWN
