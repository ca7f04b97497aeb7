"""Coverage over time."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from app.core.coverage.gaps import Gap
from app.core.coverage.history import Collected, Stretch, Strip, horizon, strips
from app.core.coverage.observe import ActionClass, ObservableState
from app.core.coverage.settings import AccountHistory, Version
from app.core.coverage.silence import Silence
from app.core.model.account import Account, AccountKind
from app.core.model.snapshot import Part, PartState
from app.core.model.trail import AdvancedSelector, FieldSelector, Trail, Trails, TrailStatus
from app.core.parts import EventSelectors, Selectors, Streams, TrailStatuses
from app.core.retention import Dropped
from app.core.trailfile.keys import WrittenTo
from tests.builders.coverage import (
    ACCOUNT,
    COLLECTED,
    END,
    LOGGING,
    MANAGEMENT,
    MEDIA,
    READ_AT,
    REGION,
    START,
    STREAM,
    TRAIL,
    make_history,
    selectors_from,
)


def _read(history: AccountHistory, collected: Collected = COLLECTED) -> Strip:
    found = strips(history, (), [collected], START, END, ["bucket"])
    return next(strip for strip in found if strip.kind is ActionClass.READ)


def test_a_trail_that_logs_and_is_read_leaves_no_hole() -> None:
    strip = _read(make_history())
    assert strip.observed == 1
    assert strip.holes == ()


def test_the_first_settings_read_are_taken_back_and_say_since_when_they_are_known() -> None:
    strip = _read(make_history())
    assert strip.stretches[0].start == START
    assert strip.first_read_at == READ_AT


def test_what_was_dropped_is_expired_whatever_was_observed_of_it() -> None:
    gone = Dropped(START + timedelta(days=4), 400)
    found = strips(make_history(), (), [COLLECTED], START, END, ["bucket"], gone)
    for strip in found:
        assert [(hole.start, hole.end, hole.state) for hole in strip.holes[:1]] == [
            (START, START + timedelta(days=4), ObservableState.EXPIRED)
        ]
        assert "older than 400 days are not kept" in strip.holes[0].reason
    assert next(strip for strip in found if strip.kind is ActionClass.READ).observed == 0.6


def test_a_trail_stopped_and_started_leaves_a_hole_of_just_that_time() -> None:
    stopped, started = START + timedelta(days=4), START + timedelta(days=4, hours=6)
    strip = _read(make_history(status=replace(LOGGING, stopped_at=stopped, started_at=started)))
    assert [(hole.start, hole.end, hole.state) for hole in strip.holes] == [
        (stopped, started, ObservableState.NOT_DELIVERED)
    ]
    assert f"it was stopped from {stopped:%Y-%m-%d %H:%MZ} to {started:%Y-%m-%d %H:%MZ}" in strip.holes[0].reason


def test_a_trail_stopped_and_started_between_two_polls_leaves_a_hole_of_just_that_time() -> None:
    first, second = END - timedelta(days=3), END - timedelta(days=3) + timedelta(minutes=15)
    stopped, started = first + timedelta(minutes=2), first + timedelta(minutes=13)
    seen = replace(LOGGING, stopped_at=stopped, started_at=started)
    history = make_history(status=seen)
    kept = tuple(
        replace(v, start=second) if v.part == "trail_status" else replace(v, start=START) for v in history.versions
    )
    before = Version("trail_status", REGION, START, second, TrailStatuses(((TRAIL, LOGGING),)))
    strip = _read(replace(history, versions=(*kept, before)))
    assert [(hole.start, hole.end, hole.state) for hole in strip.holes] == [
        (stopped, started, ObservableState.NOT_DELIVERED)
    ]


def test_a_trail_that_was_stopped_for_days_is_a_hole_until_it_was_started_not_until_the_poll_that_saw_it() -> None:
    stopped, started, seen_at = START + timedelta(days=2), END - timedelta(days=3), END - timedelta(days=2, hours=23)
    history = make_history(status=replace(LOGGING, stopped_at=stopped, started_at=started))
    kept = tuple(replace(v, start=seen_at if v.part == "trail_status" else START) for v in history.versions)
    off = TrailStatus(False, stopped, started_at=LOGGING.started_at, stopped_at=stopped)
    before = Version("trail_status", REGION, stopped, seen_at, TrailStatuses(((TRAIL, off),)), started)
    strip = _read(replace(history, versions=(*kept, before)))
    assert [(hole.start, hole.end, hole.state) for hole in strip.holes] == [
        (stopped, started, ObservableState.NOT_DELIVERED)
    ]


def test_a_trail_that_is_stopped_is_a_hole_until_now() -> None:
    stopped = START + timedelta(days=9)
    strip = _read(make_history(status=TrailStatus(False, stopped, started_at=START, stopped_at=stopped)))
    assert [(hole.start, hole.end) for hole in strip.holes] == [(stopped, END)]


def test_nothing_was_logged_before_the_trail_was_started() -> None:
    started = START + timedelta(days=3)
    strip = _read(make_history(status=replace(LOGGING, started_at=started)))
    assert [(hole.start, hole.end) for hole in strip.holes] == [(START, started)]


def test_a_trail_that_delivers_no_more_is_a_hole_since_its_last_delivery() -> None:
    last = END - timedelta(days=2)
    strip = _read(make_history(status=replace(LOGGING, latest_delivery_at=last)))
    assert [(hole.start, hole.end) for hole in strip.holes] == [(last, END)]


def test_selectors_that_came_later_leave_the_time_before_them_unlogged() -> None:
    changed = START + timedelta(days=5)
    versions = (selectors_from(START - timedelta(days=1), changed), selectors_from(changed, None, MEDIA))
    strip = _read(make_history(more=versions))
    assert [(hole.end, hole.state) for hole in strip.holes] == [(changed, ObservableState.NOT_LOGGED)]


def _read_twice(last: datetime, found: datetime, *, before: AdvancedSelector, after: AdvancedSelector) -> Strip:
    """Return the strip of selectors that were read last at `last`, and found changed at `found`."""
    versions = (selectors_from(START - timedelta(days=1), found, before), selectors_from(found, None, after))
    return _read(make_history(more=(replace(versions[0], seen_at=last), versions[1])))


def test_between_the_last_reading_and_the_one_that_found_a_change_nobody_knows_which_held() -> None:
    last, found = START + timedelta(days=2), START + timedelta(days=9)
    strip = _read_twice(last, found, before=MEDIA, after=MANAGEMENT)
    assert [(hole.start, hole.end, hole.state) for hole in strip.holes] == [
        (last, found, ObservableState.UNKNOWN),
        (found, END, ObservableState.NOT_LOGGED),
    ]
    assert strip.holes[0].reason == (
        f"the settings were not read between {last:%Y-%m-%d %H:%MZ} and {found:%Y-%m-%d %H:%MZ}"
    )


def test_what_two_trails_log_one_after_the_other_neither_may_have_logged_in_between() -> None:
    last, found = END - timedelta(days=3), END - timedelta(days=2)
    other = TRAIL.replace("kvs-trail", "other")
    trails = tuple(
        Trail(arn, arn.rpartition("/")[2], REGION, True, False, "bucket", "", True, True) for arn in (TRAIL, other)
    )
    contents = {"trails": Trails(trails), "trail_status": TrailStatuses(((TRAIL, LOGGING), (other, LOGGING)))}
    history = make_history()
    kept = (
        replace(v, content=contents.get(v.part, v.content)) for v in history.versions if v.part != "event_selectors"
    )

    def selectors(first: AdvancedSelector, second: AdvancedSelector) -> EventSelectors:
        return EventSelectors((Selectors(TRAIL, (first,)), Selectors(other, (second,))))

    before = Version("event_selectors", REGION, START, found, selectors(MEDIA, MANAGEMENT), last)
    after = Version("event_selectors", REGION, found, None, selectors(MANAGEMENT, MEDIA))
    strip = _read(replace(history, versions=(*kept, before, after)))
    assert [(hole.start, hole.end, hole.state) for hole in strip.holes] == [(last, found, ObservableState.UNKNOWN)]


def test_a_change_that_leaves_the_answer_as_it_was_puts_nothing_in_doubt() -> None:
    last, found = START + timedelta(days=2), START + timedelta(days=9)
    strip = _read_twice(last, found, before=MEDIA, after=replace(MEDIA, name="renamed"))
    assert strip.holes == ()


def test_of_two_settings_that_changed_while_nobody_read_them_each_may_have_changed_first() -> None:
    last, found = START + timedelta(days=2), START + timedelta(days=9)
    # The trail that would take the calls went away, or took them before it went: nothing before and nothing after does.
    history = make_history(more=(replace(selectors_from(START, found, MANAGEMENT), seen_at=last),))
    kept = tuple(v for v in history.versions if v.part == "streams")
    gone = tuple(
        replace(v, start=START, end=found, seen_at=last)
        for v in history.versions
        if v.part in {"trails", "trail_status"}
    )
    after = (
        Version("trails", REGION, found, None, Trails(())),
        Version("trail_status", REGION, found, None, TrailStatuses(())),
        selectors_from(found, None, MEDIA),
    )
    selectors = tuple(v for v in history.versions if v.part == "event_selectors")
    strip = _read(replace(history, versions=(*kept, *gone, *selectors, *after)))
    states = [(stretch.start, stretch.end, stretch.state) for stretch in strip.stretches]
    assert states == [
        (START, last, ObservableState.NOT_LOGGED),
        (last, found, ObservableState.UNKNOWN),
        (found, END, ObservableState.NOT_LOGGED),
    ]


def test_a_stop_that_is_dated_is_told_from_then_though_nobody_read_the_settings() -> None:
    last, stopped, found = END - timedelta(days=8), END - timedelta(days=7), END - timedelta(days=1)
    history = make_history(status=replace(LOGGING, is_logging=False, stopped_at=stopped))
    kept = tuple(
        replace(v, start=found) if v.part == "trail_status" else replace(v, start=START) for v in history.versions
    )
    before = Version("trail_status", REGION, START, found, TrailStatuses(((TRAIL, LOGGING),)), last)
    strip = _read(replace(history, versions=(*kept, before)))
    assert [(hole.start, hole.end, hole.state) for hole in strip.holes] == [
        (stopped, END, ObservableState.NOT_DELIVERED)
    ]


@pytest.mark.parametrize(("hours", "is_known"), [(23, True), (25, False)])
def test_settings_that_nobody_read_for_a_day_are_unknown_from_their_last_reading_on(
    hours: int, *, is_known: bool
) -> None:
    last = END - timedelta(hours=hours)
    history = make_history()
    versions = tuple(replace(v, start=START, seen_at=last) for v in history.versions)
    strip = _read(replace(history, versions=versions))
    found = [(hole.start, hole.end, hole.state, hole.reason) for hole in strip.holes]
    reason = f"the settings were last read at {last:%Y-%m-%d %H:%MZ}"
    assert found == ([] if is_known else [(last, END, ObservableState.UNKNOWN, reason)])


def test_settings_that_cannot_be_read_any_more_are_not_taken_to_hold() -> None:
    lost = END - timedelta(days=1)
    denied = Part("event_selectors", REGION, PartState.DENIED, END, lost, "cloudtrail:GetEventSelectors")
    strip = _read(make_history(parts=(denied,)))
    assert [(hole.start, hole.state) for hole in strip.holes] == [(lost, ObservableState.UNKNOWN)]


OTHER = "us-east-1"
TRAIL_OF_ALL = Trail(TRAIL, "kvs-trail", REGION, True, False, "bucket", "", True, True)
THERE = replace(STREAM, arn=STREAM.arn.replace(REGION, OTHER), region=OTHER)
IN_BOTH = (COLLECTED, replace(COLLECTED, region=OTHER))


def _both(there: TrailStatus = LOGGING, parts: tuple[Part, ...] = (), *, home: TrailStatus = LOGGING) -> AccountHistory:
    """Return an account whose trail logs a stream in its home Region and one in another, each polled."""
    versions = [selectors_from(START, None, MEDIA), Version("event_selectors", OTHER, START, None, EventSelectors(()))]
    for region, status, stream in ((REGION, home, STREAM), (OTHER, there, THERE)):
        versions += [
            Version("trails", region, START, None, Trails((TRAIL_OF_ALL,))),
            Version("trail_status", region, START, None, TrailStatuses(((TRAIL, status),))),
            Version("streams", region, START, None, Streams((stream,))),
        ]
    names = ("trails", "trail_status", "event_selectors", "streams")
    seen = (Part(name, region, PartState.SEEN, READ_AT, READ_AT) for name in names for region in (REGION, OTHER))
    told = {(part.name, part.region): part for part in (*seen, *parts)}
    return AccountHistory(ACCOUNT, tuple(told.values()), tuple(versions))


def _reads(history: AccountHistory) -> dict[str, list[tuple[datetime, datetime, ObservableState]]]:
    """Return the holes in the media reads of each Region."""
    found = strips(history, (), IN_BOTH, START, END, ["bucket"])
    return {
        strip.region: [(hole.start, hole.end, hole.state) for hole in strip.holes]
        for strip in found
        if strip.kind is ActionClass.READ
    }


def test_selectors_that_the_home_region_gives_no_more_are_unknown_in_every_region_of_the_trail() -> None:
    lost = END - timedelta(days=5)
    denied = Part("event_selectors", REGION, PartState.DENIED, END, lost, "cloudtrail:GetEventSelectors")
    hole = [(lost, END, ObservableState.UNKNOWN)]
    assert _reads(_both(parts=(denied,))) == {REGION: hole, OTHER: hole}


def test_a_trail_that_a_region_lists_no_more_is_gone_there_though_its_home_was_not_read_since() -> None:
    gone = START + timedelta(days=2)
    history = _both(parts=(Part("trails", REGION, PartState.UNREACHABLE, END, gone),))
    listed = Version("trails", OTHER, START, gone, Trails((TRAIL_OF_ALL,)))
    ended = tuple(
        replace(v, start=gone, content=Trails(())) if (v.part, v.region) == ("trails", OTHER) else v
        for v in history.versions
    )
    assert _reads(replace(history, versions=(listed, *ended))) == {
        REGION: [(gone, END, ObservableState.UNKNOWN)],
        OTHER: [(gone, END, ObservableState.NOT_LOGGED)],
    }


def test_what_a_trail_cannot_deliver_of_one_region_is_a_hole_of_that_region() -> None:
    last = END - timedelta(days=9)
    broken = replace(LOGGING, latest_delivery_at=last, latest_delivery_error="AccessDenied")
    hole = [(last, END, ObservableState.NOT_DELIVERED)]
    assert _reads(_both(broken)) == {REGION: [], OTHER: hole}
    assert _reads(_both(home=broken)) == {REGION: hole, OTHER: []}


@pytest.mark.parametrize("last", [None, END - timedelta(days=9)])
def test_a_region_in_which_nobody_calls_is_no_fault_while_the_trail_delivers_elsewhere(last: datetime | None) -> None:
    quiet = replace(LOGGING, latest_delivery_at=last)
    assert _reads(_both(quiet)) == {REGION: [], OTHER: []}
    assert _reads(_both(home=quiet)) == {REGION: [], OTHER: []}


LENDER = Account(999988887777, "management", AccountKind.MANAGEMENT, "arn:role", "kv", ("eu-west-1",))
SHARED = f"arn:aws:cloudtrail:eu-west-1:{LENDER.id}:trail/shared"


def _member(*selectors: Version, state: PartState = PartState.SEEN, seen_at: datetime = READ_AT) -> Strip:
    """Return the media reads of a member whose calls the organization's trail logs by selectors read elsewhere."""
    trail = Trail(SHARED, "shared", "eu-west-1", True, True, "bucket", "", True, True)
    mine = (
        Version("trails", REGION, START, None, Trails((trail,))),
        Version("trail_status", REGION, START, None, TrailStatuses(((SHARED, LOGGING),))),
        Version("event_selectors", REGION, START, None, EventSelectors(())),
        Version("streams", REGION, START, None, Streams((STREAM,))),
    )
    seen = tuple(Part(version.part, REGION, PartState.SEEN, READ_AT, READ_AT) for version in mine)
    lent = Part("event_selectors", "eu-west-1", state, END, seen_at, "cloudtrail:GetEventSelectors")
    lender = AccountHistory(LENDER, (lent,), selectors)
    found = strips(AccountHistory(ACCOUNT, seen, mine), [lender], [COLLECTED], START, END, ["bucket"])
    return next(strip for strip in found if strip.kind is ActionClass.READ)


def _lent(
    start: datetime, end: datetime | None, selector: AdvancedSelector, seen_at: datetime | None = None
) -> Version:
    content = EventSelectors((Selectors(SHARED, (selector,)),))
    return Version("event_selectors", "eu-west-1", start, end, content, seen_at)


def test_a_member_was_observed_by_the_selectors_of_that_time_not_by_those_of_now() -> None:
    last, changed = END - timedelta(hours=2), END - timedelta(hours=1)
    strip = _member(_lent(START, changed, MANAGEMENT, last), _lent(changed, None, MEDIA, END))
    assert [(hole.start, hole.end, hole.state) for hole in strip.holes] == [
        (START, last, ObservableState.NOT_LOGGED),
        (last, changed, ObservableState.UNKNOWN),
    ]


@pytest.mark.parametrize("state", [PartState.DENIED, PartState.SEEN], ids=["denied", "not read"])
def test_a_member_is_not_observed_by_selectors_that_its_organization_reads_no_more(state: PartState) -> None:
    lost = END - timedelta(days=3)
    strip = _member(_lent(START, None, MEDIA, lost), state=state, seen_at=lost)
    assert [(hole.start, hole.end, hole.state) for hole in strip.holes] == [(lost, END, ObservableState.UNKNOWN)]
    assert strip.holes[0].reason == "the event selectors of shared could not be read"


def test_what_the_backfill_has_not_reached_is_not_collected() -> None:
    reached = START + timedelta(days=8)
    strip = _read(make_history(), replace(COLLECTED, start=reached))
    assert [(hole.start, hole.end, hole.state) for hole in strip.holes] == [
        (START, reached, ObservableState.NOT_COLLECTED)
    ]


@pytest.mark.parametrize("behind", [timedelta(hours=2), timedelta(hours=23), timedelta(days=3)])
def test_what_was_delivered_since_the_last_look_is_not_collected(behind: timedelta) -> None:
    last = END - behind
    strip = _read(make_history(), replace(COLLECTED, end=last))
    # A file that came after the look may hold calls of the quarter of an hour before it.
    assert [(hole.start, hole.end, hole.state) for hole in strip.holes] == [
        (last - timedelta(minutes=15), END, ObservableState.NOT_COLLECTED)
    ]
    assert strip.holes[0].reason.endswith(f"kvswatch read it last on {last:%Y-%m-%d at %H:%MZ}")


def test_while_files_are_read_in_time_the_newest_minutes_are_no_hole() -> None:
    assert _read(make_history(), replace(COLLECTED, end=END - timedelta(minutes=40))).holes == ()


def test_management_calls_since_the_event_history_was_read_last_are_not_observed() -> None:
    last = END - timedelta(hours=5)
    read = Collected(ACCOUNT.id, REGION, "", START - timedelta(days=50), last)
    found = {strip.kind: strip for strip in strips(make_history(), (), [read], START, END)}
    assert [hole.start for hole in found[ActionClass.MANAGEMENT].holes] == [last - timedelta(minutes=15)]


GAP = Gap(START + timedelta(days=4), START + timedelta(days=4, hours=2), "2 log files not read: throttled")


def test_hours_whose_log_files_were_not_read_are_a_hole_of_their_own() -> None:
    strip = _read(make_history(), replace(COLLECTED, gaps=(GAP,)))
    assert [(hole.start, hole.end, hole.state) for hole in strip.holes] == [
        (GAP.start, GAP.end, ObservableState.NOT_COLLECTED)
    ]
    assert strip.holes[0].reason == f"kvs-trail logs them into bucket; {GAP.reason}"


def test_hours_in_which_no_file_came_are_not_delivered_with_the_quarter_before_them() -> None:
    silence = Silence(GAP.start, GAP.end, 335, 336)
    strip = _read(make_history(), replace(COLLECTED, silences=(silence,)))
    assert [(hole.start, hole.end, hole.state) for hole in strip.holes] == [
        (GAP.start - timedelta(minutes=15), GAP.end, ObservableState.NOT_DELIVERED)
    ]
    assert strip.holes[0].reason == f"kvs-trail logs them into bucket; {silence.reason}"


def test_a_stop_that_aws_dates_is_told_before_the_silence_that_came_of_it() -> None:
    status = replace(LOGGING, stopped_at=GAP.start, started_at=GAP.end)
    strip = _read(make_history(status=status), replace(COLLECTED, silences=(Silence(GAP.start, GAP.end, 335, 336),)))
    assert ["it was stopped" in hole.reason for hole in strip.holes] == [False, True]


def test_files_not_read_of_another_region_leave_no_hole_here() -> None:
    other = replace(COLLECTED, region="us-east-1", gaps=(GAP,))
    strip = next(s for s in strips(make_history(), (), [COLLECTED, other], START, END) if s.kind is ActionClass.READ)
    assert strip.holes == ()


def test_the_event_history_shows_the_management_calls_of_hours_whose_log_files_were_not_read() -> None:
    collected = [replace(COLLECTED, gaps=(GAP,)), Collected(ACCOUNT.id, REGION, "", START - timedelta(days=50), END)]
    found = {strip.kind: strip for strip in strips(make_history(), (), collected, START, END)}
    assert found[ActionClass.MANAGEMENT].observed == 1
    assert found[ActionClass.READ].observed < 1


def test_a_record_of_the_event_history_that_was_rejected_leaves_its_hours_open_where_nothing_else_shows_them() -> None:
    history = Collected(ACCOUNT.id, REGION, "", START - timedelta(days=50), END, (GAP,))
    alone = {strip.kind: strip for strip in strips(make_history(), (), [history], START, END)}
    assert [(hole.start, hole.end, hole.state, hole.reason) for hole in alone[ActionClass.MANAGEMENT].holes] == [
        (GAP.start, GAP.end, ObservableState.NOT_COLLECTED, f"read from CloudTrail's event history; {GAP.reason}")
    ]
    logged = make_history(more=(selectors_from(READ_AT, None, MEDIA, MANAGEMENT),))
    beside = {strip.kind: strip for strip in strips(logged, (), [COLLECTED, history], START, END, ["bucket"])}
    assert beside[ActionClass.MANAGEMENT].observed == 1


def test_a_bucket_that_nobody_reads_shows_nothing() -> None:
    strip = _read(make_history(), replace(COLLECTED, bucket="other"))
    assert {stretch.state for stretch in strip.stretches} == {ObservableState.NOT_COLLECTED}


def test_each_folder_of_a_bucket_counts_for_the_trail_that_writes_there() -> None:
    own = replace(COLLECTED, folder=WrittenTo("", is_organizations=False))
    late = Collected(
        ACCOUNT.id, REGION, "bucket", END - timedelta(days=2), END, folder=WrittenTo("", is_organizations=True)
    )
    history = make_history()
    trail = history.versions[0].content.trails[0]
    shared = Version("trails", REGION, READ_AT, None, Trails((replace(trail, is_organization_trail=True),)))
    found = strips(replace(history, versions=(shared, *history.versions[1:])), (), [own, late], START, END, ["bucket"])
    strip = next(strip for strip in found if strip.kind is ActionClass.READ)
    assert [(hole.start, hole.end, hole.state) for hole in strip.holes] == [
        (START, late.start, ObservableState.NOT_COLLECTED)
    ]


def test_files_read_of_another_region_prove_nothing_here() -> None:
    strip = _read(make_history(), replace(COLLECTED, region="us-east-1"))
    assert {stretch.state for stretch in strip.stretches} == {ObservableState.NOT_COLLECTED}


def test_the_event_history_shows_management_calls_without_any_trail_but_no_media() -> None:
    collected = Collected(ACCOUNT.id, REGION, "", START - timedelta(days=50), END)
    found = {strip.kind: strip for strip in strips(make_history(), (), [collected], START, END)}
    assert found[ActionClass.MANAGEMENT].observed == 1
    assert found[ActionClass.READ].observed == 0


@pytest.mark.parametrize(
    ("trails", "read_until"),
    [(Trails(()), None), (Trails(()), START), (Trails((TRAIL_OF_ALL,)), None)],
    ids=["no trail", "no trail, not read since", "a stopped trail"],
)
def test_an_event_history_that_is_not_read_is_not_collected_for_it_logs_management_calls_in_any_case(
    trails: Trails, read_until: datetime | None
) -> None:
    unread = Collected(ACCOUNT.id, REGION, "", read_until and START - timedelta(days=50), read_until)
    whole = make_history(status=replace(LOGGING, is_logging=False))
    versions = tuple(replace(v, content=trails) if v.part == "trails" else v for v in whole.versions)
    history = replace(whole, versions=versions)
    found = {strip.kind: strip for strip in strips(history, (), [unread], START, END)}
    reason = "in CloudTrail's event history, of which kvswatch has not read that time"
    told = {(stretch.state, stretch.reason) for stretch in found[ActionClass.MANAGEMENT].stretches}
    assert told == {(ObservableState.NOT_COLLECTED, reason)}
    assert ObservableState.NOT_COLLECTED not in {stretch.state for stretch in found[ActionClass.READ].stretches}


def test_what_the_event_history_does_not_keep_any_more_is_not_logged_without_a_trail() -> None:
    history = make_history()
    versions = tuple(replace(v, content=Trails(())) if v.part == "trails" else v for v in history.versions)
    unread = Collected(ACCOUNT.id, REGION, "", None, None)
    start = END - timedelta(days=100)
    found = strips(replace(history, versions=versions), (), [unread], start, END)
    (strip,) = [strip for strip in found if strip.kind is ActionClass.MANAGEMENT]
    assert [(stretch.end, stretch.state) for stretch in strip.stretches] == [
        (END - timedelta(days=90), ObservableState.NOT_LOGGED),
        (END, ObservableState.NOT_COLLECTED),
    ]


def test_a_region_whose_streams_were_never_listed_is_unknown_not_empty() -> None:
    never = Part("streams", "us-east-1", PartState.DENIED, END, None, "kinesisvideo:ListStreams")
    found = strips(make_history(parts=(never,)), (), [COLLECTED], START, END, ["bucket"])
    there = [strip for strip in found if strip.region == "us-east-1"]
    assert there
    assert all(stretch.state is ObservableState.UNKNOWN for strip in there for stretch in strip.stretches)


def test_channels_that_were_never_listed_leave_signaling_unknown_and_nothing_else() -> None:
    never = Part("channels", REGION, PartState.DENIED, END, None, "kinesisvideo:ListSignalingChannels")
    told = strips(make_history(parts=(never,)), (), [COLLECTED], START, END, ["bucket"])
    found = {strip.kind: strip for strip in told}
    (held,) = found[ActionClass.SIGNALING].stretches
    assert (held.state, held.reason) == (ObservableState.UNKNOWN, f"the channels of {REGION} were never read")
    assert found[ActionClass.READ].observed == 1
    assert found[ActionClass.MANAGEMENT].stretches[0].state is ObservableState.NOT_LOGGED


LOBBY = replace(STREAM, arn=STREAM.arn.replace("ward", "lobby"), name="lobby")
WARD_ALONE = AdvancedSelector("ward", (*MEDIA.fields, FieldSelector("resources.ARN", equals=(STREAM.arn,))))


def _two_streams(status: TrailStatus) -> AccountHistory:
    """Return an account with two streams of which the selector names one."""
    history = make_history(status=status, more=(selectors_from(READ_AT, None, WARD_ALONE),))
    two = Version("streams", REGION, READ_AT, None, Streams((STREAM, LOBBY)))
    return replace(history, versions=(*(v for v in history.versions if v.part != "streams"), two))


def test_of_two_streams_of_which_one_is_logged_calls_are_observed_in_part() -> None:
    (held,) = _read(_two_streams(LOGGING)).stretches
    assert held.state is ObservableState.PARTLY
    assert held.reason.startswith("1 of 2 streams and channels: ")


def test_streams_of_which_none_is_seen_for_two_reasons_are_not_seen_in_part() -> None:
    (held,) = _read(_two_streams(TrailStatus(False, START, started_at=START, stopped_at=START))).stretches
    assert held.state in {ObservableState.NOT_DELIVERED, ObservableState.NOT_LOGGED}


def test_the_horizon_names_who_was_blind_and_when() -> None:
    stopped, started = START + timedelta(days=4), START + timedelta(days=5)
    strip = _read(make_history(status=replace(LOGGING, stopped_at=stopped, started_at=started)))
    moments = horizon([strip], START, END)
    assert [(m.start, m.seen, m.blind) for m in moments] == [
        (START, 1, ()),
        (stopped, 0, (ACCOUNT.id,)),
        (started, 1, ()),
    ]


def test_a_region_without_streams_is_told_of_by_its_management_calls_when_asked() -> None:
    history, other = make_history(), "us-east-1"
    plain = strips(history, (), [COLLECTED], START, END, ["bucket"])
    asked = strips(history, (), [COLLECTED], START, END, ["bucket"], regions=(REGION, other))

    (more,) = set(asked) - set(plain)

    assert (more.region, more.kind, more.streams) == (other, ActionClass.MANAGEMENT, 0)
    assert {stretch.state for stretch in more.stretches} == {ObservableState.UNKNOWN}
    assert "the trails of us-east-1 were never read" in more.stretches[0].reason


def test_the_main_reason_is_that_of_most_of_the_time_that_is_missing():
    def hole(day: int, days: int, reason: str) -> Stretch:
        start = START + timedelta(days=day)
        return Stretch(start, start + timedelta(days=days), ObservableState.NOT_COLLECTED, reason)

    holes = (hole(0, 2, "unread"), hole(2, 3, "stopped"), hole(5, 2, "unread"))
    strip = Strip(1, "eu-central-1", ActionClass.READ, 1, holes, None)
    assert strip.main_reason == "unread"
    assert replace(strip, stretches=()).main_reason == ""
