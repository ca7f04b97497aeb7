from datetime import date

from app.core.rules.detections.new_reader import RULE
from app.core.rules.facts import History
from tests.builders.events import ROLE, STREAM
from tests.builders.facts import at, call, day_of, judged, only

LONG = date(2026, 11, 1)


def test_it_flags_a_role_that_reads_for_the_first_time():
    found = only(judged(RULE, day_of(call(0), call(1), history=History(LONG, {(ROLE, STREAM): at(3)}))))

    assert found.subject == ROLE
    assert found.message == "ArchiveReader read media for the first time, of ward-3-corridor: 2 calls"


def test_it_leaves_a_role_alone_that_read_another_stream_before():
    known = History(LONG, {(ROLE, "another"): at(-100)})

    assert judged(RULE, day_of(call(), history=known)).violations == ()


def test_it_leaves_a_role_alone_whose_earlier_reads_named_no_stream():
    known = History(LONG, first_networks={(ROLE, "198.51.100.0/24"): at(-100)})

    assert judged(RULE, day_of(call(), history=known)).violations == ()


def test_it_leaves_a_new_person_in_an_old_role_alone():
    known = History(LONG, {(f"{ROLE} mara", STREAM): at(-100)})

    assert judged(RULE, day_of(call(), history=known)).violations == ()


def test_it_leaves_denied_reads_and_producers_alone():
    calls = (call(0, error_code="AccessDenied"), call(1, action="PutMedia"))

    assert judged(RULE, day_of(*calls, history=History(LONG))).violations == ()


def test_it_cannot_tell_while_too_little_of_the_past_is_known():
    outcome = judged(RULE, day_of(call(), history=History(date(2026, 11, 20))))

    assert outcome.violations == ()
    assert outcome.cannot_tell[0].reason == "calls of 3 days before are known: what is usual takes 7"
