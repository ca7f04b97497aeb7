from typing import Any

import pytest

from app.core.iam.diagnosis.conditions import faults
from app.core.iam.diagnosis.faults import Fault
from app.core.iam.parse import parse
from tests.builders.iam import allow, document


def of(condition: dict[str, Any], *, is_ours: bool = True) -> list[tuple[Fault, str]]:
    (statement,) = parse(document(allow("kinesisvideo:GetMedia", Condition=condition))).statements
    return list(faults(statement, is_ours=is_ours))


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
        ({"StringEquals": {"aws:SourceVpc": []}}, Fault.NEVER_HOLDS, "aws:sourcevpc"),
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
        {"StringEquals": {"aws:TagKeys": "site"}, "StringLike": {"aws:TagKeys": "own*"}},
        {"StringEquals": {"lambda:SourceFunctionArn": "x", "ec2:SourceInstanceARN": "y"}},
    ],
)
def test_what_can_hold_has_none(condition: dict[str, Any]) -> None:
    assert of(condition) == []


def test_a_key_of_another_service_may_be_meant_for_its_action() -> None:
    assert of({"StringLike": {"s3:prefix": "x"}}, is_ours=False) == []
