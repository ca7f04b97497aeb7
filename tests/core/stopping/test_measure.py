import pytest

from app.core.stopping.measure import by_session, of_principal, unchangeable
from tests.builders.stopping import KEY, ROLE, ROOT, SERVICE_LINKED, SSO, USER, caller, target


@pytest.mark.parametrize(
    ("principal", "kind", "name"),
    [
        (USER, "user", "gate-07"),
        (ROLE, "role", "WardCamRole"),
        (ROOT, "root", ROOT),
        ("arn:aws:sts::590817264433:assumed-role/X", "", "X"),
        ("lambda.amazonaws.com", "", "lambda.amazonaws.com"),
        ("", "", ""),
    ],
)
def test_a_principal_has_a_kind_and_a_name_without_its_path(principal: str, kind: str, name: str):
    assert target(principal).kind == kind
    assert target(principal).name == name


@pytest.mark.parametrize(
    ("partition", "home"), [("aws", ""), ("aws-cn", " --region cn-north-1"), ("aws-us-gov", " --region us-gov-west-1")]
)
def test_a_partition_is_told_to_the_cli(partition: str, home: str):
    found = target(ROLE.replace("arn:aws:", f"arn:{partition}:"))
    assert found.partition == partition
    assert found.home == home


@pytest.mark.parametrize(
    ("principal", "bar"),
    [
        (ROLE, None),
        (USER, None),
        (ROOT, ""),
        (SSO, "IAM Identity Center made the role, and only it can change it."),
        (SERVICE_LINKED, "An AWS service made the role, and only it can change it."),
    ],
)
def test_some_roles_can_be_changed_by_nobody_here(principal: str, bar: str | None):
    assert unchangeable(target(principal)) == bar


def test_a_session_is_of_the_principal_and_no_long_term_key():
    assert by_session(target(), caller())
    assert not by_session(target(USER), caller(USER, key=KEY, is_long_term=True))
    assert not of_principal(target(), caller(USER))
