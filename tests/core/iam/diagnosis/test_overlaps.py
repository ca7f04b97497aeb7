from dataclasses import replace
from itertools import product
from time import process_time
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from app.core.iam.diagnosis.faults import Fault
from app.core.iam.diagnosis.overlaps import faults
from app.core.iam.evaluate import Attached, Layer, LayerKind, Request, Verdict, evaluate
from app.core.iam.parse import Statement, parse
from tests.builders.iam import ACCOUNT, CAMERA, CHANNEL, ROLE, allow, deny, document, known

GET = "kinesisvideo:GetMedia"
HEAD = f"arn:aws:kinesisvideo:eu-central-1:{ACCOUNT}:stream/"
STREAMS = f"arn:aws:kinesisvideo:*:{ACCOUNT}:stream/*"


SECURE = {"Bool": {"aws:SecureTransport": "true"}}
AT_HOME = {"StringEquals": {"aws:SourceVpc": "vpc-1"}}


def of(*statements: dict[str, Any]) -> list[tuple[int, Fault, str]]:
    return [(one.index, fault, text) for one, fault, text in faults(parse(document(*statements)).statements)]


@pytest.mark.parametrize(
    ("allowed", "denied"),
    [
        (allow(GET, CAMERA), deny("KinesisVideo:Get*", STREAMS.replace("*:", "eu-central-1:", 1))),
        (allow("kinesisvideo:Get*", STREAMS), deny("kinesisvideo:*", "*")),
        (allow(GET, Condition={"Bool": {"aws:SecureTransport": "true"}}), deny(["s3:*", GET])),
        ({"Effect": "Allow", "NotAction": "s3:*", "Resource": "*"}, deny("*")),
        (allow(GET), {"Effect": "Deny", "NotAction": "s3:*", "Resource": "*"}),
        (allow("kinesisvideo:GetMedia*"), deny([GET, "kinesisvideo:GetMediaForFragmentList"], "**")),
        ({"Effect": "Allow", "Action": GET, "NotResource": CAMERA}, deny(GET)),
        (allow(GET, f"{HEAD}lab-1/*"), deny(GET, f"{HEAD}lab-*")),
        (allow(GET, f"{HEAD}${{aws:username}}/*"), deny(GET, STREAMS)),
        (allow(GET, CAMERA), deny(GET, "arn:aws:kinesisvideo:*")),
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
        (allow(GET, CAMERA), deny(GET, "arn:aws:kinesisvideo:*:stream/*")),
        (allow([GET, "s3:GetObject"]), deny(GET)),
        (allow("*"), deny("kinesisvideo:*")),
        ({"Effect": "Allow", "Action": GET, "NotResource": CAMERA}, deny(GET, STREAMS)),
        (allow(GET, "arn:aws:kinesisvideo:*"), deny(GET, STREAMS)),
        (allow(GET, f"{HEAD}lab*"), deny(GET, f"{HEAD}lab/*")),
        (deny(GET), deny("kinesisvideo:*")),
    ],
)
def test_an_allow_of_which_something_may_be_left_has_no_fault(allowed: dict[str, Any], denied: dict[str, Any]) -> None:
    assert of(allowed, denied) == []


def test_what_is_said_twice_is_said_of_the_second() -> None:
    first = allow([GET, "kinesisvideo:PutMedia"], Sid="One")
    again = allow(["kinesisvideo:putmedia", GET], Sid="Two")

    assert of(first, again, deny(GET, CAMERA), allow(GET, Condition={"Null": {"aws:SourceVpc": "true"}})) == [
        (1, Fault.REPEATED, "One"),
        (3, Fault.INCLUDED, "One"),
    ]


@pytest.mark.parametrize(
    ("narrow", "wide"),
    [
        (allow(GET, CAMERA), allow("kinesisvideo:Get*", STREAMS)),
        (allow(GET, Condition=SECURE), allow(GET)),
        (allow(GET, CAMERA, Condition=SECURE), allow("kinesisvideo:*", Condition=SECURE)),
        (allow(GET, CAMERA, Condition={**SECURE, **AT_HOME}), allow("kinesisvideo:*", Condition=SECURE)),
        (allow("s3:*", CAMERA), allow("*")),
        ({"Effect": "Allow", "Action": GET, "NotResource": CAMERA}, allow(GET)),
        (allow(GET, f"{HEAD}${{aws:username}}/*"), allow(GET, STREAMS)),
    ],
)
def test_an_allow_that_a_wider_one_includes_says_nothing(narrow: dict[str, Any], wide: dict[str, Any]) -> None:
    assert of(narrow, wide) == [(0, Fault.INCLUDED, "statement 2")]
    assert of(wide, narrow) == [(1, Fault.INCLUDED, "statement 1")]


@pytest.mark.parametrize(
    ("narrow", "wide"),
    [
        (allow("kinesisvideo:Get*"), allow(GET)),
        (allow(GET, STREAMS), allow(GET, CAMERA)),
        (allow(GET), allow(GET, Condition=SECURE)),
        (allow(GET, Condition=SECURE), allow(GET, STREAMS, Condition=AT_HOME)),
        (allow([GET, "s3:GetObject"]), allow("kinesisvideo:*")),
        (deny(GET, CAMERA), deny(GET)),
        (allow(GET, CAMERA), {"Effect": "Allow", "Action": GET, "NotResource": CAMERA}),
        (allow(GET, CAMERA), allow(GET, f"{HEAD}${{aws:username}}/*")),
    ],
)
def test_an_allow_of_which_something_is_its_own_has_no_fault(narrow: dict[str, Any], wide: dict[str, Any]) -> None:
    assert [one for one in of(narrow, wide) if one[0] == 0] == []


def test_of_two_allows_that_mean_the_same_one_is_left() -> None:
    assert of(allow(GET), allow([GET, "kinesisvideo:GetMedi?"])) == [(1, Fault.INCLUDED, "statement 1")]


def test_several_allows_may_include_one_together() -> None:
    parts = allow(GET, Sid="Media"), allow("kinesisvideo:PutMedia", STREAMS, Sid="Put")

    assert of(*parts, allow([GET, "kinesisvideo:PutMedia"], CAMERA)) == [(2, Fault.INCLUDED, "Media, Put")]


def test_several_denies_may_leave_nothing_together() -> None:
    both = allow([GET, "kinesisvideo:PutMedia"], [CAMERA, STREAMS])

    assert of(both, deny("kinesisvideo:Put*", Sid="Put"), deny(GET, CAMERA, Sid="One"), deny(GET, STREAMS)) == [
        (0, Fault.DENIED, "Put, One, statement 4")
    ]
    assert of(both, deny("kinesisvideo:Put*"), deny(GET, CAMERA)) == []


SUPERFLUOUS = {Fault.INCLUDED, Fault.REPEATED, Fault.DENIED}
REFUSED = {Verdict.EXPLICIT_DENY, Verdict.IMPLICIT_DENY}
TARGETS = (CAMERA, f"{HEAD}lab-1/1700000000009", CHANNEL, "*")
PATTERNS = st.one_of(
    st.sampled_from(["*", "**", STREAMS, f"{HEAD}lab-*", f"{HEAD}${{aws:username}}/*", "arn:*:stream/*", *TARGETS]),
    st.builds(
        "arn:aws:kinesisvideo:{}:{}".format,
        st.sampled_from(["*", "eu-*", "eu-central-1"]),
        st.sampled_from(["*", f"{ACCOUNT}:*", "stream/*", f"{ACCOUNT}:stream/lab-1/*", f"{ACCOUNT}:stream/*/17*"]),
    ),
)
ACTION_NAMES = st.sampled_from(
    ["*", "kinesisvideo:*", "kinesisvideo:Get*", GET, "kinesisvideo:List*", "kinesisvideo:P*"]
)


@st.composite
def statements(draw: st.DrawFn, effect: str) -> dict[str, Any]:
    action, resource = (
        draw(st.sampled_from(["Action", "NotAction"])),
        draw(st.sampled_from(["Resource", "NotResource"])),
    )
    lists = st.lists(ACTION_NAMES, min_size=1, max_size=2), st.lists(PATTERNS, min_size=1, max_size=2)
    return {"Effect": effect, action: draw(lists[0]), resource: draw(lists[1])}


@given(statements("Allow"), st.lists(statements("Deny"), min_size=1, max_size=3))
def test_no_call_passes_that_an_allow_under_denies_alone_would_allow(
    allowed: dict[str, Any], denies: list[dict[str, Any]]
) -> None:
    policy = parse(document(allowed, *denies))
    assume(any(fault is Fault.DENIED for _, fault, _ in faults(policy.statements)))
    layers = (Layer(LayerKind.IDENTITY, "identity", (Attached(policy, "inline"),)),)

    for action, target in product(("GetMedia", "PutMedia", "ListStreams", "ConnectAsViewer"), TARGETS):
        request = Request(ROLE, f"kinesisvideo:{action}", target)
        assert evaluate(request, layers, known(is_complete=False)).verdict in REFUSED


@given(
    st.lists(
        st.builds(
            lambda one, condition: {**one, "Condition": condition},
            statements("Allow"),
            st.sampled_from([{}, {}, SECURE, AT_HOME, {**SECURE, **AT_HOME}]),
        ),
        min_size=2,
        max_size=5,
    ),
    st.lists(statements("Deny"), max_size=1),
)
def test_no_call_is_decided_otherwise_without_the_allows_that_others_include(
    allows: list[dict[str, Any]], denies: list[dict[str, Any]]
) -> None:
    policy = parse(document(*allows, *denies))
    superfluous = {one.index for one, fault, _ in faults(policy.statements) if fault in SUPERFLUOUS}
    assume(superfluous)
    kept = tuple(one for one in policy.statements if one.index not in superfluous)
    whole, rest = (
        (Layer(LayerKind.IDENTITY, "identity", (Attached(each, "inline"),)),)
        for each in (policy, replace(policy, statements=kept))
    )

    for action, target in product(("GetMedia", "PutMedia", "ListStreams", "ConnectAsViewer"), TARGETS):
        request = Request(ROLE, f"kinesisvideo:{action}", target)
        for lookup in (known(is_complete=False), known(), known(aws__username="lab-1", aws__SourceVpc="vpc-1")):
            assert evaluate(request, rest, lookup).verdict is evaluate(request, whole, lookup).verdict


def hostile(kind: str, size: int) -> tuple[dict[str, Any], ...]:
    """Return as many denies as allows, none of which lies under any of them, so that each is asked for in full."""
    patterns = {
        "actions": ("*", "*"),
        "starts": (f"{HEAD}{'a' * 60}{{}}*", f"{HEAD}b{{}}/*"),
        "unusual": (f"{HEAD}*{{}}*a*b*c", f"{HEAD}{'a' * 60}{{}}"),
    }
    denied, allowed = patterns[kind]
    denies = (deny("kinesisvideo:Put*", denied.format(n)) for n in range(size))
    return (*denies, *(allow(GET, allowed.format(n), Sid=f"a{n}") for n in range(size)))


@pytest.mark.parametrize("kind", ["actions", "starts", "unusual"])
def test_twice_the_statements_take_no_four_times_the_time(kind: str) -> None:
    small, large = (parse(document(*hostile(kind, size))).statements for size in (1_000, 2_000))

    def seconds(statements: tuple[Statement, ...]) -> float:
        begun = process_time()
        list(faults(statements))
        return process_time() - begun

    seconds(large)
    # Of milliseconds the least of many: whatever else runs makes some of them longer.
    assert min(seconds(large) for _ in range(15)) < 3 * min(seconds(small) for _ in range(15))
