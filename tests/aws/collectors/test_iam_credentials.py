from dataclasses import replace

import pytest
from moto.iam.models import iam_backends

from app.aws.collectors.iam_credentials import access_keys, credential_report
from app.aws.errors import Denied, Unreachable

ACCOUNT = "clinic-video"


def test_it_waits_until_the_report_is_made(aws, calls_of):
    iam_backends[aws.estate.account(ACCOUNT).id]["aws"].credential_report = None
    waited = []
    report = credential_report(replace(calls_of(ACCOUNT), wait=waited.append), None)
    assert report.startswith(b"user,arn,")
    assert b"<root_account>" in report
    assert len(waited) == 1


def test_a_report_that_is_never_ready_is_given_up(calls_of):
    class NeverReady:
        def call(self, *_what, **_which):
            return {"State": "INPROGRESS"}

    waited = []
    calls = replace(calls_of(ACCOUNT), session=NeverReady(), wait=waited.append)
    with pytest.raises(Unreachable, match="not ready after 61 s"):
        credential_report(calls, None)
    assert sum(waited) < 90


def test_it_lists_the_keys_of_every_user_with_their_last_use(aws, calls_of):
    made = {user.name: {key.id for key in user.keys} for user in aws.estate.account(ACCOUNT).cast.users}
    found = access_keys(calls_of(ACCOUNT), None)
    assert {one["UserArn"].rsplit("/", 1)[-1]: {key["AccessKeyId"] for key in one["Keys"]} for one in found} == made
    assert all("AccessKeyLastUsed" in key for one in found for key in one["Keys"])


def test_keys_whose_use_may_not_be_read_are_not_told_as_unused(aws, calls_of):
    aws.faults({"operation": "GetAccessKeyLastUsed", "error": "AccessDenied", "status": 403})
    assert any(user.keys for user in aws.estate.account(ACCOUNT).cast.users)
    with pytest.raises(Denied) as told:
        access_keys(calls_of(ACCOUNT), None)
    assert told.value.missing == "iam:GetAccessKeyLastUsed"


def test_a_user_who_is_gone_since_the_listing_is_left_out(aws, calls_of):
    users = aws.estate.account(ACCOUNT).cast.users
    aws.faults({"operation": "ListAccessKeys", "error": "NoSuchEntity", "status": 404, "times": 1})
    assert len(access_keys(calls_of(ACCOUNT), None)) == len(users) - 1
