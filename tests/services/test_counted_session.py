from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, text

from app.aws.errors import Denied
from app.core.model.account import Account
from app.core.model.own_call import CallOutcome
from app.services.counted_session import counted
from tests.builders.polling import account_of, aws_settings, watch


@pytest.fixture
def account(aws: Any, app_engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    for name, value in aws.environment().items():
        monkeypatch.setenv(name, value)
    yield watch(app_engine, account_of(aws))
    aws.faults()


def calls(engine: Engine) -> dict[tuple[str, str], int]:
    with engine.connect() as connection:
        rows = connection.execute(text("select api, outcome, n from own_call")).all()
    return {(row.api, row.outcome): row.n for row in rows}


def test_calls_are_counted_those_too_that_go_past_the_session(aws: Any, app_engine: Engine, account: Account) -> None:
    with counted(app_engine, account, aws_settings(aws)) as (session, count):
        session.call("cloudtrail", "list_public_keys", "eu-central-1")
        count("s3:GetObject", "eu-central-1", CallOutcome.OK, 3)
    found = calls(app_engine)
    assert found["cloudtrail:ListPublicKeys", "ok"] == 1
    assert found["s3:GetObject", "ok"] == 3


def test_they_are_counted_whatever_comes_of_them(aws: Any, app_engine: Engine, account: Account) -> None:
    aws.faults({"operation": "ListPublicKeys", "error": "AccessDeniedException"})
    with pytest.raises(Denied), counted(app_engine, account, aws_settings(aws)) as (session, _):
        session.call("cloudtrail", "list_public_keys", "eu-central-1")
    assert calls(app_engine)["cloudtrail:ListPublicKeys", "denied"] == 1
