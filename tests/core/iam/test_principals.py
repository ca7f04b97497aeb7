import pytest

from app.core.iam.parse import Principals
from app.core.iam.principals import matches, role_of, sessions_of, takes
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


@pytest.mark.parametrize(
    ("value", "is_match"),
    [
        pytest.param(ROLE.replace("viewer", "team/night/viewer"), True, id="its path is not in the session's ARN"),
        pytest.param(ROLE.replace("viewer", "viewer/other"), False, id="another role of that path"),
        pytest.param(SESSION.replace("night", "day"), False, id="another session"),
    ],
)
def test_a_session_is_one_of_its_role_whatever_the_path(value: str, *, is_match: bool) -> None:
    assert matches(aws(value), SESSION) is is_match
    assert matches(aws(value, is_excluding=True), SESSION) is not is_match


@pytest.mark.parametrize(
    ("pairs", "is_match"),
    [
        ([("Federated", "accounts.google.com")], True),
        ([("Federated", "*")], True),
        ([("AWS", "*")], True),
        ([("Service", "*")], False),
        ([("Federated", "www.amazon.com"), ("AWS", "accounts.google.com")], False),
    ],
)
def test_everyone_is_of_each_kind(pairs: list[tuple[str, str]], *, is_match: bool) -> None:
    for is_excluding in (False, True):
        element = Principals(tuple(pairs), is_excluding)

        assert takes(element, "Federated", "accounts.google.com") is (is_match is not is_excluding)


def test_the_sessions_of_a_role_are_found_by_its_name() -> None:
    element = aws(SESSION, SESSION.replace("viewer", "admin"), ROLE, "*")

    assert sessions_of(element, ROLE.replace("viewer", "team/viewer")) == ("night-shift",)
    assert sessions_of(None, ROLE) == ()


def test_it_knows_the_role_of_a_session() -> None:
    assert role_of(SESSION) == ROLE
    assert role_of(ROLE) == ROLE
