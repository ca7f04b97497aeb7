from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.core.iam.diagnosis.faults import Fault
from app.core.iam.diagnosis.resources import faults
from app.core.iam.parse import parse
from app.core.iam.resources import pattern_outcome
from app.core.iam.variables import UNKNOWN
from app.core.kvs.actions import ACTIONS
from app.core.model.policy import PolicyDocument, PolicyKind
from tests.builders.iam import ACCOUNT, CAMERA, NOW, allow, document
from tests.builders.inventory import THERE

BASE = f"arn:aws:kinesisvideo:eu-central-1:{ACCOUNT}"
REGIONS = "arn:aws:kinesisvideo:*:*:stream/gone/1600000000000"
GET = (ACTIONS["GetMedia"],)
SOON = f"{int(NOW.timestamp())}001"
PARTS = ["arn", "*", "aws", "a?s", "kinesisvideo", "s3", "eu-central-1", str(ACCOUNT), "1111*", "${aws:userid}", ""]
PARTS += ["stream/*/1700000000001", "stream/*/1500000000000", "*/1700000000001", f"stream/north-cam-1/{SOON}"]
PARTS += [
    f"stream/*/{SOON}",
    "stream/*",
    "stream/north-*",
    "stream/north-cam-1/*",
    "stream/north-cam-1",
    "s*",
    "channel/*",
]


def of(resource: str, *, is_ours: bool = True, policy: PolicyDocument | None = None) -> list[Fault]:
    (statement,) = parse(policy or document(allow("kinesisvideo:GetMedia", resource))).statements
    return [fault for fault, _ in faults(statement, GET, THERE, NOW, is_ours=is_ours)]


@pytest.mark.parametrize(
    ("resource", "fault"),
    [
        ("cam", Fault.NO_ARN),
        ("stream/cam/1", Fault.NO_ARN),
        (CAMERA.replace("kinesisvideo", "kinesis"), Fault.OTHER_SERVICE),
        ("arn:aws:s3:::bucket/*", Fault.OTHER_SERVICE),
        (CAMERA.replace(str(ACCOUNT), "444455556666"), Fault.ELSEWHERE),
        (CAMERA.replace("arn:aws:", "arn:aws-cn:"), Fault.ELSEWHERE),
        ("arn:aws:kinesisvideo:*:4444*:*", Fault.ELSEWHERE),
        ("arn:aws:kinesisvideo:*:${aws:PrincipalAccount}:stream/*", Fault.VARIABLE_AS_TEXT),
        (f"{BASE}:streams/*", Fault.NO_SUCH_TYPE),
        (f"{BASE}:Stream/north-cam-1/*", Fault.NO_SUCH_TYPE),
        (f"{BASE}:channel/*", Fault.WRONG_RESOURCE_TYPE),
        (f"{BASE}:stream/north-cam-1", Fault.NO_CREATION_TIME),
        (f"{BASE}:stream/gone/1600000000000", Fault.NO_SUCH_RESOURCE),
        ("arn:aws:kinesisvideo:eu-*:*:stream/gone/1600000000000", Fault.NO_SUCH_RESOURCE),
        (CAMERA.replace("1700000000001", "1600000000000"), Fault.NO_SUCH_RESOURCE),
        ("arn:aws:kinesisvideo:eu-central-1:stream/*", Fault.ELSEWHERE),
        (f"{BASE}:stream/north-*/1500000000000", Fault.PAST_CREATION),
        (f"{BASE}:stream/*/1700000000002", Fault.PAST_CREATION),
        (f"{BASE}:*/1500000000000", Fault.PAST_CREATION),
        (f"{BASE}:stream/${{aws:username}}/1500000000000", Fault.PAST_CREATION),
        (f"{BASE}:stream/gone/*", Fault.NO_STREAM_NOW),
        (f"{BASE}:stream/north-cam-1/16*", Fault.NO_STREAM_NOW),
        ("arn:aws:kinesisvideo:eu-*:*:stream/gone/*", Fault.NO_STREAM_NOW),
    ],
)
def test_a_pattern_that_matches_nothing_has_its_fault(resource: str, fault: Fault) -> None:
    assert of(resource) == [fault]


@pytest.mark.parametrize(
    "resource",
    [
        "*",
        "arn:*",
        "arn:*:stream/*",
        "arn:aws:kinesisvideo:*:stream/*",
        "arn:aws:kinesisvideo:us-east-1:*:stream/gone/1600000000000",
        "arn:aws:kinesisvideo:eu-west-1:*:stream/gone/1600000000000",
        "arn:aws:kinesisvideo:*:*:stream/gone/1600000000000",
        "arn:aws:kinesisvideo",
        "*:*:kinesisvideo:*:*:stream/*",
        "arn:aws:kinesis*:*:*:stream/north-*",
        CAMERA,
        CAMERA.replace("eu-central-1", "*"),
        f"{BASE}:str*/north-*",
        f"{BASE}:stream/ca?/*",
        f"{BASE}:stream/north-cam-1/*",
        f"{BASE}:stream/north-cam-1/17*",
        f"{BASE}:stream/lab-*/*",
        f"{BASE}:stream/north-*/1700000000001",
        f"{BASE}:stream/north-*/*1500000000000",
        f"{BASE}:stream/north-*/15?0000000000",
        f"{BASE}:stream/north-*/9500000000000",
        f"arn:aws:kinesisvideo:*:{ACCOUNT}:stream/north-*/1500000000000",
        f"arn:aws:kinesisvideo:us-east-1:{ACCOUNT}:stream/north-*/1500000000000",
        f"{BASE}:stream/lab-1*",
        f"{BASE}:stream/${{aws:username}}/*",
        "arn:aws:kinesisvideo:us-east-1:*:stream/gone/*",
        "arn:aws:kinesisvideo:*:*:stream/gone/*",
        f"arn:aws:kinesisvideo:*:{str(ACCOUNT)[:4]}*:stream/*",
    ],
)
def test_a_pattern_that_may_match_has_none(resource: str) -> None:
    assert of(resource) == []


def test_a_region_that_all_was_read_of_decides_a_wildcard() -> None:
    (statement,) = parse(document(allow("kinesisvideo:GetMedia", REGIONS))).statements

    read = replace(THERE, unread=frozenset())
    assert list(faults(statement, GET, read, NOW, is_ours=True)) == [(Fault.NO_SUCH_RESOURCE, REGIONS)]


@given(st.lists(st.sampled_from(PARTS), min_size=1, max_size=7))
@example(["arn", "*", "stream/*"])
def test_what_takes_a_stream_of_the_account_has_no_fault(parts: list[str]) -> None:
    resource = ":".join(parts)
    taken, may_be_taken = (
        pattern_outcome(resource, one, lambda _: UNKNOWN, has_variables=True) is not False
        for one in (CAMERA, CAMERA.replace("1700000000001", SOON))
    )

    assert not (taken and of(resource))
    assert not (may_be_taken and Fault.PAST_CREATION in of(resource))


@pytest.mark.parametrize("resource", ["cam", "arn:aws:s3:::bucket", "arn:aws:*:*:444455556666:*", "arn:aws-cn:s3:::x"])
def test_what_another_action_of_the_statement_may_mean_has_none(resource: str) -> None:
    assert of(resource, is_ours=False) == []


def test_a_variable_is_text_in_an_old_policy() -> None:
    text = (
        f'{{"Version": "2008-10-17", "Statement": {{"Effect": "Allow", "Action": "kinesisvideo:GetMedia", "Resource": \
"{BASE}:stream/${{aws:username}}/*"}}}}'.replace("\\\n", "")
    )
    assert of("", policy=PolicyDocument(PolicyKind.INLINE, "old", text)) == [Fault.VARIABLE_AS_TEXT]
