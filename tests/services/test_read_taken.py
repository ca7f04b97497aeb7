from datetime import timedelta

import pytest

from app.core.model.event import Actor, ActorKind
from app.core.model.scope import EVERYTHING
from app.services.read_taken import Asker, read_taken
from tests.builders.calls import dimension
from tests.builders.events import CLINIC, NOW, ROLE, event, store
from tests.builders.sessions import KEY, LONG_TERM, USER, issued, store_issued

FAR = "arn:aws:iam::111122223333:role/Far"
ANN = Actor(ActorKind.USER, USER, CLINIC)


@pytest.fixture
def connection(engine):
    with engine.begin() as connection:
        yield connection


def taken(connection, arn: str = USER, key: str | None = None, most: int = 9, principal: int | None = None):
    ident = dimension(connection, "principal", account_id=CLINIC, arn=arn) if principal is None else principal
    return read_taken(connection, EVERYTHING, Asker(ident, arn, key), NOW - timedelta(days=1), NOW, most)


def counts(found):
    return [(one.session.role_arn, one.then_calls, one.then_reads) for one in found.taken]


def test_calls_in_a_session_count_for_who_took_it(connection):
    store_issued(connection, [issued(), issued(1, access_key=None, error_code="AccessDenied", caller=ANN)])
    store(connection, [event(0), event(1, action="PutMedia")])
    found = taken(connection)
    assert sorted(counts(found)) == [(ROLE, 0, 0), (ROLE, 2, 1)]
    assert not found.is_cut


def test_calls_behind_another_hop_count_for_who_took_the_first(connection):
    onward = issued(1, role_arn=FAR, access_key="ASIAFAR", caller_key=KEY, caller=Actor(ActorKind.ROLE, ROLE, CLINIC))
    store_issued(connection, [issued(), onward])
    store(connection, [event(0), event(1, access_key="ASIAFAR")])
    assert counts(taken(connection)) == [(ROLE, 2, 2)]


def test_what_was_called_as_the_asker_itself_is_not_counted_twice(connection):
    renewed = issued(1, caller_key=KEY, access_key="ASIANEXT", caller=Actor(ActorKind.ROLE, ROLE, CLINIC))
    store_issued(connection, [renewed])
    store(connection, [event(0), event(1, access_key="ASIANEXT")])
    assert counts(taken(connection, ROLE)) == [(ROLE, 0, 0)]


def test_sessions_that_lead_to_one_another_end(connection):
    there = issued(1, role_arn=FAR, access_key="ASIAFAR", caller_key=KEY, caller=Actor(ActorKind.ROLE, ROLE, CLINIC))
    back = issued(2, caller_key="ASIAFAR", caller=Actor(ActorKind.ROLE, FAR, 111122223333))
    store_issued(connection, [issued(), there, back])
    assert counts(taken(connection)) == [(ROLE, 0, 0)]


def test_a_key_whose_principal_is_not_known_took_what_its_records_say(connection):
    store_issued(connection, [issued()])
    assert counts(taken(connection, "", LONG_TERM, principal=0)) == [(ROLE, 0, 0)]
    assert counts(taken(connection, USER, LONG_TERM)) == [(ROLE, 0, 0)]


def test_a_key_of_which_the_other_account_s_record_tells_is_followed(connection):
    own = issued(shared_event_id="s", access_key=None, role_arn=FAR)
    theirs = issued(1, shared_event_id="s", account=111122223333, role_arn=FAR, access_key="ASIAFAR")
    store_issued(connection, [own, theirs])
    store(connection, [event(0, access_key="ASIAFAR", account=111122223333)])
    assert counts(taken(connection)) == [(FAR, 1, 1)]


def test_of_more_sessions_the_newest_are_followed_and_it_says_so(connection):
    store_issued(connection, [issued(n, access_key=f"ASIA{n}") for n in range(3)])
    found = taken(connection, most=2)
    assert (len(found.taken), found.is_cut) == (2, True)
