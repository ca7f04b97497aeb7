import pytest

from app.core.lineage.device import is_certificate_id, is_of_device
from tests.builders.assumptions import identity
from tests.builders.stored import arrival
from tests.builders.trail import assume_role_record


@pytest.mark.parametrize(
    ("caller", "is_so"),
    [
        ({"type": "AWSService", "invokedBy": "credentials.iot.amazonaws.com"}, True),
        ({"type": "AWSService", "invokedBy": "ec2.amazonaws.com"}, False),
        (identity(principalId="credentials.iot.amazonaws.com"), False),
        ({"type": "AWSAccount", "principalId": "credentials.iot.amazonaws.com"}, False),
    ],
    ids=["the provider", "another service", "a role of that name", "an account of that name"],
)
def test_only_the_credentials_provider_speaks_for_a_device(caller, is_so):
    (session,) = arrival(assume_role_record(userIdentity=caller)).sessions
    assert is_of_device(session) is is_so


@pytest.mark.parametrize(
    ("name", "is_so"), [("599efcf0" * 8, True), ("599efcf0" * 8 + "\n", False), ("599EFCF0" * 8, False), ("cam", False)]
)
def test_a_certificate_s_id_is_64_hexadecimal_digits(name, is_so):
    assert is_certificate_id(name) is is_so
