import pytest

from app.core.model.sighting import Verdict
from tests.builders.assumptions import verdict
from tests.builders.trail import kvs_record

NAME = "calls_are_read_only_by_access_level"


@pytest.mark.parametrize(
    ("action", "read_only", "says"),
    [
        ("GetMedia", True, Verdict.CONFIRMS),
        ("GetMedia", False, Verdict.REFUTES),
        ("PutMedia", False, Verdict.CONFIRMS),
        ("ConnectAsViewer", True, Verdict.REFUTES),
        ("GetMedia", ..., None),
        ("DescribeStream", False, None),
    ],
)
def test_it_compares_read_only_with_the_access_level(action, read_only, says):
    assert verdict(NAME, kvs_record(eventName=action, readOnly=read_only)) is says
