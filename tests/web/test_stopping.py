import pytest

from app.core.stopping.measure import Entrant, Target
from app.db.queries.named import Stream
from app.web.stopping import MOST_CALLERS, MOST_SHOWN, Alive, AliveGroup, Cut, alive_keys, step_views
from tests.builders.events import NOW
from tests.builders.stopping import KEY, ROLE, USER, caller, target

OF_NEWEST = Cut(calls=True, taken=True)


def test_a_measure_tells_what_it_would_have_stopped():
    views = {
        view.title: view
        for view in step_views(target(USER, keys=(KEY,)), [caller(USER, key=KEY, is_long_term=True)], NOW)
    }
    view = views["Deactivate the access key"]
    assert view.told == "Would have stopped 3 recorded calls, of which 1 read media, by 1 caller"
    assert (view.calls, view.reads, view.callers) == ("3", "1", "1")
    assert [hit.name for hit in view.hits] == ["198.51.100.7"]
    assert (
        views["Revoke all sessions issued until now"].told
        == "Would have stopped no recorded call of KVS and no AssumeRole call"
    )


def test_of_the_newest_calls_alone_each_number_is_the_least_that_it_can_be():
    callers = [caller(USER, key=KEY, is_long_term=True, address=f"198.51.100.{n}") for n in range(MOST_CALLERS + 1)]
    views = {view.title: view for view in step_views(target(USER, keys=(KEY,)), callers, NOW, (), OF_NEWEST)}
    view = views["Deactivate the access key"]
    assert view.told == (
        "Would have stopped at least 21 recorded calls, of which at least 7 read media, by at least 7 callers"
    )
    assert (view.calls, view.reads, view.callers, view.more) == ("≥ 21", "≥ 7", "≥ 7", "at least 1 more caller")
    assert (view.hits[0].calls, view.hits[0].reads) == ("≥ 3", "≥ 1")
    nobody = views["Revoke all sessions issued until now"]
    assert nobody.told == "Would have stopped none of the newest calls of KVS and none of the newest AssumeRole calls"
    assert nobody.calls == "≥ 0"


def test_whoever_was_always_refused_loses_nothing_and_that_is_said():
    callers = [caller(ROLE, calls=3, failed=3, reads=0)]
    (view,) = [one for one in step_views(target(ROLE), callers, NOW) if one.title == "Deny it everything"]
    assert view.told == "Would have stopped 3 recorded calls, of which 3 failed anyway, by 1 caller"


def test_texts_are_escaped_and_have_places_of_their_own():
    views = step_views(target(USER + "<b>", keys=(KEY,)), (), NOW)
    tabs = [tab for view in views for tab in view.tabs]
    assert len({tab.element_id for tab in tabs}) == len(tabs)
    assert not any("<b>" in tab.code for tab in tabs)


def test_of_many_callers_the_first_stand_and_the_rest_is_counted():
    many = [caller(session=f"s{n}") for n in range(MOST_CALLERS + 3)]
    view = step_views(target(), many, NOW)[0]
    assert len(view.hits) == MOST_CALLERS
    assert view.more == "3 more callers"


def test_a_role_that_only_takes_others_loses_these_and_what_followed():
    far = "arn:aws:iam::111122223333:role/Far"
    took = {"taken": 22, "taken_failed": 2, "roles": frozenset({far}), "then_calls": 140, "then_reads": 12}
    out = Entrant("lambda.amazonaws.com", is_given=False, calls=5, last_at=NOW, failed=1)
    views = {one.title: one for one in step_views(target(), [caller(calls=0, reads=0, **took)], NOW, [out])}
    calls = (
        "22 AssumeRole calls for 1 other role (Far), 2 of which failed anyway; "
        "in the sessions that these gave 140 calls of KVS followed, 12 of which read media."
    )
    alive = "Sessions of other roles that are alive go on until they end: this ends none of them."
    everything = views["Deny it everything"]
    assert everything.told == "Would have stopped no recorded call of KVS, but 22 AssumeRole calls, by 1 caller"
    assert (everything.taken, everything.then, everything.kept_out, everything.calls) == ("22", "140", "0", "0")
    assert everything.taken_failed == "2 failed"
    assert everything.onward == f"It would have refused {calls} {alive}"
    assert everything.hits[0].sub == "WardCamRole · curl · 22 AssumeRole"
    kvs = views["Deny it Kinesis Video Streams, from the organization"]
    assert (kvs.told, kvs.callers) == ("Would have stopped no recorded call of KVS", "0")
    assert (kvs.taken, kvs.then, kvs.onward) == ("0", "0", f"It refuses none of the {calls}")
    trust = views["Let nobody assume the role"]
    kept_out = "It would have refused 5 AssumeRole calls for the role itself, 1 of which failed anyway, by lambda"
    assert trust.kept_out == "5"
    assert trust.onward.startswith(f"Who had not got in could not have made {calls} {alive} {kept_out}")


def test_what_a_caller_called_and_took_stands_in_one_sentence():
    both = caller(taken=1, roles=frozenset({ROLE}))
    view = {one.title: one for one in step_views(target(), [both], NOW, (), OF_NEWEST)}["Deny it everything"]
    assert view.told == (
        "Would have stopped at least 3 recorded calls, of which at least 1 read media, "
        "and at least 1 AssumeRole call, by at least 1 caller"
    )
    assert view.onward.startswith("It would have refused at least 1 AssumeRole call for itself; in the sessions that")


def test_where_only_those_who_got_in_are_too_many_the_calls_are_what_they_are():
    into = [Entrant("lambda.amazonaws.com", is_given=False, calls=5, last_at=NOW)]
    views = {one.title: one for one in step_views(target(), [caller(taken=1)], NOW, into, Cut(entrants=True))}
    view = views["Let nobody assume the role"]
    assert (view.calls, view.taken, view.callers, view.kept_out) == ("3", "1", "1", "≥ 5")
    assert view.taken_failed == ""
    assert view.onward.endswith("refused at least 5 AssumeRole calls for the role itself, by lambda.amazonaws.com.")
    assert "at least" not in view.told


def test_what_stands_for_many_comes_last_and_counts_as_many():
    rest = caller(session="", calls=90, reads=0, many=40)
    view = step_views(target(), [rest, caller()], NOW)[0]
    assert view.told == "Would have stopped 93 recorded calls, of which 1 read media, by 41 callers"
    assert [hit.name for hit in view.hits] == ["job", "40 that called less"]


def _named(ids: set[int]) -> dict[int, Stream]:
    """Return cameras, of which the second was named by its name alone: it is the first."""
    return {ident: Stream("stream", f"cam-{max(ident, 2)}", None, max(ident, 2)) for ident in ids}


def test_a_caller_stands_with_the_streams_that_it_would_lose():
    whom = caller(streams=(1, 2, 3))
    hit = step_views(target(), [whom], NOW, streams_of=_named)[0].hits[0]
    assert (hit.streams, hit.more_streams) == ((("cam-2", "/streams/2"), ("cam-3", "/streams/3")), "")


def test_streams_of_a_caller_that_may_not_be_named_are_counted():
    hit = step_views(target(), [caller(streams=(1, 2, 3))], NOW, streams_of=lambda _ids: _named({3}))[0].hits[0]
    assert (hit.streams, hit.more_streams) == ((("cam-3", "/streams/3"),), "and 2 more")


@pytest.mark.parametrize(
    ("count", "cut", "more"),
    [(9, Cut(), "and 5 more"), (9, Cut(calls=True), "and at least 5 more"), (900, Cut(), "and at least 196 more")],
)
def test_of_many_streams_of_a_caller_the_first_are_named_and_the_rest_counted(count: int, cut: Cut, more: str):
    whom = caller(streams=tuple(range(1, count + 1)))
    hit = step_views(target(), [whom], NOW, (), cut, _named)[0].hits[0]
    assert (len(hit.streams), hit.more_streams) == (3, more)


def test_a_fleet_s_sessions_are_counted_and_the_first_shown():
    group = AliveGroup("Sessions", "session", tuple(Alive(str(n), "", "") for n in range(MOST_SHOWN + 2)), "")
    assert len(group.shown) == MOST_SHOWN
    assert group.more == "2 more"


def test_of_more_than_are_read_the_least_number_is_told():
    group = AliveGroup("Sessions", "session", tuple(Alive(str(n), "", "") for n in range(50)), "", is_cut=True)
    assert (group.count, group.more) == ("at least 50 sessions", "at least 40 more")


def test_no_active_key_says_why():
    assert alive_keys([]).note == "None is active."
    assert alive_keys(None).note == "Its access keys were not read."
    assert alive_keys([(KEY, "used 2 h ago")]).note == ""


def test_nothing_is_offered_for_what_is_no_principal():
    assert step_views(Target("lambda.amazonaws.com", None), (), NOW) == ()


def test_what_stops_calls_of_other_services_says_that_these_are_not_counted():
    views = step_views(target(ROLE, session="job"), [caller()], NOW)
    silent = [view.title for view in views if "other AWS services" not in view.not_counted]
    assert silent == ["Deny it Kinesis Video Streams, from the organization"]


def test_an_scp_of_kinesis_video_streams_stops_no_call_of_other_services():
    alone = caller(ROLE, session="admin", reads=0, failed=1, others=3, others_failed=1)
    callers = [caller(ROLE, calls=8, reads=2, failed=1, others=5), alone]
    views = {view.title: view for view in step_views(target(ROLE), callers, NOW)}
    assert views["Deny it everything"].told.startswith("Would have stopped 11 recorded calls")
    kvs = views["Deny it Kinesis Video Streams, from the organization"]
    assert kvs.told == "Would have stopped 3 recorded calls, of which 2 read media and 1 failed anyway, by 1 caller"
    assert [hit.calls for hit in kvs.hits] == ["3"]
