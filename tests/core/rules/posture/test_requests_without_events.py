from datetime import date, timedelta

from app.core.model.metric import RequestCount, RequestCounts
from app.core.rules.posture.requests_without_events import RULE
from tests.builders import iam
from tests.builders.facts import MANAGEMENT, NOW, denied, judged, only, parts, posture, trail

YESTERDAY = date(2026, 11, 22)
LONG_AGO = date(2026, 10, 1)
UNLOGGED = (trail(MANAGEMENT),)


def counted(action: str = "GetMedia", day: date = YESTERDAY, requests: int = 9):
    counts = RequestCounts(day - timedelta(days=1), day, (RequestCount(iam.CAMERA, action, day, requests),))
    return (("eu-central-1", counts),)


def test_it_flags_a_stream_that_was_watched_and_is_not_logged():
    found = only(judged(RULE, posture(metrics=counted(), trails=UNLOGGED)))

    assert "9 calls of GetMedia on 1 day" in found.message
    assert (found.subject, found.region) == (iam.CAMERA, "eu-central-1")


def test_it_flags_lost_events_where_the_calls_are_logged():
    assert only(judged(RULE, posture(metrics=counted(), logged_since=LONG_AGO)))


def test_it_leaves_a_stream_alone_whose_calls_are_in_the_log():
    facts = posture(metrics=counted(), logged={(iam.CAMERA, "GetMedia", YESTERDAY): 8}, logged_since=LONG_AGO)

    assert judged(RULE, facts).violations == ()


def test_a_day_before_kvswatch_read_the_log_is_not_missing():
    assert judged(RULE, posture(metrics=counted(), logged_since=YESTERDAY)).violations == ()


def test_a_day_that_is_not_over_is_not_judged():
    assert judged(RULE, posture(metrics=counted(day=NOW.date()), trails=UNLOGGED)).violations == ()


def test_management_calls_and_idle_streams_are_left_alone():
    facts = posture(metrics=(*counted("ListStreams"), *counted(requests=0)), trails=UNLOGGED)

    assert judged(RULE, facts).violations == ()


def test_it_cannot_tell_of_a_day_whose_log_files_were_not_read():
    unread = {("eu-central-1", YESTERDAY): "2 log files not read: throttled"}
    facts = posture(metrics=counted(), logged_since=LONG_AGO, unread=unread)

    outcome = judged(RULE, facts)

    assert outcome.violations == ()
    assert [(one.subject, one.reason) for one in outcome.cannot_tell] == [
        (iam.CAMERA, "2026-11-22: 2 log files not read: throttled")
    ]


def test_unread_files_of_another_day_or_region_excuse_nothing():
    unread = {("eu-central-1", LONG_AGO): "not read", ("us-east-1", YESTERDAY): "not read"}

    assert only(judged(RULE, posture(metrics=counted(), logged_since=LONG_AGO, unread=unread)))


def test_calls_that_are_logged_nowhere_are_missing_whatever_was_read():
    unread = {("eu-central-1", YESTERDAY): "not read"}

    assert only(judged(RULE, posture(metrics=counted(), trails=UNLOGGED, unread=unread)))


def test_it_cannot_tell_where_kvswatch_does_not_read_the_bucket():
    outcome = judged(RULE, posture(metrics=counted(), sources=(), logged_since=LONG_AGO))

    assert outcome.violations == ()
    assert "does not read" in outcome.cannot_tell[0].reason


def test_it_cannot_tell_of_a_region_that_was_never_counted():
    facts = posture(parts=parts(denied("request_counts", "us-east-1", "cloudwatch:GetMetricData")))

    assert [answer.region for answer in judged(RULE, facts).cannot_tell] == ["us-east-1"]


def test_a_channel_that_cloudwatch_knows_by_name_is_found():
    counts = RequestCounts(YESTERDAY, YESTERDAY, (RequestCount("door", "ConnectAsViewer", YESTERDAY, 3),))

    found = only(judged(RULE, posture(metrics=(("eu-central-1", counts),), trails=UNLOGGED)))

    assert found.subject == iam.CHANNEL
