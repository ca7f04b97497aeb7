from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from app import clock
from app.core.health import Health
from app.core.model.own_call import CallOutcome
from app.core.model.scope import EVERYTHING
from app.core.onboarding.policy import trust_policy
from app.db.queries import own_calls
from app.services.check_access import check_access, check_own_identity
from app.services.permissions import permissions_by_kind
from tests.builders.log_groups import LogGroup
from tests.builders.polling import account_of, aws_settings
from tests.builders.probing import allowing, trusting
from tests.builders.queues import Announced

FIRST, SECOND = "eu-central-1", "eu-west-1"
ALWAYS = (datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))


@pytest.fixture(autouse=True)
def _own_credentials(aws, monkeypatch):
    for name, value in aws.environment().items():
        monkeypatch.setenv(name, value)
    yield
    aws.faults()


@pytest.fixture
def cams(aws):
    return replace(account_of(aws), log_bucket=None)


@pytest.fixture
def archive(aws):
    return next(account_of(aws, one.name) for one in aws.estate.accounts if one.kind == "log_archive")


def quiet(_api, _region):
    pass


def checks(aws, engine, account, now=None):
    found = check_access(engine, account, aws_settings(aws), now or clock.now(), quiet)
    return {check.name: check for check in found}


def failing(checks):
    return {name for name, check in checks.items() if check.health is not Health.OK}


def declared(account, *, without=()):
    return permissions_by_kind()[account.kind] - set(without)


def without_condition(account, aws):
    policy = trust_policy(aws.estate.poller_arn, aws.estate.external_id)
    del policy["Statement"][0]["Condition"]
    return trusting(account, policy)


def patterned(account, aws):
    policy = trust_policy(aws.estate.poller_arn, aws.estate.external_id)
    policy["Statement"][0]["Condition"] = {"StringLike": {"sts:ExternalId": "kvswatch-*"}}
    return trusting(account, policy)


def test_an_account_with_exactly_the_declared_permissions_is_well(aws, app_engine, cams):
    with allowing(aws, cams, declared(cams)):
        found = checks(aws, app_engine, cams)
    assert failing(found) == set()
    on_named_resources = {a for a in declared(cams) if a.startswith(("s3:", "sqs:", "logs:"))}
    assert {name for name in found if ":" in name} == declared(cams) - on_named_resources


def test_a_denied_permission_is_named_with_what_needs_it(aws, app_engine, cams):
    with allowing(aws, cams, declared(cams, without={"iam:GetCredentialReport"})):
        found = checks(aws, app_engine, cams)
    assert failing(found) == {"iam:GetCredentialReport"}
    check = found["iam:GetCredentialReport"]
    assert (check.health, check.missing) == (Health.FAILS, "iam:GetCredentialReport")
    assert "allow iam:GetCredentialReport in the role's policy" in check.todo
    assert "credential_report cannot be read" in check.todo


def test_regions_that_answer_differently_are_told_apart(aws, app_engine, cams):
    aws.faults({"operation": "ListStreams", "region": SECOND, "error": "AccessDeniedException", "status": 403})
    found = [
        check
        for check in check_access(app_engine, cams, aws_settings(aws), clock.now(), quiet)
        if check.name == "kinesisvideo:ListStreams"
    ]
    assert [(check.health, check.missing) for check in found] == [
        (Health.OK, None),
        (Health.FAILS, "kinesisvideo:ListStreams"),
    ]
    assert FIRST in found[0].message
    assert SECOND not in found[0].message
    assert f"(so in {SECOND})" in found[1].message


def test_throttling_is_neither_allowed_nor_missing(aws, app_engine, cams):
    aws.faults({"operation": "DescribeTrails", "error": "ThrottlingException"})
    hasty = aws_settings(aws, attempts=1)
    found = {check.name: check for check in check_access(app_engine, cams, hasty, clock.now(), quiet)}
    assert found["cloudtrail:DescribeTrails"].health is Health.CANNOT_TELL


def test_a_role_that_asks_for_the_external_id_is_proven_to(aws, app_engine, cams):
    found = checks(aws, app_engine, cams)
    for name in ("role without external ID", "role with a wrong external ID"):
        assert (found[name].health, found[name].message) == (Health.OK, "refused, as it must be")


def test_a_role_that_trusts_without_an_external_id_fails_with_the_fix(aws, app_engine, cams):
    with without_condition(cams, aws):
        found = checks(aws, app_engine, cams)
    assert failing(found) >= {"role without external ID", "role with a wrong external ID"}
    assert "sts:ExternalId" in found["role without external ID"].todo
    assert cams.external_id not in found["role without external ID"].todo


def test_a_role_that_takes_any_id_of_a_pattern_fails(aws, app_engine, cams):
    with patterned(cams, aws):
        found = checks(aws, app_engine, cams)
    assert found["role without external ID"].health is Health.OK
    assert found["role with a wrong external ID"].health is Health.FAILS


def test_a_role_that_is_assumed_without_any_external_id_fails(aws, app_engine, cams):
    with without_condition(cams, aws):
        found = checks(aws, app_engine, replace(cams, external_id=None))
    assert found["role"].health is Health.OK
    assert found["role without external ID"].health is Health.FAILS


def test_of_a_role_that_cannot_be_assumed_nothing_else_is_asked(aws, app_engine, cams):
    aws.gate.ledger.clear()
    found = checks(aws, app_engine, replace(cams, external_id="guessed"))
    assert set(found) == {"role"}
    assert (found["role"].health, found["role"].missing) == (Health.FAILS, "sts:AssumeRole")
    assert {call.operation for call in aws.gate.ledger.calls} == {"AssumeRole"}


def test_a_refusal_that_is_none_proves_nothing(aws, app_engine, cams):
    aws.faults({"operation": "AssumeRole", "error": "InternalFailure", "status": 500})
    assert checks(aws, app_engine, cams)["role"].health is Health.CANNOT_TELL


def test_the_log_bucket_is_found_listed_and_read(aws, app_engine, archive):
    with allowing(aws, archive, declared(archive)):
        found = checks(aws, app_engine, archive)
    assert failing(found) <= {"iam:GetAccessKeyLastUsed"}  # the archive's account has no key to ask about
    assert {"s3:GetBucketLocation", "s3:ListBucket", "newest log file", "s3:GetObject"} <= set(found)


@pytest.mark.parametrize("action", ["s3:ListBucket", "s3:GetObject", "s3:GetBucketLocation"])
def test_what_is_missing_of_the_bucket_is_named(aws, app_engine, archive, action):
    with allowing(aws, archive, declared(archive, without={action})):
        found = checks(aws, app_engine, archive)
    assert (found[action].health, found[action].missing) == (Health.FAILS, action)
    assert f"allow {action}" in found[action].todo
    assert "or set log_requester_pays" in found[action].todo


def test_a_log_file_whose_key_may_not_be_used_tells_how_to_allow_it(aws, app_engine, archive):
    message = "User: arn:x is not authorized to perform: kms:Decrypt on resource: arn:y"
    aws.faults({"operation": "GetObject", "error": "AccessDenied", "status": 403, "message": message})
    found = checks(aws, app_engine, archive)["s3:GetObject"]
    assert (found.health, found.missing) == (Health.FAILS, "kms:Decrypt")
    assert "kvswatch onboard --log-bucket-key" in found.todo


def test_a_bucket_without_new_files_fails(aws, app_engine, archive):
    found = checks(aws, app_engine, archive, clock.now() + timedelta(days=40))
    assert found["newest log file"].health is Health.FAILS
    assert found["s3:GetObject"].health is Health.CANNOT_TELL


def test_a_bucket_that_is_not_there_fails(aws, app_engine, archive):
    found = checks(aws, app_engine, replace(archive, log_bucket="no-such-bucket-of-ours"))
    assert found["s3:GetBucketLocation"].health is Health.FAILS
    assert "log_bucket" in found["s3:GetBucketLocation"].todo


def test_every_call_of_it_is_in_the_ledger_of_own_calls(aws, app_engine, archive):
    aws.gate.ledger.clear()
    checks(aws, app_engine, archive)
    seen = Counter()
    for (account, region, api, _outcome), n in aws.gate.ledger.counts.items():
        if account == f"{archive.id:012d}":
            seen[api.replace("ListObjectsV2", "ListBucket"), region] += n
    with app_engine.begin() as connection:
        stored = own_calls.own_calls(connection, EVERYTHING, archive.id, *ALWAYS)
    ours = Counter()
    for calls in stored:
        if calls.api != "sts:AssumeRole":  # which AWS counts where it was called from
            ours[calls.api, calls.region] += calls.n
    assert ours == seen
    denied = [c for c in stored if c.outcome is CallOutcome.DENIED and c.api == "sts:AssumeRole"]
    assert sum(calls.n for calls in denied) == 2


def test_it_tells_as_whom_kvswatch_runs_and_that_the_clocks_agree(aws, app_engine):
    found = {c.name: c for c in check_own_identity(app_engine, aws_settings(aws), FIRST, quiet)}
    assert failing(found) == set()
    assert aws.estate.poller_arn in found["own credentials"].message
    with app_engine.begin() as connection:
        stored = own_calls.own_calls(connection, EVERYTHING, int(aws.estate.poller_account), *ALWAYS)
    assert [(calls.api, calls.n) for calls in stored] == [("sts:GetCallerIdentity", 1)]


def test_a_clock_that_is_off_fails(aws, app_engine):
    late = aws_settings(aws, now=lambda: clock.now() + timedelta(minutes=3))
    found = {c.name: c for c in check_own_identity(app_engine, late, FIRST, quiet)}
    assert found["clock"].health is Health.FAILS
    assert "ahead of AWS's" in found["clock"].message


def test_without_credentials_the_call_that_failed_is_named_and_no_policy_is_blamed(
    aws, app_engine, archive, monkeypatch, tmp_path
):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    (own,) = check_own_identity(app_engine, aws_settings(aws), FIRST, quiet)
    assert own.message.startswith(f"sts:GetCallerIdentity in {FIRST}: ")
    assert "set AWS_PROFILE" in own.message
    role = checks(aws, app_engine, archive)["role"]
    assert role.message.startswith("sts:AssumeRole in ")
    assert role.todo == own.todo == "give kvswatch credentials of its own that AWS takes"


def test_credentials_that_aws_does_not_know_fail(aws, app_engine, monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAUNKNOWNUNKNOWN00")
    (check,) = check_own_identity(app_engine, aws_settings(aws), FIRST, quiet)
    assert (check.name, check.health) == ("own credentials", Health.FAILS)


@pytest.fixture
def announced(aws):
    made = Announced(aws)
    yield made
    made.close()


def test_the_queue_is_heard_and_its_messages_stay(aws, app_engine, announced):
    announced.send("hello")
    with allowing(aws, announced.account, declared(announced.account)):
        found = checks(aws, app_engine, announced.account)
    assert (found["sqs:ReceiveMessage"].health, found["sqs:DeleteMessage"].health) == (Health.OK, Health.OK)
    assert announced.left() == (1, 0)


@pytest.mark.parametrize("action", ["sqs:ReceiveMessage", "sqs:DeleteMessage"])
def test_what_is_missing_of_the_queue_is_named(aws, app_engine, announced, action):
    with allowing(aws, announced.account, declared(announced.account, without={action})):
        found = checks(aws, app_engine, announced.account)
    assert (found[action].health, found[action].missing) == (Health.FAILS, action)
    assert f"allow {action} on {announced.arn}" in found[action].todo


def test_a_queue_that_is_not_there_fails(aws, app_engine, announced):
    found = checks(aws, app_engine, replace(announced.account, log_queue=f"{announced.arn}-gone"))
    assert found["sqs:ReceiveMessage"].health is Health.FAILS
    assert "log_queue" in found["sqs:ReceiveMessage"].todo


@pytest.fixture
def grouped(cams):
    return replace(cams, log_group=LogGroup(cams).arn)


def test_the_log_group_is_read(aws, app_engine, grouped):
    with allowing(aws, grouped, declared(grouped)):
        found = checks(aws, app_engine, grouped)
    assert found["logs:FilterLogEvents"].health is Health.OK


def test_what_is_missing_of_the_log_group_is_named(aws, app_engine, grouped):
    with allowing(aws, grouped, declared(grouped, without={"logs:FilterLogEvents"})):
        found = checks(aws, app_engine, grouped)["logs:FilterLogEvents"]
    assert (found.health, found.missing) == (Health.FAILS, "logs:FilterLogEvents")
    assert f"on {grouped.log_group}:*" in found.todo


def test_a_log_group_that_is_not_there_fails(aws, app_engine, grouped):
    found = checks(aws, app_engine, replace(grouped, log_group=f"{grouped.log_group}-gone"))["logs:FilterLogEvents"]
    assert found.health is Health.FAILS
    assert "log_group" in found.todo


def test_each_bucket_of_an_account_is_checked(aws, app_engine, archive):
    two = replace(archive, more_log_buckets=("no-such-bucket-of-ours",))
    found = list(check_access(app_engine, two, aws_settings(aws), clock.now(), quiet))
    told = [check.health for check in found if check.name == "s3:GetBucketLocation"]
    assert told == [Health.OK, Health.FAILS]
