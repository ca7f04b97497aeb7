import pytest

from app.core.model.finding import Severity
from app.core.model.policy import PolicyDocument, PolicyKind
from app.core.rules.posture.outside_account_can_reach_video import RULE
from tests.builders import iam
from tests.builders.documents import STRANGER, trust
from tests.builders.facts import judged, only, posture

OUTSIDER = f"{STRANGER:012d}"
STRANGERS_ROOT = {"AWS": f"arn:aws:iam::{STRANGER}:root"}
PERIMETER = iam.document(
    iam.deny(
        "sts:AssumeRole",
        Principal="*",
        Condition={"StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-a1"}},
    ),
    name="perimeter",
    kind=PolicyKind.RCP,
)


def reader(principal: object, **more: object):
    return iam.role(iam.allow("kinesisvideo:GetMedia"), trust=trust(principal, **more))


def test_it_flags_a_vendor_without_an_external_id():
    found = only(judged(RULE, posture(reader(STRANGERS_ROOT))))

    assert found.severity is None
    assert str(STRANGER) in found.message
    assert found.evidence[0].marked


def test_a_role_open_to_everybody_is_critical():
    assert only(judged(RULE, posture(reader("*")))).severity is Severity.CRITICAL


@pytest.mark.parametrize(
    "condition",
    [{"sts:ExternalId": "brightlens-7741"}, {"aws:PrincipalOrgID": "o-a1"}],
    ids=["external id", "organization"],
)
def test_it_leaves_a_trust_alone_that_asks_who_comes(condition: dict[str, str]):
    role = reader(STRANGERS_ROOT, Condition={"StringEquals": condition})

    assert judged(RULE, posture(role)).violations == ()


def test_it_leaves_an_account_of_the_organization_alone():
    assert judged(RULE, posture(reader(STRANGERS_ROOT), known_accounts=frozenset({STRANGER}))).violations == ()


def test_it_leaves_a_role_without_media_alone():
    role = iam.role(iam.allow("kinesisvideo:ListStreams"), trust=trust(STRANGERS_ROOT))

    assert judged(RULE, posture(role)).violations == ()


def test_an_rcp_that_bars_outsiders_holds():
    facts = posture(reader(STRANGERS_ROOT), organization=iam.organization(rcps=(PERIMETER,)))

    assert judged(RULE, facts).violations == ()


@pytest.mark.parametrize(
    "more",
    [
        {"Condition": {"StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-a1", "aws:PrincipalAccount": OUTSIDER}}},
        {"Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-a1"}}},
        {"Condition": {"StringNotEquals": {"aws:PrincipalOrgID": "o-a1"}}, "Resource": "arn:aws:iam::*:role/other"},
    ],
    ids=["that it exempts", "of whom it speaks not", "of other roles"],
)
def test_an_rcp_bars_no_outsider(more: dict[str, object]):
    statement = iam.deny("sts:AssumeRole", **{"Principal": "*", **more})
    rcp = iam.document(statement, name="perimeter", kind=PolicyKind.RCP)

    assert only(judged(RULE, posture(reader(STRANGERS_ROOT), organization=iam.organization(rcps=(rcp,)))))


def test_an_rcp_that_lets_in_a_partner_too_bars_everybody_else():
    bar = {"StringNotEqualsIfExists": {"aws:PrincipalOrgID": ["o-a1", "o-partner"]}}
    rcp = iam.document(iam.deny("sts:*", Principal="*", Condition=bar), name="perimeter", kind=PolicyKind.RCP)
    assert judged(RULE, posture(reader("*"), organization=iam.organization(rcps=(rcp,)))).violations == ()


def test_an_rcp_that_bars_outsiders_holds_for_everybody_too():
    facts = posture(reader("*"), organization=iam.organization(rcps=(PERIMETER,)))

    assert judged(RULE, facts).violations == ()


def test_whom_a_provider_signs_in_needs_no_account_and_meets_another_call():
    role = reader("*", Action="sts:AssumeRoleWithWebIdentity")
    facts = posture(role, organization=iam.organization(rcps=(PERIMETER,)))

    found = only(judged(RULE, facts))
    assert found.severity is Severity.CRITICAL
    assert found.message.startswith("anybody whom an identity provider signs in may assume viewer")


def test_it_cannot_tell_whose_account_it_is_without_the_organization():
    outcome = judged(RULE, posture(reader(STRANGERS_ROOT), organization=None))

    assert outcome.violations == ()
    assert outcome.cannot_tell


def test_it_cannot_tell_who_is_let_in_by_a_trust_that_does_not_parse():
    broken = iam.role(iam.allow("kinesisvideo:GetMedia"), trust=PolicyDocument(PolicyKind.TRUST, "trust", "{"))

    (answer,) = judged(RULE, posture(broken)).cannot_tell

    assert "does not parse" in answer.reason
