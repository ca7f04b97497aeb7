import pytest

from app.core.iam.parse import Principals
from app.core.iam.principals import matches, role_of
from tests.builders.iam import ROLE

SESSION = "arn:aws:sts::111122223333:assumed-role/viewer/night-shift"


def aws(*values: str, is_excluding: bool = False) -> Principals:
    return Principals(tuple(("AWS", value) for value in values), is_excluding)


@pytest.mark.parametrize(
    ("element", "is_match"),
    [
        pytest.param(None, True, id="no element"),
        pytest.param(aws("*"), True, id="everyone"),
        pytest.param(aws("111122223333"), True, id="the account by number"),
        pytest.param(aws("arn:aws:iam::111122223333:root"), True, id="the account by ARN"),
        pytest.param(aws(ROLE), True, id="the role of the session"),
        pytest.param(aws("arn:aws:iam::444455556666:root"), False, id="another account"),
        pytest.param(aws(ROLE, is_excluding=True), False, id="NotPrincipal"),
        pytest.param(aws("arn:aws:iam::111122223333:root", is_excluding=True), True, id="NotPrincipal of its account"),
        pytest.param(Principals((("Service", "x.amazonaws.com"),), is_excluding=False), False, id="a service"),
    ],
)
def test_it_takes_a_session(element: Principals | None, *, is_match: bool) -> None:
    assert matches(element, SESSION) is is_match


def test_it_knows_the_role_of_a_session() -> None:
    assert role_of(SESSION) == ROLE
    assert role_of(ROLE) == ROLE
