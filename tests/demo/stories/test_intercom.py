import json

from tests.demo.stories.conftest import calls


def test_every_viewer_shares_one_session_name_and_is_told_by_the_federation(tell):
    views = calls(tell("intercom", -1), "ConnectAsViewer")

    assert {view["userIdentity"]["arn"].rsplit("/", 1)[-1] for view in views} == {"CognitoIdentityCredentials"}
    attributes = [view["userIdentity"]["sessionContext"]["webIdFederationData"]["attributes"] for view in views]
    assert len({found["cognito-identity.amazonaws.com:sub"] for found in attributes}) > 10
    assert json.loads(attributes[0]["cognito-identity.amazonaws.com:amr"]) == ["authenticated"]


def test_doors_are_masters_and_never_viewers(tell):
    told = tell("intercom", -1)

    masters = {record["userIdentity"]["principalId"] for record in calls(told, "ConnectAsMaster")}
    viewers = {record["userIdentity"]["principalId"] for record in calls(told, "ConnectAsViewer")}
    assert masters
    assert masters.isdisjoint(viewers)


def test_signaling_is_a_data_event_on_a_channel(tell):
    view = calls(tell("intercom", -1), "ConnectAsViewer")[0]

    assert view["eventCategory"] == "Data"
    assert view["resources"][0]["type"] == "AWS::KinesisVideo::SignalingChannel"
    assert view["requestParameters"]["channelARN"] == view["resources"][0]["ARN"]
