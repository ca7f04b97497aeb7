from app.core.model.trail import BasicSelector, FieldSelector
from app.core.normalise import cloudtrail
from tests.answers import cloudtrail as answers


def test_a_trail_says_that_its_selectors_are_yet_to_be_read():
    (trail,) = cloudtrail.trails(answers.TRAILS, "eu-central-1").trails
    assert (trail.bucket, trail.prefix, trail.is_multi_region, trail.validates_log_files) == (
        "example-logs",
        "security",
        True,
        True,
    )
    assert not trail.selectors_seen


def test_it_tells_that_a_trail_stopped_and_why_it_does_not_deliver():
    ((arn, status),) = cloudtrail.statuses(answers.STATUSES, "eu-central-1").statuses
    assert arn == answers.ARN
    assert not status.is_logging
    assert (status.latest_delivery_error, status.latest_delivery_at) == ("NoSuchBucket", answers.DELIVERED)
    assert (status.stopped_at, status.latest_digest_at) == (answers.DELIVERED, None)


def test_it_keeps_every_operator_of_an_advanced_selector():
    (read,) = cloudtrail.selectors(answers.ADVANCED, "eu-central-1").trails
    (selector,) = read.advanced
    assert selector.name == "media"
    assert selector.fields[2] == FieldSelector("eventName", not_equals=("PutMedia",), not_starts_with=("List",))
    assert read.basic == ()


def test_it_reads_a_basic_selector():
    (read,) = cloudtrail.selectors(answers.BASIC, "eu-central-1").trails
    assert read.basic == (
        BasicSelector("WriteOnly", includes_management_events=True, data_resource_types=("AWS::S3::Object",)),
    )


def test_it_reads_the_log_group_that_a_trail_delivers_to_as_well():
    arn = "arn:aws:logs:eu-central-1:111122223333:log-group:trail"
    raw = [answers.TRAILS[0] | {"CloudWatchLogsLogGroupArn": f"{arn}:*"}, answers.TRAILS[0]]
    assert [trail.log_group for trail in cloudtrail.trails(raw, "eu-central-1").trails] == [arn, None]


def test_it_tells_that_a_trail_does_not_deliver_to_its_log_group():
    status = answers.STATUSES[answers.ARN] | {"LatestCloudWatchLogsDeliveryError": "AccessDenied"}
    ((_, read),) = cloudtrail.statuses({answers.ARN: status}, "eu-central-1").statuses
    assert read.log_group_error == "AccessDenied"
