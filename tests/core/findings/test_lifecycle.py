from datetime import timedelta

import pytest

from app.core.errors import InvalidInput
from app.core.findings.lifecycle import LONGEST_NOTE, acknowledged, muted, reopened
from app.core.model.finding import FindingState
from tests.builders.outcomes import NOW, finding

RESOLVED = finding(state=FindingState.RESOLVED, resolved_at=NOW)


def test_who_acknowledges_leaves_a_note():
    done = acknowledged(finding(), "asked edge-platform ")

    assert (done.state, done.note) == (FindingState.ACKNOWLEDGED, "asked edge-platform")


def test_acknowledging_without_a_note_keeps_the_one_before():
    assert acknowledged(finding(note="known"), "").note == "known"


def test_a_mute_has_a_reason_and_an_end():
    done = muted(finding(), "accepted by legal", NOW + timedelta(days=30), NOW)

    assert (done.state, done.note, done.muted_until) == (
        FindingState.MUTED,
        "accepted by legal",
        NOW + timedelta(days=30),
    )


def test_a_mute_without_a_reason_is_refused():
    with pytest.raises(InvalidInput, match="without a reason"):
        muted(finding(), "  ", None, NOW)


def test_a_mute_that_has_ended_already_is_refused():
    with pytest.raises(InvalidInput, match="has passed"):
        muted(finding(), "reason", NOW, NOW)


@pytest.mark.parametrize("state", [FindingState.ACKNOWLEDGED, FindingState.MUTED])
def test_what_was_put_aside_can_be_opened_again(state: FindingState):
    done = reopened(finding(state=state, muted_until=NOW, note="why"), "changed our minds")

    assert (done.state, done.muted_until, done.note) == (FindingState.OPEN, None, "changed our minds")


@pytest.mark.parametrize("state", [FindingState.ACKNOWLEDGED, FindingState.MUTED])
def test_what_is_open_again_is_not_said_to_be_accepted(state: FindingState):
    assert reopened(finding(state=state, muted_until=NOW, note="a test stream"), "").note is None


def test_who_acknowledges_what_was_muted_does_not_repeat_why_it_was():
    done = acknowledged(finding(state=FindingState.MUTED, muted_until=NOW, note="a test stream"), "")
    assert (done.note, done.muted_until) == (None, None)


def test_an_open_finding_cannot_be_reopened():
    with pytest.raises(InvalidInput, match="is open"):
        reopened(finding(), "")


@pytest.mark.parametrize(
    "change",
    [lambda: acknowledged(RESOLVED, ""), lambda: muted(RESOLVED, "r", None, NOW), lambda: reopened(RESOLVED, "")],
    ids=["acknowledge", "mute", "reopen"],
)
def test_a_resolved_finding_belongs_to_its_rule(change):
    with pytest.raises(InvalidInput, match="is resolved"):
        change()


def test_a_note_is_stored_without_what_the_database_refuses():
    assert "\0" not in acknowledged(finding(), "a\0b").note


def test_a_note_of_a_book_is_refused():
    with pytest.raises(InvalidInput, match=f"at most {LONGEST_NOTE}"):
        acknowledged(finding(), "x" * (LONGEST_NOTE + 1))
