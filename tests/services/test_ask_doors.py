import json
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from app.core.model.policy import PolicyDocument, PolicyKind
from app.core.model.principal import Iam, Principal
from app.core.model.scope import EVERYTHING, Scope
from app.db.queries.inventory import project_principals
from app.db.queries.snapshots import store_part
from app.services.ask_doors import Doors
from app.services.build_role_entries import build_role_entries
from app.services.read_ways import ways_to_principal
from tests.builders import iam
from tests.builders.accounts import NOW, make_account

HOUR = timedelta(hours=1)
ANNA = f"arn:aws:iam::{iam.ACCOUNT}:role/anna"


def trusting(principal: object) -> Principal:
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    text = json.dumps({"Version": "2012-10-17", "Statement": statement})
    return iam.role(trust=PolicyDocument(PolicyKind.TRUST, "trust", text))


@pytest.fixture
def polled(app_engine: Engine) -> Engine:
    """A role that anyone of its account might assume, and from the second hour on only a service."""
    anna = iam.role(iam.allow("sts:AssumeRole"), arn=ANNA, name="anna")
    with app_engine.begin() as connection:
        make_account(connection, iam.ACCOUNT, kind="management")
        for hour, trust in ((0, {"AWS": str(iam.ACCOUNT)}), (2, {"Service": "ecs-tasks.amazonaws.com"})):
            listed = Iam((trusting(trust), anna), ())
            store_part(connection, iam.ACCOUNT, "iam", "", listed, NOW + hour * HOUR)
            project_principals(connection, iam.ACCOUNT, listed, NOW, sweep=True)
    return app_engine


def sources(engine: Engine, hour: int, scope: Scope = EVERYTHING, most: int | None = None) -> list[str] | None:
    with engine.connect() as connection:
        found = Doors(connection, scope, NOW + hour * HOUR, most).into([iam.ROLE]).get(iam.ROLE)
    return None if found is None else [entry.source for entry in found]


def test_a_door_is_open_to_whom_it_was_open_then(polled: Engine) -> None:
    assert sources(polled, 1) == [ANNA]
    assert sources(polled, 2) == ["ecs-tasks.amazonaws.com"]


def test_nobody_can_tell_before_the_first_reading_or_out_of_scope(polled: Engine) -> None:
    assert sources(polled, -1) is None
    assert sources(polled, 1, Scope(frozenset({iam.MANAGEMENT}))) is None


def test_a_page_does_not_wait_for_everyone_to_be_asked(polled: Engine) -> None:
    assert sources(polled, 1, most=1) is None
    assert sources(polled, 1, most=2) == [ANNA]
    assert sources(polled, 2, most=0) == ["ecs-tasks.amazonaws.com"]


def test_now_is_what_the_worker_stored(polled: Engine) -> None:
    build_role_entries(polled, iam.ACCOUNT, now=NOW + 2 * HOUR)
    with polled.connect() as connection:
        stored = ways_to_principal(connection, EVERYTHING, iam.ROLE)
        assert ways_to_principal(connection, EVERYTHING, iam.ROLE, NOW + 2 * HOUR) == stored
