"""What strips of coverage say together."""

from datetime import UTC, datetime, timedelta

import pytest

from app.core.coverage.history import Stretch, Strip
from app.core.coverage.observe import ActionClass, ObservableState
from app.core.coverage.seen import seen_over, share, share_of, strips_of_account, strips_of_region

END = datetime(2026, 11, 23, tzinfo=UTC)
START = END - timedelta(days=10)
SEEN, DARK, PARTLY = ObservableState.OBSERVED, ObservableState.NOT_LOGGED, ObservableState.PARTLY
READS = frozenset({ActionClass.READ})
CLINIC, LEGACY, REGION = 590817264433, 771400253968, "eu-central-1"


def _strip(account: int, *states: ObservableState, kind: ActionClass = ActionClass.READ) -> Strip:
    length = (END - START) / len(states)
    stretches = tuple(
        Stretch(START + n * length, START + (n + 1) * length, state, state.value) for n, state in enumerate(states)
    )
    return Strip(account, REGION, kind, 10, stretches, None)


@pytest.mark.parametrize(
    ("part", "whole", "said"),
    [
        (1, 1, "100 %"),
        (0.9996, 1, "99.9 %"),
        (999_999, 1_000_000, "99.9 %"),
        (0.934, 1, "93.4 %"),
        (0.93, 1, "93.0 %"),
        (0, 1, "0 %"),
        (0.0004, 1, "under 0.1 %"),
        (0, 0, "not observable"),
        (2, 3, "66.6 %"),
        (0.3, 0.3, "100 %"),
    ],
)
def test_a_share_is_rounded_towards_less(part: float, whole: float, said: str) -> None:
    assert share(part, whole) == said


def test_a_strip_says_in_part_beside_its_share() -> None:
    assert share_of(_strip(CLINIC, SEEN, DARK)) == "50.0 %"
    assert share_of(_strip(CLINIC, SEEN, PARTLY)) == "50.0 %, else in part"
    assert share_of(_strip(CLINIC, DARK, PARTLY)) == "in part"
    assert share_of(_strip(CLINIC, DARK)) == "0 %"


@pytest.mark.parametrize(
    ("states", "said"),
    [((SEEN,), ("100 %", "0")), ((DARK,), ("0 %", "not observable")), ((DARK, PARTLY), ("in part", "none seen"))],
    ids=["all seen", "dark", "in part"],
)
def test_none_is_a_number_only_where_all_was_seen(states: tuple[ObservableState, ...], said: tuple[str, str]) -> None:
    seen = seen_over([_strip(CLINIC, *states)], START, END)
    assert (seen.share, seen.none) == said


def test_without_any_strip_none_is_not_observable() -> None:
    seen = seen_over([], START, END)
    assert (seen.share, seen.none) == ("not observable", "not observable")


def test_a_stream_has_the_strips_of_its_own_region_and_classes() -> None:
    reads, signaling = _strip(CLINIC, SEEN), _strip(CLINIC, DARK, kind=ActionClass.SIGNALING)
    assert strips_of_region([reads, signaling], CLINIC, REGION, READS) == (reads,)
    assert strips_of_region([reads, signaling], CLINIC, "us-east-1", READS) == ()


def test_an_account_without_a_stream_has_the_strips_of_all() -> None:
    both = (_strip(CLINIC, SEEN), _strip(LEGACY, DARK))
    assert strips_of_account(both, LEGACY, READS) == both[1:]
    assert strips_of_account(both, 7, READS) == both


def test_the_reason_of_the_longest_time_is_told_first() -> None:
    seen = seen_over([_strip(CLINIC, SEEN, PARTLY, DARK, DARK), _strip(LEGACY, SEEN)], START, END)
    assert seen.reasons == "not_logged; partly"
    assert seen_over([_strip(CLINIC, SEEN)], START, END).reasons == ""
