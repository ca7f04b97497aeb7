import pytest

from app.core.model.sighting import Verdict
from tests.builders.assumptions import verdict
from tests.builders.trail import kvs_record

NAME = "key_prefixes_tell_long_term_keys"
SESSION = {"attributes": {"creationDate": "2026-11-01T10:00:00Z"}}


@pytest.mark.parametrize(
    ("identity", "says"),
    [
        ({"type": "AssumedRole", "accessKeyId": "ASIAX", "sessionContext": SESSION}, Verdict.CONFIRMS),
        ({"type": "AssumedRole", "accessKeyId": "AKIAX", "sessionContext": SESSION}, Verdict.REFUTES),
        ({"type": "FederatedUser", "accessKeyId": "AKIAX"}, Verdict.REFUTES),
        ({"type": "IAMUser", "accessKeyId": "AKIAX"}, Verdict.CONFIRMS),
        ({"type": "IAMUser", "accessKeyId": "AKIAX", "sessionContext": SESSION}, None),
        ({"type": "IAMUser", "accessKeyId": "ASIAX"}, None),
        ({"type": "AssumedRole", "accessKeyId": "EXAMPLE"}, None),
        ({"type": "AWSService"}, None),
        (None, None),
    ],
)
def test_it_compares_prefix_and_identity(identity, says):
    assert verdict(NAME, kvs_record(userIdentity=identity)) is says
