"""Single decisions by what they depend on equal those that look at every statement anew."""

from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from app.core.iam import judge
from app.core.iam.evaluate import Attached, Layer, LayerKind, Request, Verdict, evaluate
from app.core.iam.judge import Judge
from app.core.iam.layers import Binding
from app.core.iam.parse import parse
from app.core.iam.variables import UNKNOWN, Lookup, Values
from app.core.model.policy import PolicyKind
from app.core.model.snapshot import Snapshot
from tests.builders.iam import ACCOUNT, CAMERA, CHANNEL, OTHER_CAMERA, ROLE, allow, deny, document
from tests.builders.policies import GENERATED, HEAD, snapshots

KEYS = (
    "aws:resourcetag/site",
    "aws:principaltag/site",
    "aws:sourcevpc",
    "credentials-iot:thingname",
    "aws:username",
    "aws:currenttime",
    "aws:sourceip",
    "aws:requestedregion",
)
VALUES = st.sampled_from([UNKNOWN, None, ("north",), ("south", "north"), ("n*",), ("10.1.2.3",), ("1790000000",)])
CONTEXTS = st.lists(st.fixed_dictionaries(dict.fromkeys(KEYS, VALUES)), min_size=2, max_size=4)
ACTIONS = ("kinesisvideo:GetMedia", "kinesisvideo:ListStreams", "kinesisvideo:ConnectAsViewer")


def known(values: dict[str, Values]) -> Lookup:
    return values.get


@GENERATED
@given(snapshots(), CONTEXTS)
def test_it_equals_evaluate_whatever_was_asked_before(made: Snapshot, contexts: list[dict[str, Values]]) -> None:
    binding = Binding(made)
    for caller in binding.callers:
        layers = binding.layers(caller)
        decider = Judge(layers)
        for values, action, target in product(contexts, ACTIONS, (CAMERA, OTHER_CAMERA, CHANNEL, "*")):
            request = Request(caller.arn, action, target)
            slow = evaluate(request, layers, known(values))
            assert decider.decide(request, known(values)) == (slow.verdict, slow.keys)


def test_values_that_never_come_again_do_not_fill_the_memory(monkeypatch) -> None:
    monkeypatch.setattr(judge, "MOST_KEPT", 10)
    limits = deny("kinesisvideo:*", Condition={"NotIpAddress": {"aws:SourceIp": "10.0.0.0/8"}})
    policy = parse(document(allow("kinesisvideo:*"), limits))
    decider = Judge((Layer(LayerKind.IDENTITY, "identity", (Attached(policy, "inline"),)),))
    request = Request(ROLE, "kinesisvideo:GetMedia", CAMERA)

    for number in range(100):
        assert decider.decide(request, known({"aws:sourceip": (f"10.0.0.{number}",)}))[0] is Verdict.ALLOW
        assert decider.decide(request, known({"aws:sourceip": (f"192.0.2.{number}",)}))[0] is Verdict.EXPLICIT_DENY

    assert max(len(kind.answers) for kind in decider._kinds.values()) <= 10


def test_resources_that_never_come_again_do_not_fill_the_memory(monkeypatch) -> None:
    monkeypatch.setattr(judge, "MOST_KEPT", 10)
    policy = parse(document(allow("kinesisvideo:*", f"{HEAD}stream/cam-*"), deny("kinesisvideo:*", f"{HEAD}*/cam-7/*")))
    decider = Judge((Layer(LayerKind.IDENTITY, "identity", (Attached(policy, "inline"),)),))

    for number in range(100):
        target = CAMERA.replace("north-cam-1", f"cam-{number}")
        expected = Verdict.EXPLICIT_DENY if number == 7 else Verdict.ALLOW
        assert decider.decide(Request(ROLE, "kinesisvideo:GetMedia", target), known({}))[0] is expected

    assert len(decider._of_request) <= 10
    assert max(len(one.takes) for _, one in decider._of_kvs) <= 10


def test_each_principal_is_judged_by_what_names_it() -> None:
    trust = {"Effect": "Allow", "Principal": {"AWS": ROLE}, "Action": "sts:AssumeRole"}
    policy = parse(document(trust, kind=PolicyKind.TRUST))
    decider = Judge((Layer(LayerKind.TRUST, "trust", (Attached(policy, "trust"),)),))
    other = f"arn:aws:iam::{ACCOUNT}:role/other"

    answers = [decider.decide(Request(who, "sts:AssumeRole", "*"), known({}))[0] for who in (ROLE, other, ROLE)]

    assert answers == [Verdict.ALLOW, Verdict.IMPLICIT_DENY, Verdict.ALLOW]
