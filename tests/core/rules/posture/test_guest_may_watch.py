import pytest

from app.core.rules.posture.guest_may_watch import RULE
from tests.builders import iam
from tests.builders.documents import trust
from tests.builders.facts import judged, only, posture

COGNITO = "cognito-identity.amazonaws.com"


def pool(kind: str | None, action: str = "kinesisvideo:ConnectAsViewer"):
    asked = {} if kind is None else {"Condition": {"ForAnyValue:StringLike": {f"{COGNITO}:amr": kind}}}
    return iam.role(iam.allow(action), trust=trust({"Federated": COGNITO}, **asked))


@pytest.mark.parametrize("kind", ["unauthenticated", "*authenticated", "un*", None])
def test_it_flags_guests_who_may_watch(kind: str | None):
    found = only(judged(RULE, posture(pool(kind))))

    assert "without signing in" in found.message
    assert len(found.evidence) == 2


def test_it_leaves_those_alone_who_signed_in():
    assert judged(RULE, posture(pool("authenticated"))).violations == ()


def test_it_leaves_a_trust_alone_that_takes_whoever_is_no_guest():
    asked = {"Condition": {"ForAnyValue:StringNotLike": {f"{COGNITO}:amr": "unauthenticated"}}}
    role = iam.role(iam.allow("kinesisvideo:ConnectAsViewer"), trust=trust({"Federated": COGNITO}, **asked))
    assert judged(RULE, posture(role)).violations == ()


def test_it_leaves_guests_alone_who_may_only_describe():
    assert judged(RULE, posture(pool("unauthenticated", "kinesisvideo:DescribeSignalingChannel"))).violations == ()


def test_it_cannot_tell_when_scps_could_not_be_read():
    assert judged(RULE, posture(pool("unauthenticated"), organization=None)).cannot_tell
