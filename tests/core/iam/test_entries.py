import json
from dataclasses import replace
from typing import Any

import pytest

from app.core.iam.entries import entries
from app.core.iam.layers import Binding
from app.core.model.account import Account, AccountKind
from app.core.model.entry import Entry, TrustedKind
from app.core.model.grant import Outcome
from app.core.model.organization import Organization, OrganizationAccount
from app.core.model.policy import PolicyDocument, PolicyKind
from app.core.model.principal import Principal, PrincipalKind
from app.core.model.snapshot import Snapshot
from tests.builders.iam import ACCOUNT, allow, deny, document, organization, role, snapshot

OTHER = 444455556666
ANNA = f"arn:aws:iam::{ACCOUNT}:user/anna"
DOOR = f"arn:aws:iam::{ACCOUNT}:role/door"
FAR = f"arn:aws:iam::{OTHER}:role/far"
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
    return entries(own, wanted, bindings.get)


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
    session = f"arn:aws:sts::{ACCOUNT}:assumed-role/viewer/nightly"
    viewer = role(arn=f"arn:aws:iam::{ACCOUNT}:role/team/viewer")

    (found,) = ways_in(snapshot(door(trust({"AWS": session})), viewer))

    assert (found.source, found.outcome) == (viewer.arn, Outcome.CONDITIONAL)
    assert found.condition_keys == ("sts:rolesessionname",)


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
