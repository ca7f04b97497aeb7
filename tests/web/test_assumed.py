from datetime import UTC, datetime

from app.core.assumptions._assumption import Rests
from app.core.ledger.standing import standings
from app.core.model.sighting import RecordKey, Sighting, Verdict
from app.web.assumed import state_counts, unproven, unproven_rule

STAMP, DEVICE = "long_calls_are_stamped_at_their_end", "device_sessions_are_named_by_certificate"
KEY = RecordKey(datetime(2026, 11, 1, tzinfo=UTC), "e", 1)
DEVICE_RULE = "device_wrote_foreign_stream"


def seen(name: str, call: str, verdict: Verdict = Verdict.CONFIRMS) -> Sighting:
    return Sighting(name, call, verdict, False, KEY, KEY)


def said(call: str, what: Rests, *sightings: Sighting) -> list[str]:
    return [one.text for one in unproven(standings(sightings), call, (what,))]


def test_it_says_what_rests_on_something_that_was_not_seen_and_leads_there():
    (one,) = unproven(standings(()), "PutMedia", (Rests.FOOTAGE,))
    assert one.text == "which video a call asked for: rests on 1 assumption not seen yet"
    assert one.href == f"/assumptions#{STAMP}"


def test_it_says_so_of_one_that_a_record_refuted():
    (text,) = said("PutMedia", Rests.FOOTAGE, seen(STAMP, "PutMedia", Verdict.REFUTES))
    assert text.endswith("rests on 1 assumption that a record refuted")


def test_what_is_confirmed_for_the_call_and_what_is_of_other_calls_is_left_out():
    assert said("PutMedia", Rests.FOOTAGE, seen(STAMP, "PutMedia")) == []
    assert said("DescribeStream", Rests.FOOTAGE) == []


def test_a_rule_names_the_assumptions_below_it_until_they_are_confirmed():
    named = {one.href: one.text for one in unproven_rule(standings(()), DEVICE_RULE)}
    assert named[f"/assumptions#{DEVICE}"].endswith("64 hexadecimal digits. Not seen yet.")
    confirmed = standings((seen(DEVICE, ""),))
    assert f"/assumptions#{DEVICE}" not in {one.href for one in unproven_rule(confirmed, DEVICE_RULE)}
    assert unproven_rule(confirmed, "stream_keeps_no_media") == ()


def test_states_are_counted_the_worst_first():
    found = standings((seen(DEVICE, ""), seen(STAMP, "PutMedia", Verdict.REFUTES)))
    assert state_counts(found) == f"1 refuted, {len(found) - 2} not seen yet, 1 confirmed"
