import pytest

from app.core.iam.conditions.numeric import FAMILY, number
from app.core.iam.globs import pieces_of


@pytest.mark.parametrize(
    ("operator", "is_match"),
    [
        pytest.param("NumericEquals", False, id="equals"),
        pytest.param("NumericLessThan", True, id="less"),
        pytest.param("NumericLessThanEquals", True, id="less or equal"),
        pytest.param("NumericGreaterThan", False, id="greater"),
        pytest.param("NumericGreaterThanEquals", False, id="greater or equal"),
    ],
)
def test_it_compares_as_numbers(operator: str, *, is_match: bool) -> None:
    assert FAMILY.operators[operator].matcher(pieces_of("1000"))("300") is is_match


def test_spellings_of_a_number_are_equal() -> None:
    assert FAMILY.operators["NumericEquals"].matcher(pieces_of("300.0"))("300")


@pytest.mark.parametrize("text", ["", "abc", "NaN", "Infinity", "1,000"])
def test_what_is_no_number_matches_nothing(text: str) -> None:
    assert number(text) is None
    assert not FAMILY.operators["NumericGreaterThan"].matcher(pieces_of("0"))(text)
