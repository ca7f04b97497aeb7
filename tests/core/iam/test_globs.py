import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.iam.globs import Wild, arn_parts, glob, joined, pieces_of

TEXTS = st.text(alphabet="ab:/", max_size=12)
PATTERNS = st.text(alphabet="ab:/*?", max_size=10)


@given(PATTERNS, TEXTS)
def test_it_matches_as_a_regular_expression_would(pattern: str, text: str) -> None:
    expression = "".join(".*" if c == "*" else "." if c == "?" else re.escape(c) for c in pattern)

    assert glob(pieces_of(pattern)).matches(text) is (re.fullmatch(expression, text, re.DOTALL) is not None)


def test_it_takes_time_in_proportion_where_backtracking_would_never_end() -> None:
    pattern = glob(pieces_of("*a" * 40 + "*b"))

    assert not pattern.matches("a" * 20_000)


def test_a_star_that_is_text_is_no_wildcard() -> None:
    assert glob(("n*",)).matches("n*")
    assert not glob(("n*",)).matches("north")


@pytest.mark.parametrize(
    ("pattern", "parts"),
    [
        pytest.param("arn:aws:s3", [("arn",), ("aws",), ("s3",)], id="incomplete"),
        pytest.param("a:b::d:e:f:g", [("a",), ("b",), (), ("d",), ("e",), ("f:g",)], id="the sixth keeps its colons"),
        pytest.param("a:*b", [("a",), (Wild.STAR, "b")], id="wildcards stay in their part"),
    ],
)
def test_it_cuts_an_arn_at_its_first_five_colons(pattern: str, parts: list[tuple[str | Wild, ...]]) -> None:
    assert list(arn_parts(pieces_of(pattern))) == parts


def test_a_pattern_without_a_wildcard_is_one_text() -> None:
    assert joined(pieces_of("north")) == "north"
    assert joined(pieces_of("n*")) is None
