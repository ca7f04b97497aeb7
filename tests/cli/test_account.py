"""`--account`, as people write it."""

import pytest

from app.cli._account import account_option
from app.core.errors import InvalidInput


def test_it_takes_digits_with_and_without_dashes() -> None:
    assert account_option("000011112222") == account_option("0000-1111-2222") == 11112222


@pytest.mark.parametrize("text", ["", "12", "1234567890123", "one", "١٢٣٤٥٦٧٨٩٠١٢"])
def test_it_asks_for_twelve_digits(text: str) -> None:
    with pytest.raises(InvalidInput, match="12 digits"):
        account_option(text)
