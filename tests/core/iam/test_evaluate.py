from app.core.iam.evaluate import Attached, Decision, Layer, LayerKind, Request, Verdict, evaluate
from app.core.iam.parse import parse
from app.core.iam.variables import Lookup
from tests.builders.iam import CAMERA, ROLE, allow, deny, document, known

REQUEST = Request(ROLE, "kinesisvideo:GetMedia", CAMERA)
BY_ADDRESS = {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}


def layer(*statements: dict[str, object], kind: LayerKind = LayerKind.IDENTITY, unread: str | None = None) -> Layer:
    attached = (Attached(parse(document(*statements)), "inline"),) if statements else ()
    return Layer(kind, kind.value, attached, unread=unread)


def decided(*layers: Layer, lookup: Lookup | None = None) -> Decision:
    return evaluate(REQUEST, layers, lookup or known(is_complete=False))


def test_it_tells_which_statements_bear_on_the_call() -> None:
    found = decided(layer(allow("s3:*"), allow(), deny("kinesisvideo:Put*"), deny(Condition=BY_ADDRESS)))

    assert [(one.statement.index, one.is_certain) for one in found.applied] == [(1, True), (3, False)]
    assert found.verdict is Verdict.CONDITIONAL
    assert found.keys == ("aws:sourceip",)


def test_a_variable_that_nobody_read_leaves_its_resource_open() -> None:
    of_ones_site = "arn:aws:kinesisvideo:eu-central-1:*:stream/${aws:PrincipalTag/site}-*"

    assert decided(layer(allow(Resource=of_ones_site))).verdict is Verdict.CONDITIONAL
    assert decided(layer(allow(), deny(Resource=of_ones_site))).verdict is Verdict.CONDITIONAL


def test_an_unread_layer_makes_an_allow_unknown() -> None:
    assert decided(layer(allow()), layer(kind=LayerKind.SCP, unread="denied")).verdict is Verdict.UNKNOWN


def test_an_unread_layer_makes_a_conditional_allow_unknown() -> None:
    found = decided(layer(allow(Condition=BY_ADDRESS)), layer(kind=LayerKind.SCP, unread="denied"))

    assert found.verdict is Verdict.UNKNOWN


def test_an_unread_layer_leaves_a_deny_certain() -> None:
    unread = layer(kind=LayerKind.SCP, unread="denied")

    assert decided(layer(allow(), deny()), unread).verdict is Verdict.EXPLICIT_DENY
    assert decided(layer(allow("s3:*")), unread).verdict is Verdict.IMPLICIT_DENY


def test_a_partly_read_identity_makes_what_it_does_not_allow_unknown() -> None:
    assert decided(layer(allow("s3:*"), unread="policy x does not parse")).verdict is Verdict.UNKNOWN
