from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.iam.diagnosis.diagnose import diagnose
from app.core.iam.diagnosis.faults import Fault
from app.core.iam.parse import parse
from app.core.model.policy import PolicyDocument, PolicyKind
from tests.builders.iam import ACCOUNT, CAMERA, NOW, allow, deny, document
from tests.builders.inventory import THERE

BASE = f"arn:aws:kinesisvideo:eu-central-1:{ACCOUNT}"
GET = "kinesisvideo:GetMedia"
DEAD = f"{BASE}:stream/gone/1600000000000"


def found(*statements: dict[str, Any]) -> list[tuple[Fault, str]]:
    return [(one.fault, one.text) for one in diagnose(parse(document(*statements)), THERE, NOW)]


@pytest.mark.parametrize(
    ("statement", "fault", "text"),
    [
        (allow(["kinesisvideo:GetStreamingEndpoint", GET]), Fault.NO_SUCH_ACTION, "kinesisvideo:GetStreamingEndpoint"),
        (deny([GET], [f"{BASE}:stream/gate", "*"]), Fault.NO_CREATION_TIME, f"{BASE}:stream/gate"),
        (allow(GET, [DEAD, CAMERA]), Fault.NO_SUCH_RESOURCE, DEAD),
        (allow(GET, [f"{BASE}:channel/door/*", CAMERA]), Fault.WRONG_RESOURCE_TYPE, f"{BASE}:channel/door/*"),
        (allow("kinesisvideo:ListStreams", [CAMERA, "*"]), Fault.NEEDS_ANY_RESOURCE, CAMERA),
        (allow(GET, Condition={"StringLike": {"kinesisvideo:Tag": "x"}}), Fault.NO_SUCH_KEY, "kinesisvideo:tag"),
        (allow(["GetMedia", "s3:GetObject"]), Fault.NO_SERVICE, "GetMedia"),
        (allow(["kinesisvideo:ListStreams", GET], CAMERA), Fault.TAKES_NO_RESOURCE, "kinesisvideo:ListStreams"),
        (allow(["kinesisvideo:ConnectAs*", GET], [CAMERA]), Fault.NO_RESOURCE_OF_TYPE, "kinesisvideo:ConnectAs*"),
        (
            allow([GET, "kinesisvideo:ConnectAsViewer"], f"{BASE}:channel/*"),
            Fault.NO_RESOURCE_OF_TYPE,
            GET,
        ),
        (allow(GET, [f"{BASE}:stream/gone/*", CAMERA]), Fault.NO_STREAM_NOW, f"{BASE}:stream/gone/*"),
        (allow(GET, f"{BASE}:stream/gone/*"), Fault.NO_STREAM_NOW, f"{BASE}:stream/gone/*"),
        (allow(GET, [DEAD.replace("gone", "*"), CAMERA]), Fault.PAST_CREATION, DEAD.replace("gone", "*")),
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
    ],
)
def test_conditions_that_never_hold_leave_nothing_of_the_statement(condition: dict[str, Any], keys: str | None) -> None:
    (never, nothing) = found(allow(GET, Condition=condition))

    assert never == (Fault.NEVER_HOLDS, keys or "aws:tokenissuetime")
    assert nothing[0] is Fault.NO_EFFECT


@pytest.mark.parametrize(
    ("condition", "fault"),
    [
        ({"StringEquals": {"aws:SourceVpce": []}}, Fault.NEVER_MET),
        ({"IpAddress": {"aws:SourceIp": "the office"}}, Fault.NEVER_MET),
        ({"DateLessThan": {"aws:CurrentTime": "2020-01-01"}}, Fault.NEVER_AGAIN),
        ({"StringEquals": {"aws:PrincipalAccount": "444455556666"}}, Fault.NEVER_HERE),
        ({"StringEquals": {"aws:RequestTag/site": "north"}}, Fault.NEVER_HERE),
    ],
)
def test_one_condition_that_never_holds_leaves_nothing_of_the_statement(
    condition: dict[str, Any], fault: Fault
) -> None:
    assert [one for one, _ in found(allow(GET, Condition=condition))][-2:] == [fault, Fault.NO_EFFECT]


def test_a_statement_of_dead_parts_alone_has_no_effect() -> None:
    assert found(allow(GET, DEAD, Sid="Old"))[-1] == (Fault.NO_EFFECT, "Old")
    assert found(allow("kinesisvideo:Gone"))[-1] == (Fault.NO_EFFECT, "statement 1")
    assert found(allow(GET, [DEAD, CAMERA]))[-1][0] is not Fault.NO_EFFECT
    assert found(deny("kinesisvideo:Put*"), allow(GET, DEAD))[-1] == (Fault.NO_EFFECT, "statement 2")


def test_a_value_of_a_condition_is_no_resource_though_it_reads_the_same() -> None:
    compared = allow(GET, "*", Condition={"StringNotEquals": {"aws:ResourceTag/site": "*"}})

    assert found(compared) == [(Fault.WILDCARD_AS_TEXT, "*")]


@pytest.mark.parametrize(
    "statement",
    [
        allow("*"),
        allow(GET, CAMERA),
        allow("kinesisvideo:Get*", f"{BASE}:stream/north-cam-1/*"),
        allow(["kinesisvideo:ConnectAsViewer", GET], "arn:aws:kinesisvideo:*"),
        allow(["kinesisvideo:ConnectAsViewer", GET], [f"{BASE}:stream/*", f"{BASE}:c*"]),
        allow(["kinesisvideo:ConnectAsViewer", GET, "s3:GetObject"], ["arn:aws:*:*:*:*", CAMERA]),
        allow(["kinesisvideo:*", "kinesisvideo:List*"], CAMERA),
        allow(["kinesisvideo:CreateStream", "kinesisvideo:PutMedia"], f"{BASE}:stream/planned/*"),
        allow(["kinesisvideo:ListStreams", GET], [CAMERA, "*"]),
        allow(["kinesisvideo:ListStreams", GET], "**"),
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


@pytest.mark.parametrize(
    ("statement", "text"),
    [
        ({"Effect": "Allow", "NotAction": ["*", "s3:*"], "Resource": "*"}, "*"),
        ({"Effect": "Deny", "Action": GET, "NotResource": [CAMERA, "**"]}, "**"),
    ],
)
def test_whoever_leaves_everything_out_takes_nothing(statement: dict[str, Any], text: str) -> None:
    assert found(statement) == [(Fault.ALL_LEFT_OUT, text), (Fault.NO_EFFECT, "statement 1")]


@pytest.mark.parametrize(("action", "is_planned"), [("CreateStream", True), ("CreateSignalingChannel", False)])
def test_a_stream_that_the_policy_lets_create_is_to_come(action: str, *, is_planned: bool) -> None:
    planned = f"{BASE}:stream/planned/*"
    own = found(allow(f"kinesisvideo:{action}"), allow("kinesisvideo:PutMedia", planned))

    assert own == ([] if is_planned else [(Fault.NO_STREAM_NOW, planned)])


def test_a_policy_of_no_one_account_names_no_stream_wrongly() -> None:
    others = [f"{BASE}:stream/gone/*", DEAD, DEAD.replace(str(ACCOUNT), "444455556666")]

    assert diagnose(parse(document(allow(GET, others))), None, NOW) == ()


def test_a_variable_is_text_in_the_conditions_of_an_old_policy() -> None:
    tag = {"aws:ResourceTag/owner": ["${aws:username}", "gate"]}
    text = document(allow(GET, Condition={"StringEquals": tag, "Bool": {"aws:SecureTransport": "true"}})).document
    old = PolicyDocument(PolicyKind.INLINE, "old", text.replace("2012-10-17", "2008-10-17"))

    assert [(one.fault, one.text) for one in diagnose(parse(old), THERE, NOW)] == [
        (Fault.VARIABLE_AS_TEXT, "${aws:username}")
    ]


def test_what_another_statement_says_or_denies_is_told_of_the_statement() -> None:
    assert found(allow(GET, Sid="One"), deny("kinesisvideo:Get*", Sid="No"), allow(GET, Sid="Two")) == [
        (Fault.DENIED, "No"),
        (Fault.REPEATED, "One"),
    ]


def test_a_wider_allow_of_the_policy_leaves_a_narrow_one_nothing_to_say() -> None:
    assert found(allow(GET, CAMERA), allow("kinesisvideo:Get*", Sid="Get")) == [(Fault.INCLUDED, "Get")]


def test_statements_of_other_services_are_not_compared() -> None:
    assert found(allow("s3:*"), allow("s3:*"), deny("s3:*")) == []


@given(st.text(max_size=40), st.text(max_size=40))
def test_any_text_is_answered(action: str, resource: str) -> None:
    for one in diagnose(
        parse(document(allow(f"kinesisvideo:{action}", f"arn:aws:kinesisvideo:{resource}"))), THERE, NOW
    ):
        assert one.sentence
