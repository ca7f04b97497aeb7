from collections import Counter
from datetime import timedelta

import pytest

from app import clock
from app.aws.errors import Denied
from app.aws.ledger import Ledger
from app.aws.newest_log_file import MOST_PLACES, base, newest_log_file
from app.aws.session import AccountSession
from app.aws.sources._bucket import Bucket
from tests.builders.polling import account_of, aws_settings
from tests.builders.probing import allowing


@pytest.fixture(autouse=True)
def _own_credentials(aws, monkeypatch):
    for name, value in aws.environment().items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def archive(aws):
    return next(account_of(aws, one.name) for one in aws.estate.accounts if one.kind == "log_archive")


@pytest.fixture
def calls():
    return Counter()


@pytest.fixture
def bucket(aws, archive, calls):
    def count(action, _region, _outcome, n):
        calls[action] += n

    with (
        AccountSession(archive, aws_settings(aws), Ledger()) as session,
        Bucket(session, archive.log_bucket, count) as bucket,
    ):
        yield bucket


def test_it_finds_a_file_of_the_last_days(archive, bucket):
    found = newest_log_file(bucket, archive.log_prefix, archive.regions, clock.now())
    assert timedelta(0) <= clock.now() - found.delivered_at < timedelta(days=1)
    assert found.listed.key.endswith(".json.gz")


def test_it_looks_into_few_folders(archive, bucket, calls):
    newest_log_file(bucket, archive.log_prefix, archive.regions, clock.now())
    # Each place costs three days at most, each account two listings of folders.
    assert calls["s3:ListBucket"] <= MOST_PLACES * 5 + 2


def test_days_without_a_file_are_none(archive, bucket):
    assert newest_log_file(bucket, archive.log_prefix, archive.regions, clock.now() + timedelta(days=30)) is None


def test_a_bucket_that_may_not_be_listed_is_not_an_empty_one(aws, archive, bucket):
    with allowing(aws, archive, {"s3:GetObject"}), pytest.raises(Denied) as refused:
        newest_log_file(bucket, archive.log_prefix, archive.regions, clock.now())
    assert refused.value.missing == "s3:ListBucket"


def test_a_prefix_may_have_slashes_or_none():
    assert [base(prefix) for prefix in ("", "logs", "/logs/of/us/")] == [
        "AWSLogs/",
        "logs/AWSLogs/",
        "logs/of/us/AWSLogs/",
    ]
