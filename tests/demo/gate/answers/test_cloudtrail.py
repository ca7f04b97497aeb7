import base64
import json
from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import ClientError

from app.demo.emulator import Emulator
from tests.demo.conftest import client_of

NOW = datetime(2026, 11, 23, 9, 41, tzinfo=UTC)
ORGANIZATION_TRAIL = "arn:aws:cloudtrail:eu-central-1:148803265917:trail/halden-org-trail"


def events(client, account="cams-prod-eu", region="eu-central-1", **more):
    pages = client("cloudtrail", account, region).get_paginator("lookup_events").paginate(**more)
    return [event for page in pages for event in page["Events"]]


def attribute(key, value):
    return [{"AttributeKey": key, "AttributeValue": value}]


def test_a_member_sees_the_organizations_trail_beside_its_own(client):
    trails = {t["Name"]: t for t in client("cloudtrail", "clinic-video").describe_trails()["trailList"]}

    assert set(trails) == {"halden-org-trail", "clinic-media-trail"}
    assert trails["halden-org-trail"]["IsOrganizationTrail"]
    assert trails["halden-org-trail"]["HasCustomEventSelectors"]


def test_without_shadows_only_trails_of_the_region_are_left(client):
    listed = client("cloudtrail", "clinic-video", "eu-west-1").describe_trails(includeShadowTrails=False)["trailList"]

    assert [trail["Name"] for trail in listed] == ["clinic-gates-trail"]


def test_selectors_are_read_from_any_region_by_arn(client):
    trail = client("cloudtrail", "cams-prod-eu", "eu-west-1")
    arn = "arn:aws:cloudtrail:eu-central-1:310045578826:trail/cams-media-trail"

    selectors = trail.get_event_selectors(TrailName=arn)["AdvancedEventSelectors"]

    types = [f["Equals"] for s in selectors for f in s["FieldSelectors"] if f["Field"] == "resources.type"]
    assert types == [["AWS::KinesisVideo::Stream"], ["AWS::KinesisVideo::SignalingChannel"]]
    with pytest.raises(ClientError, match="TrailNotFoundException"):
        trail.get_event_selectors(TrailName="cams-media-trail")


def test_the_status_tells_when_logging_stopped_and_what_was_delivered():
    with Emulator(small=True, days=1, now=NOW) as aws:
        status = client_of(aws)("cloudtrail", "clinic-video").get_trail_status(Name="clinic-media-trail")

    assert status["IsLogging"]
    assert status["StopLoggingTime"] == datetime(2026, 11, 20, 22, 10, 12, tzinfo=UTC)
    assert status["StartLoggingTime"] == datetime(2026, 11, 21, 4, 34, 12, tzinfo=UTC)
    assert NOW - timedelta(hours=1) < status["LatestDeliveryTime"] <= NOW
    assert status["LatestDigestDeliveryTime"] == datetime(2026, 11, 23, 9, 8, tzinfo=UTC)


def test_a_trail_that_is_stopped_delivers_nothing_more():
    with Emulator(small=True, days=0, now=NOW) as aws:
        trail = client_of(aws)("cloudtrail", "cams-prod-eu")
        for arn in aws.world.trails:
            aws.world.trails[arn].is_logging = arn.endswith("cams-media-trail")
            aws.world.trails[arn].stopped_at = NOW
        trail.stop_logging(Name="cams-media-trail")
        files = aws.deliver(NOW + timedelta(hours=3))
        is_logging = trail.get_trail_status(Name="cams-media-trail")["IsLogging"]
        trail.start_logging(Name="cams-media-trail")
        more = aws.deliver(NOW + timedelta(hours=6))

    assert files == 0
    assert not is_logging
    assert more > 0


def test_history_holds_management_events_newest_first_and_no_media(client):
    found = events(client, LookupAttributes=attribute("EventSource", "kinesisvideo.amazonaws.com"))

    times = [event["EventTime"] for event in found]
    assert len(found) > 100
    assert times == sorted(times, reverse=True)
    assert {event["EventName"] for event in found}.isdisjoint({"PutMedia", "GetMedia", "GetClip"})
    assert len({event["EventId"] for event in found}) == len(found)


def test_the_whole_record_rides_along_as_text(client):
    event = events(client, LookupAttributes=attribute("EventName", "GetDataEndpoint"))[0]

    record = json.loads(event["CloudTrailEvent"])

    assert record["eventID"] == event["EventId"]
    assert record["requestParameters"]["aPIName"].startswith(("PUT_", "GET_"))
    assert record["awsRegion"] == "eu-central-1"


@pytest.mark.parametrize(
    ("key", "value"),
    [
        pytest.param("EventName", "AssumeRole", id="name"),
        pytest.param("EventSource", "sts.amazonaws.com", id="source"),
        pytest.param("ReadOnly", "false", id="read only"),
        pytest.param("ResourceType", "AWS::IAM::Role", id="resource type"),
        pytest.param("ResourceName", "WarehouseCamRole", id="resource name"),
        pytest.param("Username", "cam-gate-07", id="user name"),
    ],
)
def test_one_attribute_narrows_the_history(client, key, value):
    everything = events(client)
    found = events(client, LookupAttributes=attribute(key, value))

    assert 0 < len(found) < len(everything)


def test_a_key_is_looked_up_by_its_id(client):
    key = events(client, LookupAttributes=attribute("Username", "cam-gate-07"))[0]["AccessKeyId"]

    found = events(client, LookupAttributes=attribute("AccessKeyId", key))

    assert {event["Username"] for event in found} == {"cam-gate-07"}


def test_a_time_range_is_kept(client):
    times = [event["EventTime"] for event in events(client)]
    start, end = times[-20], times[20]

    found = events(client, StartTime=start, EndTime=end)

    assert {start, end} <= {event["EventTime"] for event in found}
    assert all(start <= event["EventTime"] <= end for event in found)
    assert len(found) < len(times)


def test_events_that_arrive_between_two_pages_move_none(client):
    del client
    with Emulator(small=True, days=1, now=NOW) as aws:
        trail = client_of(aws)("cloudtrail")
        first = trail.lookup_events(MaxResults=50)
        whole = [
            event["EventId"] for page in trail.get_paginator("lookup_events").paginate() for event in page["Events"]
        ]
        aws.deliver(NOW + timedelta(hours=1))
        second = trail.lookup_events(MaxResults=50, NextToken=first["NextToken"])

    assert [event["EventId"] for event in second["Events"]] == whole[50:100]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        pytest.param({"StartTime": 2_000_000_000, "EndTime": 1_000_000_000}, "InvalidTimeRangeException", id="times"),
        pytest.param(
            {"LookupAttributes": attribute("EventName", "a") + attribute("EventName", "b")},
            "InvalidLookupAttributesException",
            id="two attributes",
        ),
        pytest.param({"NextToken": "nonsense"}, "InvalidNextTokenException", id="token"),
    ],
)
def test_it_refuses_as_aws_does(client, arguments, code):
    with pytest.raises(ClientError, match=code):
        client("cloudtrail").lookup_events(**arguments)


def test_it_hands_out_the_key_that_signs(aws, client):
    key = client("cloudtrail").list_public_keys()["PublicKeyList"][0]

    assert key["Fingerprint"] == aws.world.public_keys[0].fingerprint
    assert key["Value"] == aws.world.public_keys[0].der
    assert base64.b64encode(key["Value"]).startswith(b"MIIB")
