"""Coverage of one action."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.coverage.history import Strip, strips
from app.core.coverage.observe import ACTIONS_OF, ActionClass, ObservableState
from app.core.coverage.one_action import groups_of, with_actions
from app.core.coverage.settings import AccountHistory
from app.core.model.trail import AdvancedSelector, BasicSelector, FieldSelector
from app.core.parts import EventSelectors, Selectors
from tests.builders.coverage import (
    COLLECTED,
    END,
    LOGGING,
    MANAGEMENT,
    MEDIA,
    READ_AT,
    START,
    TRAIL,
    make_history,
    selectors_from,
)

OBSERVED, NOT_LOGGED = ObservableState.OBSERVED, ObservableState.NOT_LOGGED
READ = ActionClass.READ


def with_(selector: AdvancedSelector, **operators: tuple[str, ...]) -> AdvancedSelector:
    return replace(selector, fields=(*selector.fields, FieldSelector("eventName", **operators)))


def told(history: AccountHistory) -> dict[ActionClass, Strip]:
    def computed(only: frozenset[str] | None = None) -> tuple[Strip, ...]:
        return strips(history, (), [COLLECTED], START, END, ["bucket"], only=only)

    return {strip.kind: strip for strip in with_actions(computed(), groups_of([history]), computed)}


def states(history: AccountHistory, action: str, kind: ActionClass = READ) -> list[ObservableState]:
    return [held.state for held in told(history)[kind].of(action).stretches]


def logged_by(*selectors: AdvancedSelector) -> AccountHistory:
    return make_history(more=(selectors_from(READ_AT, None, *selectors),))


@pytest.mark.parametrize(
    ("operators", "taken", "left_out"),
    [
        ({"equals": ("GetMedia",)}, "GetMedia", "GetClip"),
        ({"not_equals": ("GetMedia",)}, "GetClip", "GetMedia"),
        ({"starts_with": ("GetM",)}, "GetMedia", "GetClip"),
    ],
)
def test_a_selector_by_name_logs_one_action_and_not_the_next(
    operators: dict[str, tuple[str, ...]], taken: str, left_out: str
) -> None:
    history = logged_by(with_(MEDIA, **operators))
    assert [held.state for held in told(history)[READ].stretches] == [ObservableState.PARTLY]
    assert states(history, taken) == [OBSERVED]
    assert states(history, left_out) == [NOT_LOGGED]


def test_a_trail_of_writes_alone_logs_the_management_calls_that_write() -> None:
    basic = EventSelectors((Selectors(TRAIL, basic=(BasicSelector("WriteOnly", True),)),))
    history = make_history(more=(replace(selectors_from(READ_AT, None), content=basic),))
    assert states(history, "CreateStream", ActionClass.MANAGEMENT) == [OBSERVED]
    assert states(history, "ListStreams", ActionClass.MANAGEMENT) == [NOT_LOGGED]


def test_what_a_stopped_trail_would_not_have_logged_is_not_logged() -> None:
    """The class was not delivered for all anybody knew of it; GetClip no selector ever took."""
    stopped = START + timedelta(days=9)
    history = replace(
        make_history(
            status=replace(LOGGING, is_logging=False, stopped_at=stopped),
            more=(selectors_from(READ_AT, None, with_(MEDIA, equals=("GetMedia",))),),
        )
    )
    assert [held.state for held in told(history)[READ].stretches][-1] is ObservableState.NOT_DELIVERED
    assert states(history, "GetMedia") == [OBSERVED, ObservableState.NOT_DELIVERED]
    assert states(history, "GetClip") == [NOT_LOGGED]


def test_an_action_is_told_over_time() -> None:
    changed = START + timedelta(days=5)
    history = make_history(
        more=(
            selectors_from(START, changed, MEDIA),
            selectors_from(changed, None, with_(MEDIA, equals=("GetMedia",))),
        )
    )
    assert told(history)[READ].of("GetMedia").holes == ()
    assert [(hole.start, hole.state) for hole in told(history)[READ].of("GetClip").holes] == [(changed, NOT_LOGGED)]


def test_where_no_selector_tells_actions_apart_the_class_is_computed_once() -> None:
    turns: list[frozenset[str] | None] = []
    history = logged_by(MANAGEMENT)

    def computed(only: frozenset[str] | None = None) -> tuple[Strip, ...]:
        turns.append(only)
        return strips(history, (), [COLLECTED], START, END, ["bucket"], only=only)

    whole = computed()
    assert with_actions(whole, groups_of([history]), computed) == whole
    assert turns == [None]


NAMES = sorted(action.name for action in ACTIONS_OF[READ])
SELECTORS = st.lists(
    st.builds(
        lambda names, is_not: with_(MEDIA, **{"not_equals" if is_not else "equals": tuple(sorted(names))}),
        st.sets(st.sampled_from(NAMES), min_size=1, max_size=3),
        st.booleans(),
    ),
    min_size=1,
    max_size=3,
)


@settings(max_examples=25)
@given(SELECTORS)
def test_each_action_has_the_answer_that_it_has_when_it_is_asked_alone(selectors: list[AdvancedSelector]) -> None:
    history = logged_by(*selectors)
    together = told(history)[READ]
    for name in NAMES:
        (alone,) = _read(strips(history, (), [COLLECTED], START, END, ["bucket"], only=frozenset({name})))
        assert [held.state for held in together.of(name).stretches] == [held.state for held in alone.stretches]
    is_whole = all(together.of(name).observed == 1 for name in NAMES)
    assert is_whole is (together.observed == 1)


def _read(found: Iterable[Strip]) -> list[Strip]:
    return [strip for strip in found if strip.kind is READ]
