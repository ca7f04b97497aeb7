"""Lists in the order of names: the next page begins behind the last row, and nonsense at the beginning."""

import pytest

from app.web.by_name import cursor


def test_the_page_behind_a_row_is_found_again_by_its_name_and_id() -> None:
    assert cursor("17:gate-01") == ("gate-01", 17)
    assert cursor("17:with:colons") == ("with:colons", 17)


@pytest.mark.parametrize("text", ["", "gate-01", ":gate-01", "x:gate-01", "-1:gate-01", "٣:gate-01", "1234567890:a"])
def test_what_is_no_place_in_the_list_begins_at_the_beginning(text: str) -> None:
    assert cursor(text) is None


def test_it_takes_no_nul_to_the_database() -> None:
    assert cursor("17:ga\0te") == ("gate", 17)
