"""Coverage of one stream."""

from dataclasses import replace

from app.core.coverage.history import strips
from app.core.coverage.observe import ActionClass, ObservableState
from app.core.coverage.one_stream import history_of
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
