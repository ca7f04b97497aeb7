import pytest

from app.core.model.sighting import Verdict
from tests.builders.assumptions import verdict
from tests.builders.trail import assume_role_record

NAME = "device_sessions_are_named_by_certificate"
CERTIFICATE = "599efcf0" * 8
PROVIDER = {"type": "AWSService", "invokedBy": "credentials.iot.amazonaws.com"}


def issued(session: str, **caller):
    request = {"roleArn": "arn:aws:iam::111122223333:role/Cam", "roleSessionName": session}
    return assume_role_record(requestParameters=request, **({"userIdentity": caller} if caller else {}))


def test_the_credentials_provider_names_a_session_like_a_certificate():
    assert verdict(NAME, issued(CERTIFICATE, **PROVIDER)) is Verdict.CONFIRMS


@pytest.mark.parametrize("name", ["cam-1", CERTIFICATE[:-1], CERTIFICATE.upper()])
def test_another_name_refutes_it(name):
    assert verdict(NAME, issued(name, **PROVIDER)) is Verdict.REFUTES


def test_a_name_that_a_caller_chose_says_nothing():
    assert verdict(NAME, issued(CERTIFICATE)) is None
