import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.iam.entries import entries
from app.core.iam.layers import Binding
from app.core.model.account import Account, AccountKind
from app.core.model.entry import ANY_SAML, ANY_WEB_IDENTITY, Entry, TrustedKind
from app.core.model.grant import MOST_CERTAIN_FIRST, Outcome
from app.core.model.organization import Organization, OrganizationAccount
from app.core.model.policy import PolicyDocument, PolicyKind
from app.core.model.principal import Principal, PrincipalKind
from app.core.model.snapshot import Snapshot
from tests.builders.iam import ACCOUNT, ROLE, allow, deny, document, organization, role, snapshot

OTHER = 444455556666
ANNA = f"arn:aws:iam::{ACCOUNT}:user/anna"
DOOR = f"arn:aws:iam::{ACCOUNT}:role/door"
FAR = f"arn:aws:iam::{OTHER}:role/far"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/viewer/nightly"
FAR_SESSION = f"arn:aws:sts::{OTHER}:assumed-role/far/nightly"
COGNITO = "cognito-identity.amazonaws.com"
MAY_ASSUME = allow("sts:AssumeRole")


def trust(principal: Any, action: Any = "sts:AssumeRole", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Principal": principal, "Action": action, **more}


def door(*statements: dict[str, Any], **changes: Any) -> Principal:
    text = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
    return role(arn=DOOR, name="door", trust=PolicyDocument(PolicyKind.TRUST, "trust", text), **changes)


def anna(*statements: dict[str, Any], **changes: Any) -> Principal:
    return role(*statements, arn=ANNA, name="anna", kind=PrincipalKind.USER, trust=None, **changes)


def far(*statements: dict[str, Any], **changes: Any) -> Principal:
    return role(*statements, arn=FAR, name="far", **changes)


def elsewhere(*principals: Principal, **changes: Any) -> Snapshot:
    account = Account(OTHER, "far", AccountKind.MEMBER, "", None, ("eu-central-1",))
    return snapshot(*principals, account=account, **changes)


def both(**changes: Any) -> Organization:
    made = organization(**changes)
    return replace(made, accounts=(*made.accounts, OrganizationAccount(OTHER, "far", "ACTIVE", ("r-1", str(OTHER)))))


def ways_in(home: Snapshot, *others: Snapshot) -> tuple[Entry, ...]:
    bindings = {each.account.id: Binding(each) for each in (home, *others)}
    own = bindings[ACCOUNT]
    (wanted,) = [each for each in own.callers if each.arn == DOOR]
    return entries(own, [wanted], bindings.get, known=bindings)


def told(found: tuple[Entry, ...]) -> list[tuple[str, Outcome]]:
    return [(entry.source, entry.outcome) for entry in found]


# ---------------------------------------------------------------- the same account
def test_whom_the_trust_policy_names_needs_no_policy_of_its_own() -> None:
    (found,) = ways_in(snapshot(door(trust({"AWS": ANNA})), anna()))

    assert (found.source, found.outcome, found.is_named, found.is_known) == (ANNA, Outcome.ALLOW, True, True)


def test_where_the_account_is_trusted_the_callers_own_policies_decide() -> None:
    whole = door(trust({"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, Sid="All"))
    bob = replace(anna(), arn=ANNA.replace("anna", "bob"), name="bob")

    (found,) = ways_in(snapshot(whole, anna(MAY_ASSUME), bob))

    assert (found.source, found.outcome, found.is_named, found.sid) == (ANNA, Outcome.ALLOW, False, "All")


def test_an_own_deny_keeps_out_whom_the_trust_policy_names() -> None:
    assert ways_in(snapshot(door(trust({"AWS": ANNA})), anna(deny("sts:*")))) == ()


def test_a_deny_of_the_trust_policy_keeps_out() -> None:
    closed = door(trust({"AWS": str(ACCOUNT)}), {**trust({"AWS": ANNA}), "Effect": "Deny"})

    assert ways_in(snapshot(closed, anna(MAY_ASSUME))) == ()


@pytest.mark.parametrize(("kind", "is_in"), [(PrincipalKind.USER, True), (PrincipalKind.ROLE, False)])
def test_a_boundary_that_does_not_allow_stops_a_named_role_and_not_a_named_user(
    kind: PrincipalKind, *, is_in: bool
) -> None:
    boundary = document(allow("kinesisvideo:*"), name="edge", kind=PolicyKind.BOUNDARY)
    caller = replace(anna(), kind=kind, boundary=boundary.arn)

    found = ways_in(snapshot(door(trust({"AWS": ANNA})), caller, policies=(boundary,)))

    assert bool(found) is is_in


def test_the_root_user_cannot_assume_a_role() -> None:
    root = replace(anna(), arn=f"arn:aws:iam::{ACCOUNT}:root", kind=PrincipalKind.ROOT, name="root")

    assert ways_in(snapshot(door(trust({"AWS": str(ACCOUNT)})), root)) == ()


def test_one_session_of_a_role_is_that_role_under_a_condition() -> None:
    viewer = role(arn=f"arn:aws:iam::{ACCOUNT}:role/team/viewer")

    (found,) = ways_in(snapshot(door(trust({"AWS": SESSION})), viewer))

    assert (found.source, found.outcome) == (viewer.arn, Outcome.CONDITIONAL)
    assert found.condition_keys == ("aws:userid",)


@pytest.mark.parametrize("operator", ["StringEquals", "ArnLike"])
def test_a_session_that_is_named_calls_with_the_arn_of_its_role(operator: str) -> None:
    viewer = role(arn=f"arn:aws:iam::{ACCOUNT}:role/team/viewer")
    asked = trust({"AWS": SESSION}, Condition={operator: {"aws:PrincipalArn": viewer.arn}})
    other = trust({"AWS": SESSION}, Condition={operator: {"aws:PrincipalArn": SESSION}})

    assert [entry.source for entry in ways_in(snapshot(door(asked), viewer))] == [viewer.arn]
    assert ways_in(snapshot(door(other), viewer)) == ()


@pytest.mark.parametrize(
    ("key", "value", "is_in"),
    [
        ("aws:userid", "AROAEXAMPLE:nightly", True),
        ("aws:userid", "AROAEXAMPLE:daily", False),
        ("aws:PrincipalType", "AssumedRole", True),
        ("aws:PrincipalType", "User", False),
        ("aws:username", "viewer", False),
        ("sts:RoleSessionName", "daily", True),
    ],
)
def test_what_a_named_session_brings_along_is_known(key: str, value: str, *, is_in: bool) -> None:
    asked = trust({"AWS": SESSION}, Condition={"StringEquals": {key: value}})

    assert bool(ways_in(snapshot(door(asked), role()))) is is_in


def test_a_named_session_is_bound_by_what_denies_its_role() -> None:
    viewer = role(arn=f"arn:aws:iam::{ACCOUNT}:role/team/viewer")
    closed = door(trust({"AWS": SESSION}), trust({"AWS": viewer.arn}, Effect="Deny"))

    assert ways_in(snapshot(closed, viewer)) == ()


def test_a_role_whose_one_session_is_denied_comes_in_under_other_names() -> None:
    closed = door(trust({"AWS": ROLE}), trust({"AWS": SESSION}, Effect="Deny"))
    none_left = door(trust({"AWS": SESSION}), trust({"AWS": SESSION}, Effect="Deny"))

    (found,) = ways_in(snapshot(closed, role()))

    assert (found.outcome, found.condition_keys) == (Outcome.CONDITIONAL, ("aws:userid",))
    assert ways_in(snapshot(none_left, role())) == ()


def test_a_deny_for_all_but_one_session_leaves_that_one() -> None:
    closed = door(
        trust({"AWS": str(ACCOUNT)}),
        {"Effect": "Deny", "NotPrincipal": {"AWS": SESSION}, "Action": "sts:AssumeRole"},
    )

    (found,) = ways_in(snapshot(closed, role(MAY_ASSUME), anna(MAY_ASSUME)))

    assert (found.source, found.outcome, found.condition_keys) == (ROLE, Outcome.CONDITIONAL, ("aws:userid",))


@pytest.mark.parametrize(
    ("principal", "is_in"),
    [({"AWS": ROLE}, False), ({"AWS": SESSION}, True), ("*", True), ({"AWS": str(ACCOUNT)}, False)],
    ids=["role", "session", "everyone", "account"],
)
def test_the_boundary_of_a_role_need_not_allow_what_its_session_is_granted(principal: Any, *, is_in: bool) -> None:
    boundary = document(allow("kinesisvideo:*"), name="edge", kind=PolicyKind.BOUNDARY)
    viewer = role(MAY_ASSUME, boundary=boundary.arn)

    found = ways_in(snapshot(door(trust(principal)), viewer, policies=(boundary,)))

    assert (ROLE in [entry.source for entry in found]) is is_in


def test_a_role_and_one_of_its_sessions_are_one_way_the_better_one() -> None:
    named = [trust({"AWS": SESSION}), trust({"AWS": ROLE})]

    assert told(ways_in(snapshot(door(*named), role()))) == [(ROLE, Outcome.ALLOW)]
    assert told(ways_in(snapshot(door(*reversed(named)), role()))) == [(ROLE, Outcome.ALLOW)]


def test_a_deleted_principal_is_nobody() -> None:
    gone = trust({"AWS": ["AROAGONE", f"arn:aws:iam::{ACCOUNT}:role/gone"]})

    assert ways_in(snapshot(door(gone), anna(MAY_ASSUME))) == ()


def test_everyone_is_shown_as_such_and_with_those_who_are_known() -> None:
    found = ways_in(snapshot(door(trust("*")), anna()))

    assert told(found) == [("*", Outcome.ALLOW), (ANNA, Outcome.ALLOW)]


def test_all_but_one_means_everyone_else() -> None:
    but_anna = door({"Effect": "Allow", "NotPrincipal": {"AWS": ANNA}, "Action": "sts:AssumeRole"})
    bob = replace(anna(), arn=ANNA.replace("anna", "bob"), name="bob")

    assert [source for source, _ in told(ways_in(snapshot(but_anna, anna(MAY_ASSUME), bob)))] == ["*", bob.arn]


def test_a_trust_policy_that_does_not_parse_hides_who_comes() -> None:
    broken = role(arn=DOOR, name="door", trust=PolicyDocument(PolicyKind.TRUST, "trust", "{"))

    (found,) = ways_in(snapshot(broken))

    assert (found.kind, found.outcome) == (TrustedKind.UNREADABLE, Outcome.UNKNOWN)


# ---------------------------------------------------------------- other accounts
@pytest.mark.parametrize("named", [FAR, str(OTHER), f"arn:aws:iam::{OTHER}:root"])
def test_both_sides_have_to_allow(named: str) -> None:
    home = snapshot(door(trust({"AWS": named})), organization=both())

    assert ways_in(home, elsewhere(far(), organization=both())) == ()
    assert told(ways_in(home, elsewhere(far(MAY_ASSUME), organization=both()))) == [(FAR, Outcome.ALLOW)]


def test_an_external_id_is_a_condition() -> None:
    asked = trust({"AWS": FAR}, Condition={"StringEquals": {"sts:ExternalId": "x"}})

    (found,) = ways_in(snapshot(door(asked), organization=both()), elsewhere(far(MAY_ASSUME), organization=both()))

    assert (found.outcome, found.condition_keys) == (Outcome.CONDITIONAL, ("sts:externalid",))


def test_a_session_of_another_account_is_that_role_under_a_condition() -> None:
    asked = trust({"AWS": FAR_SESSION}, Condition={"ArnEquals": {"aws:PrincipalArn": FAR}})

    (found,) = ways_in(snapshot(door(asked), organization=both()), elsewhere(far(MAY_ASSUME), organization=both()))
    (unread,) = ways_in(snapshot(door(asked)))

    assert (found.source, found.outcome, found.condition_keys) == (FAR, Outcome.CONDITIONAL, ("aws:userid",))
    assert (unread.source, unread.outcome) == (FAR_SESSION, Outcome.CONDITIONAL)
    assert unread.condition_keys == ("aws:principalarn",)


@pytest.mark.parametrize("closing", [str(OTHER), f"arn:aws:iam::{OTHER}:root", "*"])
@pytest.mark.parametrize("named", [FAR, FAR_SESSION, str(OTHER), f"arn:aws:iam::{OTHER}:root"])
def test_a_deny_of_its_account_keeps_out_whoever_is_not_read(named: str, closing: str) -> None:
    closed = door(trust({"AWS": named}), trust({"AWS": closing}, Effect="Deny"))

    assert ways_in(snapshot(closed)) == ()


def test_a_deny_of_a_role_keeps_out_its_sessions_whatever_its_path() -> None:
    closed = door(trust({"AWS": FAR_SESSION}), trust({"AWS": FAR.replace("far", "team/far")}, Effect="Deny"))

    assert ways_in(snapshot(closed)) == ()


def test_a_role_that_is_not_read_comes_in_under_another_session_than_the_denied_one() -> None:
    closed = door(trust({"AWS": FAR}), trust({"AWS": FAR_SESSION}, Effect="Deny"))
    none_left = door(trust({"AWS": FAR_SESSION}), trust({"AWS": FAR_SESSION}, Effect="Deny"))

    (found,) = ways_in(snapshot(closed))

    assert (found.source, found.outcome, found.condition_keys) == (FAR, Outcome.CONDITIONAL, ("aws:userid",))
    assert ways_in(snapshot(none_left)) == ()


def test_a_deny_for_all_but_an_account_leaves_that_account() -> None:
    but = {"Effect": "Deny", "NotPrincipal": {"AWS": [f"arn:aws:iam::{OTHER}:root", FAR]}, "Action": "sts:*"}

    found = ways_in(snapshot(door(trust("*"), but), anna(MAY_ASSUME)))

    assert [(entry.source, entry.kind) for entry in found] == [
        (FAR, TrustedKind.PRINCIPAL),
        (f"arn:aws:iam::{OTHER}:root", TrustedKind.ACCOUNT),
    ]


def test_a_role_that_trusts_everyone_asks_every_account_that_is_read() -> None:
    home = snapshot(door(trust("*")), organization=both())
    powerless = replace(far(), arn=FAR + "-too", name="far-too")

    found = ways_in(home, elsewhere(far(MAY_ASSUME), powerless, organization=both()))

    assert told(found) == [("*", Outcome.ALLOW), (FAR, Outcome.ALLOW)]


def test_an_organization_that_is_trusted_has_its_members_asked() -> None:
    members = trust("*", Condition={"StringEquals": {"aws:PrincipalOrgID": both().id}})
    others = trust("*", Condition={"StringNotEquals": {"aws:PrincipalOrgID": both().id}})
    outside = elsewhere(far(MAY_ASSUME), organization=both())

    assert told(ways_in(snapshot(door(members), organization=both()), outside))[1:] == [(FAR, Outcome.ALLOW)]
    assert told(ways_in(snapshot(door(others), organization=both()), outside))[1:] == []


def test_an_account_that_was_not_read_ends_the_way() -> None:
    (found,) = ways_in(snapshot(door(trust({"AWS": str(OTHER)}))))

    assert (found.kind, found.account, found.outcome) == (TrustedKind.ACCOUNT, OTHER, Outcome.ALLOW)
    assert not found.is_known


@pytest.mark.parametrize(("is_member", "is_in"), [(True, True), (False, False)])
def test_the_organization_of_the_caller_is_known(*, is_member: bool, is_in: bool) -> None:
    own = both() if is_member else organization()
    asked = trust({"AWS": "*"}, Condition={"StringEquals": {"aws:PrincipalOrgID": own.id}})
    by_account = trust({"AWS": str(OTHER)}, Condition={"StringEquals": {"aws:PrincipalOrgID": own.id}})

    outside = ways_in(snapshot(door(by_account), organization=own))

    assert [entry.outcome for entry in ways_in(snapshot(door(asked), organization=own))] == [Outcome.CONDITIONAL]
    assert bool(outside) is is_in


def test_an_scp_of_the_callers_account_binds_and_one_of_the_roles_account_does_not() -> None:
    no_sts = document(allow("*"), deny("sts:*"), name="no-sts", kind=PolicyKind.SCP)
    home = snapshot(door(trust({"AWS": FAR})), organization=organization(("r-1", (no_sts,)), (str(ACCOUNT), ())))
    free = elsewhere(far(MAY_ASSUME), organization=both())
    scps = organization(("r-1", (no_sts,)), (str(OTHER), (document(allow("*"), name="all", kind=PolicyKind.SCP),)))
    bound = replace(scps, accounts=(OrganizationAccount(OTHER, "far", "ACTIVE", ("r-1", str(OTHER))),))

    assert told(ways_in(home, free)) == [(FAR, Outcome.ALLOW)]
    assert ways_in(home, elsewhere(far(MAY_ASSUME), organization=bound)) == ()


def test_an_rcp_of_the_roles_account_keeps_outsiders_out() -> None:
    condition = {
        "StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-a1"},
        "BoolIfExists": {"aws:PrincipalIsAWSService": "false"},
    }
    rcp = document(
        {"Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRole", "Resource": "*", "Condition": condition},
        name="own-only",
        kind=PolicyKind.RCP,
    )
    outsider = 777700001111
    trusting = door(trust({"AWS": [str(outsider), ANNA], "Service": "ec2.amazonaws.com"}))

    found = ways_in(snapshot(trusting, anna(), organization=organization(rcps=(rcp,))))

    assert told(found) == [(ANNA, Outcome.ALLOW), ("ec2.amazonaws.com", Outcome.ALLOW)]


def test_without_the_organization_nothing_is_certain() -> None:
    home = snapshot(door(trust({"AWS": FAR}), trust({"AWS": ANNA})), anna(deny("sts:*")), organization=None)

    assert told(ways_in(home, elsewhere(far(MAY_ASSUME)))) == [(FAR, Outcome.UNKNOWN)]


# ---------------------------------------------------------------- services and providers
def test_services_and_providers_come_in_by_their_own_call() -> None:
    saml, web = f"arn:aws:iam::{ACCOUNT}:saml-provider/corp", "cognito-identity.amazonaws.com"
    guests = {"StringEquals": {"cognito-identity.amazonaws.com:aud": "pool"}}
    opened = door(
        trust({"Service": "credentials.iot.amazonaws.com"}),
        trust({"Federated": saml}, "sts:AssumeRoleWithSAML"),
        trust({"Federated": web}, "sts:AssumeRoleWithWebIdentity", Condition=guests),
        trust({"Federated": "arn:aws:iam::1:oidc-provider/never"}, "sts:AssumeRole"),
    )

    found = ways_in(snapshot(opened))

    assert [(entry.kind, entry.outcome) for entry in found] == [
        (TrustedKind.SERVICE, Outcome.ALLOW),
        (TrustedKind.SAML, Outcome.ALLOW),
        (TrustedKind.WEB_IDENTITY, Outcome.CONDITIONAL),
    ]
    assert not any(entry.is_known for entry in found)


def test_a_tag_of_the_role_is_known() -> None:
    asked = trust({"AWS": ANNA}, Condition={"StringEquals": {"aws:ResourceTag/team": "video"}})

    assert ways_in(snapshot(door(asked), anna())) == ()
    assert told(ways_in(snapshot(door(asked, tags=(("team", "video"),)), anna()))) == [(ANNA, Outcome.ALLOW)]


ANY_OF = {"sts:AssumeRoleWithWebIdentity": ANY_WEB_IDENTITY, "sts:AssumeRoleWithSAML": ANY_SAML}


@pytest.mark.parametrize("principal", ["*", {"AWS": "*"}, {"Federated": "*"}])
@pytest.mark.parametrize(
    ("action", "kind"),
    [
        ("sts:AssumeRoleWithWebIdentity", TrustedKind.WEB_IDENTITY),
        ("sts:AssumeRoleWithSAML", TrustedKind.SAML),
    ],
)
def test_whoever_any_provider_signs_in_is_shown(principal: Any, action: str, kind: TrustedKind) -> None:
    asked = trust(principal, action, Condition={"StringEquals": {"accounts.google.com:aud": "app"}})

    (found,) = ways_in(snapshot(door(asked), anna(MAY_ASSUME)))

    assert (found.kind, found.source, found.outcome) == (kind, ANY_OF[action], Outcome.CONDITIONAL)
    assert found.condition_keys == ("accounts.google.com:aud",)


def test_everyone_with_all_calls_is_everyone_of_each_kind() -> None:
    assert [(entry.kind, entry.source) for entry in ways_in(snapshot(door(trust("*", "sts:*"))))] == [
        (TrustedKind.EVERYONE, "*"),
        (TrustedKind.SAML, ANY_SAML),
        (TrustedKind.WEB_IDENTITY, ANY_WEB_IDENTITY),
    ]


@pytest.mark.parametrize("closing", ["*", {"Federated": COGNITO}, {"Federated": "*"}])
def test_a_deny_keeps_out_a_provider(closing: Any) -> None:
    asked = trust({"Federated": COGNITO}, "sts:AssumeRoleWithWebIdentity")

    assert ways_in(snapshot(door(asked, trust(closing, "sts:*", Effect="Deny")))) == ()
    assert ways_in(snapshot(door(asked, trust(closing, "sts:AssumeRole", Effect="Deny")))) != ()


@pytest.mark.parametrize("who", ["authenticated", "unauthenticated"])
def test_those_of_an_identity_pool_stand_with_the_keys_that_tell_them_apart(who: str) -> None:
    condition = {
        "StringEquals": {f"{COGNITO}:aud": "eu-central-1:pool"},
        "ForAnyValue:StringLike": {f"{COGNITO}:amr": who},
    }

    (found,) = ways_in(
        snapshot(door(trust({"Federated": COGNITO}, "sts:AssumeRoleWithWebIdentity", Condition=condition)))
    )

    assert (found.kind, found.source, found.outcome) == (TrustedKind.WEB_IDENTITY, COGNITO, Outcome.CONDITIONAL)
    assert found.condition_keys == (f"{COGNITO}:amr", f"{COGNITO}:aud")


def test_devices_come_by_the_credential_provider_with_its_source() -> None:
    source = {"ArnEquals": {"aws:SourceArn": f"arn:aws:iot:eu-central-1:{ACCOUNT}:rolealias/cam"}}

    (found,) = ways_in(snapshot(door(trust({"Service": "credentials.iot.amazonaws.com"}, Condition=source))))

    assert (found.kind, found.outcome, found.condition_keys) == (
        TrustedKind.SERVICE,
        Outcome.CONDITIONAL,
        ("aws:sourcearn",),
    )


def test_an_rcp_on_the_call_of_a_provider_keeps_it_out() -> None:
    call = "sts:AssumeRoleWithWebIdentity"
    rcp = document({**deny(call), "Principal": "*"}, name="no-web", kind=PolicyKind.RCP)
    opened = door(trust({"Federated": COGNITO}, call), trust({"AWS": ANNA}))

    found = ways_in(snapshot(opened, anna(), organization=organization(rcps=(rcp,))))

    assert told(found) == [(ANNA, Outcome.ALLOW)]


# ---------------------------------------------------------------- what else a trust policy may say
@pytest.mark.parametrize("action", ["sts:TagSession", "sts:SetSourceIdentity", ["sts:TagSession", "sts:Get*"]])
@pytest.mark.parametrize("principal", ["*", {"AWS": ANNA}, {"Service": "ec2.amazonaws.com"}, {"Federated": COGNITO}])
def test_what_only_goes_with_a_session_lets_nobody_in(principal: Any, action: Any) -> None:
    assert ways_in(snapshot(door(trust(principal, action)), anna(MAY_ASSUME))) == ()


@pytest.mark.parametrize("action", ["sts:*", "sts:Assume*", "STS:assumerole", "*"])
def test_wildcards_take_the_call(action: str) -> None:
    assert told(ways_in(snapshot(door(trust({"AWS": ANNA}, action)), anna()))) == [(ANNA, Outcome.ALLOW)]


@pytest.mark.parametrize(
    ("condition", "key"),
    [
        ({"StringNotLike": {"sts:RoleSessionName": "anna*"}}, "sts:rolesessionname"),
        ({"StringNotEquals": {"sts:SourceIdentity": "anna"}}, "sts:sourceidentity"),
        ({"Null": {"sts:SourceIdentity": "true"}}, "sts:sourceidentity"),
        ({"Null": {"sts:ExternalId": "true"}}, "sts:externalid"),
        ({"StringNotEquals": {"sts:ExternalId": "x"}}, "sts:externalid"),
        ({"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}, "aws:multifactorauthpresent"),
        ({"NotIpAddress": {"aws:SourceIp": "10.0.0.0/8"}}, "aws:sourceip"),
        ({"StringLike": {"aws:RequestTag/team": "*"}}, "aws:requesttag/team"),
    ],
)
def test_a_deny_on_what_the_caller_chooses_leaves_a_way_with_its_key(condition: dict[str, Any], key: str) -> None:
    closed = door(trust({"AWS": [ANNA, FAR]}), trust("*", "*", Effect="Deny", Condition=condition))

    found = ways_in(snapshot(closed, anna(), organization=both()), elsewhere(far(MAY_ASSUME), organization=both()))
    unread = ways_in(snapshot(closed, anna()))

    assert [(e.source, e.outcome, e.condition_keys) for e in found] == [
        (source, Outcome.CONDITIONAL, (key,)) for source in (ANNA, FAR)
    ]
    assert [(e.outcome, e.condition_keys) for e in unread] == [(Outcome.CONDITIONAL, (key,))] * 2


PRINCIPALS = st.sampled_from(
    [
        "*",
        {"AWS": ANNA},
        {"AWS": ROLE},
        {"AWS": SESSION},
        {"AWS": SESSION.replace("nightly", "daily")},
        {"AWS": str(ACCOUNT)},
        {"AWS": FAR},
        {"AWS": FAR_SESSION},
        {"AWS": [f"arn:aws:iam::{OTHER}:root", ANNA]},
        {"AWS": "777700001111"},
        {"Service": "ec2.amazonaws.com"},
        {"Federated": COGNITO},
        {"Federated": "*"},
    ]
)
CONDITIONS = st.sampled_from(
    [
        {},
        {"StringEquals": {"sts:ExternalId": "x"}},
        {"Null": {"sts:ExternalId": "true"}},
        {"StringEquals": {"aws:userid": "AROAEXAMPLE:nightly"}},
        {"StringEquals": {"aws:PrincipalAccount": str(OTHER)}},
        {"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:*"}},
        {"StringNotEquals": {"sts:SourceIdentity": "anna"}},
    ]
)
ACTIONS = st.sampled_from(["sts:AssumeRole", "sts:*", "sts:AssumeRoleWithWebIdentity", "sts:TagSession"])


def statements(effects: tuple[str, ...] = ("Allow", "Deny")) -> st.SearchStrategy[dict[str, Any]]:
    element = st.sampled_from(["Principal", "Principal", "Principal", "NotPrincipal"])
    return st.builds(
        lambda effect, name, who, action, condition: {
            "Effect": effect,
            # NotPrincipal means everyone but: AWS has no such thing as everyone but everyone.
            ("Principal" if who == "*" else name): who,
            "Action": action,
            "Condition": condition,
        },
        st.sampled_from(effects),
        element,
        PRINCIPALS,
        ACTIONS,
        CONDITIONS,
    )


def outcomes(trusting: list[dict[str, Any]]) -> dict[tuple[TrustedKind, str], int]:
    """Who gets in by these statements and how certainly: a lower number is more certain."""
    home = snapshot(door(*trusting), anna(), role(MAY_ASSUME), organization=both())
    found = ways_in(home, elsewhere(far(MAY_ASSUME), organization=both()))
    return {(entry.kind, entry.source): MOST_CERTAIN_FIRST.index(entry.outcome) for entry in found}


@given(st.lists(statements(), max_size=4), statements(("Deny",)))
def test_a_further_deny_lets_nobody_in_and_makes_nobody_more_certain(
    trusting: list[dict[str, Any]], denying: dict[str, Any]
) -> None:
    before, after = outcomes(trusting), outcomes([*trusting, denying])

    # Whom a Deny exempts by name is singled out: who came among everyone, or with its account, stands by itself now.
    exempt = [
        one for each in denying.get("NotPrincipal", {}).values() for one in ([each] if each is str(each) else each)
    ]
    singled_out = {*exempt}
    added = {who for _, who in after.keys() - before.keys()}
    assert added <= singled_out
    assert all(after[who] >= before[who] for who in after.keys() & before.keys())


@given(st.lists(statements(), max_size=4), statements(("Allow",)))
def test_a_further_allow_keeps_nobody_out(trusting: list[dict[str, Any]], allowing: dict[str, Any]) -> None:
    before, after = outcomes(trusting), outcomes([*trusting, allowing])

    assert before.keys() <= after.keys()
    assert all(after[who] <= before[who] for who in before)


@given(st.lists(statements(), max_size=5).flatmap(lambda made: st.tuples(st.just(made), st.permutations(made))))
def test_the_order_of_statements_changes_nothing(
    both_orders: tuple[list[dict[str, Any]], list[dict[str, Any]]],
) -> None:
    written, shuffled = both_orders

    assert outcomes(written) == outcomes(shuffled)
