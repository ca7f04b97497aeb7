"""The words for parts, states and cells."""

from app.core.matrix.cells import Cell
from app.core.parts import CONTENT
from app.core.rules.catalogue import catalogue
from app.db.queries.account_page import PolicyProblem
from app.web import words


def test_every_part_that_is_collected_has_a_name() -> None:
    assert set(words.PARTS) == set(CONTENT)


def test_every_cell_state_has_words() -> None:
    assert set(words.CELLS) == {cell.value for cell in Cell} - {Cell.EMPTY.value}


def test_every_practice_of_a_rule_has_a_name() -> None:
    assert {rule.practice for rule in catalogue().rules.values()} <= set(words.PRACTICES)


def test_an_unknown_part_is_still_readable() -> None:
    assert words.part("new_part") == "new part"


def test_lists_end_in_and_or_say_how_many_more() -> None:
    assert words.listed([]) == ""
    assert words.listed(["a"]) == "a"
    assert words.listed(["a", "b", "c"]) == "a, b and c"
    assert words.listed(["a", "b", "c", "d", "e"]) == "a, b and 3 more"


def test_how_many_are_not_known_is_said_with_what_could_not_be_read() -> None:
    of_account, of_one = PolicyProblem("", "AWS Organizations", "could not be read"), PolicyProblem("arn:a", "x", "y")
    assert words.unknown(0, [of_account]) == ""
    assert words.unknown(2, [of_account]) == "; of 2 it is not known (AWS Organizations: could not be read)"
    assert words.unknown(2, [of_one]) == "; of 2 it is not known (policies of theirs could not be used)"


def test_small_numbers_are_words() -> None:
    assert words.small(2) == "two"
    assert words.small(12) == "12"
