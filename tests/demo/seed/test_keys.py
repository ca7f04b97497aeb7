import pytest

from app.demo.emulator import Emulator
from app.demo.resources import key_arn
from tests.demo.conftest import client_of


@pytest.fixture(scope="module")
def keys():
    with Emulator(days=0) as aws:
        client = client_of(aws)
        yield lambda account, arn: client("kms", account, arn.split(":")[3]).describe_key(KeyId=arn)["KeyMetadata"]


def test_a_key_is_enabled_and_its_customers(keys):
    key = keys("clinic-video", key_arn("590817264433", "eu-central-1", "clinic"))

    assert (key["KeyState"], key["KeyManager"], key["Enabled"]) == ("Enabled", "CUSTOMER", True)


def test_the_labs_key_waits_for_its_end(keys):
    key = keys("partner-lab", key_arn("882913340076", "us-east-1", "lab"))

    assert (key["KeyState"], key["Enabled"]) == ("PendingDeletion", False)
