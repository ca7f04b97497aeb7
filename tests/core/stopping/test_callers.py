from datetime import timedelta

from app.core.model.event import Actor, ActorKind
from app.core.stopping.callers import Taken, each_once, with_taken
from tests.builders.sessions import CLINIC, ISSUED_AT, LONG_TERM, issued
from tests.builders.sessions import USER as ANN
from tests.builders.stopping import NOW, ROLE, caller

OTHER = "arn:aws:iam::111122223333:role/Other"
JOB = Actor(ActorKind.ROLE, ROLE, CLINIC, "job")


def taken(number: int = 0, then: tuple[int, int] = (0, 0), **changes) -> Taken:
    return Taken(issued(number, **({"caller": JOB, "caller_key": "ASIA1", "role_arn": OTHER} | changes)), *then)


def test_who_called_and_took_roles_is_one_caller():
    (found,) = with_taken([caller()], [taken(then=(7, 2)), taken(1, (1, 0), error_code="AccessDenied")])
    assert (found.calls, found.taken, found.taken_failed, found.roles) == (3, 2, 1, {OTHER})
    assert (found.then_calls, found.then_reads) == (8, 2)
    assert found.last_at == max(NOW, ISSUED_AT)


def test_who_only_took_roles_is_a_caller_without_calls():
    later = taken(1, event_time=ISSUED_AT + timedelta(hours=1))
    (found,) = with_taken([], [taken(), later])
    assert (found.principal, found.session, found.is_long_term) == (ROLE, "job", False)
    assert (found.calls, found.taken, found.last_at) == (0, 2, later.session.event_time)


def test_a_long_term_key_that_took_a_role_is_told_by_its_key_address_and_program():
    one = taken(caller=Actor(ActorKind.USER, ANN, CLINIC), caller_key=LONG_TERM)
    two = taken(1, caller=Actor(ActorKind.USER, ANN, CLINIC), caller_key=LONG_TERM, address="203.0.113.9")
    drawn = taken(2, caller=Actor(ActorKind.USER, ANN, CLINIC), caller_key="ASIA2")
    found = with_taken([], [one, two, drawn])
    assert [(each.key, each.is_long_term) for each in found] == [(LONG_TERM, True), (LONG_TERM, True), ("ASIA2", False)]


def test_a_caller_of_two_lots_of_calls_is_one():
    (found,) = with_taken([caller(failed=1), caller(key="ASIA2", last_at=NOW + timedelta(hours=1), others=1)], [])
    assert (found.calls, found.reads, found.failed, found.others, found.key) == (6, 2, 1, 1, "ASIA2")


def test_the_streams_of_two_lots_of_calls_are_those_of_both():
    (only,) = with_taken([caller(streams=(1, 3)), caller(streams=(2, 3))], ())
    assert only.streams == (1, 2, 3)


def test_a_role_that_was_taken_is_no_call_of_kinesis_video_streams():
    (found,) = with_taken([caller(kvs_at=NOW), caller()], [taken(event_time=NOW + timedelta(hours=1))])
    assert (found.last_at, found.kvs_at) == (NOW + timedelta(hours=1), NOW)
    assert found.of_kvs.last_at == NOW


def test_of_a_call_that_two_accounts_recorded_the_record_tells_that_names_its_caller():
    nameless = issued(1, caller=Actor(ActorKind.ACCOUNT, "account/1", 1), shared_event_id="s")
    named = issued(shared_event_id="s")
    assert each_once([nameless, named]) == each_once([named, nameless]) == (named,)
    assert len(each_once([issued(), issued(1)])) == 2
