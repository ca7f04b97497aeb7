from itertools import permutations

import pytest

from app.core.ledger.look import sightings_of
from app.core.model.sighting import Verdict
from tests.builders.assumptions import shown
from tests.builders.stored import arrival
from tests.builders.trail import guid, kvs_record

NAME = "media_calls_name_their_resource"


def at(minute: int, number: int, **changes):
    return kvs_record(number, eventTime=f"2026-11-01T10:{minute:02}:00Z", **changes)


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_it_keeps_the_first_and_the_newest_record_in_whatever_order_they_come(order):
    records = [at(1, 1), at(2, 2), at(3, 3)]
    (one,) = shown(NAME, *(records[n] for n in order))
    assert (one.first.event_id, one.newest.event_id) == (guid("event 1"), guid("event 3"))
    assert (one.call, one.verdict, one.is_emulated) == ("GetMedia", Verdict.CONFIRMS, False)


def test_of_one_second_the_id_decides():
    first, newest = sorted(guid(f"event {n}") for n in (1, 2))
    for pair in ((at(1, 1), at(1, 2)), (at(1, 2), at(1, 1))):
        (one,) = shown(NAME, *pair)
        assert (one.first.event_id, one.newest.event_id) == (first, newest)


def test_records_that_say_otherwise_are_kept_beside_those_that_confirm():
    found = shown(NAME, at(1, 1), at(2, 2, resources=...), at(3, 3, eventName="GetClip"))
    assert {(one.call, one.verdict) for one in found} == {
        ("GetMedia", Verdict.CONFIRMS),
        ("GetMedia", Verdict.REFUTES),
        ("GetClip", Verdict.CONFIRMS),
    }


def test_accounts_and_the_demo_s_records_are_kept_apart():
    demo = at(1, 2, additionalEventData={"kvswatchDemo": "emulated"})
    found = shown(NAME, at(1, 1), demo, at(1, 3, recipientAccountId="000000000007"))
    assert [(one.first.account, one.is_emulated) for one in found] == [
        (7, False),
        (111122223333, False),
        (111122223333, True),
    ]


def test_files_are_put_together_in_the_order_of_their_keys():
    one, two = arrival(at(1, 1)).looks, arrival(at(5, 2), at(3, 3, eventName="GetClip")).looks
    found = [each for each in sightings_of([two, one]) if each.assumption == NAME]
    assert [(each.call, each.first.event_id, each.newest.event_id) for each in found] == [
        ("GetClip", guid("event 3"), guid("event 3")),
        ("GetMedia", guid("event 1"), guid("event 2")),
    ]
    assert sightings_of([one, two, one]) == sightings_of([two, one])


def test_looks_that_differ_and_answer_alike_are_one_sighting():
    refused = {"errorCode": "ResourceNotFoundException"}
    (one,) = shown(NAME, at(4, 4, **refused), at(2, 2), at(3, 3, readOnly=False))
    assert (one.first.event_id, one.newest.event_id) == (guid("event 2"), guid("event 4"))
