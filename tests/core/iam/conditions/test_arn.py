import pytest

from app.core.iam.conditions.arn import FAMILY
from app.core.iam.globs import pieces_of

ROLE = "arn:aws:iam::111122223333:role/ops/viewer"


@pytest.mark.parametrize("operator", ["ArnEquals", "ArnLike"])
@pytest.mark.parametrize(
    ("expected", "is_match"),
    [
        pytest.param("arn:aws:iam::*:role/*", True, id="wildcards in their parts"),
        pytest.param("arn:*:*:*:*:*", True, id="a star takes an empty part"),
        pytest.param("*", True, id="a star alone"),
        pytest.param("arn:aws:iam::*", False, id="a short ARN"),
        pytest.param("arn:aws:*:role/ops/viewer", False, id="a star does not cross a colon"),
        pytest.param("arn:aws:iam::111122223333:role/viewer", False, id="the path is part of the name"),
        pytest.param("arn:aws:iam::111122223333:role/OPS/*", False, id="case"),
    ],
)
def test_it_matches_part_by_part(operator: str, expected: str, *, is_match: bool) -> None:
    assert FAMILY.operators[operator].matcher(pieces_of(expected))(ROLE) is is_match


def test_a_value_that_is_no_arn_matches_nothing() -> None:
    assert not FAMILY.operators["ArnLike"].matcher(pieces_of("*"))("viewer:x")


def test_the_last_part_keeps_its_colons() -> None:
    assert FAMILY.operators["ArnLike"].matcher(pieces_of("arn:aws:sns:*:*:t/*"))("arn:aws:sns:eu-west-1:1:t/x:y")
