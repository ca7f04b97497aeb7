from itertools import product
from time import process_time
from typing import Any

import pytest

from app.core.iam.diagnosis.faults import Fault
from app.core.iam.diagnosis.overlaps import MOST_PATTERNS, faults
from app.core.iam.parse import parse
from tests.builders.iam import ACCOUNT, CAMERA, allow, deny, document

GET = "kinesisvideo:GetMedia"
STREAMS = f"arn:aws:kinesisvideo:*:{ACCOUNT}:stream/*"


def of(*statements: dict[str, Any]) -> list[tuple[int, Fault, str]]:
    return [(one.index, fault, text) for one, fault, text in faults(parse(document(*statements)).statements)]


@pytest.mark.parametrize(
    ("allowed", "denied"),
    [
        (allow(GET, CAMERA), deny("KinesisVideo:Get*", STREAMS.replace("*:", "eu-central-1:", 1))),
        (allow("kinesisvideo:Get*", STREAMS), deny("kinesisvideo:*", "*")),
        (allow(GET, Condition={"Bool": {"aws:SecureTransport": "true"}}), deny(["s3:*", GET])),
        ({"Effect": "Allow", "NotAction": "s3:*", "Resource": "*"}, deny("*")),
    ],
)
def test_an_allow_under_a_deny_says_nothing(allowed: dict[str, Any], denied: dict[str, Any]) -> None:
    assert of(allowed, denied) == [(0, Fault.DENIED, "statement 2")]


@pytest.mark.parametrize(
    ("allowed", "denied"),
    [
        (allow("kinesisvideo:Get*"), deny(GET)),
        (allow("kinesisvideo:Get*"), deny("kinesisvideo:Get?????")),
        (allow(GET, [CAMERA, "*"]), deny(GET, CAMERA)),
        (allow(GET, STREAMS), deny(GET, f"arn:aws:kinesisvideo:*:{ACCOUNT}:stream/${{aws:username}}/*")),
        (allow(GET), deny(GET, Condition={"Bool": {"aws:SecureTransport": "false"}})),
        (allow(GET), {"Effect": "Deny", "Action": GET, "NotResource": CAMERA}),
        (allow(GET), {"Effect": "Deny", "NotAction": "s3:*", "Resource": "*"}),
        (deny(GET), deny("kinesisvideo:*")),
    ],
)
def test_an_allow_of_which_something_may_be_left_has_no_fault(allowed: dict[str, Any], denied: dict[str, Any]) -> None:
    assert of(allowed, denied) == []


def test_what_is_said_twice_is_said_of_the_second() -> None:
    first = allow([GET, "kinesisvideo:PutMedia"], Sid="One")
    again = allow(["kinesisvideo:putmedia", GET], Sid="Two")

    assert of(first, again, deny(GET, CAMERA), allow(GET, Condition={"Null": {"aws:SourceVpc": "true"}})) == [
        (1, Fault.REPEATED, "One")
    ]


def test_a_policy_of_many_patterns_takes_no_time_of_their_product() -> None:
    names = [f"kinesisvideo:*{one}*{other}*" for one, other in product("abcdefghijklmnopqrst", repeat=2)]
    statements = parse(document(*(allow(name) for name in names), *(deny(name) for name in names))).statements
    begun = process_time()
    list(faults(statements))

    assert sum(len(one.actions) for one in statements) < MOST_PATTERNS
    assert process_time() - begun < 5
