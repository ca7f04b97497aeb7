"""Digits, and nothing that only looks like them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.digits import account_number, number


@given(st.integers(0, 10**9 - 1))
def test_a_number_that_was_written_is_read(value: int) -> None:
    assert number(str(value), 9) == value


@pytest.mark.parametrize("text", ["", "-1", "+1", "1.0", " 1", "1_000", "0x1f", "٣", "²", "1234567890"])
def test_everything_else_is_none(text: str) -> None:
    assert number(text, 9) is None


def test_an_account_has_twelve_digits_leading_zeros_included() -> None:
    assert account_number("000011112222") == 11112222
    assert account_number("11112222") is None
    assert account_number("1111222233334") is None
    assert account_number("١٢٣٤٥٦٧٨٩٠١٢") is None
