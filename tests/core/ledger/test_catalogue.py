import pytest

from app.core.assumptions._assumption import Rests
from app.core.kvs.actions import ACTIONS
from app.core.ledger.catalogue import asked_below, below, below_rule, catalogue
from app.core.rules.catalogue import catalogue as rules

ALL = pytest.mark.parametrize("name", catalogue())


@ALL
def test_each_assumption_is_one_sentence_with_a_source_and_something_that_rests_on_it(name):
    one = catalogue()[name]
    assert one.sentence.endswith(".")
    assert ". " not in one.sentence
    assert one.source
    assert one.rests


@ALL
def test_the_rules_that_rest_on_an_assumption_are_rules(name):
    assert set(catalogue()[name].rules) <= set(rules().rules)


def test_what_rests_on_which_is_found_both_ways():
    assert "long_calls_are_stamped_at_their_end" in below(Rests.FOOTAGE)
    assert "device_sessions_are_named_by_certificate" in below_rule("device_wrote_foreign_stream")
    assert below_rule("no such rule") == frozenset()


def test_calls_are_those_of_the_catalogue_of_actions():
    named = {call for one in catalogue().values() for call in one.calls}
    assert {"GetMedia", "PutMedia"} <= named & set(ACTIONS)


def test_the_calls_of_an_assumption_are_each_named_once():
    assert all(len(set(one.calls)) == len(one.calls) for one in catalogue().values())


def test_what_is_asked_of_is_narrowed_to_the_calls_that_it_is_about():
    long_calls = "long_calls_are_stamped_at_their_end"
    assert set(asked_below({Rests.FOOTAGE}, {"PutMedia"})) == {(long_calls, "PutMedia")}
    assert {(long_calls, "GetMedia"), (long_calls, "PutMedia")} <= set(asked_below({Rests.FOOTAGE}))
    assert ("key_prefixes_tell_long_term_keys", "") in asked_below({Rests.KEY}, ())
