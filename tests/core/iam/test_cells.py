"""What becomes of cells from what their statements leave; test_matrix.py holds all of it to single evaluations."""

from app.core.iam.cells import DENIES, Bearing, Cells, Result, Stack, outcome_of_keys, stack_of
from app.core.iam.evaluate import Layer, LayerKind
from app.core.iam.index import Index
from app.core.iam.layers import Binding
from app.core.iam.rows import StatementRows
from app.core.model.grant import Outcome
from tests.builders.iam import snapshot

ROWS = StatementRows(Index(Binding(snapshot())))
ROWS.rows += [((0, 0b0111),), ((0, 0b0010),), ((0, 0b1111),)]
THREE, SECOND, ALL = 1, 2, 3
OWN = Stack((False,), (False,), 0)


def decided(*bearing: Bearing, stack: Stack = OWN) -> dict[Result, int]:
    return Cells(ROWS).decided(stack, 0b1111, bearing)


def test_what_nothing_allows_is_left_out_and_what_is_denied_is_not() -> None:
    assert decided((0, THREE), (DENIES, SECOND)) == {(Outcome.ALLOW, ()): 0b0101, (Outcome.DENY, ()): 0b0010}
    assert decided((DENIES, ALL)) == {}


def test_every_layer_has_to_allow() -> None:
    both = Stack((False, False), (False, False), 0)

    assert decided((0, THREE), (1, SECOND), stack=both) == {(Outcome.ALLOW, ()): 0b0010, (Outcome.DENY, ()): 0b0101}


def test_a_layer_that_allows_by_itself_needs_no_statement() -> None:
    controls = Stack((True, False), (False, False), 1)

    assert decided((1, THREE), stack=controls) == {(Outcome.ALLOW, ()): 0b0111}


def test_a_layer_that_was_not_read_leaves_denies_alone_certain() -> None:
    unread = Stack((False, False), (True, False), 1)

    assert decided((1, THREE), (DENIES, SECOND), stack=unread) == {
        (Outcome.UNKNOWN, ()): 0b0101,
        (Outcome.DENY, ()): 0b0010,
    }


def test_a_stack_tells_where_the_principals_own_policies_are() -> None:
    layers = (
        Layer(LayerKind.RCP, "rcps", (), is_given=True),
        Layer(LayerKind.SCP, "r-1", (), unread="denied"),
        Layer(LayerKind.IDENTITY, "role", ()),
    )

    assert stack_of(layers) == Stack((True, False, False), (False, True, False), 2)


def test_only_what_devices_bring_along_is_per_device() -> None:
    assert outcome_of_keys(("credentials-iot:thingname",)) is Outcome.PER_DEVICE
    assert outcome_of_keys(("aws:sourceip", "credentials-iot:thingname")) is Outcome.CONDITIONAL
