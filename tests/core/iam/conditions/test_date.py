from decimal import Decimal

import pytest

from app.core.iam.conditions.date import FAMILY, instant
from app.core.iam.globs import pieces_of

NOON = "2026-06-30T12:00:00Z"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(NOON, id="UTC"),
        pytest.param("2026-06-30T14:00:00+02:00", id="an offset"),
        pytest.param("2026-06-30T12:00:00", id="no zone is UTC"),
        pytest.param("1782820800", id="seconds"),
    ],
)
def test_spellings_of_an_instant_are_equal(text: str) -> None:
    assert FAMILY.operators["DateEquals"].matcher(pieces_of(text))(NOON)


def test_a_day_begins_at_midnight() -> None:
    assert instant("2026-06-30") == instant("2026-06-30T00:00:00Z")
    assert instant("2026-06") == instant("2026-06-01")
    assert instant("2026") == instant("2026-01-01")


def test_parts_of_a_second_count() -> None:
    assert instant("2026-06-30T12:00:00.5Z") == Decimal("1782820800.5")


def test_it_orders_instants() -> None:
    assert FAMILY.operators["DateLessThan"].matcher(pieces_of("2026-07-01T00:00:00+12:00"))("2026-06-30T11:59:59Z")
    assert not FAMILY.operators["DateGreaterThan"].matcher(pieces_of(NOON))(NOON)


def test_what_is_no_date_matches_nothing() -> None:
    assert instant("tomorrow") is None
    assert not FAMILY.operators["DateLessThan"].matcher(pieces_of("tomorrow"))(NOON)
