from typing import Any

import pytest

from app.aws.budget import RateBudget
from app.aws.errors import NotThere
from app.aws.ledger import Ledger
from app.aws.session import AccountSession
from app.aws.sources import _bucket
from app.aws.sources._bucket import Bucket, Object
from app.core.model.own_call import CallOutcome
from tests.builders.polling import account_of, aws_settings


@pytest.fixture
def bucket(aws: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    for name, value in aws.environment().items():
        monkeypatch.setenv(name, value)
    name = next(member.name for member in aws.estate.members if member.log_bucket)
    account = account_of(aws, name)
    assert account.log_bucket is not None
    calls: list[tuple[str, CallOutcome, int]] = []

    def count(action: str, _region: str, outcome: CallOutcome, n: int) -> None:
        calls.append((action, outcome, n))

    with (
        AccountSession(account, aws_settings(aws), Ledger()) as session,
        Bucket(session, name_of(account), count) as it,
    ):
        yield it, aws.world.buckets[account.log_bucket], calls


def name_of(account: Any) -> str:
    return str(account.log_bucket)


def test_an_object_that_went_away_after_the_listing_is_an_answer_of_its_own(bucket: Any) -> None:
    opened, stored, calls = bucket
    key = next(stored.list_keys())
    found, gone = opened.read([key, "AWSLogs/gone.json.gz"])
    assert found == stored.objects[key].body
    assert isinstance(gone, NotThere)
    assert calls == [("s3:GetObject", CallOutcome.OK, 2)]


def test_an_object_comes_with_what_its_owner_noted_of_it(bucket: Any) -> None:
    opened, stored, _ = bucket
    key = next(key for key in stored.list_keys() if "CloudTrail-Digest" in key)
    (found,) = opened.objects([key])
    assert isinstance(found, Object)
    assert found.blob == stored.objects[key].body
    assert found.metadata.items() >= stored.objects[key].metadata.items()


def test_an_empty_listing_is_a_call_too(bucket: Any) -> None:
    opened, _, calls = bucket
    assert list(opened.keys("AWSLogs/no-such-folder/")) == []
    assert calls == [("s3:ListBucket", CallOutcome.OK, 1)]


def test_its_calls_pass_a_budget_of_their_account_and_region(bucket: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    opened, stored, _ = bucket
    slept: list[float] = []
    budget = RateBudget(rate=1.0, burst=1.0, monotonic=lambda: 0.0, sleep=slept.append)
    monkeypatch.setattr(_bucket, "BUDGET", budget)
    opened.folders("AWSLogs/")
    opened.read([next(stored.list_keys())] * 3)
    assert sorted(slept) == [1.0, 2.0, 3.0]
