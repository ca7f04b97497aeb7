import pytest

from app.core.model.finding import Severity
from app.core.rules.posture.media_role_trust_too_wide import RULE
from tests.builders import iam
from tests.builders.documents import BOUND_DEVICE_TRUST, DEVICE_TRUST, STRANGER, trust
from tests.builders.facts import judged, only, posture

OWN_ROOT = {"AWS": f"arn:aws:iam::{iam.ACCOUNT}:root"}
COGNITO = "cognito-identity.amazonaws.com"


def reader(document: object):
    return iam.role(iam.allow("kinesisvideo:GetMedia"), trust=document)


@pytest.mark.parametrize(
    ("document", "severity"),
    [
        (trust(OWN_ROOT), Severity.MEDIUM),
        (DEVICE_TRUST, Severity.LOW),
        (trust({"Federated": COGNITO}), Severity.HIGH),
    ],
    ids=["whole account", "IoT without its source", "any identity pool"],
)
def test_it_flags_a_trust_that_lets_in_too_many(document: object, severity: Severity):
    found = only(judged(RULE, posture(reader(document))))

    assert found.severity is severity
    assert found.evidence[0].marked


@pytest.mark.parametrize(
    "document",
    [
        trust({"AWS": f"arn:aws:iam::{iam.ACCOUNT}:role/Portal"}),
        trust(OWN_ROOT, Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}}),
        BOUND_DEVICE_TRUST,
        trust({"Federated": COGNITO}, Condition={"StringEquals": {f"{COGNITO}:aud": "eu-central-1:pool"}}),
        trust({"AWS": f"arn:aws:iam::{STRANGER}:root"}),
    ],
    ids=["one role", "with MFA", "IoT with its source", "one pool", "a stranger: another rule's"],
)
def test_it_leaves_a_narrow_trust_alone(document: object):
    assert judged(RULE, posture(reader(document))).violations == ()


@pytest.mark.parametrize(
    "document",
    [
        trust(OWN_ROOT, Condition={"BoolIfExists": {"aws:MultiFactorAuthPresent": "true"}}),
        trust(OWN_ROOT, Condition={"StringNotEquals": {"aws:PrincipalTag/team": "guests"}}),
        trust({"Federated": COGNITO}, Condition={"StringNotEquals": {f"{COGNITO}:aud": "eu-central-1:pool"}}),
    ],
    ids=["MFA if anybody says so", "all tags but one", "all pools but one"],
)
def test_a_condition_that_lets_all_others_in_is_no_bar(document: object):
    assert judged(RULE, posture(reader(document))).violations


def test_the_worst_fault_of_a_trust_is_told_wherever_it_stands():
    both = trust(
        {"AWS": OWN_ROOT["AWS"], "Federated": COGNITO}, Action=["sts:AssumeRole", "sts:AssumeRoleWithWebIdentity"]
    )

    assert only(judged(RULE, posture(reader(both)))).severity is Severity.HIGH


def test_who_may_only_tag_a_session_does_not_come_in():
    assert judged(RULE, posture(reader(trust(OWN_ROOT, Action="sts:TagSession")))).violations == ()


def test_it_leaves_a_role_without_media_alone():
    assert (
        judged(RULE, posture(iam.role(iam.allow("kinesisvideo:ListStreams"), trust=trust(OWN_ROOT)))).violations == ()
    )


def test_it_cannot_tell_when_scps_could_not_be_read():
    assert judged(RULE, posture(reader(trust(OWN_ROOT)), organization=None)).cannot_tell


def test_it_leaves_administrators_to_other_rules():
    assert judged(RULE, posture(iam.role(iam.allow("*"), trust=trust(OWN_ROOT)))).violations == ()
