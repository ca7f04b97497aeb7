from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.iam.diagnose import Fault, diagnose
from app.core.iam.parse import parse
from tests.builders.iam import ACCOUNT, CAMERA, allow, deny, document

BASE = f"arn:aws:kinesisvideo:eu-central-1:{ACCOUNT}"
GET = "kinesisvideo:GetMedia"
DEAD = f"{BASE}:stream/gone/1600000000000"


def found(*statements: dict[str, Any]) -> list[tuple[Fault, str]]:
    return [(one.fault, one.text) for one in diagnose(parse(document(*statements)), {CAMERA})]


@pytest.mark.parametrize(
    ("statement", "fault", "text"),
    [
        (allow(["kinesisvideo:GetStreamingEndpoint", GET]), Fault.NO_SUCH_ACTION, "kinesisvideo:GetStreamingEndpoint"),
        (deny([GET], [f"{BASE}:stream/gate", "*"]), Fault.NO_CREATION_TIME, f"{BASE}:stream/gate"),
        (allow(GET, [DEAD, CAMERA]), Fault.NO_SUCH_RESOURCE, DEAD),
        (allow(GET, [f"{BASE}:channel/door/*", CAMERA]), Fault.WRONG_RESOURCE_TYPE, f"{BASE}:channel/door/*"),
        (allow("kinesisvideo:ListStreams", [CAMERA, "*"]), Fault.NEEDS_ANY_RESOURCE, CAMERA),
        (allow(GET, Condition={"StringLike": {"kinesisvideo:Tag": "x"}}), Fault.NO_SUCH_KEY, "kinesisvideo:tag"),
    ],
)
def test_each_fault_names_its_part(statement: dict[str, Any], fault: Fault, text: str) -> None:
    assert found(statement) == [(fault, text)]


@pytest.mark.parametrize(
    ("condition", "keys"),
    [
        ({"StringEquals": {"aws:SourceVpce": "a"}, "StringNotEquals": {"aws:SourceVpce": "a"}}, "aws:sourcevpce"),
        ({"NumericLessThan": {"aws:TokenIssueTime": "5"}, "NumericGreaterThan": {"aws:TokenIssueTime": "10"}}, None),
        ({"Null": {"aws:SourceIp": "true"}, "IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}, "aws:sourceip"),
        ({"StringEquals": {"aws:SourceVpce": []}}, "aws:sourcevpce"),
    ],
)
def test_conditions_that_never_hold_leave_nothing_of_the_statement(condition: dict[str, Any], keys: str | None) -> None:
    (never, nothing) = found(allow(GET, Condition=condition))

    assert never == (Fault.NEVER_HOLDS, keys or "aws:tokenissuetime")
    assert nothing[0] is Fault.NO_EFFECT


def test_a_statement_of_dead_parts_alone_has_no_effect() -> None:
    assert found(allow(GET, DEAD, Sid="Old"))[-1] == (Fault.NO_EFFECT, "Old")
    assert found(allow("kinesisvideo:Gone"))[-1] == (Fault.NO_EFFECT, "statement 1")
    assert found(allow(GET, [DEAD, CAMERA]))[-1][0] is not Fault.NO_EFFECT
    assert found(deny(GET), allow(GET, DEAD))[-1] == (Fault.NO_EFFECT, "statement 2")


@pytest.mark.parametrize(
    "statement",
    [
        allow("*"),
        allow(GET, CAMERA),
        allow("kinesisvideo:List*", f"{BASE}:stream/gate/*"),
        allow("s3:GetObject", Condition={"StringEquals": {"a": "1"}, "StringNotEquals": {"a": "1"}}),
        allow(
            GET, Condition={"StringEquals": {"aws:SourceVpce": ["a", "b"]}, "StringNotEquals": {"aws:SourceVpce": "a"}}
        ),
        {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"},
        {"Effect": "Deny", "Action": GET, "NotResource": CAMERA},
        allow("kinesisvideo:PutMedia", f"{BASE}:stream/${{credentials-iot:ThingName}}/*"),
    ],
)
def test_what_can_do_something_is_left_alone(statement: dict[str, Any]) -> None:
    assert found(statement) == []


@given(st.text(max_size=40), st.text(max_size=40))
def test_any_text_is_answered(action: str, resource: str) -> None:
    for one in diagnose(parse(document(allow(f"kinesisvideo:{action}", f"arn:aws:kinesisvideo:{resource}"))), set()):
        assert one.sentence
