"""What both forms of the matrix print."""

from datetime import UTC, datetime
from urllib.parse import parse_qsl

import pytest

from app.core.query.filter import parse
from app.core.query.listing import MATRIX
from app.web.matrix_cells import KEYS, cell_td, views, without_view

NOW = datetime(2026, 11, 23, tzinfo=UTC)
QUERY = parse([("show", "unused"), ("view", "streams")], MATRIX, NOW).filter


def test_a_cell_says_its_state_and_what_is_empty_says_nothing() -> None:
    assert cell_td("w g1", "U", "GetMedia", " on all 3 streams") == (
        '<td class="w g1" data-s="U" title="GetMedia: used on all 3 streams"'
        ' aria-label="GetMedia: used on all 3 streams"></td>'
    )
    assert cell_td("w", ".", "GetMedia", "") == '<td class="w"></td>'


def test_states_with_a_colour_of_their_own_are_not_warm() -> None:
    assert cell_td("w g1", "X", "GetMedia", "").startswith('<td class="g1" data-s="X"')


def test_a_view_keeps_the_form_and_the_filter_and_is_no_chip() -> None:
    assert [view.label for view in views(QUERY) if view.is_on] == ["Unused"]
    assert all("view=streams" in view.href for view in views(QUERY))
    assert without_view(QUERY).of("show") == ()
    assert without_view(QUERY).values("view") == ("streams",)


@pytest.mark.parametrize(
    ("shown", "label", "then"),
    [
        (["all"], "Unused", ("unused",)),
        (["unused"], "Exposes media", ("media", "unused")),
        (["media", "unused"], "Exposes media", ("unused",)),
        (["unused"], "Unused", ("all",)),
        (["media", "unused"], "All", ("all",)),
    ],
)
def test_views_add_up_and_lead_back(shown: list[str], label: str, then: tuple[str, ...]) -> None:
    query = parse([("show", one) for one in shown], MATRIX, NOW).filter
    (href,) = (view.href for view in views(query) if view.label == label)
    assert parse(parse_qsl(href.partition("?")[2]), MATRIX, NOW).filter.values("show") == then


def test_the_key_hatches_what_nobody_knows() -> None:
    assert {key.letter for key in KEYS if key.is_hatched} == {"B", "?"}
