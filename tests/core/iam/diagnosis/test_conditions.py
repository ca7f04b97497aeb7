from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.core.iam.condition import outcome
from app.core.iam.diagnosis.conditions import faults
from app.core.iam.diagnosis.faults import Fault
from app.core.iam.diagnosis.resources import Inventory
from app.core.iam.parse import parse
from app.core.iam.variables import Values
from app.core.kvs.actions import ACTIONS, Action
from tests.builders.iam import ACCOUNT, NOW, ROLE, allow, document
from tests.builders.inventory import THERE
from tests.builders.policies import conditions

GET = (ACTIONS["GetMedia"],)


def of(
    condition: dict[str, Any],
    *,
    is_ours: bool = True,
    effect: str = "Allow",
    taken: tuple[Action, ...] = GET,
    there: Inventory | None = THERE,
) -> list[tuple[Fault, str]]:
    own = {**allow("kinesisvideo:GetMedia", Condition=condition), "Effect": effect}
    (statement,) = parse(document(own)).statements
    return list(faults(statement, taken, there, NOW, is_ours=is_ours))


@pytest.mark.parametrize(
    ("condition", "fault", "text"),
    [
        ({"StringLike": {"kinesisvideo:Tag": "x"}}, Fault.NO_SUCH_KEY, "kinesisvideo:tag"),
        ({"StringLike": {"s3:prefix": "x"}}, Fault.NO_SUCH_KEY, "s3:prefix"),
        ({"Bool": {"aws:SecureTransport": ["yes", True]}}, Fault.NO_BOOLEAN, "yes"),
        ({"Null": {"aws:SourceVpc": ["no", True]}}, Fault.NO_BOOLEAN, "no"),
        ({"ArnLike": {"aws:PrincipalArn": "role/x"}}, Fault.NO_ARN_TO_COMPARE, "role/x"),
        ({"ArnNotEquals": {"aws:PrincipalArn": "arn:aws:iam:*"}}, Fault.NO_ARN_TO_COMPARE, "arn:aws:iam:*"),
        ({"StringEquals": {"aws:ResourceTag/site": ["gate", "north-*"]}}, Fault.WILDCARD_AS_TEXT, "north-*"),
        ({"StringNotEqualsIgnoreCase": {"aws:ResourceTag/site": "?"}}, Fault.WILDCARD_AS_TEXT, "?"),
        ({"StringEquals": {"aws:userid": "${aws:userid}*"}}, Fault.WILDCARD_AS_TEXT, "${aws:userid}*"),
        ({"StringEquals": {"aws:userid": "a${?}*"}}, Fault.WILDCARD_AS_TEXT, "a${?}*"),
        (
            {"StringEquals": {"aws:SourceVpc": "a", "aws:userid": "b"}, "StringNotEquals": {"aws:SourceVpc": "a"}},
            Fault.NEVER_HOLDS,
            "aws:sourcevpc",
        ),
        (
            {
                "StringEquals": {"aws:userid": "${aws:SourceVpc}"},
                "Null": {"aws:userid": "true", "aws:SourceIp": "true"},
            },
            Fault.NEVER_HOLDS,
            "aws:sourcevpc, aws:userid",
        ),
        ({"StringEquals": {"aws:SourceVpc": []}}, Fault.NEVER_MET, "aws:sourcevpc"),
        ({"StringEquals": {"aws:SourceVPCC": "vpc-1"}}, Fault.MISTYPED_KEY, "aws:sourcevpcc"),
        ({"NotIpAddress": {"aws:SourceIp": "10.0.0.0/33"}}, Fault.NO_ADDRESS, "10.0.0.0/33"),
        ({"IpAddress": {"aws:SourceIp": ["10.0.0.0/8", "10.0.0"]}}, Fault.NO_ADDRESS, "10.0.0"),
        ({"NumericLessThan": {"aws:MultiFactorAuthAge": ["1h", "3600"]}}, Fault.NO_NUMBER, "1h"),
        ({"DateGreaterThan": {"aws:TokenIssueTime": ["soon", "2026-01-01"]}}, Fault.NO_DATE, "soon"),
        ({"BinaryEquals": {"aws:SourceVpc": ["QQ==", "Q"]}}, Fault.NO_BASE64, "Q"),
        ({"StringEquals": {"aws:RequestedRegion": ["eu-central-1", "eu-central1"]}}, Fault.NO_REGION, "eu-central1"),
        ({"StringLike": {"aws:RequestedRegion": ["cn-*", "eu-*"]}}, Fault.NO_REGION, "cn-*"),
        ({"StringNotEquals": {"aws:RequestTag/site": "x"}}, Fault.NO_TAGS_IN_CALL, "aws:requesttag/site"),
        ({"ForAllValues:StringEquals": {"aws:TagKeys": "x"}}, Fault.NO_TAGS_IN_CALL, "aws:tagkeys"),
        ({"DateLessThan": {"aws:CurrentTime": "2020-01-01"}}, Fault.NEVER_AGAIN, "aws:currenttime"),
        ({"DateLessThan": {"aws:EpochTime": "2020-01-01"}}, Fault.NEVER_AGAIN, "aws:epochtime"),
        ({"NumericLessThan": {"aws:EpochTime": "1577836800"}}, Fault.NEVER_AGAIN, "aws:epochtime"),
        ({"StringEquals": {"aws:PrincipalAccount": "444455556666"}}, Fault.NEVER_HERE, "aws:principalaccount"),
        ({"StringNotEquals": {"aws:ResourceAccount": str(ACCOUNT)}}, Fault.NEVER_HERE, "aws:resourceaccount"),
        ({"StringLike": {"aws:PrincipalOrgID": "o-b*"}}, Fault.NEVER_HERE, "aws:principalorgid"),
    ],
)
def test_each_fault_names_its_value_or_key(condition: dict[str, Any], fault: Fault, text: str) -> None:
    assert of(condition) == [(fault, text)]


@pytest.mark.parametrize(
    "condition",
    [
        {"Bool": {"aws:SecureTransport": ["TRUE", " true", False]}},
        {"ArnLike": {"aws:PrincipalArn": ["*", "arn:aws:iam::*:role/x", "${aws:PrincipalArn}"]}},
        {"StringLike": {"aws:ResourceTag/site": "north-*"}},
        {"StringEquals": {"aws:ResourceTag/site": ["a${*}b", "${*}", "${aws:PrincipalTag/site}"]}},
        {"StringEquals": {"aws:Referer": "https://wall.example/?page=1", "aws:UserAgent": "wall (*)"}},
        {"StringEquals": {"lambda:SourceFunctionArn": "x", "ec2:SourceInstanceARN": "y"}},
        {"DateGreaterThan": {"aws:CurrentTime": "2020-01-01"}, "DateLessThan": {"aws:CurrentTime": "2030-01-01"}},
        {"DateLessThan": {"aws:CurrentTime": ["2020-01-01", "2030"]}},
        {"DateGreaterThan": {"aws:CurrentTime": "2099-01-01"}},
        {"DateLessThanIfExists": {"aws:CurrentTime": "2020-01-01"}},
        {"DateLessThan": {"aws:TokenIssueTime": "2020-01-01"}},
        {"IpAddress": {"aws:SourceIp": ["10.1.2.3", " 10.0.0.0/8", "2001:db8::/32"]}},
        {"StringEquals": {"aws:RequestedRegion": ["eu-central-1", "mx-central-1", "${aws:PrincipalTag/region}"]}},
        {"StringLike": {"aws:RequestedRegion": ["*", "eu-*", "us-????-1"]}},
        {"StringEquals": {"aws:PrincipalAccount": ["444455556666", str(ACCOUNT)], "aws:PrincipalOrgID": "o-a1"}},
        {"StringNotEquals": {"aws:PrincipalOrgID": "o-b2"}},
    ],
)
def test_what_can_hold_has_none(condition: dict[str, Any]) -> None:
    assert of(condition) == []


def test_a_key_of_several_values_may_have_both() -> None:
    both = {"StringEquals": {"aws:TagKeys": "site"}, "StringLike": {"aws:TagKeys": "own*"}}

    assert of(both, taken=(ACTIONS["CreateStream"],)) == []


def test_a_key_of_another_service_may_be_meant_for_its_action() -> None:
    assert of({"StringLike": {"s3:prefix": "x"}}, is_ours=False) == []


@pytest.mark.parametrize(
    ("condition", "value_is", "value"),
    [
        ({"IpAddress": {"aws:SourceIp": "10.0.0"}}, Fault.NO_ADDRESS, "10.0.0"),
        ({"NumericEquals": {"aws:SourceIp": "many"}}, Fault.NO_NUMBER, "many"),
        ({"DateEquals": {"aws:SourceIp": "today"}}, Fault.NO_DATE, "today"),
        ({"BinaryEquals": {"aws:SourceIp": "?"}}, Fault.NO_BASE64, "?"),
        ({"Bool": {"aws:SourceIp": "yes"}}, Fault.NO_BOOLEAN, "yes"),
    ],
)
def test_a_value_that_its_operator_cannot_mean_is_named_before_its_condition(
    condition: dict[str, Any], value_is: Fault, value: str
) -> None:
    assert of(condition) == [(value_is, value), (Fault.NEVER_MET, "aws:sourceip")]


def test_tags_of_a_call_that_carries_none_are_never_met() -> None:
    compared = {"StringEquals": {"aws:RequestTag/site": "north"}}

    assert of(compared) == [
        (Fault.NO_TAGS_IN_CALL, "aws:requesttag/site"),
        (Fault.NEVER_HERE, "aws:requesttag/site"),
    ]
    assert of(compared, is_ours=False) == []
    assert of(compared, taken=(*GET, ACTIONS["TagStream"])) == []


def test_a_deny_for_other_accounts_is_a_guard() -> None:
    assert of({"StringNotEquals": {"aws:ResourceAccount": str(ACCOUNT)}}, effect="Deny") == []
    assert of({"DateLessThan": {"aws:CurrentTime": "2020-01-01"}}, effect="Deny") == [
        (Fault.NEVER_AGAIN, "aws:currenttime")
    ]


def test_a_policy_of_no_one_account_is_of_any() -> None:
    elsewhere = {"StringEquals": {"aws:PrincipalAccount": "444455556666", "aws:RequestedRegion": "cn-north-1"}}

    assert of(elsewhere, there=None) == []


def test_a_resource_of_another_service_may_be_of_another_account() -> None:
    elsewhere = {"StringEquals": {"aws:ResourceAccount": "444455556666"}}

    assert of(elsewhere, is_ours=False) == []


NEVER = {Fault.NEVER_HOLDS, Fault.NEVER_MET, Fault.NEVER_AGAIN, Fault.NEVER_HERE}
SECONDS = int(NOW.timestamp())
SOME_TEXT = st.sampled_from([None, ("north",), ("North",), ("n*",), ("ann",), ("AIDAANN",), ("x",)])
CALLS = st.fixed_dictionaries(
    {
        "aws:resourcetag/site": SOME_TEXT,
        "aws:principaltag/site": SOME_TEXT,
        "aws:principaltag/team": SOME_TEXT,
        "aws:sourcevpc": SOME_TEXT,
        "credentials-iot:thingname": SOME_TEXT,
        "aws:username": SOME_TEXT,
        "aws:userid": SOME_TEXT,
        "aws:principalarn": st.sampled_from([(ROLE,), (f"arn:aws:iam::{ACCOUNT}:user/ann",)]),
        "aws:sourcearn": st.sampled_from([None, (ROLE,), ("arn:aws:s3:::x",)]),
        "aws:principalorgid": st.just(("o-a1",)),
        "aws:resourceorgid": st.just(("o-a1",)),
        "aws:principalaccount": st.just((str(ACCOUNT),)),
        "aws:resourceaccount": st.just((str(ACCOUNT),)),
        "aws:requestedregion": st.sampled_from([("eu-central-1",), ("us-east-1",), ("mx-central-1",)]),
        "aws:sourceip": st.sampled_from([None, ("10.1.2.3",), ("10.9.9.9",), ("192.0.2.1",), ("2001:db8::1",)]),
        "aws:currenttime": st.sampled_from([None, (str(SECONDS),), (str(SECONDS + 1),), ("1800000000",), ("2031",)]),
        "aws:multifactorauthage": st.sampled_from([None, ("1",), ("300",), ("3601",)]),
        "aws:multifactorauthpresent": st.sampled_from([None, ("true",), ("false",)]),
        "aws:principalisawsservice": st.sampled_from([("false",), ("true",)]),
    }
)


@settings(max_examples=300)
@given(conditions(), st.sampled_from(["Allow", "Deny"]), st.lists(CALLS, min_size=1, max_size=8))
@example({"DateLessThanEquals": {"aws:CurrentTime": [str(SECONDS)]}}, "Allow", [{"aws:currenttime": (str(SECONDS),)}])
def test_no_call_from_now_on_meets_conditions_that_never_hold(
    element: dict[str, Any], effect: str, calls: list[dict[str, Values]]
) -> None:
    (statement,) = parse(document({**allow(Condition=element), "Effect": effect})).statements
    if NEVER.isdisjoint(fault for fault, _ in faults(statement, GET, THERE, NOW, is_ours=True)):
        return

    # No call of this action carries tags: there is no aws:TagKeys among its keys.
    assert [one for one in calls if all(outcome(each, one.get) is True for each in statement.conditions)] == []
