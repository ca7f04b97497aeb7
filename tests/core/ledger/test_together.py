from datetime import UTC, datetime, timedelta

import pytest

from app.core.assumptions._together import OneName
from app.core.ledger import together
from app.core.ledger.together import is_brought_beside, merged, of_two_trails, probes_of, sightings_together
from app.core.model.sighting import RecordKey, Sighting, Verdict
from tests.builders.stored import arrival
from tests.builders.together import COPIED, LATER, OF_ACCOUNT, OF_ORGANIZATION
from tests.builders.trail import assume_role_record, guid, kvs_record

START = datetime(2026, 11, 1, tzinfo=UTC)
NAME = "streams_made_again_have_another_arn"


@pytest.mark.parametrize(
    ("other", "is_so"),
    [
        (OF_ORGANIZATION, True),
        (OF_ACCOUNT.replace("own-trail", "own-trail/second"), False),
        (LATER.replace("own-trail", "own-trail/second"), True),
        (LATER, False),
        (COPIED, False),
        (OF_ORGANIZATION.replace("BBBBBBBBBBBBBBBB.json.gz", "renamed.json.gz"), None),
        ("lookup_events", None),
        ("", None),
    ],
    ids=["another trail", "a copy", "another prefix", "one trail", "on a disk", "renamed", "no file", "not known"],
)
def test_files_of_two_trails_are_told_by_their_folders_and_copies_by_their_names(other, is_so):
    assert of_two_trails(OF_ACCOUNT, other) is is_so


def test_a_few_records_of_a_batch_are_asked_after_from_each_folder():
    actions = ("GetMedia", "GetClip", "GetImages", "ListFragments", "PutMedia", "DescribeStream")
    records = [kvs_record(f"{n} {action}", eventName=action) for n in range(9) for action in actions]
    folders = [OF_ACCOUNT.replace("own-trail", f"trail-{n}") for n in range(90)]
    found = probes_of([arrival(*records, origin=folder) for folder in folders])
    assert together.MOST_REQUESTS <= len(found.requests) <= together.MOST_REQUESTS + 1
    assert len({probe.origin for probe in found.requests}) >= together.MOST_REQUESTS // (together.MOST_OF_A_FOLDER + 1)
    assert len(found.connections) == together.MOST_CONNECTIONS
    assert {probe.event.action for probe in found.connections} == {"PutMedia"}


def test_every_file_is_looked_through_for_what_was_made():
    made = kvs_record("made", eventName="CreateStream")
    files = [arrival(kvs_record(n), origin=OF_ACCOUNT) for n in range(200)]
    found = probes_of([*files, arrival(made, made, origin="a.json")])
    assert [probe.key.event_id for probe in found.creations] == [guid("event made")]


def test_of_a_user_s_temporary_key_one_call_is_asked_after_and_of_many_keys_some():
    def by(key: int) -> dict[str, str]:
        return {"type": "IAMUser", "accessKeyId": f"ASIA{key:016}"}

    files = [arrival(kvs_record(n, userIdentity=by(n // 2)), origin="a.json") for n in range(4)]
    assert len(probes_of(files).keys) == 2
    assert len(probes_of([arrival(kvs_record(n, userIdentity=by(n))) for n in range(200)]).keys) == together.MOST_RARE
    both = probes_of([arrival(kvs_record(1, eventName="CreateStream", userIdentity=by(1)))])
    assert (len(both.creations), len(both.keys)) == (1, 1)


def test_sessions_and_corrections_are_not_asked_after():
    correction = kvs_record(1, addendum={"reason": "UPDATED_DATA", "originalEventID": guid("event 0")})
    assert probes_of([arrival(assume_role_record(), correction, origin=OF_ACCOUNT)]).requests == []


def test_what_a_trail_brought_of_a_batch_is_known():
    files = [arrival(kvs_record(1), origin=OF_ACCOUNT), arrival(kvs_record(2), origin=OF_ORGANIZATION)]
    probe = probes_of(files[:1]).requests[0]
    assert is_brought_beside(files, probe, guid("event 1"))
    assert not is_brought_beside(files, probe, guid("event 2"))


def at(minute: int) -> RecordKey:
    return RecordKey(START + timedelta(minutes=minute), guid(minute), 7)


def test_what_belongs_together_is_a_sighting_of_each_assumption_that_it_shows_something_of():
    (one,) = sightings_together([(OneName(is_same_arn=False), at(1), True)])
    assert one == Sighting(NAME, "", Verdict.CONFIRMS, True, at(1), at(1))


def test_sightings_are_merged_to_the_first_and_the_newest():
    def seen(first: int, newest: int, name: str = NAME) -> Sighting:
        return Sighting(name, "", Verdict.CONFIRMS, False, at(first), at(newest))

    assert merged([seen(3, 4), seen(1, 1), seen(2, 9), seen(5, 5, "a")]) == (seen(5, 5, "a"), seen(1, 9))
