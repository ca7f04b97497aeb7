from dataclasses import replace
from datetime import UTC, date, datetime

from app.core import parts
from app.core.model.account import Account, AccountKind
from app.core.model.metric import RequestCount, RequestCounts
from app.core.model.policy import PolicyDocument, PolicyKind
from app.core.model.principal import AccessKey, Credentials, PrincipalKind
from app.core.model.snapshot import Part, PartState
from app.core.model.stream import StreamDetail
from app.core.model.trail import AdvancedSelector, Trails, TrailStatus
from app.core.normalise import cloudtrail, iam, kinesisvideo
from tests.answers import cloudtrail as trail_answers
from tests.answers import iam as iam_answers
from tests.answers import kinesisvideo as video_answers

NOW = datetime(2026, 11, 23, 9, 41, tzinfo=UTC)
REGION, OTHER = "eu-central-1", "us-east-1"
ACCOUNT = Account(111122223333, "clinic", AccountKind.MEMBER, "arn:aws:iam::111122223333:role/x", "id", (REGION, OTHER))
CAMERA = "arn:aws:iam::111122223333:user/cam-7"
ROOT = "arn:aws:iam::111122223333:root"


def snapshot(found, tried=(), **shared):
    given = {"organization": None, "organization_selectors": {}, "known_accounts": frozenset()} | shared
    return parts.assemble(ACCOUNT, NOW, tried, found, **given)


def some_iam():
    return iam.iam(iam_answers.AUTHORIZATION_DETAILS)


def principal(found, arn):
    return next(one for one in snapshot(found).iam.principals if one.arn == arn)


def trail_parts(region=REGION):
    return {("trails", region): cloudtrail.trails(trail_answers.TRAILS, region)}


def test_what_was_never_seen_is_none_and_not_empty():
    assert snapshot({}).iam is None
    assert snapshot({}).organization is None


def test_keys_alone_do_not_make_principals():
    assert snapshot({("access_keys", ""): iam.access_keys(iam_answers.ACCESS_KEYS)}).iam is None


def test_it_joins_keys_and_report_rows_to_their_users():
    found = {
        ("iam", ""): some_iam(),
        ("access_keys", ""): iam.access_keys(iam_answers.ACCESS_KEYS),
        ("credential_report", ""): iam.credential_report(iam_answers.CREDENTIAL_REPORT),
    }
    assert [key.id for key in principal(found, CAMERA).keys] == ["AKIAEXAMPLEOLD", "AKIAEXAMPLENEW"]
    assert principal(found, CAMERA).credentials.active_keys == 2


def test_users_say_that_keys_were_not_read_when_they_were_not():
    found = {("iam", ""): some_iam()}
    assert principal(found, CAMERA).keys is None
    assert principal(found, CAMERA).credentials is None


def test_the_root_user_is_there_with_its_row_of_the_report():
    found = {
        ("iam", ""): some_iam(),
        ("credential_report", ""): iam.credential_report(iam_answers.CREDENTIAL_REPORT),
    }
    root = principal(found, ROOT)
    assert root.kind is PrincipalKind.ROOT
    assert root.credentials.active_keys == 1


def test_policies_read_alone_join_those_listed_once():
    extra = iam.managed_policies(iam_answers.BOUNDARY_READ_ALONE).policies
    listed_too = PolicyDocument(PolicyKind.MANAGED, "upload", "{}", arn=iam_answers.UPLOAD)
    found = {("iam", ""): some_iam(), ("managed_policies", ""): parts.ManagedPolicies((*extra, listed_too))}
    assert [policy.arn for policy in snapshot(found).iam.policies] == [iam_answers.UPLOAD, iam_answers.BOUNDARY]


def test_it_joins_the_details_of_several_parts_to_a_stream():
    found = {
        ("streams", REGION): kinesisvideo.streams(video_answers.STREAMS, REGION),
        ("stream_tags", REGION): kinesisvideo.tags({video_answers.YARD: {"site": "north"}}, REGION),
        ("stream_images", REGION): kinesisvideo.images(video_answers.IMAGES, REGION),
    }
    door, yard = snapshot(found).streams
    assert (yard.detail.tags, yard.detail.image_generation_status) == ((("site", "north"),), "ENABLED")
    assert (door.detail.tags, door.detail.notification_status) == (None, None)


def test_streams_of_all_regions_and_channels_are_together():
    found = {
        ("streams", REGION): kinesisvideo.streams(video_answers.STREAMS, REGION),
        ("channels", OTHER): kinesisvideo.channels(video_answers.CHANNELS, OTHER),
    }
    assert {(stream.name, stream.region) for stream in snapshot(found).streams} == {
        ("door", REGION),
        ("yard", REGION),
        ("bell", OTHER),
    }


def test_a_trail_without_its_other_parts_says_that_they_were_not_read():
    (trail,) = snapshot(trail_parts()).trails
    assert not trail.selectors_seen
    assert trail.status is None


def test_a_trail_seen_in_two_regions_is_one_with_the_status_of_its_home():
    home = cloudtrail.statuses(trail_answers.STATUSES, REGION)
    shadow = parts.TrailStatuses(((trail_answers.ARN, TrailStatus(is_logging=True)),))
    found = {
        **trail_parts(OTHER),
        **trail_parts(REGION),
        ("trail_status", OTHER): shadow,
        ("trail_status", REGION): home,
    }
    (trail,) = snapshot(found).trails
    assert not trail.status.is_logging


def test_a_trail_whose_home_was_not_read_has_the_status_of_another_region():
    found = {**trail_parts(OTHER), ("trail_status", OTHER): cloudtrail.statuses(trail_answers.STATUSES, OTHER)}
    (trail,) = snapshot(found).trails
    assert trail.status is not None


def test_a_trail_that_only_a_region_that_is_no_longer_read_lists_is_gone():
    found = {**trail_parts(REGION), ("trails", OTHER): Trails(())}
    stale = Part("trails", REGION, PartState.DENIED)
    assert snapshot(found, (stale,)).trails == ()
    assert len(snapshot(trail_parts(REGION), (stale,)).trails) == 1


def test_a_trail_of_one_region_that_is_no_longer_read_is_kept_for_no_other_lists_it():
    (trail,) = trail_parts(REGION)["trails", REGION].trails
    alone = {("trails", REGION): Trails((replace(trail, is_multi_region=False),)), ("trails", OTHER): Trails(())}
    assert len(snapshot(alone, (Part("trails", REGION, PartState.DENIED),)).trails) == 1


def test_selectors_of_a_shared_trail_come_from_whoever_could_read_them():
    theirs = parts.Selectors(trail_answers.ARN, advanced=(AdvancedSelector("media", ()),))
    (trail,) = snapshot(trail_parts(), organization_selectors={trail_answers.ARN: theirs}).trails
    assert trail.selectors_seen
    assert trail.advanced == theirs.advanced


def test_requests_are_counted_by_arn_where_the_inventory_knows_the_name():
    counts = RequestCounts(
        date(2026, 11, 16),
        date(2026, 11, 17),
        (
            RequestCount("door", "GetMedia", date(2026, 11, 16), 3),
            RequestCount("gone", "GetMedia", date(2026, 11, 16), 1),
        ),
    )
    found = {
        ("streams", REGION): kinesisvideo.streams(video_answers.STREAMS, REGION),
        ("request_counts", REGION): counts,
        ("request_counts", OTHER): counts,
    }
    (here, counted), (there, elsewhere) = snapshot(found).metrics
    assert (here, [one.stream for one in counted.counts]) == (REGION, [video_answers.DOOR, "gone"])
    assert (there, [one.stream for one in elsewhere.counts]) == (OTHER, ["door", "gone"])


def test_use_alone_changes_nothing_that_counts():
    before = some_iam()
    after = replace(before, principals=tuple(replace(one, last_used_at=NOW) for one in before.principals))
    assert parts.without_stamps(before) == parts.without_stamps(after)


def test_a_key_that_is_used_is_the_same_key_and_one_made_inactive_is_not():
    key = AccessKey("AKIAEXAMPLE", is_active=True, created_at=NOW)
    keys = parts.AccessKeys(((CAMERA, (key,)),))
    used = parts.AccessKeys(((CAMERA, (replace(key, last_used_at=NOW, last_used_service="s3"),)),))
    inactive = parts.AccessKeys(((CAMERA, (replace(key, is_active=False),)),))
    assert parts.without_stamps(keys) == parts.without_stamps(used)
    assert parts.without_stamps(keys) != parts.without_stamps(inactive)


def test_a_delivery_is_no_change_and_a_stop_is():
    statuses = [
        TrailStatus(is_logging=True),
        TrailStatus(is_logging=True, latest_delivery_at=NOW),
        TrailStatus(is_logging=False),
    ]
    running, delivered, stopped = (
        parts.without_stamps(parts.TrailStatuses(((trail_answers.ARN, one),))) for one in statuses
    )
    assert running == delivered
    assert running != stopped


def test_a_sign_in_is_no_change_and_a_lost_second_factor_is():
    rows = [Credentials(has_mfa=True), Credentials(has_mfa=True, password_last_used_at=NOW), Credentials(has_mfa=False)]
    before, signed_in, lost = (parts.without_stamps(parts.CredentialReport(((CAMERA, row),))) for row in rows)
    assert before == signed_in
    assert before != lost


def test_amended_details_are_new_for_the_streams_that_were_read_and_old_for_the_others():
    old, new = StreamDetail(tags=(("a", "1"),)), StreamDetail(tags=(("a", "2"),))
    held = parts.StreamDetails((("arn:1", old), ("arn:3", old)))
    assert held.amended(parts.StreamDetails((("arn:3", new), ("arn:2", new)))) == parts.StreamDetails(
        (("arn:1", old), ("arn:2", new), ("arn:3", new))
    )
