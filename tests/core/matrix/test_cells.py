from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.coverage.history import Stretch, Strip
from app.core.coverage.observe import ActionClass, ObservableState
from app.core.matrix.cells import BIT, CLASS_BITS, COLUMNS, UNUSED, Bits, Cell, cells, named, observable_bits

ONE = BIT["GetMedia"]
NOW = datetime(2026, 11, 23, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("bits", "observable", "shown"),
    [
        (Bits(allow=ONE, used=ONE), 0, Cell.USED),
        (Bits(allow=ONE), ONE, Cell.UNUSED),
        (Bits(allow=ONE), 0, Cell.UNOBSERVABLE),
        (Bits(allow=ONE, deny=ONE, unknown=ONE, conditional=ONE), ONE, Cell.UNUSED),
        (Bits(conditional=ONE, per_device=ONE, used=ONE), ONE, Cell.CONDITIONAL),
        (Bits(per_device=ONE, used=ONE), ONE, Cell.PER_DEVICE),
        (Bits(unknown=ONE, deny=ONE), ONE, Cell.UNKNOWN),
        (Bits(unknown=ONE, used=ONE), ONE, Cell.USED),
        (Bits(used=ONE), ONE, Cell.GONE),
        (Bits(used=ONE, deny=ONE), ONE, Cell.GONE),
        (Bits(used=ONE, is_evaluated=False), ONE, Cell.USED),
        (Bits(deny=ONE), ONE, Cell.DENIED),
        (Bits(), ONE, Cell.EMPTY),
    ],
)
def test_a_cell_shows_what_is_most_worth_knowing(bits, observable, shown):
    assert cells(bits, observable) == shown + Cell.EMPTY * 45


@given(st.tuples(*[st.integers(0, (1 << len(COLUMNS)) - 1)] * 7), st.booleans())
def test_each_action_shows_what_it_would_show_alone(sets, is_evaluated):
    *own, observable = sets
    row = cells(Bits(*own, is_evaluated=is_evaluated), observable)
    for place, bit in enumerate(BIT.values()):
        alone = Bits(*(bits & bit for bits in own), is_evaluated=is_evaluated)
        assert cells(alone, observable)[place] == row[place]


def test_a_row_has_a_letter_for_each_action_media_first():
    row = cells(Bits(allow=ONE | BIT["ListStreams"], used=ONE), 0)
    assert len(row) == len(COLUMNS) == 46
    assert (row[COLUMNS.index("GetMedia")], row[COLUMNS.index("ListStreams")]) == ("U", "B")
    assert row.count(".") == 44
    assert COLUMNS[0] == "GetMedia"


def strip(kind: ActionClass, *states: ObservableState, region: str = "eu-central-1", account: int = 1) -> Strip:
    stretches = tuple(Stretch(NOW + n * DAY, NOW + (n + 1) * DAY, state, "") for n, state in enumerate(states))
    return Strip(account, region, kind, 1, stretches, NOW)


SEEN, BLIND = ObservableState.OBSERVED, ObservableState.NOT_LOGGED


def test_use_is_observable_only_where_every_region_was_seen():
    found = observable_bits([strip(ActionClass.READ, SEEN), strip(ActionClass.READ, BLIND, region="us-east-1")])
    assert found == {1: 0}


def test_a_short_hole_does_not_make_a_class_unobservable_and_a_long_one_does():
    nearly = observable_bits([strip(ActionClass.READ, *[SEEN] * 29, BLIND)])
    assert "GetMedia" in named(nearly[1])
    half = observable_bits([strip(ActionClass.READ, SEEN, BLIND)])
    assert list(named(half[1])) == []


def test_the_classes_are_judged_apart():
    found = observable_bits([strip(ActionClass.READ, BLIND), strip(ActionClass.MANAGEMENT, SEEN)])
    assert "GetMedia" not in named(found[1])
    assert "ListStreams" in named(found[1])


def test_an_account_that_nobody_saw_has_no_bits():
    assert observable_bits([]) == {}


def test_unused_never_stands_without_the_share_of_the_time_that_it_is_said_of():
    assert UNUSED == "unused (95 % or more observed)"


def test_an_action_that_selectors_tell_apart_is_unused_or_not_observable_by_itself():
    whole = strip(ActionClass.READ, ObservableState.PARTLY)
    seen, blind = strip(ActionClass.READ, SEEN).stretches, strip(ActionClass.READ, BLIND).stretches
    others = frozenset(named(CLASS_BITS[ActionClass.READ])) - {"GetMedia"}
    apart = replace(whole, apart=((frozenset({"GetMedia"}), seen), (others, blind)))
    assert list(named(observable_bits([apart])[1])) == ["GetMedia"]
    assert observable_bits([apart, strip(ActionClass.READ, BLIND, region="us-east-1")]) == {1: 0}
