from datetime import UTC, datetime

from app.core.ledger.catalogue import catalogue
from app.core.ledger.standing import Standing, State, standings, states
from app.core.model.sighting import RecordKey, Sighting, Verdict

NAME = "long_calls_are_stamped_at_their_end"
KEY = RecordKey(datetime(2026, 11, 1, tzinfo=UTC), "e", 1)


def seen(call: str, verdict: Verdict = Verdict.CONFIRMS, *, is_emulated: bool = False) -> Sighting:
    return Sighting(NAME, call, verdict, is_emulated, KEY, KEY)


def standing(*sightings: Sighting) -> Standing:
    return next(one for one in standings(sightings) if one.name == NAME)


def test_every_assumption_stands_even_where_nothing_was_seen():
    found = standings(())
    assert [one.name for one in found] == list(catalogue())
    assert {one.state for one in found} == {State.NOT_SEEN}


def test_it_is_confirmed_when_every_call_is():
    assert standing(seen("GetMedia")).state is State.NOT_SEEN
    assert standing(seen("GetMedia"), seen("PutMedia")).state is State.CONFIRMED


def test_one_record_that_refutes_weighs_more_than_those_that_confirm():
    found = standing(seen("GetMedia"), seen("GetMedia", Verdict.REFUTES), seen("PutMedia"))
    assert found.state is State.REFUTED
    assert [each.state for each in found.calls] == [State.REFUTED, State.CONFIRMED]


def test_the_demo_s_records_count_for_nothing():
    found = standing(seen("GetMedia", is_emulated=True), seen("PutMedia", Verdict.REFUTES, is_emulated=True))
    assert found.state is State.NOT_SEEN
    assert [len(each.emulated) for each in found.calls] == [1, 1]


def test_a_call_that_it_is_not_about_has_no_standing():
    found = standing(seen("GetMedia"))
    assert found.of("GetClip") is None
    assert getattr(found.of("GetMedia"), "state", None) is State.CONFIRMED


def test_what_this_release_does_not_ask_of_is_left_out():
    gone = Sighting("an_assumption_of_before", "", Verdict.REFUTES, False, KEY, KEY)
    assert {one.state for one in standings((gone,))} == {State.NOT_SEEN}


def test_how_it_stands_is_asked_for_some_calls_alone():
    asked = [(NAME, "GetMedia"), (NAME, "PutMedia")]
    confirmed = {(NAME, "GetMedia", Verdict.CONFIRMS)}
    assert states(asked, confirmed) == {NAME: State.NOT_SEEN}
    assert states(asked[:1], confirmed) == {NAME: State.CONFIRMED}
    assert states(asked, {*confirmed, (NAME, "GetMedia", Verdict.REFUTES)}) == {NAME: State.REFUTED}
    assert states([], confirmed) == {}
