import json
import socket
from dataclasses import replace

import pytest

from app.aws.budget import RateBudget
from app.aws.errors import BadCredentials, CannotAssume, Denied, Expired, NotThere, Throttled, Unreachable
from app.aws.ledger import Ledger
from app.aws.session import AccountSession, profile
from app.core.model.own_call import CallOutcome
from tests.builders.answering import answering
from tests.builders.polling import account_of, aws_settings
from tests.builders.waiting import eventually

REGION = "eu-central-1"


@pytest.fixture(autouse=True)
def _own_credentials(aws, monkeypatch):
    for name, value in aws.environment().items():
        monkeypatch.setenv(name, value)
    aws.gate.ledger.clear()
    yield
    aws.faults()


def session(aws, settings=None, ledger=None, **changes):
    return AccountSession(replace(account_of(aws), **changes), settings or aws_settings(aws), ledger or Ledger())


def list_streams(session):
    return session.call("kinesisvideo", "list_streams", REGION)


def calls(aws, operation):
    return [call for call in aws.gate.ledger.calls if call.operation == operation]


def test_it_calls_as_a_session_whose_name_tells_whose_it_is(aws):
    with session(aws) as ours:
        assert list_streams(ours)["StreamInfoList"]
    (call,) = calls(aws, "ListStreams")
    assert (call.caller.role_arn, call.caller.session) == (account_of(aws).role_arn, "kvswatch-test")
    assert "kvswatch" in call.user_agent


def test_it_hands_over_the_external_id_and_the_usual_hour(aws):
    with session(aws) as ours:
        ours.credentials()
    (call,) = calls(aws, "AssumeRole")
    assert call.params["ExternalId"] == aws.estate.external_id
    assert call.params["DurationSeconds"] == "3600"
    assert call.region == REGION


def test_a_role_is_assumed_once_for_all_sessions_of_the_process(aws):
    settings = aws_settings(aws)
    for _ in range(3):
        with session(aws, settings) as ours:
            list_streams(ours)
    assert len(calls(aws, "AssumeRole")) == 1


def test_a_session_near_its_end_is_renewed_before_it_ends(aws):
    with session(aws, aws_settings(aws, session_s=900)) as ours:
        first, second = ours.credentials(), ours.credentials()
    assert first.access_key != second.access_key


def test_roles_with_different_external_ids_do_not_share_credentials(aws):
    settings = aws_settings(aws)
    with session(aws, settings) as ours:
        ours.credentials()
    with session(aws, settings, external_id="guessed") as other, pytest.raises(CannotAssume):
        other.credentials()


def test_without_the_external_id_the_role_refuses_and_the_message_says_what_to_compare(aws):
    with session(aws, external_id=None) as ours, pytest.raises(CannotAssume, match="with no external ID set") as told:
        list_streams(ours)
    assert told.value.missing == "sts:AssumeRole"


def test_an_unknown_role_cannot_be_assumed(aws):
    role = account_of(aws).role_arn + "-misspelt"
    with session(aws, role_arn=role) as ours, pytest.raises(CannotAssume, match="-misspelt"):
        ours.credentials()


@pytest.fixture
def penniless(monkeypatch, tmp_path):
    """A machine on which nothing gives AWS credentials."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))


WHAT_TO_DO = "kvswatch needs AWS credentials of its own: run it where a role is attached, or set AWS_PROFILE"


@pytest.mark.usefixtures("penniless")
def test_without_credentials_of_its_own_it_cannot_assume_a_role_and_says_what_to_do(aws):
    with session(aws) as ours, pytest.raises(BadCredentials, match=f"^sts:AssumeRole in .*{WHAT_TO_DO}"):
        list_streams(ours)


@pytest.mark.usefixtures("penniless")
def test_without_a_role_the_call_that_lacks_credentials_is_named(aws):
    expected = f"^sts:GetCallerIdentity in eu-central-1: .*{WHAT_TO_DO}"
    with session(aws, role_arn="", external_id=None) as ours, pytest.raises(BadCredentials, match=expected):
        ours.call("sts", "get_caller_identity", "eu-central-1")


def test_a_profile_that_is_not_there_is_named_with_the_call_that_wanted_it(aws, monkeypatch):
    monkeypatch.setenv("AWS_PROFILE", "no-such-profile")
    expected = f"^kinesisvideo:ListStreams in eu-central-1: .*no-such-profile.*{WHAT_TO_DO}"
    with session(aws, role_arn="", external_id=None) as ours, pytest.raises(BadCredentials, match=expected):
        list_streams(ours)


@pytest.mark.usefixtures("penniless")
def test_credentials_that_are_asked_for_without_any_call_name_none(aws):
    with session(aws, role_arn="", external_id=None) as ours, pytest.raises(BadCredentials, match=WHAT_TO_DO) as told:
        ours.credentials()
    assert "sts:" not in str(told.value)


@pytest.fixture
def refused_profile(aws, monkeypatch, tmp_path):
    """A profile whose role may not be assumed."""
    own = aws.credentials
    (tmp_path / "config").write_text(
        f"[profile own]\naws_access_key_id = {own.access_key}\naws_secret_access_key = {own.secret_key}\n"
        f"[profile other]\nsource_profile = own\nrole_arn = {account_of(aws).role_arn}-misspelt\nregion = {REGION}\n"
    )
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    return "other"


@pytest.mark.usefixtures("penniless")
def test_a_role_of_our_own_that_may_not_be_assumed_is_a_refusal(aws, refused_profile, monkeypatch):
    monkeypatch.setenv("AWS_PROFILE", refused_profile)
    with session(aws, role_arn="", external_id=None) as ours, pytest.raises(Denied, match="sts:AssumeRole"):
        ours.credentials()


@pytest.mark.usefixtures("penniless")
def test_a_profile_whose_role_may_not_be_assumed_is_named(refused_profile):
    with pytest.raises(BadCredentials, match=r"profile 'other' .*AssumeRole"):
        profile(refused_profile)


def test_credentials_that_aws_does_not_know_are_named_as_our_own(aws, monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAUNKNOWNUNKNOWN00")
    with session(aws) as ours, pytest.raises(BadCredentials, match="credentials that kvswatch itself runs with"):
        list_streams(ours)


def test_an_account_without_a_role_is_read_with_our_own_credentials(aws):
    with session(aws, role_arn="", external_id=None) as ours:
        ours.call("sts", "get_caller_identity")
    (call,) = calls(aws, "GetCallerIdentity")
    assert call.access_key == aws.credentials.access_key


def test_credentials_that_stay_expired_are_given_up_after_one_renewal(aws):
    aws.faults({"operation": "ListStreams", "error": "ExpiredTokenException", "status": 403})
    with session(aws) as ours, pytest.raises(Expired):
        list_streams(ours)
    assert len(calls(aws, "AssumeRole")) == 2


def test_it_retries_what_botocore_does_not(aws):
    ledger = Ledger()
    aws.faults({"operation": "ListStreams", "error": "ClientLimitExceededException", "times": 2})
    with session(aws, ledger=ledger) as ours:
        assert list_streams(ours)["StreamInfoList"]
    counts = {calls.outcome: calls.n for calls in ledger.take() if calls.api == "kinesisvideo:ListStreams"}
    assert counts == {CallOutcome.OK: 1, CallOutcome.THROTTLED: 2}


def test_it_gives_up_after_as_many_attempts_as_are_set(aws):
    aws.faults({"operation": "ListStreams", "error": "ClientLimitExceededException"})
    with (
        session(aws, aws_settings(aws, attempts=2)) as ours,
        pytest.raises(Throttled, match="ListStreams in eu-central-1"),
    ):
        list_streams(ours)
    assert len(calls(aws, "ListStreams")) == 2


def test_a_server_that_says_nothing_in_time_is_unreachable(aws):
    aws.faults({"operation": "ListStreams", "delay_s": 0.5})
    hasty = aws_settings(aws, read_timeout_s=0.1, attempts=1)
    with session(aws, hasty) as ours, pytest.raises(Unreachable, match="Read timeout"):
        list_streams(ours)
    # The emulator answers and notes the call although nobody listens any more: not in the next test.
    assert eventually(lambda: calls(aws, "ListStreams"))


def test_a_port_where_nobody_listens_is_unreachable(aws):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{taken.getsockname()[1]}"
        with session(aws, aws_settings(aws, endpoint_url=nobody, attempts=1)) as ours, pytest.raises(Unreachable):
            list_streams(ours)


LISTED = json.dumps({"StreamInfoList": [{"StreamName": "front-door"}]}).encode()
IN_FULL = (LISTED, len(LISTED))
CUT = {
    "by its length": (LISTED[:20], len(LISTED)),
    "before its first byte": (b"", len(LISTED)),
    "by a proxy that counts again": (LISTED[:20], 20),
    "by a page of a proxy": (b"<html>Sign in</html>", 20),
}


@pytest.mark.parametrize("cut", CUT.values(), ids=CUT)
def test_an_answer_that_was_cut_is_asked_for_again(aws, cut):
    with answering([cut, IN_FULL]) as url, session(aws, aws_settings(aws, endpoint_url=url), role_arn="") as ours:
        assert list_streams(ours)["StreamInfoList"] == [{"StreamName": "front-door"}]


def test_an_answer_whose_length_is_no_number_is_taken_as_it_is(aws):
    with answering([(LISTED, "many")]) as url, session(aws, aws_settings(aws, endpoint_url=url), role_arn="") as ours:
        assert list_streams(ours)["StreamInfoList"] == [{"StreamName": "front-door"}]


@pytest.mark.parametrize("cut", CUT.values(), ids=CUT)
def test_an_answer_that_is_always_cut_is_none(aws, cut):
    with (
        answering([cut, cut]) as url,
        session(aws, aws_settings(aws, endpoint_url=url, attempts=2), role_arn="") as ours,
        pytest.raises(Unreachable, match=r"^kinesisvideo:ListStreams in eu-central-1: .*cut"),
    ):
        list_streams(ours)


def test_what_is_not_there_is_told_with_the_word_of_aws(aws):
    with session(aws) as ours, pytest.raises(NotThere) as told:
        ours.call("iam", "get_role", RoleName="nobody")
    assert told.value.code == "NoSuchEntity"


def test_each_attempt_waits_for_the_budget_of_its_account_and_region(aws):
    slept = []
    budget = RateBudget(rate=1.0, burst=1.0, monotonic=lambda: 0.0, sleep=slept.append)
    with session(aws, aws_settings(aws, budget=budget)) as ours:
        list_streams(ours)  # the first of its Region after AssumeRole, which went to the same one
        ours.call("kinesisvideo", "list_streams", "eu-west-1")
    assert slept == [1.0]


def test_each_attempt_of_a_call_waits_for_the_limit_of_its_operation_too(aws):
    slept = []
    limit = RateBudget(rate=1.0, burst=1.0, monotonic=lambda: 0.0, sleep=slept.append)
    aws.faults({"operation": "ListStreams", "error": "ThrottlingException", "times": 2})
    with session(aws) as ours:
        ours.limits["kinesisvideo:ListStreams"] = limit
        list_streams(ours)
        ours.call("kinesisvideo", "list_signaling_channels", REGION)
    assert slept == [1.0, 2.0]


def test_a_policy_document_arrives_as_text(aws):
    with session(aws) as ours:
        role = ours.call("iam", "get_role", RoleName="kvswatch-member")["Role"]
    assert isinstance(role["AssumeRolePolicyDocument"], str)


def test_secrets_do_not_show_in_what_is_held(aws):
    settings = aws_settings(aws)
    with session(aws, settings) as ours:
        secret = ours.credentials().secret_key
    assert secret not in repr(settings)
