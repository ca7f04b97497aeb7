import pytest

from app.core.iam.conditions.string import FAMILY
from app.core.iam.globs import pieces_of


@pytest.mark.parametrize(
    ("operator", "expected", "actual", "is_match"),
    [
        pytest.param("StringEquals", "north", "north", True, id="equal"),
        pytest.param("StringEquals", "north", "North", False, id="case"),
        pytest.param("StringEqualsIgnoreCase", "NORTH", "north", True, id="case ignored"),
        pytest.param("StringLike", "n*h", "north", True, id="star"),
        pytest.param("StringLike", "?????", "north", True, id="question marks"),
        pytest.param("StringLike", "n*", "North", False, id="a pattern has case"),
        pytest.param("StringLike", "*", "", True, id="a star takes the empty text"),
    ],
)
def test_it_compares_text(operator: str, expected: str, actual: str, *, is_match: bool) -> None:
    assert FAMILY.operators[operator].matcher(pieces_of(expected))(actual) is is_match


def test_each_operator_has_its_negation() -> None:
    negated = [name for name, operator in FAMILY.operators.items() if operator.is_negated]

    assert negated == ["StringNotEquals", "StringNotEqualsIgnoreCase", "StringNotLike"]
    assert all(operator.takes_variables for operator in FAMILY.operators.values())


def test_only_like_takes_wildcards() -> None:
    assert [name for name, one in FAMILY.operators.items() if one.takes_wildcards] == ["StringLike", "StringNotLike"]
