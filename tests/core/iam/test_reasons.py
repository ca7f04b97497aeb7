import pytest

from app.core.iam.explain import explain
from app.core.iam.reasons import CHANGES, SENTENCES, ReasonCode
from tests.builders.iam import CAMERA, ROLE, role, snapshot


@pytest.mark.parametrize("code", ReasonCode)
def test_every_reason_has_a_sentence_and_says_what_would_have_to_change(code: ReasonCode) -> None:
    assert SENTENCES[code].endswith(".")
    assert CHANGES[code].endswith(".")


def test_a_reason_says_what_would_have_to_change() -> None:
    (reason,) = explain(snapshot(role()), ROLE, "GetMedia", CAMERA).reasons

    assert reason.change == "To let it through, a policy of the principal or of its groups has to allow it."
