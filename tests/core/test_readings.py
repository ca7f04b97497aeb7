from datetime import UTC, datetime, timedelta

import pytest

from app.core.model.reading import Reading, ReadingState
from app.core.readings import AsOf

AT = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)
BEFORE, AFTER = AT - timedelta(minutes=12), AT + timedelta(minutes=3)

MINUTE = timedelta(minutes=1)
CHANGED, LAST = Reading(1, "iam", "", BEFORE, AT, AFTER), Reading(1, "iam", "", BEFORE, AT)


@pytest.mark.parametrize(
    ("reading", "at", "state"),
    [
        pytest.param(CHANGED, BEFORE, ReadingState.SAME, id="at the first reading"),
        pytest.param(CHANGED, AT, ReadingState.SAME, id="at the last reading"),
        pytest.param(CHANGED, AT + MINUTE, ReadingState.CHANGED_BETWEEN, id="before the one that found another"),
        pytest.param(LAST, AT + MINUTE, ReadingState.NOT_READ_SINCE, id="after the last of all"),
        pytest.param(Reading(1, "iam", "", next_at=AFTER), AT, ReadingState.UNKNOWN, id="before the first"),
        pytest.param(Reading(1, "iam", ""), AT, ReadingState.UNKNOWN, id="never read"),
    ],
)
def test_what_is_known_lies_between_readings(reading: Reading, at: datetime, state: ReadingState) -> None:
    assert reading.state(at) is state


def test_parts_that_were_read_alike_share_a_sentence() -> None:
    as_of = AsOf(
        AT,
        (
            Reading(1, "streams", "us-east-1", BEFORE, AFTER),
            Reading(1, "iam", "", BEFORE, AFTER),
            Reading(1, "streams", "eu-west-1", BEFORE, AFTER),
        ),
    )
    assert as_of.sentences() == (
        (
            "Roles, users and policies; streams (eu-west-1, us-east-1):"
            " read from 2026-03-03 11:48:00Z to 2026-03-03 12:03:00Z, each time the same."
        ),
    )


def test_where_nobody_looked_for_long_both_readings_are_named() -> None:
    as_of = AsOf(AT, (Reading(1, "iam", "", BEFORE, AFTER, apart=(BEFORE, AFTER)),))
    assert as_of.sentences() == (
        (
            "Roles, users and policies: read at 2026-03-03 11:48:00Z and next at 2026-03-03 12:03:00Z,"
            " both times the same; nobody looked in between."
        ),
    )
    assert as_of.as_json()["parts"][0]["unread_between"] == ["2026-03-03T11:48Z", "2026-03-03T12:03Z"]  # type: ignore[index]


def test_a_change_is_told_as_an_interval_and_what_was_not_read_as_unknown() -> None:
    as_of = AsOf(
        AT,
        (
            Reading(1, "iam", "", BEFORE, BEFORE, AFTER),
            Reading(1, "managed_policies", "", BEFORE, BEFORE),
            Reading(9, "organization", "", next_at=AFTER),
            Reading(1, "channels", "eu-west-1"),
        ),
    )
    assert as_of.sentences() == (
        (
            "Roles, users and policies: the reading of 2026-03-03 11:48:00Z found this,"
            " the one of 2026-03-03 12:03:00Z something else; the change lies somewhere between."
        ),
        "AWS managed policies: read last at 2026-03-03 11:48:00Z; what changed since is not known.",
        "SCPs and RCPs of the organization: not known: first read at 2026-03-03 12:03:00Z.",
        "Channels (eu-west-1): not known: never read.",
    )
    assert as_of.as_json()["at"] == "2026-03-03T12:00Z"
    assert [part["state"] for part in as_of.as_json()["parts"]] == [  # type: ignore[attr-defined]
        "changed_between", "not_read_since", "unknown", "unknown",
    ]  # fmt: skip
    assert (as_of.is_unknown("channels"), as_of.is_unknown("iam")) == (True, False)


def test_a_piece_that_was_read_by_itself_is_no_reading_of_all() -> None:
    amended = Reading(1, "iam", "", AT - MINUTE, BEFORE, AFTER)
    (changed,) = AsOf(AT, (amended,)).sentences()
    assert "the reading of 2026-03-03 11:48:00Z (of single ones at 2026-03-03 11:59:00Z) found this" in changed
    amended = Reading(1, "iam", "", AT - MINUTE, AFTER, None, (BEFORE, AFTER))
    (same,) = AsOf(AT, (amended,)).sentences()
    assert "read at 2026-03-03 11:48:00Z (of single ones at 2026-03-03 11:59:00Z) and next at 2026-03-03 12:03" in same
