import pytest

from app.core.assumptions._together import OneKey, OneName
from app.core.assumptions.temporary_keys_of_users_are_of_long_term_keys import ASSUMPTION
from app.core.ledger.standing import State
from app.core.model.sighting import Verdict
from app.db.queries.ingest import EventStore
from tests.builders.assumptions import standing
from tests.builders.stored import arrival, rows
from tests.builders.together import NOW
from tests.builders.trail import ACCOUNT, assume_role_record, guid, kvs_record, token_record

NAME = "temporary_keys_of_users_are_of_long_term_keys"
KEY = "ASIAANN0000000000001"
ANN = {
    "type": "IAMUser",
    "arn": f"arn:aws:iam::{ACCOUNT}:user/ann",
    "accountId": ACCOUNT,
    "accessKeyId": KEY,
    "userName": "ann",
    "sessionContext": {"attributes": {"creationDate": "2026-11-01T10:00:00Z"}},
}
CALL = kvs_record(1, userIdentity=ANN)
DEMO = {"additionalEventData": {"kvswatchDemo": "emulated"}}


@pytest.mark.parametrize(
    ("seen", "says"),
    [
        (OneKey("GetSessionToken", is_of_long_term=True), Verdict.CONFIRMS),
        (OneKey("GetSessionToken", is_of_long_term=False), Verdict.REFUTES),
        (OneKey("AssumeRole", is_of_long_term=False), Verdict.REFUTES),
        (OneName(is_same_arn=True), None),
    ],
)
def test_it_judges_what_gave_the_key(seen, says):
    assert ASSUMPTION.check(seen) is says


def stored(engine, *batches) -> State:
    store = EventStore(engine)
    for batch in batches:
        store.store([arrival(*batch)], now=NOW)
    return standing(engine, NAME).state


@pytest.mark.parametrize(
    "batches",
    [[(token_record(),), (CALL,)], [(CALL,), (token_record(),)], [(CALL, token_record())]],
    ids=["before", "behind", "together"],
)
def test_the_record_that_gave_the_key_confirms_it_whenever_it_comes(app_engine, batches):
    assert stored(app_engine, *batches) is State.CONFIRMED
    assert standing(app_engine, NAME).calls[0].confirming.newest.event_id == guid("event 1")


def test_a_role_s_key_in_the_hands_of_a_user_refutes_it(app_engine):
    given = {"credentials": {"accessKeyId": KEY}}
    assert stored(app_engine, (assume_role_record(responseElements=given),), (CALL,)) is State.REFUTED


@pytest.mark.parametrize(
    "call",
    [
        kvs_record(1),
        kvs_record(1, userIdentity=ANN, sessionCredentialFromConsole="true"),
        kvs_record(1, userIdentity=ANN | {"invokedBy": "cloudformation.amazonaws.com"}),
        kvs_record(1, userIdentity=ANN | {"accessKeyId": "ASIAANN0000000000002"}),
        kvs_record(1, userIdentity=ANN, recipientAccountId="000000000007"),
    ],
    ids=["a role", "the console", "a service", "another key", "another account"],
)
@pytest.mark.parametrize("order", [1, -1])
def test_other_calls_show_nothing(app_engine, call, order):
    assert stored(app_engine, *[(token_record(),), (call,)][::order]) is State.NOT_SEEN


@pytest.mark.parametrize("demo", [(token_record(**DEMO), CALL), (token_record(), CALL | DEMO)])
def test_the_demo_s_records_confirm_nothing_before_or_behind(app_engine, demo):
    assert stored(app_engine, demo[:1], demo[1:]) is State.NOT_SEEN


@pytest.mark.parametrize("key", [{}, {"accessKeyId": ""}, {"accessKeyId": None}], ids=["none", "empty", "null"])
@pytest.mark.parametrize("order", [1, -1])
def test_a_record_that_does_not_say_by_which_key_it_was_asked_for_shows_nothing(app_engine, key, order):
    asked = {name: value for name, value in ANN.items() if name != "accessKeyId"} | key
    batches = [(token_record(userIdentity=asked),), (CALL,)][::order]
    assert stored(app_engine, *batches) is State.NOT_SEEN


def test_of_the_record_only_the_key_is_kept(app_engine):
    EventStore(app_engine).store([arrival(token_record(), token_record(1))], now=NOW)
    assert rows(app_engine, "select access_key, is_of_long_term from issued_token") == [(KEY, True)]
    assert rows(app_engine, "select 1 from event union all select 1 from issued_session") == []


def test_one_that_was_refused_or_cannot_be_placed_is_left_behind():
    refused = token_record(responseElements=None, errorCode="AccessDenied")
    found = arrival(refused, token_record(eventTime="never"))
    assert (found.tokens, found.rejected, found.total) == ((), (), 2)
