from datetime import UTC, datetime

import pytest

from app.core.ledger.standing import State
from app.core.model.footage import Footage, FootageClock, FootageKind
from app.core.timeline.outcome import CallOutcome
from app.web.footage import footage_text

ONE, TWO = datetime(2026, 10, 31, 22, tzinfo=UTC), datetime(2026, 10, 31, 23, tzinfo=UTC)
SERVER, PRODUCER = FootageClock.SERVER, FootageClock.PRODUCER


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (
            Footage(FootageKind.INTERVAL, ONE, TWO, PRODUCER),
            "22:00:00Z to 2026-10-31 23:00:00Z (by the camera's clock)",
        ),
        (Footage(FootageKind.LIVE, ONE), "live from 2026-10-31 22:00:00Z on, for how long is not logged"),
        (Footage(FootageKind.LIVE, ONE, TWO), "to 2026-10-31 23:00:00Z at the latest, when the URL ends"),
        (Footage(FootageKind.REPLAY, ONE, TWO, SERVER), "on and then live, to 2026-10-31 23:00:00Z at the latest"),
        (Footage(FootageKind.REPLAY, ONE, None, SERVER), "how far was read is not logged (by AWS's clock)"),
        (
            Footage(FootageKind.ONWARD, ONE, None, SERVER),
            "from 2026-10-31 22:00:00Z on, how far was read is not logged",
        ),
        (Footage(FootageKind.EARLIEST), "from the oldest that was stored then; when that was is not known"),
        (
            Footage(FootageKind.EARLIEST, ONE),
            "by the retention that the stream has now, not before 2026-10-31 22:00:00Z",
        ),
        (Footage(FootageKind.CONTINUATION_TOKEN), "from where an earlier answer ended; when that was is not known"),
        (Footage(FootageKind.FRAGMENT_NUMBER), "fragments by number; of which time is not known"),
        (Footage(FootageKind.NOT_IN_RECORD), "not known: the record does not say"),
    ],
)
def test_it_says_what_is_known_and_why_the_rest_is_not(asked, said):
    assert said in footage_text(asked)


@pytest.mark.parametrize(
    ("asked", "outcome", "said"),
    [
        (Footage(FootageKind.LIVE, ONE), CallOutcome.DENIED, "asked for, and refused: live"),
        (Footage(FootageKind.LIVE, ONE), CallOutcome.ERROR, "asked for, and not given, for the call failed: live"),
        (
            Footage(FootageKind.ONWARD, ONE, None, SERVER),
            CallOutcome.DENIED,
            "asked for, and refused: from 2026-10-31 22:00:00Z on (by AWS's clock)",
        ),
        (
            Footage(FootageKind.INTERVAL, ONE, TWO),
            CallOutcome.DENIED,
            "asked for, and refused: 2026-10-31 22:00:00Z to 2026-10-31 23:00:00Z",
        ),
    ],
)
def test_of_a_call_without_an_answer_it_says_that_nothing_was_given(asked, outcome, said):
    assert footage_text(asked, State.NOT_SEEN, outcome) == said


@pytest.mark.parametrize("outcome", CallOutcome)
@pytest.mark.parametrize("kind", FootageKind)
def test_each_kind_has_its_words(kind, outcome):
    assert footage_text(Footage(kind), None, outcome)
    assert "2026" in footage_text(Footage(kind, ONE, TWO)) or kind not in {FootageKind.INTERVAL, FootageKind.LIVE}


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (None, "live from 2026-10-31 22:00:00Z on, for how long is not logged"),
        (State.NOT_SEEN, "may have begun up to an hour before, for whether"),
        (State.REFUTED, "may have begun up to an hour before, for whether"),
        (State.CONFIRMED, "live until 2026-10-31 22:00:00Z, which is when it ended"),
    ],
)
def test_a_long_live_call_says_which_of_its_ends_its_time_is(state, said):
    assert said in footage_text(Footage(FootageKind.LIVE, ONE), state)
