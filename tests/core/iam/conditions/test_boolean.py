import pytest

from app.core.iam.conditions.boolean import FAMILY
from app.core.iam.globs import pieces_of


@pytest.mark.parametrize(
    ("expected", "actual", "is_match"),
    [
        pytest.param("true", "true", True, id="true"),
        pytest.param("TRUE", "true", True, id="case"),
        pytest.param("true", "false", False, id="false"),
        pytest.param("yes", "yes", False, id="no boolean"),
    ],
)
def test_it_compares_booleans(expected: str, actual: str, *, is_match: bool) -> None:
    assert FAMILY.operators["Bool"].matcher(pieces_of(expected))(actual) is is_match
