"""Whether "nobody" can be stated."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.coverage.gaps import REACH
from app.core.coverage.history import Stretch, Strip
from app.core.coverage.observe import ActionClass, ObservableState
from app.core.coverage.seen import Seen, seen_over
from app.core.statement.counts import Compared, DayCount
from app.core.statement.evidence import MOST_BESIDE, Beside, Doubt, Evidence, Verdict
from app.core.statement.hours import Hours
from app.core.statement.verdict import judged
from tests.builders.coverage import ACCOUNT, END, REGION, START

HOUR = timedelta(hours=1)
DAY = date(2026, 11, 20)


def _seen(*states: ObservableState) -> Seen:
    length = (END - START) / len(states)
    stretches = tuple(
        Stretch(START + n * length, START + (n + 1) * length, state, state.value) for n, state in enumerate(states)
    )
    return seen_over([Strip(ACCOUNT.id, REGION, ActionClass.READ, 1, stretches, None)], START, END)


NONE = Evidence(
    start=START,
    end=END,
    now=END + 2 * HOUR,
    reads=0,
    seen=_seen(ObservableState.OBSERVED),
    hours=Hours(verified=240),
    compared=Compared(days=10),
)
"""Everything was looked at, and there was none."""
URL = Beside("GetHLSStreamingSessionURL", "portal", START - HOUR, START + HOUR)
DOUBTS = {
    Doubt.NOT_OVER: {"now": END - HOUR},
    Doubt.NOT_OBSERVED: {"seen": _seen(ObservableState.OBSERVED, ObservableState.PARTLY)},
    Doubt.UNVERIFIED: {"hours": Hours(verified=239, unverified=1)},
    Doubt.BROKEN: {"hours": Hours(verified=239, broken=1)},
    Doubt.COUNTED: {"compared": Compared(10, 0, (DayCount(DAY, "GetClip", 2, 1),))},
    Doubt.PLAYED: {"compared": Compared(10, 0, (), (DayCount(DAY, "GetHLSMediaPlaylist", 9, 0),))},
    Doubt.REJECTED: {"rejected": 1},
    Doubt.UNNAMED: {"unnamed": 1},
    Doubt.UNSURE: {"unsure": 1},
    Doubt.NOT_KEPT: {"counted": 1},
    Doubt.ALIVE: {"alive": (URL,)},
    Doubt.LASTING: {"lasting": (replace(URL, action="GetMedia", until=None),)},
    Doubt.IMAGES: {"images_to": "s3://images"},
    Doubt.REFUTED: {"refuted": ("Playback URLs are logged as data events.",)},
    Doubt.CUT: {"is_cut": True},
    Doubt.LEFT_OUT: {"unlooked": "before 2026-11-20"},
}
STATES = st.lists(st.sampled_from(ObservableState), min_size=1, max_size=3).map(lambda states: _seen(*states))
EVIDENCE = st.builds(
    Evidence,
    start=st.just(START),
    end=st.just(END),
    now=st.sampled_from([END - HOUR, END + HOUR]),
    reads=st.integers(0, 3),
    seen=st.one_of(st.just(NONE.seen), STATES),
    hours=st.builds(Hours, st.integers(0, 3), st.integers(0, 1), st.integers(0, 1)),
    compared=st.sampled_from([NONE.compared, Compared(), DOUBTS[Doubt.COUNTED]["compared"]]),
    rejected=st.integers(0, 1),
    unnamed=st.integers(0, 1),
    alive=st.sampled_from([(), (URL,)]),
)


def test_none_is_proven_where_everything_was_looked_at() -> None:
    assert judged(NONE).verdict is Verdict.PROVEN


@pytest.mark.parametrize("doubt", Doubt)
def test_each_doubt_alone_takes_the_proof_and_is_named(doubt: Doubt) -> None:
    found = judged(replace(NONE, **DOUBTS[doubt]))
    assert found.verdict is Verdict.NOT_PROVABLE
    assert [reason.doubt for reason in found.reasons] == [doubt]
    assert found.reasons[0].text in found.sentence


def test_hours_of_a_chain_that_began_anew_are_not_said_to_have_been_changed() -> None:
    found = judged(replace(NONE, **DOUBTS[Doubt.BROKEN]))
    assert "or nothing proves that they are" in found.reasons[0].text


@given(EVIDENCE, st.sampled_from(Doubt))
def test_a_doubt_more_never_makes_it_more_certain(evidence: Evidence, doubt: Doubt) -> None:
    before, after = judged(evidence), judged(replace(evidence, **DOUBTS[doubt]))
    assert (after.verdict is Verdict.READS) is (before.verdict is Verdict.READS)
    assert after.verdict is not Verdict.PROVEN
    assert doubt in {reason.doubt for reason in after.reasons}


@given(EVIDENCE, st.integers(1, 1000))
def test_a_read_more_is_never_none(evidence: Evidence, more: int) -> None:
    found = judged(replace(evidence, reads=evidence.reads + more))
    assert (found.verdict, found.reads) == (Verdict.READS, evidence.reads + more)


@given(EVIDENCE)
def test_what_is_proven_has_no_hole(evidence: Evidence) -> None:
    if judged(evidence).verdict is Verdict.PROVEN:
        assert evidence.seen.is_whole
        assert evidence.seen.share == "100 %"
        assert evidence.hours.verified == evidence.hours.total > 0
        assert evidence.reads + evidence.rejected + evidence.unnamed + len(evidence.alive) == 0


def test_nobody_is_proven_only_when_the_log_files_of_the_last_calls_have_come() -> None:
    found = judged(replace(NONE, now=END + REACH - HOUR / 60))
    assert [reason.text for reason in found.reasons] == ["log files of its last calls may still be delivered"]
    assert judged(replace(NONE, now=END + REACH)).verdict is Verdict.PROVEN


def test_coverage_that_ends_before_the_interval_does_proves_nothing() -> None:
    short = seen_over(NONE.seen.strips, START, END - HOUR)
    found = judged(replace(NONE, seen=short))
    assert [reason.doubt for reason in found.reasons] == [Doubt.NOT_OBSERVED]


def test_a_stream_of_which_no_coverage_is_known_proves_nothing() -> None:
    found = judged(replace(NONE, seen=Seen((), ()), hours=Hours()))
    assert found.sentence == (
        "None seen, not provable because whether its reads are logged is not known; "
        "the log files of its hours are unverified"
    )


def test_long_lists_are_cut_with_their_number() -> None:
    found = judged(replace(NONE, alive=(URL,) * 5))
    assert found.reasons[0].text.endswith(" and 2 more")
    found = judged(replace(NONE, alive=(URL,) * (MOST_BESIDE + 1)))
    assert found.reasons[0].text.endswith(" and more than 97 more")


def test_of_reads_of_unknown_video_it_says_how_many_a_listing_of_it_went_with() -> None:
    (reason,) = judged(replace(NONE, unsure=87, unsure_listed=86)).reasons
    assert reason.text == (
        "of 87 reads it is not known which video was asked for; 86 of them were made with an access key that listed "
        "fragments of it"
    )
