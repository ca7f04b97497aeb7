import pytest

from app.core.stopping.measures.deny_everything import MEASURE
from tests.builders.stopping import KEY, ROLE, SSO, USER, after, caller, target, text_of


@pytest.mark.parametrize("partition", ["aws", "aws-cn", "aws-us-gov"])
def test_the_policy_is_that_of_the_partition(partition: str):
    command = text_of(MEASURE, target(USER.replace("arn:aws:", f"arn:{partition}:")))
    assert after("--policy-arn", command) == f"arn:{partition}:iam::aws:policy/AWSDenyAll"


def test_it_is_attached_and_detached():
    assert text_of(MEASURE, target(ROLE)).startswith("aws iam attach-role-policy --role-name WardCamRole")
    assert text_of(MEASURE, target(USER), "Undo").startswith("aws iam detach-user-policy --user-name gate-07")
    assert MEASURE.bar(target(SSO))


def test_it_hits_keys_and_sessions_alike():
    assert MEASURE.hits(target(USER), caller(USER, key=KEY, is_long_term=True))
    assert MEASURE.hits(target(USER), caller(USER))
    assert not MEASURE.hits(target(USER), caller(ROLE))


def test_a_name_that_begins_like_an_option_is_the_option_s_value():
    command = text_of(MEASURE, target(USER.replace("gate-07", "--debug")))
    assert command.startswith("aws iam attach-user-policy --user-name=--debug --policy-arn")
