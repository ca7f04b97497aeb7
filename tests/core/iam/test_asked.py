import pytest

from app.core.errors import InvalidInput
from app.core.iam.asked import Asked, asked_action, asked_resource
from tests.builders.iam import CAMERA, CHANNEL, role, snapshot


@pytest.mark.parametrize("text", ["GetMedia", "getmedia", "kinesisvideo:GetMedia", "KinesisVideo:getMedia"])
def test_an_action_goes_by_its_name_with_or_without_prefix(text: str) -> None:
    assert asked_action(text).name == "GetMedia"


def test_an_action_that_does_not_exist_is_refused() -> None:
    with pytest.raises(InvalidInput, match="GetStreamingEndpoint"):
        asked_action("GetStreamingEndpoint")


@pytest.mark.parametrize(
    ("action", "text"), [("GetMedia", CAMERA), ("ConnectAsViewer", CHANNEL), ("ListStreams", "*")], ids=str
)
def test_what_the_inventory_holds_needs_no_note(action: str, text: str) -> None:
    assert asked_resource(snapshot(role()), asked_action(action), text) == Asked(text)


def test_a_stream_that_is_not_there_is_said_not_to_be() -> None:
    gone = CAMERA.rpartition("/")[0] + "/1500000000000"

    asked = asked_resource(snapshot(role()), asked_action("GetMedia"), gone)

    assert asked.resource == gone
    assert f"does not hold {gone}" in asked.note
    assert CAMERA in asked.note


@pytest.mark.parametrize(
    ("action", "text", "message"),
    [
        pytest.param("GetMedia", "north-cam-1", f"there is {CAMERA}", id="a name"),
        pytest.param("GetMedia", CAMERA.rpartition("/")[0], f"there is {CAMERA}", id="no creation time"),
        pytest.param("GetMedia", "*", "not the ARN of one stream", id="everything"),
        pytest.param("GetMedia", CHANNEL, "not called on a channel", id="a channel"),
        pytest.param("ListStreams", CAMERA, "called on no resource", id="a stream"),
        pytest.param("GetMedia", "arn:aws:s3:::bucket", "not the ARN of one stream", id="of another service"),
    ],
)
def test_what_is_no_resource_of_the_action_is_refused(action: str, text: str, message: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        asked_resource(snapshot(role()), asked_action(action), text)

    assert message in str(refused.value)
