from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from app import clock
from app.aws.errors import Denied
from app.aws.ledger import Ledger
from app.aws.session import AccountSession
from app.aws.sources._bucket import Bucket
from app.aws.trail_archive import PERMISSIONS, TrailBucket, public_keys
from app.core.model.own_call import CallOutcome
from app.core.trailfile.digest.chain import Stored
from tests.builders.polling import account_of, aws_settings


@pytest.fixture
def session(aws: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    for name, value in aws.environment().items():
        monkeypatch.setenv(name, value)
    name = next(member.name for member in aws.estate.members if member.log_bucket)
    with AccountSession(account_of(aws, name), aws_settings(aws), Ledger()) as opened:
        yield opened
    aws.faults()


def test_an_object_comes_with_its_metadata(aws: Any, session: AccountSession) -> None:
    name = session.account.log_bucket
    assert name is not None
    counts: Counter[tuple[str, CallOutcome]] = Counter()
    with Bucket(session, name, lambda action, _region, outcome, n: counts.update({(action, outcome): n})) as bucket:
        archive = TrailBucket(bucket, "AWSLogs/")
        digest = next(key for key in archive.keys("AWSLogs/") if "CloudTrail-Digest" in key)
        stored, none = archive.read([digest, "AWSLogs/none"])
        assert "CloudTrail-Digest" in archive.folders(digest[: digest.index("CloudTrail-Digest")])
    assert isinstance(stored, Stored)
    assert stored.metadata["signature-algorithm"] == "SHA256withRSA"
    assert stored.metadata["signature"] == aws.world.buckets[name].objects[digest].metadata["signature"]
    assert none is None
    assert {action for action, _ in counts} == {"s3:GetObject", "s3:ListBucket"}
    assert {action for action, _ in counts} < set(PERMISSIONS)


def test_keys_are_asked_for_in_the_digests_region(aws: Any, session: AccountSession) -> None:
    now = clock.now()
    (key,) = public_keys(session, "eu-west-1", now - timedelta(hours=1), now)
    assert key.fingerprint == aws.world.public_keys[0].fingerprint
    assert public_keys(session, "eu-west-1", now - timedelta(days=900), now - timedelta(days=800)) == ()


def test_a_denied_listing_of_keys_names_what_is_missing(aws: Any, session: AccountSession) -> None:
    aws.faults({"operation": "ListPublicKeys", "error": "AccessDeniedException"})
    with pytest.raises(Denied) as denied:
        public_keys(session, "eu-west-1", clock.now(), clock.now())
    assert denied.value.missing == "cloudtrail:ListPublicKeys"
