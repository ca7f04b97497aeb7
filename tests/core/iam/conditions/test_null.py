from app.core.iam.conditions.null import FAMILY
from app.core.iam.globs import pieces_of


def test_it_asks_for_presence_alone() -> None:
    operator = FAMILY.operators["Null"]

    assert operator.tests_presence
    assert operator.matcher(pieces_of("True"))("true")
    assert not operator.matcher(pieces_of("false"))("true")
