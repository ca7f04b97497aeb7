from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from moto.kinesisvideo.models import kinesisvideo_backends
from sqlalchemy import text

from app import clock
from app.core.errors import InvalidInput
from app.core.model.feed import FeedKey, Progress
from app.core.model.own_call import CallOutcome
from app.core.model.scope import EVERYTHING
from app.core.model.snapshot import PartState
from app.core.parts import CONTENT, OF_SOURCE
from app.db.queries import feeds, own_calls
from app.services.poll_account import COLLECTORS, collect, feeds_of, fetch, store
from tests.builders.events import event
from tests.builders.events import store as store_events
from tests.builders.polling import account_of, authorizing, aws_settings, polled, snapshot_of, watch

FIRST, SECOND = "eu-central-1", "eu-west-1"


@pytest.fixture(autouse=True)
def _own_credentials(aws, monkeypatch):
    for name, value in aws.environment().items():
        monkeypatch.setenv(name, value)
    yield
    aws.faults()


@pytest.fixture
def cams(aws, app_engine):
    return watch(app_engine, account_of(aws))


def fault(account, **what):
    return {"account": f"{account.id:012d}"} | what


def refused(account, code, **what):
    return fault(account, error=code, status=403, **what)


def unseen(result):
    return {(part.name, region): (part.state, part.missing) for region, part in result.unseen}


def counted(engine, account):
    with engine.begin() as connection:
        return own_calls.own_calls(
            connection, EVERYTHING, account.id, datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
        )


def outcomes(engine, account, api):
    counts = Counter()
    for calls in counted(engine, account):
        if calls.api == api:
            counts[calls.outcome] += calls.n
    return dict(counts)


def removed(engine):
    with engine.begin() as connection:
        return connection.execute(
            text("""select (select count(*) from stream_state where removed_at is not null)
                         + (select count(*) from principal_state where removed_at is not null)""")
        ).scalar_one()


def test_every_part_is_seen_with_exactly_the_declared_permissions(aws, app_engine, cams):
    with authorizing(aws, cams):
        result = polled(app_engine, cams, aws_settings(aws))
    assert unseen(result) == {}
    seen = {part.name for part in snapshot_of(app_engine, cams).parts if part.is_fresh}
    assert seen == set(CONTENT) - {"organization"}


def test_a_poll_brings_home_what_is_there(aws, app_engine, cams):
    polled(app_engine, cams, aws_settings(aws))
    made, snapshot = aws.estate.account(cams.name), snapshot_of(app_engine, cams)
    assert {(one.name, one.region) for one in snapshot.streams} == {(one.name, one.region) for one in made.streams}
    assert {one.name: dict(one.detail.tags) for one in snapshot.streams} == {one.name: one.tags for one in made.streams}
    wanted = {one.name for kind in (made.cast.roles, made.cast.users, made.cast.groups) for one in kind}
    assert {principal.name for principal in snapshot.iam.principals} == wanted | {"root"}
    assert all(trail.selectors_seen and trail.status is not None for trail in snapshot.trails)


def test_two_denied_calls_make_exactly_their_two_parts_unseen(aws, app_engine, cams):
    one_region = watch(app_engine, replace(cams, regions=(FIRST,)))
    with authorizing(aws, one_region, deny=("iam:GetCredentialReport", "kinesisvideo:ListTagsForStream")):
        result = polled(app_engine, one_region, aws_settings(aws))
    assert unseen(result) == {
        ("credential_report", ""): (PartState.DENIED, "iam:GetCredentialReport"),
        ("stream_tags", FIRST): (PartState.DENIED, "kinesisvideo:ListTagsForStream"),
    }
    stale = {part.name for part in snapshot_of(app_engine, one_region).parts if not part.is_fresh}
    assert stale == {"credential_report", "stream_tags"}


def test_what_depends_on_a_denied_listing_is_not_asked_for(aws, app_engine, cams):
    one_region = watch(app_engine, replace(cams, regions=(FIRST,)))
    with authorizing(aws, one_region, deny=("kinesisvideo:ListStreams", "iam:GetAccountAuthorizationDetails")):
        result = polled(app_engine, one_region, aws_settings(aws))
    assert set(unseen(result)) == {("streams", FIRST), ("iam", "")}
    snapshot = snapshot_of(app_engine, one_region)
    assert snapshot.iam is None
    assert snapshot.part("stream_tags", FIRST).state is PartState.NOT_COLLECTED


def test_throttling_of_kinesis_video_is_waited_out_and_counted(aws, app_engine, cams):
    aws.faults(fault(cams, operation="ListStreams", region=FIRST, error="ClientLimitExceededException", times=2))
    result = polled(app_engine, cams, aws_settings(aws), only=["kinesisvideo"])
    assert unseen(result) == {}
    assert outcomes(app_engine, cams, "kinesisvideo:ListStreams") == {CallOutcome.THROTTLED: 2, CallOutcome.OK: 2}


def test_throttling_that_does_not_end_leaves_the_other_region_fresh(aws, app_engine, cams):
    aws.faults(fault(cams, operation="ListStreams", region=FIRST, error="ClientLimitExceededException"))
    result = polled(app_engine, cams, aws_settings(aws), only=["kinesisvideo"])
    assert unseen(result) == {("streams", FIRST): (PartState.THROTTLED, None)}
    assert outcomes(app_engine, cams, "kinesisvideo:ListStreams") == {CallOutcome.THROTTLED: 3, CallOutcome.OK: 1}


def test_a_session_that_ran_out_is_replaced_in_the_middle(aws, app_engine, cams):
    aws.faults(refused(cams, "ExpiredTokenException", operation="ListSignalingChannels", region=FIRST, times=1))
    result = polled(app_engine, cams, aws_settings(aws), only=["kinesisvideo"])
    assert unseen(result) == {}
    assert outcomes(app_engine, cams, "sts:AssumeRole") == {CallOutcome.OK: 2}


def test_credentials_of_our_own_that_ran_out_are_named_as_such(aws, app_engine, cams):
    aws.faults({"service": "sts", "operation": "AssumeRole", "error": "ExpiredToken", "status": 403})
    result = polled(app_engine, cams, aws_settings(aws), only=["iam"])
    assert unseen(result) == {("iam", ""): (PartState.FAILED, None)}
    ((_, part),) = result.unseen
    assert "kvswatch itself" in part.message


def test_a_wrong_external_id_is_named_on_every_part(aws, app_engine, cams):
    wrong = watch(app_engine, replace(cams, external_id="not-it"))
    result = polled(app_engine, wrong, aws_settings(aws))
    assert set(unseen(result).values()) == {(PartState.DENIED, "sts:AssumeRole")}
    parts = snapshot_of(app_engine, wrong).parts
    assert parts
    assert all(cams.role_arn in part.message and "trust policy" in part.message for part in parts)


def test_a_region_that_fails_keeps_its_streams(aws, app_engine, cams):
    polled(app_engine, cams, aws_settings(aws))
    before = snapshot_of(app_engine, cams).streams
    aws.faults(fault(cams, service="kinesisvideo", region=SECOND, error="InternalFailure", status=500))
    result = polled(app_engine, cams, aws_settings(aws, attempts=1), only=["kinesisvideo"])
    assert set(unseen(result)) == {("streams", SECOND), ("channels", SECOND)}
    assert snapshot_of(app_engine, cams).streams == before
    assert any(stream.region == SECOND for stream in before)
    assert removed(app_engine) == 0


def test_nothing_is_ever_deleted_because_it_could_not_be_read(aws, app_engine, cams):
    polled(app_engine, cams, aws_settings(aws))
    before = snapshot_of(app_engine, cams)
    aws.faults(refused(cams, "AccessDenied"))
    result = polled(app_engine, cams, aws_settings(aws))
    after = snapshot_of(app_engine, cams)
    assert {state for state, _ in unseen(result).values()} == {PartState.DENIED}
    assert (after.iam, after.streams, after.trails, after.metrics) == (
        before.iam,
        before.streams,
        before.trails,
        before.metrics,
    )
    assert [part.seen_at for part in after.parts] == [part.seen_at for part in before.parts]
    assert removed(app_engine) == 0


def test_a_second_poll_of_an_unchanged_account_adds_no_version(aws, app_engine, cams):
    settings = aws_settings(aws)
    polled(app_engine, cams, settings)
    polled(app_engine, cams, settings)
    with app_engine.begin() as connection:
        versions = connection.execute(
            text("select part, region, count(*) from snapshot group by 1, 2 having count(*) > 1")
        )
        assert [tuple(row) for row in versions] == []


def test_every_call_that_aws_saw_is_counted(aws, app_engine, cams):
    aws.faults(fault(cams, operation="ListStreams", region=FIRST, error="ClientLimitExceededException", times=1))
    aws.gate.ledger.clear()
    polled(app_engine, cams, aws_settings(aws))
    seen = Counter()
    for (account, region, api, _error), n in aws.gate.ledger.counts.items():
        if account == f"{cams.id:012d}":
            seen[api, region] += n
    ours = Counter()
    for calls in counted(app_engine, cams):
        if calls.api != "sts:AssumeRole":  # which AWS counts where it was called from
            ours[calls.api, calls.region] += calls.n
    assert ours == seen
    assert {calls.outcome for calls in counted(app_engine, cams)} == {CallOutcome.OK, CallOutcome.THROTTLED}


def test_a_poll_shows_each_call_and_how_far_it_is(aws, app_engine, cams):
    shown = []
    collect(
        app_engine,
        cams,
        "kinesisvideo_detail",
        FIRST,
        aws=aws_settings(aws),
        now=clock.now(),
        report=lambda call, progress: shown.append((call, progress)),
    )
    tags = [progress for call, progress in shown if call == f"kinesisvideo:ListTagsForStream {FIRST}"]
    assert tags == [Progress(n, len(tags), "streams") for n in range(len(tags))]
    assert shown[0] == (f"sts:AssumeRole {FIRST}", None)


def test_a_process_that_ends_in_a_call_leaves_it_counted(aws, app_engine, cams):
    class Killed(BaseException):
        pass

    def killed(call, _progress):
        if call.startswith("kinesisvideo:ListSignalingChannels"):
            raise Killed

    with pytest.raises(Killed):
        collect(app_engine, cams, "kinesisvideo", FIRST, aws=aws_settings(aws), now=clock.now(), report=killed)
    assert outcomes(app_engine, cams, "kinesisvideo:ListStreams") == {CallOutcome.OK: 1}
    assert snapshot_of(app_engine, cams).streams == ()


def test_the_management_account_lists_the_organization_for_its_members(aws, app_engine, cams):
    management = watch(app_engine, account_of(aws, "halden-management"))
    assert unseen(polled(app_engine, management, aws_settings(aws), only=["organizations"])) == {}
    organization = snapshot_of(app_engine, cams).organization
    listed = {account.id: account for account in organization.accounts}
    assert set(listed) == {int(account.id) for account in aws.estate.members}
    assert organization.management_account == management.id
    assert listed[cams.id].path[0] == aws.estate.root_id
    attached = {policy.name for target in organization.targets for policy in (*target.scps, *target.rcps)}
    assert {policy.name for policy in aws.estate.policies if set(policy.targets) & {"Root", cams.name}} <= attached


def test_details_are_read_again_when_an_event_changed_one(aws, app_engine, cams):
    settings = aws_settings(aws)
    key = FeedKey(cams.id, "kinesisvideo_detail", FIRST)
    read_at = clock.now() - timedelta(hours=3)
    collect(app_engine, cams, key.source, FIRST, aws=settings, now=read_at)
    with app_engine.begin() as connection:
        feeds.add_feeds(connection, [(key, 86_400)], read_at + timedelta(days=1))

    collect(app_engine, cams, "kinesisvideo", FIRST, aws=settings, now=clock.now())
    assert next_at(app_engine) == read_at + timedelta(days=1)

    with app_engine.begin() as connection:
        changed = event(action="TagStream", account=cams.id, event_time=read_at + timedelta(hours=1), stream=None)
        store_events(connection, [changed])
    now = clock.now()
    collect(app_engine, cams, "kinesisvideo", FIRST, aws=settings, now=now)
    assert next_at(app_engine) == now


@pytest.fixture
def tagged(cams):
    """Two streams of the emulator whose tags a test may change, by ARN."""
    made = list(kinesisvideo_backends[f"{cams.id:012d}"][FIRST].streams.values())[:2]
    before = [stream.tags for stream in made]
    yield made
    for stream, tags in zip(made, before, strict=True):
        stream.tags = tags


def tags_of(engine, account):
    return {stream.arn: dict(stream.detail.tags) for stream in snapshot_of(engine, account).streams}


def test_only_the_streams_that_events_named_are_read_again_and_the_others_are_kept(aws, app_engine, cams, tagged):
    settings, read_at = aws_settings(aws), clock.now() - timedelta(hours=3)
    collect(app_engine, cams, "kinesisvideo", FIRST, aws=settings, now=read_at)
    collect(app_engine, cams, "kinesisvideo_detail", FIRST, aws=settings, now=read_at)
    before, (named, other) = tags_of(app_engine, cams), tagged
    named.tags, other.tags = {"release": "2"}, {"release": "3"}
    with app_engine.begin() as connection:
        changed = event(action="TagStream", account=cams.id, event_time=read_at + timedelta(hours=1), stream=named.arn)
        store_events(connection, [changed])
    aws.gate.ledger.clear()
    now = clock.now()

    collected = fetch(app_engine, cams, "kinesisvideo_detail", FIRST, aws=settings, now=now, changed_only=True)
    with app_engine.begin() as connection:
        store(connection, collected)

    asked = [call.operation for call in aws.gate.ledger.calls]
    assert asked.count("ListTagsForStream") == asked.count("DescribeEdgeConfiguration") == 1
    assert tags_of(app_engine, cams) == before | {named.arn: {"release": "2"}}
    part = snapshot_of(app_engine, cams).part("stream_tags", FIRST)
    assert (part.tried_at, part.seen_at) == (now, read_at)

    later = read_at + timedelta(days=1)
    collected = fetch(app_engine, cams, "kinesisvideo_detail", FIRST, aws=settings, now=later, changed_only=True)
    with app_engine.begin() as connection:
        store(connection, collected)
    assert tags_of(app_engine, cams) == before | {named.arn: {"release": "2"}, other.arn: {"release": "3"}}


def next_at(engine):
    with engine.begin() as connection:
        (feed,) = feeds.feeds(connection, EVERYTHING)
    return feed.next_at


def test_only_the_management_account_is_asked_for_the_organization(aws, cams):
    management = account_of(aws, "halden-management")
    assert ("organizations", "") in feeds_of(management)
    assert "organizations" not in {name for name, _ in feeds_of(cams)}


def test_each_collector_names_parts_that_can_be_stored():
    for name, collector in COLLECTORS.items():
        assert {part.name for part in collector.parts} <= set(CONTENT), name
        assert all(":" in permission for permission in collector.permissions), name


def test_what_a_feed_reads_is_what_the_pages_wait_for():
    read = {name: {part.name for part in collector.parts} for name, collector in COLLECTORS.items()}
    assert OF_SOURCE.keys() == read.keys()
    assert all(set(parts) <= read[name] for name, parts in OF_SOURCE.items())
    assert {part for parts in OF_SOURCE.values() for part in parts} == set().union(*read.values())


def test_an_unknown_collector_is_named(aws, app_engine, cams):
    with pytest.raises(InvalidInput, match="'iaam': there are cloudtrail, cloudwatch, iam"):
        collect(app_engine, cams, "iaam", "", aws=aws_settings(aws), now=clock.now())
