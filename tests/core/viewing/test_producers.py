import random
from collections import Counter
from datetime import timedelta

from hypothesis import given

from app.core.model.event import ActorKind, KeyKind
from app.core.timeline.outcome import CallOutcome
from app.core.viewing.producers import SHORTEST, Producer, producers, together
from app.core.viewing.viewer import viewers_of
from tests.builders.viewing import NOON, device, sending_calls

END = NOON + timedelta(hours=100)
ALL = ((NOON, END),)
HOUR = timedelta(hours=1)


def folded(calls, seen=ALL) -> tuple[Producer, ...]:
    return producers(calls, viewers_of(calls, {}, ()), seen, NOON, END)


def hourly(first: int, last: int, name: str = "a", **changes):
    return [device(60 * hour, name, **changes) for hour in range(first, last)]


def test_records_at_their_usual_distance_are_one_run():
    (one,) = folded(hourly(0, 100))
    assert (len(one.runs), one.silences, one.silent, one.usual) == (1, (), None, HOUR)


def test_a_distance_far_above_what_is_usual_is_a_silence():
    (one,) = folded([*hourly(0, 20), *hourly(30, 100)])
    assert [(s.start, s.end) for s in one.silences] == [(NOON + 19 * HOUR, NOON + 30 * HOUR)]
    assert len(one.runs) == 2


def test_a_silence_is_never_counted_over_time_in_which_nobody_could_look():
    dark = (NOON + 19 * HOUR, NOON + 30 * HOUR)
    (one,) = folded([*hourly(0, 20), *hourly(30, 100)], ((NOON, dark[0]), (dark[1], END)))
    assert (one.silences, len(one.runs)) == ((), 1)


def test_a_device_that_stops_is_silent_up_to_the_end():
    (one,) = folded(hourly(0, 50))
    assert one.silent is not None
    assert (one.silent.start, one.silent.seen) == (NOON + 49 * HOUR, 51 * HOUR)


def test_a_device_is_not_called_silent_where_nobody_could_look():
    (one,) = folded(hourly(0, 50), ((NOON, NOON + 50 * HOUR),))
    assert one.silent is None


def test_a_device_of_the_time_before_that_never_came_back_is_silent():
    (one,) = folded(hourly(-40, -5))
    assert (one.calls, one.runs) == ((), ())
    assert one.silent is not None
    assert one.silent.seen == 100 * HOUR


def test_a_camera_that_films_on_motion_only_may_pause_three_times_as_long():
    (one,) = folded([device(180 * n) for n in range(33) if n % 3 != 1])
    assert one.silences == ()
    assert one.longest >= 3 * SHORTEST


def test_a_change_of_address_tells_both():
    (one,) = folded([*hourly(0, 50), *hourly(50, 100, address="198.51.100.7")])
    (move,) = one.moves
    assert (move.before, move.call.address, move.call.at) == ("203.0.113.190", "198.51.100.7", NOON + 50 * HOUR)


def test_one_that_sends_amid_the_records_of_another_is_told():
    (both,) = together(folded([*hourly(0, 100), device(610, "b"), device(625, "b")]))
    assert (both.main.viewer.name[-1], both.other.viewer.name[-1], len(both.calls)) == ("a", "b", 2)


def test_a_swapped_camera_is_not_two_at_once():
    assert together(folded([*hourly(0, 50), *hourly(50, 100, "b")])) == ()


def test_who_sends_in_the_silence_of_another_is_not_at_once_with_it():
    assert together(folded([*hourly(0, 20), device(25 * 60, "b"), *hourly(30, 100)])) == ()


def test_a_refused_call_sends_nothing():
    (one,) = folded([*hourly(0, 50), *hourly(50, 100, error_code="AccessDenied")])
    assert (len(one.calls), len(one.refused)) == (50, 50)
    assert one.silent is not None


def test_one_that_was_refused_only_is_told_of_without_a_run():
    (one,) = folded(hourly(0, 3, error_code="AccessDenied"))
    assert (one.last, one.runs, len(one.refused)) == (None, (), 3)


def unseen(first: int, last: int):
    return hourly(first, last, kind=ActorKind.ROLE, key_kind=KeyKind.TEMPORARY, access_key="ASIAUNSEEN")


def test_one_that_was_refused_only_before_the_range_is_left_out():
    assert folded(hourly(-3, 0, error_code="AccessDeniedException")) == ()


def test_of_an_unseen_sender_no_silence_is_told():
    (one,) = folded([*unseen(0, 20), *unseen(30, 50)])
    assert (one.viewer.kind, one.silences, one.silent, len(one.runs)) == (None, (), None, 1)


def test_an_unseen_sender_of_the_time_before_is_left_out():
    assert folded(unseen(-40, -5)) == ()


@given(sending_calls)
def test_no_call_of_the_range_is_lost_or_counted_twice(calls):
    wanted = {one.key: one for one in calls if NOON <= one.at < END}
    found = Counter(one.key for each in folded(calls) for one in (*each.calls, *each.refused))
    assert found == Counter(wanted.keys())


@given(sending_calls)
def test_the_order_of_calls_makes_no_difference(calls):
    calls = list({one.key: one for one in calls}.values())
    mixed = random.Random(7).sample(calls, len(calls))
    assert folded(mixed) == folded(calls)


@given(sending_calls)
def test_runs_and_silences_take_turns(calls):
    for one in folded(list({each.key: each for each in calls}.values())):
        assert all(silence.seen > one.longest for silence in one.silences)
        assert {run.start for run in one.runs[1:]} <= {silence.end for silence in one.silences}
        assert all(each.outcome is CallOutcome.OK for each in one.calls)
