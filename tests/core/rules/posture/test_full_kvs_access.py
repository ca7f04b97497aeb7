import pytest

from app.core.model.finding import Severity
from app.core.model.policy import PolicyKind
from app.core.rules.posture.full_kvs_access import RULE
from tests.builders import iam
from tests.builders.documents import DEVICE_TRUST
from tests.builders.facts import denied, judged, only, parts, posture


def test_it_flags_a_role_that_may_call_everything_and_shows_the_statement():
    found = only(judged(RULE, posture(iam.role(iam.allow("kinesisvideo:*")))))

    assert found.subject == iam.ROLE
    assert found.severity is Severity.HIGH
    assert '"kinesisvideo:*"' in found.evidence[0].text.splitlines()[found.evidence[0].marked[0] - 1]


@pytest.mark.parametrize("everything", ["*", "*:*"])
def test_an_administrator_of_everything_weighs_less(everything: str):
    assert only(judged(RULE, posture(iam.role(iam.allow(everything))))).severity is Severity.LOW


def test_a_device_that_may_do_everything_is_critical():
    device = iam.role(iam.allow("kinesisvideo:*"), trust=DEVICE_TRUST)

    assert only(judged(RULE, posture(device))).severity is Severity.CRITICAL


def test_it_leaves_a_role_alone_that_a_deny_keeps_from_one_action():
    role = iam.role(iam.allow("kinesisvideo:*"), iam.deny("kinesisvideo:DeleteStream"))

    assert judged(RULE, posture(role)).violations == ()


def test_it_cannot_tell_when_scps_could_not_be_read():
    (answer,) = judged(RULE, posture(iam.role(iam.allow()), organization=None)).cannot_tell

    assert answer.subject == iam.ROLE
    assert "SCPs" in answer.reason


def test_it_says_that_a_boundary_could_not_be_read_where_it_is_one():
    role = iam.role(iam.allow(), boundary="arn:aws:iam::aws:policy/never-read")

    (answer,) = judged(RULE, posture(role)).cannot_tell

    assert answer.reason == "its own policies allow all KVS actions; a policy that binds it could not be read"


def test_it_cannot_tell_when_iam_was_never_read():
    outcome = judged(RULE, posture(parts=parts(denied("iam", missing="iam:GetAccountAuthorizationDetails")), iam=None))

    assert outcome.violations == ()
    assert "iam:GetAccountAuthorizationDetails" in outcome.cannot_tell[0].reason


def test_what_the_organization_takes_from_everybody_makes_no_owner_less_of_one():
    scp = iam.document(iam.allow("*"), iam.deny("kinesisvideo:DeleteStream"), name="no-delete", kind=PolicyKind.SCP)
    facts = posture(iam.role(iam.allow()), organization=iam.organization(("r-1", (scp,))))

    assert only(judged(RULE, facts)).message == (
        "viewer may call every KVS action but DeleteStream, which the organization denies"
    )


def test_a_boundary_that_leaves_something_out_makes_it_another_rules_business():
    boundary = iam.document(iam.allow("kinesisvideo:Get*"), name="edge", kind=PolicyKind.BOUNDARY)
    role = iam.role(iam.allow(), boundary=boundary.arn)

    assert judged(RULE, posture(role, policies=(boundary,))).violations == ()
