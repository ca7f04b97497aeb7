from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from app.core.coverage.observe import (
    ActionClass,
    LogSource,
    ObservableState,
    account_of_trail,
    class_of,
    observable,
    trails_of,
)
from app.core.kvs.actions import ACTIONS
from app.core.model.trail import FieldSelector, Trail
from app.core.trailfile.keys import WrittenTo
from tests.builders import iam
from tests.builders.facts import (
    BUCKET,
    MANAGEMENT,
    MEDIA,
    NOW,
    PARTS,
    SIGNALING,
    WORKING,
    denied,
    equals,
    parts,
    selector,
    trail,
)

READ, WRITE = ActionClass.READ, ActionClass.WRITE
SOURCES = (LogSource(BUCKET, NOW - timedelta(minutes=5)),)
STREAMS = (equals("eventCategory", "Data"), equals("resources.type", "AWS::KinesisVideo::Stream"))


def answer(*trails: Trail, kind: ActionClass = READ, stream: str = iam.CAMERA, **changes: Any):
    sources = changes.pop("sources", SOURCES)
    snapshot = iam.snapshot(trails=trails, **({"parts": PARTS} | changes))
    return observable(snapshot, sources, NOW).of(stream, kind)


def test_what_is_logged_delivered_and_read_is_observed_and_says_by_what():
    found = answer(trail())

    assert (found.state, found.trail, found.selector) == (ObservableState.OBSERVED, trail().arn, "KVS media")
    assert found.reason == "account-trail logs them, by KVS media"


def test_what_no_selector_takes_is_not_logged():
    found = answer(trail(MANAGEMENT))

    assert found.state is ObservableState.NOT_LOGGED
    assert "GetMedia" in found.missing


def test_without_a_trail_nothing_is_logged():
    assert answer().reason == "no trail logs in eu-central-1"


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (
            replace(WORKING, is_logging=False, stopped_at=NOW - timedelta(hours=2)),
            "it is stopped since 2026-11-23 07:41Z",
        ),
        (replace(WORKING, latest_delivery_error="AccessDenied"), "cannot deliver: AccessDenied"),
        (replace(WORKING, latest_delivery_at=NOW - timedelta(hours=25)), "delivered nothing since"),
    ],
    ids=["stopped", "refused", "silent"],
)
def test_what_a_trail_does_not_deliver_is_not_delivered(status: Any, said: str):
    found = answer(trail(status=status))

    assert found.state is ObservableState.NOT_DELIVERED
    assert said in found.reason


@pytest.mark.parametrize(
    ("sources", "said"),
    [
        ((), "which kvswatch does not read"),
        ((LogSource(BUCKET, None),), "has read nothing of that time yet"),
        ((LogSource(BUCKET, NOW - timedelta(days=3)),), "which kvswatch read last on 2026-11-20"),
        ((LogSource(BUCKET, NOW, "1 log file not read: x"),), f"logs them into {BUCKET}; 1 log file not read: x"),
        ((LogSource(BUCKET, NOW, "1 log file not read: x"), *SOURCES), "1 log file not read: x"),
        ((*SOURCES, LogSource(BUCKET, NOW, "1 log file not read: x")), "1 log file not read: x"),
    ],
    ids=[
        "no source",
        "not yet",
        "long ago",
        "a file missing",
        "a file missing to one of two",
        "a file missing to the other",
    ],
)
def test_what_kvswatch_does_not_read_is_not_collected(sources: tuple[LogSource, ...], said: str):
    found = answer(trail(), sources=sources)

    assert found.state is ObservableState.NOT_COLLECTED
    assert said in found.reason


SILENT = LogSource(BUCKET, NOW, silence="no log file came for 3 hours, though 99.6 % of the hours around have one")


@pytest.mark.parametrize("sources", [(SILENT,), (SILENT, *SOURCES), (*SOURCES, SILENT)])
def test_hours_in_which_no_file_came_are_not_delivered(sources: tuple[LogSource, ...]):
    found = answer(trail(), sources=sources)
    assert found.state is ObservableState.NOT_DELIVERED
    assert found.reason == f"account-trail logs them into {BUCKET}; {SILENT.silence}"


def test_what_is_known_by_name_to_be_missing_is_told_before_a_silence():
    found = answer(trail(), sources=(replace(SILENT, gap="1 log file not read: x"),))
    assert found.state is ObservableState.NOT_COLLECTED


def test_no_silence_is_told_of_what_no_selector_takes():
    assert answer(trail(MANAGEMENT), sources=(SILENT,)).state is ObservableState.NOT_LOGGED


def test_of_two_sources_of_a_bucket_the_newer_counts():
    assert answer(trail(), sources=(LogSource(BUCKET, None), *SOURCES)).state is ObservableState.OBSERVED


OWN, OF_ORGANIZATION = WrittenTo("", is_organizations=False), WrittenTo("", is_organizations=True)
OF_PREFIX = WrittenTo("logs", is_organizations=False)


@pytest.mark.parametrize(
    ("changes", "read", "is_read"),
    [
        ({}, (OWN,), True),
        ({}, (OF_ORGANIZATION,), False),
        ({"prefix": "logs"}, (OWN,), False),
        ({"prefix": "logs/"}, (OWN, OF_PREFIX), True),
        ({"is_organization_trail": True}, (OWN, OF_ORGANIZATION), True),
        ({"is_organization_trail": True}, (OWN,), True),
        ({"is_organization_trail": True, "prefix": "logs"}, (OWN, OF_ORGANIZATION), False),
    ],
    ids=[
        "its folder",
        "the organization's",
        "another prefix",
        "its prefix",
        "the organization's of the organization",
        "an organization trail of old",
        "an organization trail with a prefix",
    ],
)
def test_what_is_read_of_another_trails_folder_is_not_what_this_one_wrote(
    changes: dict[str, Any], read: tuple[WrittenTo, ...], *, is_read: bool
):
    found = answer(trail(**changes), sources=tuple(LogSource(BUCKET, NOW, folder=folder) for folder in read))

    assert found.state is (ObservableState.OBSERVED if is_read else ObservableState.NOT_COLLECTED)
    assert ("of that bucket kvswatch reads other folders alone" in found.reason) is not is_read


def test_an_account_folder_that_is_read_does_not_stand_for_the_organizations_folder_beside_it():
    sources = (LogSource(BUCKET, NOW, folder=OWN), LogSource(BUCKET, None, folder=OF_ORGANIZATION))

    assert answer(trail(is_organization_trail=True), sources=sources).state is ObservableState.NOT_COLLECTED


@pytest.mark.parametrize(
    "unread",
    [trail(selectors_seen=False, advanced=()), trail(status=None)],
    ids=["selectors", "status"],
)
def test_what_could_not_be_read_is_unknown(unread: Trail):
    assert answer(unread).state is ObservableState.UNKNOWN


def test_a_trail_that_could_not_be_read_outweighs_one_that_logs_nothing():
    other = trail(MANAGEMENT, arn="arn:aws:cloudtrail:eu-central-1:1:trail/b")

    assert answer(other, trail(selectors_seen=False, advanced=())).state is ObservableState.UNKNOWN


def test_a_region_whose_trails_were_never_read_is_unknown():
    dark = parts(denied("trails", "us-east-1", "cloudtrail:DescribeTrails"))

    found = answer(stream=iam.OTHER_CAMERA, parts=dark)

    assert found.state is ObservableState.UNKNOWN
    assert answer(parts=dark).state is ObservableState.NOT_LOGGED


def test_one_working_trail_outweighs_a_stopped_one():
    stopped = trail(arn="arn:aws:cloudtrail:eu-central-1:1:trail/b", status=replace(WORKING, is_logging=False))

    assert answer(stopped, trail()).state is ObservableState.OBSERVED


def test_an_organizations_trail_counts_in_its_members():
    organization_trail = trail(
        arn=f"arn:aws:cloudtrail:us-east-1:{iam.MANAGEMENT}:trail/org", is_organization_trail=True
    )

    assert answer(organization_trail).state is ObservableState.OBSERVED
    assert account_of_trail(organization_trail) == str(iam.MANAGEMENT)


def test_a_trail_of_one_region_says_nothing_of_another():
    local = trail(is_multi_region=False)

    assert answer(local).state is ObservableState.OBSERVED
    assert answer(local, stream=iam.OTHER_CAMERA).state is ObservableState.NOT_LOGGED


def test_a_shadow_of_a_trail_is_one_trail():
    assert len(trails_of(iam.snapshot(trails=(trail(), trail())), "eu-central-1")) == 1


def test_a_filter_on_calls_leaves_a_part_out_and_names_it():
    found = answer(trail(selector("Live only", *STREAMS, equals("eventName", "GetMedia"))))

    assert found.state is ObservableState.PARTLY
    assert "GetClip" in found.missing
    assert "GetMedia" not in found.missing


def test_a_filter_on_callers_leaves_all_calls_in_part():
    found = answer(trail(selector("Not the portal", *STREAMS, FieldSelector("userIdentity.arn", not_equals=("x",)))))

    assert found.state is ObservableState.PARTLY


def test_a_filter_on_streams_is_told_stream_by_stream():
    one = trail(selector("One camera", *STREAMS, equals("resources.ARN", iam.CAMERA)))

    assert answer(one).state is ObservableState.OBSERVED
    assert answer(one, stream=iam.OTHER_CAMERA).state is ObservableState.NOT_LOGGED


def test_reads_and_writes_are_told_apart():
    reads = trail(selector("Reads", *STREAMS, equals("readOnly", "true")))

    assert answer(reads, kind=READ).state is ObservableState.PARTLY
    assert "may leave out" in answer(reads, kind=READ).reason
    assert answer(reads, kind=WRITE).state is ObservableState.NOT_LOGGED


def test_two_halves_of_two_trails_make_a_whole():
    live = trail(selector("Live", *STREAMS, equals("eventName", "GetMedia")))
    rest = trail(
        selector("Rest", *STREAMS, FieldSelector("eventName", not_equals=("GetMedia",))),
        arn="arn:aws:cloudtrail:eu-central-1:1:trail/b",
    )

    assert answer(live, rest).reason == "2 trails log them between them"
    assert answer(live, live).state is ObservableState.PARTLY


def test_channels_have_signaling_and_streams_have_media():
    snapshot = iam.snapshot(trails=(trail(MANAGEMENT, MEDIA, SIGNALING),), parts=PARTS)
    coverage = observable(snapshot, SOURCES, NOW)

    assert coverage.of(iam.CHANNEL, ActionClass.SIGNALING).state is ObservableState.OBSERVED
    assert coverage.of(iam.CHANNEL, READ).state is ObservableState.UNKNOWN
    assert coverage.of(iam.CAMERA, ActionClass.MANAGEMENT).state is ObservableState.OBSERVED
    assert coverage.of("arn:unknown", READ).reason == "the stream is in no inventory"


@pytest.mark.parametrize(
    ("action", "kind"),
    [
        ("GetClip", READ),
        ("ListFragments", READ),
        ("PutMedia", WRITE),
        ("ConnectAsViewer", ActionClass.SIGNALING),
        ("GetIceServerConfig", ActionClass.SIGNALING),
        ("GetDataEndpoint", ActionClass.MANAGEMENT),
        ("DeleteStream", ActionClass.MANAGEMENT),
    ],
)
def test_each_action_has_its_class(action: str, kind: ActionClass):
    assert class_of(ACTIONS[action]) is kind


GROUP = "arn:aws:logs:eu-central-1:111122223333:log-group:trail"
OF_GROUP = (LogSource(GROUP, NOW - timedelta(minutes=5)),)


def test_what_is_read_of_a_trail_s_log_group_is_observed_though_nobody_reads_its_bucket():
    assert answer(trail(log_group=GROUP), sources=OF_GROUP).state is ObservableState.OBSERVED


def test_the_silence_of_a_bucket_is_none_of_the_log_group_that_is_read():
    assert answer(trail(log_group=GROUP), sources=(*OF_GROUP, SILENT)).state is ObservableState.OBSERVED


def test_a_log_group_that_the_trail_cannot_deliver_to_is_no_log():
    status = replace(WORKING, log_group_error="AccessDenied")
    found = answer(trail(log_group=GROUP, status=status), sources=OF_GROUP)
    assert found.state is ObservableState.NOT_COLLECTED
    assert found.reason == f"account-trail cannot deliver to {GROUP}: AccessDenied"
    assert (
        answer(trail(log_group=GROUP, status=status), sources=(*OF_GROUP, *SOURCES)).state is ObservableState.OBSERVED
    )


def test_a_log_group_of_which_nothing_was_read_says_so():
    found = answer(trail(log_group=GROUP), sources=(LogSource(GROUP, None),))
    assert found.reason == f"account-trail logs them into {GROUP}, of which kvswatch has read nothing of that time yet"


def test_another_log_group_is_none_of_the_trail_s():
    found = answer(trail(log_group=GROUP + "-old"), sources=OF_GROUP)
    assert found.reason == f"account-trail logs them into {BUCKET}, which kvswatch does not read"
