from datetime import UTC, datetime

from app.demo.gate.ledger import Ledger, logged_call
from tests.demo.gate.test_call import identify, request

CALL = identify(request("kinesisvideo", path="/listStreams"))
NOW = datetime(2026, 11, 23, tzinfo=UTC)


def noted(*errors):
    ledger = Ledger()
    for error in errors:
        ledger.note(logged_call(CALL, None, NOW, 200 if error is None else 400, error, None))
    return ledger


def test_it_counts_by_outcome():
    summary = noted(None, None, "Boom").summary()

    assert [(row["call"], row["outcome"], row["count"]) for row in summary] == [
        ("kinesisvideo:ListStreams", "Boom", 1),
        ("kinesisvideo:ListStreams", "ok", 2),
    ]


def test_what_is_drained_is_given_out_once():
    ledger = noted(None)

    assert len(ledger.drain()) == 1
    assert ledger.drain() == []
    assert len(ledger.calls) == 1


def test_it_forgets_when_told():
    ledger = noted(None)
    ledger.clear()

    assert ledger.summary() == []
