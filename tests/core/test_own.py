from datetime import UTC, datetime, timedelta

import pytest

from app.core.own import ASSUME_ROLE, Ownership, OwnWork, RoleCall, api_of, foreign_sessions, own_addresses, ownership

NINE = datetime(2026, 11, 23, 9, tzinfo=UTC)
API, REGION = "kinesisvideo:ListStreams", "eu-central-1"
OURS, THEIRS = "198.51.100.7", "203.0.113.66"
NAME = "kvswatch-1a2b"
ROLE = "arn:aws:iam::111122223333:role/kvswatch-member"
OWN, FOREIGN, UNKNOWN = Ownership.OWN, Ownership.FOREIGN, Ownership.UNKNOWN


def call(key, minute=10.0, *, api=API, region=REGION, session_name=NAME, address=OURS, hour=NINE):
    return RoleCall(hour + timedelta(minutes=minute), key, api, region, session_name, address)


def assumed(key, minute=5.0, **changes):
    return call(key, minute, api=ASSUME_ROLE, **changes)


def work(calls=1, *, hour=NINE, sessions=1, **changes):
    begun = {(hour, API, REGION): calls, (hour, ASSUME_ROLE, REGION): sessions}
    values = {"begun": begun, "since": NINE - timedelta(days=9), "assumed": (assumed("session"),)}
    return OwnWork(ROLE, NAME, **(values | changes))


def test_calls_that_agree_in_all_three_are_our_own():
    assert ownership([call("a"), call("b", 20)], work(2)) == {"a": OWN, "b": OWN}


def test_one_more_than_the_ledger_holds_is_somebody_else_s():
    assert ownership([call("a"), call("b", 20), call("c", 30)], work(2)) == {"a": OWN, "b": OWN, "c": FOREIGN}


def test_a_call_of_an_api_that_we_never_call_is_somebody_else_s():
    stolen = call("a", api="kinesisvideo:GetDataEndpoint")
    assert ownership([stolen], work()) == {"a": FOREIGN}


def test_a_call_in_a_region_that_we_did_not_ask_is_somebody_else_s():
    assert ownership([call("a", region="us-west-2")], work()) == {"a": FOREIGN}


def test_another_session_name_is_never_ours_and_takes_nothing_from_the_ledger():
    verdicts = ownership([call("a", session_name="aws-cli"), call("b", 20)], work(1))
    assert verdicts == {"a": FOREIGN, "b": OWN}


def test_a_thief_elsewhere_does_not_take_our_place_in_the_ledger_by_calling_first():
    verdicts = ownership([call("stolen", 1, address=THEIRS), call("a", 20)], work(1))
    assert verdicts == {"stolen": FOREIGN, "a": OWN}


def test_a_call_from_elsewhere_that_the_ledger_has_room_for_is_neither():
    assert ownership([call("a", address=THEIRS)], work(1)) == {"a": UNKNOWN}


def test_the_ledger_of_other_hours_does_not_pay_for_this_one():
    steady = {(NINE + timedelta(hours=n), API, REGION): 5 for n in (-1, 0, 1)}
    calls = [call(f"{n}", n * 10 + 3) for n in range(5)]
    stolen = call("stolen", 55)
    verdicts = ownership([*calls, stolen], work(begun=steady | {(NINE, ASSUME_ROLE, REGION): 1}))
    assert [key for key, verdict in verdicts.items() if verdict is not OWN] == ["stolen"]


@pytest.mark.parametrize(
    ("minute", "verdict"),
    [(60.0, OWN), (61.9, OWN), (62.1, FOREIGN), (-1.9, OWN), (-2.1, FOREIGN)],
)
def test_a_call_may_be_logged_two_minutes_off_the_hour_in_which_it_began(minute, verdict):
    sessions = (assumed("session", -5),)
    begun = {(NINE, API, REGION): 1, (NINE - timedelta(hours=1), ASSUME_ROLE, REGION): 1}
    assert ownership([call("a", minute)], work(begun=begun, assumed=sessions)) == {"a": verdict}


def test_calls_around_the_hour_take_from_the_hour_that_leaves_enough_for_the_others():
    begun = {
        (NINE, API, REGION): 1,
        (NINE + timedelta(hours=1), API, REGION): 1,
        (NINE, ASSUME_ROLE, REGION): 1,
    }
    verdicts = ownership([call("just before", 59.5), call("well after", 70)], work(begun=begun))
    assert set(verdicts.values()) == {OWN}


def test_a_call_at_the_border_gives_way_to_one_of_another_address_that_has_no_other_hour():
    ten = NINE + timedelta(hours=1)
    known = work(begun={(hour, API, REGION): 1 for hour in (NINE, ten)} | {(NINE, ASSUME_ROLE, REGION): 1})
    late, other = call("late", 59.9), call("other", 30, address=THEIRS)
    assert ownership([late, other], known) == {"late": OWN, "other": UNKNOWN}
    assert ownership([late, other, call("third", 31)], known)["other"] == FOREIGN


def test_calls_give_way_over_more_than_one_hour():
    hours = [NINE + timedelta(hours=n) for n in range(3)]
    known = work(begun={(hour, API, REGION): 1 for hour in hours} | {(NINE, ASSUME_ROLE, REGION): 1})
    ours = [call("a", 59.9), call("b", 119.9)]
    assert ownership([*ours, call("other", 30, address=THEIRS)], known) == {"a": OWN, "b": OWN, "other": UNKNOWN}
    assert ownership([*ours, call("other", 150, address=THEIRS)], known) == {"a": OWN, "b": OWN, "other": UNKNOWN}


def test_what_came_before_the_ledger_was_is_nobody_s():
    young = work(0, since=NINE)
    assert ownership([call("a", 59), call("b", 70)], young) == {"a": UNKNOWN, "b": FOREIGN}
    assert ownership([call("a", 300)], work(0, since=None)) == {"a": UNKNOWN}


def test_an_address_is_ours_for_a_day_after_the_role_was_assumed_from_it():
    later = NINE + timedelta(hours=24)
    begun = {(later, API, REGION): 2, (NINE, ASSUME_ROLE, REGION): 1}
    elsewhere = assumed("other", 30, address=THEIRS)
    begun[NINE, ASSUME_ROLE, REGION] = 2
    calls = [call("a", 4, hour=later), call("b", 6, hour=later)]
    verdicts = ownership(calls, work(begun=begun, assumed=(assumed("session", 5), elsewhere)))
    assert verdicts == {"a": OWN, "b": UNKNOWN}


def test_an_address_is_not_ours_before_the_role_was_assumed_from_it():
    sessions = (assumed("session", 5), assumed("other", 0, address=THEIRS))
    assert ownership([call("a", 2)], work(sessions=2, assumed=sessions)) == {"a": UNKNOWN}


def test_in_an_hour_with_one_session_too_many_no_address_is_learnt():
    sessions = (assumed("a"), assumed("b", 20, address=THEIRS))
    assert own_addresses(work(sessions=1, assumed=sessions)) == {}
    assert set(own_addresses(work(sessions=2, assumed=sessions))) == {OURS, THEIRS}


def test_one_session_too_many_from_our_own_address_leaves_it_ours():
    sessions = (assumed("a"), assumed("b", 20))
    assert set(own_addresses(work(sessions=1, assumed=sessions))) == {OURS}
    assert own_addresses(work(sessions=0, assumed=sessions)) == {}


def test_a_session_that_the_ledger_does_not_know_is_somebody_else_s():
    sessions = (assumed("a"), assumed("b", 20, address=THEIRS), assumed("c", 30, session_name="aws-cli"))
    assert foreign_sessions(work(sessions=2, assumed=sessions)) == (sessions[2],)
    assert foreign_sessions(work(sessions=1, assumed=sessions)) == sessions[1:]
    assert foreign_sessions(work(sessions=0, assumed=sessions, since=NINE)) == ()


def test_a_session_of_another_name_teaches_no_address():
    sessions = (assumed("a", session_name="aws-cli", address=THEIRS), assumed("b", 20))
    assert set(own_addresses(work(sessions=1, assumed=sessions))) == {OURS}


def test_without_a_logged_session_calls_from_one_address_vouch_for_it():
    assert ownership([call("a"), call("b", 20)], work(2, assumed=())) == {"a": OWN, "b": OWN}


def test_without_a_logged_session_two_addresses_vouch_for_neither():
    verdicts = ownership([call("a"), call("b", 20, address=THEIRS)], work(2, assumed=()))
    assert verdicts == {"a": UNKNOWN, "b": UNKNOWN}


def test_one_hour_s_stranger_does_not_make_other_hours_doubtful():
    next_hour = {(NINE + timedelta(hours=1), API, REGION): 1, (NINE, API, REGION): 2}
    calls = [call("a"), call("b", 20, address=THEIRS), call("c", 70)]
    verdicts = ownership(calls, work(begun=next_hour, assumed=()))
    assert verdicts == {"a": UNKNOWN, "b": UNKNOWN, "c": OWN}


def test_the_order_in_which_calls_are_given_does_not_matter():
    calls = [call("a"), call("b", 20), call("c", 30), call("d", 15, address=THEIRS)]
    assert ownership(reversed(calls), work(2)) == ownership(calls, work(2))


@pytest.mark.parametrize(
    ("source", "action", "api"),
    [
        ("kinesisvideo.amazonaws.com", "ListStreams", API),
        ("kinesisvideo.eu-central-1.amazonaws.com", "ListStreams", API),
        ("cloudtrail.amazonaws.com", "StopLogging", "cloudtrail:StopLogging"),
    ],
)
def test_a_call_is_named_as_in_the_ledger(source, action, api):
    assert api_of(source, action) == api
