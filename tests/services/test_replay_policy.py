from datetime import timedelta

import pytest
from sqlalchemy import Engine

from app.core.errors import InvalidInput
from app.core.leastprivilege.replay import Outcome
from app.core.model.principal import Iam
from app.core.model.scope import EVERYTHING, Scope
from app.db.queries.snapshots import store_part
from app.services.replay_policy import replay_policy
from tests.builders.accounts import CLINIC, NOW, make_account
from tests.builders.calls import make_calls, make_principal, make_stream
from tests.builders.iam import allow, document, role

ARN = f"arn:aws:iam::{CLINIC}:role/Analyst"


@pytest.fixture(autouse=True)
def _recorded(engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        who, stream = make_principal(connection, "Analyst"), make_stream(connection, "a")
        make_calls(connection, "GetMedia", 5, principal_id=who, stream_id=stream, errors=2)
        make_calls(connection, "GetClip", 4, NOW - timedelta(days=89), principal_id=who, stream_id=stream)
        make_calls(connection, "GetImages", 4, NOW - timedelta(days=90), principal_id=who, stream_id=stream)
        store_part(connection, CLINIC, "iam", "", Iam((role(allow(), arn=ARN, name="Analyst"),), ()), NOW)


def test_it_replays_the_calls_of_90_days(read_engine: Engine) -> None:
    found = replay_policy(read_engine, EVERYTHING, ARN, [document(allow("kinesisvideo:GetMedia"))], now=NOW)
    assert [(each.call.action, each.call.n, each.outcome) for each in found.calls] == [
        ("GetClip", 4, Outcome.DENIED),
        ("GetMedia", 3, Outcome.ALLOWED),
    ]
    assert found.failed == 2
    assert found.stored_since == (NOW - timedelta(days=90)).date()


def test_what_nobody_may_see_is_refused(read_engine: Engine) -> None:
    with pytest.raises(InvalidInput, match="not watched"):
        replay_policy(read_engine, Scope(frozenset({1})), ARN, [], now=NOW)


@pytest.mark.parametrize("arn", ["Analyst", f"{ARN}-2", "arn:aws:iam::999999999999:role/x"])
def test_a_principal_that_is_not_known_is_refused(read_engine: Engine, arn: str) -> None:
    with pytest.raises(InvalidInput):
        replay_policy(read_engine, EVERYTHING, arn, [], now=NOW)
