from datetime import UTC, datetime

from app.aws.ledger import Ledger
from app.core.model.own_call import CallOutcome, OwnCalls

AT = datetime(2026, 11, 23, 9, 41, 7, tzinfo=UTC)
HOUR = datetime(2026, 11, 23, 9, tzinfo=UTC)
API, REGION = "kinesisvideo:ListStreams", "eu-west-1"


def counted(outcome, n):
    return OwnCalls(7, HOUR, API, REGION, outcome, n)


def test_it_counts_by_hour_and_outcome():
    ledger = Ledger()
    ledger.begin(7, AT, API, REGION)(CallOutcome.OK)
    ledger.begin(7, AT, API, REGION)(CallOutcome.OK)
    ledger.begin(7, AT, API, REGION)(CallOutcome.THROTTLED)
    assert ledger.take() == (counted(CallOutcome.OK, 2), counted(CallOutcome.THROTTLED, 1))


def test_it_starts_anew_when_the_counts_are_taken():
    ledger = Ledger()
    ledger.begin(7, AT, API, REGION)(CallOutcome.OK)
    ledger.take()
    assert ledger.take() == ()


def test_a_call_without_an_answer_stays_begun():
    ledger = Ledger()
    ledger.begin(7, AT, API, REGION)
    assert ledger.take() == (counted(CallOutcome.BEGUN, 1),)


def test_a_call_is_written_before_it_leaves_and_the_writing_taken_back_with_the_answer():
    written = []
    ledger = Ledger(write=written.append)
    end = ledger.begin(7, AT, API, REGION)
    assert written == [counted(CallOutcome.BEGUN, 1)]
    assert ledger.take() == ()
    end(CallOutcome.DENIED)
    assert ledger.take() == (counted(CallOutcome.BEGUN, -1), counted(CallOutcome.DENIED, 1))
