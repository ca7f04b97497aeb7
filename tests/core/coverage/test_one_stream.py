"""Coverage of one stream."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.coverage.history import Strip, strips
from app.core.coverage.observe import ActionClass, ObservableState
from app.core.coverage.one_stream import covered_alike, history_of
from app.core.model.stream import ResourceKind, Stream
from app.core.model.trail import AdvancedSelector, FieldSelector
from tests.builders.coverage import (
    COLLECTED,
    END,
    MEDIA,
    READ_AT,
    START,
    STREAM,
    make_history,
    selectors_from,
)

LOBBY = replace(STREAM, arn=STREAM.arn.replace("ward", "lobby"), name="lobby")
WARD_ALONE = AdvancedSelector("ward", (*MEDIA.fields, FieldSelector("resources.ARN", equals=(STREAM.arn,))))


def _states(stream: Stream) -> dict[ActionClass, set[ObservableState]]:
    """Return what was observable of a stream in an account whose inventory has one, the one that is logged."""
    history = make_history(more=(selectors_from(READ_AT, None, WARD_ALONE),))
    found = strips(history_of(history, stream), (), [COLLECTED], START, END, ["bucket"])
    return {strip.kind: {held.state for held in strip.stretches} for strip in found}


def test_each_stream_has_the_answer_of_the_selectors_that_name_it() -> None:
    assert _states(STREAM)[ActionClass.READ] == {ObservableState.OBSERVED}
    assert _states(LOBBY)[ActionClass.READ] == {ObservableState.NOT_LOGGED}


def test_a_channel_has_the_classes_of_a_channel() -> None:
    assert set(_states(replace(STREAM, kind=ResourceKind.CHANNEL))) == {ActionClass.SIGNALING, ActionClass.MANAGEMENT}


NAMING = st.lists(
    st.builds(
        lambda field, names: AdvancedSelector(
            "some", (*MEDIA.fields, FieldSelector("resources.ARN", **{field: tuple(names)}))
        ),
        st.sampled_from(["equals", "not_equals", "starts_with", "not_ends_with"]),
        st.lists(st.sampled_from([stream.arn[:cut] for stream in (STREAM, LOBBY) for cut in (-1, None)]), min_size=1),
    ),
    min_size=1,
    max_size=3,
)
DOOR = replace(STREAM, arn=STREAM.arn.replace("ward", "door"), name="door")


@settings(max_examples=15)
@given(NAMING)
def test_streams_that_are_covered_alike_have_the_same_strips(selectors: list[AdvancedSelector]) -> None:
    history = make_history(more=(selectors_from(READ_AT, None, *selectors),))
    streams = (STREAM, LOBBY, DOOR)
    groups = covered_alike(history, (), streams)
    assert sorted(stream.name for group in groups for stream in group) == ["door", "lobby", "ward"]

    def told(*own: Stream) -> list[Strip]:
        return list(strips(history_of(history, *own), (), [COLLECTED], START, END, ["bucket"]))

    for group in groups:
        assert all(told(stream) == told(group[0]) for stream in group)
    together, alone = _read_of(told(*streams)), [_read_of(told(stream)) for stream in streams]
    assert together.is_by_stream
    states = {stretch.state for strip in alone for stretch in strip.stretches}
    assert (together.observed == 1) is (states == {ObservableState.OBSERVED})
    dark = sum(strip.observed == 0 for strip in alone)
    if len(states) > 1:
        assert together.stretches[0].reason.startswith(f"{dark} of 3 streams and channels: ")


def _read_of(found: list[Strip]) -> Strip:
    return next(strip for strip in found if strip.kind is ActionClass.READ)
