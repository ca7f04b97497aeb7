import pytest
from botocore.exceptions import (
    ClientError,
    EndpointConnectionError,
    NoCredentialsError,
    ParamValidationError,
    ReadTimeoutError,
)

from app.aws import errors
from app.core.errors import CouldNotLook
from app.core.model.own_call import CallOutcome


def refusal(code, message="no", status=400, operation="ListStreams"):
    answer = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(answer, operation)


def told(code, **more):
    return errors.from_client_error(refusal(code, **more), "kinesisvideo", "eu-west-1")


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("AccessDenied", errors.Denied),
        ("AccessDeniedException", errors.Denied),
        ("NotAuthorizedException", errors.Denied),
        ("UnauthorizedOperation", errors.Denied),
        ("ClientLimitExceededException", errors.Throttled),
        ("ThrottlingException", errors.Throttled),
        ("TooManyRequestsException", errors.Throttled),
        ("ExpiredTokenException", errors.Expired),
        ("ExpiredToken", errors.Expired),
        ("UnrecognizedClientException", errors.BadCredentials),
        ("InvalidClientTokenId", errors.BadCredentials),
        ("NoSuchEntity", errors.NotThere),
        ("TrailNotFoundException", errors.NotThere),
        ("ResourceNotFoundException", errors.NotThere),
        ("AWSOrganizationsNotInUseException", errors.NotThere),
        ("InvalidArgumentException", errors.Refused),
    ],
)
def test_it_tells_refusals_apart(code, kind):
    error = told(code)
    assert type(error) is kind
    assert isinstance(error, CouldNotLook)
    assert "kinesisvideo:ListStreams in eu-west-1" in str(error)


def test_a_fault_on_the_other_side_is_no_refusal():
    assert type(told("InternalFailure", status=503)) is errors.Unreachable


def test_it_names_the_action_that_the_message_says_is_missing():
    message = "User: arn:aws:sts::1:assumed-role/k/s is not authorized to perform: kms:Decrypt on resource: x"
    assert told("AccessDeniedException", message=message).missing == "kms:Decrypt"


def test_it_names_the_called_action_when_the_message_does_not():
    assert told("AccessDenied", message="Access Denied").missing == "kinesisvideo:ListStreams"


def test_an_action_of_s3_has_the_name_that_iam_gives_it():
    error = errors.from_client_error(refusal("AccessDenied", operation="ListObjectsV2"), "s3", "eu-west-1")
    assert error.missing == "s3:ListBucket"


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (NoCredentialsError(), errors.BadCredentials),
        (EndpointConnectionError(endpoint_url="http://127.0.0.1:1"), errors.Unreachable),
        (ReadTimeoutError(endpoint_url="http://127.0.0.1:1"), errors.Unreachable),
        (ParamValidationError(report="x"), errors.Refused),
    ],
    ids=["no credentials", "no connection", "time-out", "bad parameter"],
)
def test_it_tells_failures_without_an_answer_apart(error, kind):
    assert type(errors.from_botocore(error, "iam", "ListUsers", "")) is kind


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        ("AccessDenied", CallOutcome.DENIED),
        ("ClientLimitExceededException", CallOutcome.THROTTLED),
        ("StreamEdgeConfigurationNotFoundException", CallOutcome.OK),
        ("InternalFailure", CallOutcome.FAILED),
        ("", CallOutcome.FAILED),
    ],
)
def test_the_ledger_counts_each_under_its_outcome(code, outcome):
    assert errors.outcome_of(code) is outcome


@pytest.mark.parametrize(
    ("code", "status", "short"),
    [
        ("AccessDenied", 403, "AccessDenied kinesisvideo:ListStreams"),
        ("ThrottlingException", 400, "throttled"),
        ("InternalError", 500, "no answer"),
        ("ExpiredToken", 400, "credentials not taken"),
        ("UnrecognizedClientException", 400, "credentials not taken"),
        ("NoSuchEntity", 404, "NoSuchEntity"),
        ("InvalidArgumentException", 400, "refused"),
    ],
)
def test_it_says_in_short_what_is_at_fault(code, status, short):
    assert errors.in_short(told(code, status=status)) == short


@pytest.mark.parametrize(
    ("message", "missing"),
    [
        ("User: arn:x is not authorized to perform: kms:Decrypt on resource: arn:y because", "kms:Decrypt"),
        ("The ciphertext refers to a customer master key that does not exist, or you may not use", "kms:Decrypt"),
        ("Access Denied (s3://our-kms-logs/AWSLogs/a.json.gz)", "s3:GetObject"),
    ],
    ids=["named", "described", "nothing of keys"],
)
def test_a_denied_file_whose_key_is_at_fault_misses_its_decryption(message, missing):
    found = errors.from_client_error(refusal("AccessDenied", message, 403, "GetObject"), "s3", "eu-west-1")
    assert isinstance(found, errors.Denied)
    assert found.missing == missing
    assert missing in str(found)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("KMS.AccessDeniedException", errors.Denied),
        ("KmsAccessDenied", errors.Denied),
        ("RequestThrottled", errors.Throttled),
        ("AWS.SimpleQueueService.NonExistentQueue", errors.NotThere),
        ("QueueDoesNotExist", errors.NotThere),
    ],
)
def test_it_tells_the_refusals_of_a_queue_apart(code, kind):
    assert type(told(code, operation="ReceiveMessage")) is kind


def test_the_key_of_a_queue_is_what_is_missing_when_kms_refuses_it():
    assert told("KMS.AccessDeniedException", operation="ReceiveMessage").missing == "kms:Decrypt"


def test_an_action_in_small_letters_is_the_one_that_was_called():
    message = "User: arn:x is not authorized to perform: sqs:deletemessage on resource: arn:y"
    error = errors.from_client_error(refusal("AccessDenied", message, operation="DeleteMessageBatch"), "sqs", "")
    assert error.missing == "sqs:DeleteMessage"
