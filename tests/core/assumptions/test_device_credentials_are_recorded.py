from app.core.model.sighting import Verdict
from tests.builders.assumptions import verdict
from tests.builders.trail import assume_role_record

NAME = "device_credentials_are_recorded"


def test_a_session_that_the_credentials_provider_asked_for_confirms_it():
    provider = {"type": "AWSService", "invokedBy": "credentials.iot.amazonaws.com"}
    assert verdict(NAME, assume_role_record(userIdentity=provider)) is Verdict.CONFIRMS


def test_other_sessions_say_nothing():
    assert verdict(NAME, assume_role_record()) is None
    assert verdict(NAME, assume_role_record(userIdentity={"type": "AWSService", "invokedBy": "ec2"})) is None
