import pytest

from app.demo.actors import service
from app.demo.happening import selected, selected_by_basic
from app.demo.records import other_call, video_call

ACTOR = service("310045578826", "config.amazonaws.com")
STREAM = "arn:aws:kinesisvideo:eu-central-1:310045578826:stream/whs-001/1"
CHANNEL = "arn:aws:kinesisvideo:eu-central-1:310045578826:channel/door/1"
PUT = video_call(ACTOR, 0, "PutMedia", STREAM)
GET = video_call(ACTOR, 0, "GetMedia", STREAM)
VIEW = video_call(ACTOR, 0, "ConnectAsViewer", CHANNEL)
DESCRIBE = other_call(ACTOR, 0, "ec2", "DescribeInstances", "eu-central-1")
TAG = other_call(ACTOR, 0, "iam", "TagRole", "us-east-1")
DATA = {"Field": "eventCategory", "Equals": ["Data"]}
STREAMS = {"Field": "resources.type", "Equals": ["AWS::KinesisVideo::Stream"]}


@pytest.mark.parametrize(
    ("fields", "taken"),
    [
        pytest.param([DATA, STREAMS], {"PutMedia", "GetMedia"}, id="streams"),
        pytest.param(
            [{"Field": "eventCategory", "Equals": ["Management"]}], {"DescribeInstances", "TagRole"}, id="management"
        ),
        pytest.param([DATA, STREAMS, {"Field": "readOnly", "Equals": ["false"]}], {"PutMedia"}, id="writes"),
        pytest.param(
            [DATA, {"Field": "eventName", "NotEquals": ["GetMedia", "PutMedia"]}], {"ConnectAsViewer"}, id="not these"
        ),
        pytest.param(
            [DATA, {"Field": "eventName", "StartsWith": ["Get", "Connect"]}],
            {"GetMedia", "ConnectAsViewer"},
            id="begins",
        ),
        pytest.param([DATA, {"Field": "eventName", "NotEndsWith": ["Media"]}], {"ConnectAsViewer"}, id="does not end"),
        pytest.param(
            [DATA, {"Field": "resources.ARN", "StartsWith": [STREAM[:-1]]}], {"PutMedia", "GetMedia"}, id="by ARN"
        ),
        pytest.param([DATA, {"Field": "unheardOf", "Equals": ["x"]}], set(), id="a field it does not know"),
    ],
)
def test_a_selector_takes_what_all_its_fields_pass(fields, taken):
    selectors = ({"FieldSelectors": fields},)

    assert {h.action for h in (PUT, GET, VIEW, DESCRIBE, TAG) if selected(h, selectors)} == taken


def test_of_several_selectors_one_is_enough():
    selectors = ({"FieldSelectors": [DATA]}, {"FieldSelectors": [{"Field": "eventName", "Equals": ["TagRole"]}]})

    assert selected(TAG, selectors)
    assert not selected(DESCRIBE, selectors)


@pytest.mark.parametrize(
    ("kind", "taken"),
    [
        pytest.param("All", {"DescribeInstances", "TagRole"}, id="all"),
        pytest.param("WriteOnly", {"TagRole"}, id="writes"),
        pytest.param("ReadOnly", {"DescribeInstances"}, id="reads"),
    ],
)
def test_basic_selectors_never_take_video_data(kind, taken):
    selectors = ({"ReadWriteType": kind, "IncludeManagementEvents": True},)

    assert {h.action for h in (PUT, GET, VIEW, DESCRIBE, TAG) if selected_by_basic(h, selectors)} == taken
