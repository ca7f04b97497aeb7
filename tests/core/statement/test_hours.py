"""What digests prove of an interval's hours."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from app.core.coverage.gaps import REACH
from app.core.coverage.settings import Version
from app.core.integrity.timeline import Stretch
from app.core.integrity.verdict import VERIFIED, unverified, worst
from app.core.model.integrity import Judged, Verdict
from app.core.model.stream import ResourceKind
from app.core.model.trail import AdvancedSelector, FieldSelector
from app.core.statement.hours import UNLISTED, Carried, Hours, carriers, hours_of, reading_actions
from tests.builders.coverage import END, MANAGEMENT, MEDIA, START, STREAM, make_history, selectors_from

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
LATE = unverified("late")
TRAIL, OTHER = "kvs-trail (eu-central-1)", "org-trail (eu-central-1)"
BROKEN = Judged(Verdict.BROKEN, "log edited")
CARRIED = (Carried(START, END, frozenset({TRAIL})),)


def _all(judged: Judged = VERIFIED) -> list[Stretch]:
    return [Stretch(START - HOUR, END + HOUR, judged)]


def test_the_actions_that_show_video_are_those_of_the_kind() -> None:
    assert "GetImages" in reading_actions(ResourceKind.STREAM)
    assert "ListFragments" not in reading_actions(ResourceKind.STREAM)
    assert reading_actions(ResourceKind.CHANNEL) == ("ConnectAsViewer", "JoinStorageSessionAsViewer")


def test_a_trail_carries_from_when_its_selectors_take_the_reads() -> None:
    middle = START + timedelta(days=4)
    history = make_history(more=(selectors_from(START, middle, MANAGEMENT), selectors_from(middle, None, MEDIA)))
    found = carriers(history, (), STREAM, START, END)
    assert [(one.start, one.end, one.whole) for one in found][:1] == [(START, middle, frozenset())]
    assert all(one.whole == {TRAIL} for one in found[1:])
    assert found[-1].end == END


def test_a_trail_that_takes_some_of_the_reads_carries_a_part() -> None:
    some = AdvancedSelector("live", (*MEDIA.fields, FieldSelector("eventName", equals=("GetMedia",))))
    (*_, last) = carriers(make_history(more=(selectors_from(START, None, some),)), (), STREAM, START, END)
    assert (last.whole, last.partly) == (frozenset(), {TRAIL})


def test_an_organizations_selectors_are_read_where_its_trail_is_managed() -> None:
    own = make_history()
    blind = replace(own, versions=tuple(v for v in own.versions if v.part != "event_selectors"))
    lender = replace(own, versions=tuple(v for v in own.versions if v.part == "event_selectors"))
    assert all(not one.whole for one in carriers(blind, (), STREAM, START, END))
    assert all(one.whole for one in carriers(blind, (lender,), STREAM, START, END))


def test_all_hours_of_delivery_are_told_also_those_of_the_last_calls() -> None:
    hours = hours_of({TRAIL: _all()}, CARRIED, START, START + 3 * HOUR)
    assert (hours.verified, hours.total, hours.open) == (4, 4, ())


@given(
    st.lists(st.tuples(st.integers(-90, 400), st.integers(1, 200), st.sampled_from([VERIFIED, LATE, BROKEN]))),
    st.integers(0, 59),
)
def test_the_worst_stretch_of_an_hour_decides(pieces: list[tuple[int, int, Judged]], minute: int) -> None:
    start = START + minute * MINUTE
    run = [Stretch(START + a * MINUTE, START + (a + length) * MINUTE, judged) for a, length, judged in pieces]
    told = hours_of({TRAIL: run}, CARRIED, start, start + 3 * HOUR)
    first = start.replace(minute=0)
    hours = [first + n * HOUR for n in range(told.total)]
    assert hours[-1] < start + 3 * HOUR + REACH <= hours[-1] + HOUR
    worst_of = [
        worst(one.judged for one in told.stretches if one.start < hour + HOUR and one.end > hour).verdict
        for hour in hours
    ]
    counted = {Verdict.VERIFIED: told.verified, Verdict.UNVERIFIED: told.unverified, Verdict.BROKEN: told.broken}
    assert counted == {verdict: worst_of.count(verdict) for verdict in Verdict}
    # The list of stretches gives no reason that the summary does not.
    assert told.broken or {one.judged.why for one in told.open} == set(dict(told.reasons))


def test_time_that_is_still_to_come_is_not_told() -> None:
    now = START + 3 * HOUR - 4 * MINUTE
    hours = hours_of({TRAIL: [Stretch(START, START + 2 * HOUR, VERIFIED)]}, CARRIED, START, START + 3 * HOUR, now)
    assert (hours.verified, hours.unverified, hours.stretches[-1].end) == (2, 1, now)
    assert hours_of({TRAIL: _all()}, CARRIED, START, START + HOUR, START - MINUTE) == Hours()


def test_an_hour_without_a_digest_is_unverified() -> None:
    gap = [Stretch(START, START + HOUR, VERIFIED), Stretch(START + 2 * HOUR, END + HOUR, VERIFIED)]
    hours = hours_of({TRAIL: gap}, CARRIED, START, START + 3 * HOUR)
    assert (hours.verified, hours.unverified) == (3, 1)
    assert [(one.start, one.end) for one in hours.open] == [(START + HOUR, START + 2 * HOUR)]


def test_what_another_trail_proves_says_nothing_of_the_one_that_logs_reads() -> None:
    hours = hours_of({OTHER: _all()}, CARRIED, START, START + HOUR)
    assert hours.verified == 0


def test_of_two_trails_that_log_all_reads_one_is_enough() -> None:
    both = (Carried(START, END, frozenset({TRAIL, OTHER})),)
    hours = hours_of({OTHER: _all(), TRAIL: _all(unverified("validation off"))}, both, START, START + HOUR)
    assert hours.unverified == 0


def test_of_two_trails_that_log_some_reads_both_count() -> None:
    both = (Carried(START, END, partly=frozenset({TRAIL, OTHER})),)
    hours = hours_of({OTHER: _all(), TRAIL: _all(unverified("validation off"))}, both, START, START + HOUR)
    assert hours.verified == 0


def test_a_break_counts_whoever_wrote_the_file() -> None:
    planted = [Stretch(START + HOUR, START + 2 * HOUR, BROKEN)]
    for trail in (OTHER, UNLISTED):
        hours = hours_of({TRAIL: _all(), trail: planted}, CARRIED, START, START + 3 * HOUR)
        assert (hours.broken, hours.verified) == (1, 3)


def test_a_log_file_that_no_digest_lists_leaves_its_hour_unverified() -> None:
    loose = [Stretch(START, START + HOUR, unverified("no digest lists it"))]
    hours = hours_of({TRAIL: _all(), UNLISTED: loose}, CARRIED, START, START + 3 * HOUR)
    assert (hours.unverified, hours.verified) == (1, 3)


def test_where_no_trail_logs_reads_nothing_is_verified() -> None:
    hours = hours_of({TRAIL: _all()}, (), START, START + HOUR)
    assert hours.verified == 0
    assert hours.open[0].end == START + HOUR + REACH


def test_the_settings_read_first_are_taken_to_have_held_before() -> None:
    late = make_history(more=(selectors_from(END - HOUR, None, MEDIA),))
    assert all(one.whole for one in carriers(late, (), STREAM, START, END - 2 * HOUR))


def test_a_trail_of_another_region_carries_nothing_here() -> None:
    history = make_history()
    moved = tuple(_elsewhere(version) if version.part == "trails" else version for version in history.versions)
    assert all(not one.whole for one in carriers(replace(history, versions=moved), (), STREAM, START, END))


def _elsewhere(version: Version) -> Version:
    trails = tuple(replace(trail, home_region="us-east-1", is_multi_region=False) for trail in version.content.trails)
    return replace(version, content=type(version.content)(trails))
