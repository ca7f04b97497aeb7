"""ARNs, taken apart and put together."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core import arn
from app.core.arn import Arn
from app.core.errors import InvalidInput

PART = st.text(st.characters(blacklist_characters=":"), max_size=12)


@given(PART, PART, PART, PART, st.text(max_size=30))
def test_an_arn_put_together_comes_apart_the_same(partition, service, region, account, resource) -> None:
    whole = Arn(partition, service, region, account, resource)
    assert arn.parse(str(whole)) == whole


@pytest.mark.parametrize("text", ["", "arn:aws:iam", "urn:aws:iam::111122223333:root", "arn:aws:iam::111122223333"])
def test_it_refuses_what_is_no_arn(text: str) -> None:
    with pytest.raises(InvalidInput, match="not an ARN"):
        arn.parse(text)
    assert arn.parsed(text) is None


def test_it_finds_the_account_of_an_arn() -> None:
    assert arn.account_id("arn:aws:iam::000011112222:role/x") == 11112222
    assert arn.account_id("arn:aws:s3:::bucket") is None
    assert arn.account_id("not an arn") is None


@pytest.mark.parametrize("account", ["1", "1111222233334", "٣١١١٢٢٢٢٣٣٣٣", "11112222333*", "aws"])
def test_an_account_has_exactly_twelve_digits(account: str) -> None:
    assert arn.account_id(f"arn:aws:iam::{account}:role/x") is None


def test_it_shows_an_account_with_all_its_digits() -> None:
    assert arn.account_text(11112222) == "000011112222"
