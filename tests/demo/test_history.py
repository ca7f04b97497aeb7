from datetime import UTC, datetime, timedelta

from app.demo.actors import service
from app.demo.history import OrganizationHistory
from app.demo.records import other_call, video_call

ACCOUNT, REGION = "310045578826", "eu-central-1"
ARN = f"arn:aws:kinesisvideo:{REGION}:{ACCOUNT}:stream/whs-001/1601500000000"
START = datetime(2026, 11, 23, tzinfo=UTC)
ACTOR = service(ACCOUNT, "config.amazonaws.com")


def at(hours: float) -> int:
    return int((START + timedelta(hours=hours)).timestamp())


def filled() -> OrganizationHistory:
    history = OrganizationHistory()
    history.add(other_call(ACTOR, at(hour), "ec2", f"Describe{hour}", REGION) for hour in range(3))
    history.add([video_call(ACTOR, at(3), "PutMedia", ARN), other_call(ACTOR, at(20), "ec2", "Describe20", REGION)])
    return history


def names(start: float, end: float) -> list[str]:
    found = filled().events(ACCOUNT, REGION, START + timedelta(hours=start), START + timedelta(hours=end))
    return [event["eventName"] for event in found]


def test_management_events_come_newest_first_without_media():
    assert names(0, 24) == ["Describe20", "Describe2", "Describe1", "Describe0"]


def test_both_ends_of_the_time_belong_to_it():
    assert names(1, 2) == ["Describe2", "Describe1"]
    assert names(1.01, 1.99) == []


def test_other_accounts_and_regions_have_their_own():
    history = filled()

    assert list(history.events(ACCOUNT, "eu-west-1", START, START + timedelta(days=1))) == []
    assert history.metrics("590817264433", REGION) == []


def test_requests_are_counted_by_stream_and_action():
    history = filled()

    assert history.metrics(ACCOUNT, REGION) == [("whs-001", "PutMedia")]
    assert list(history.times(ACCOUNT, REGION, "whs-001", "PutMedia")) == [at(3)]
    assert list(history.times(ACCOUNT, REGION, "whs-001", "GetMedia")) == []


def test_requests_to_a_signaling_channel_are_not_counted_as_a_streams():
    history = OrganizationHistory()
    channel = f"arn:aws:kinesisvideo:{REGION}:{ACCOUNT}:channel/door-001/1601500000000"

    history.add([video_call(ACTOR, at(3), "ConnectAsMaster", channel)])

    assert history.metrics(ACCOUNT, REGION) == []
