from datetime import timedelta

from msgspec.structs import replace

from app.core.stopping.measure import Target
from app.db.queries.activity import Activity, Use
from app.web.stopping import MOST_CALLERS, MOST_SHOWN, Alive, AliveGroup, alive_keys, callers_of, step_views
from tests.builders.events import CLINIC, NOW, ROLE
from tests.builders.stopping import KEY, USER, caller, target

USE = Use(
    account_id=CLINIC,
    action="GetMedia",
    stream_id=1,
    stream="ward-1",
    stream_arn=f"arn:aws:kinesisvideo:eu-central-1:{CLINIC}:stream/ward-1/1",
    stream_region="eu-central-1",
    principal_id=1,
    principal="ArchiveReader",
    principal_arn=ROLE,
    actor_kind="role",
    access_key="ASIA1",
    key_kind="temporary",
    session_name="job",
    person=None,
    address="198.51.100.7",
    user_agent="curl",
    vpc_endpoint_id=None,
    calls=3,
    errors=1,
    first_at=NOW,
    last_at=NOW,
    bars=((NOW, NOW),),
)
CAMERA = replace(USE, access_key=KEY, key_kind="long_term", session_name=None, principal_arn=USER, action="PutMedia")


def activity(*uses: Use) -> Activity:
    return Activity(uses, NOW, is_cut=False)


def test_sessions_of_one_name_are_one_caller_with_the_newest_key():
    later = replace(USE, access_key="ASIA2", last_at=NOW + timedelta(hours=1), address="203.0.113.9")
    (only,) = callers_of(activity(USE, later))
    assert (only.key, only.calls, only.reads) == ("ASIA2", 6, 4)


def test_whoever_shares_a_long_term_key_is_told_apart_by_address_and_program():
    thief = replace(CAMERA, address="203.0.113.9", user_agent="python-requests", action="GetMedia")
    found = callers_of(activity(CAMERA, thief))
    assert {(one.address, one.user_agent, one.reads) for one in found} == {
        ("198.51.100.7", "curl", 0),
        ("203.0.113.9", "python-requests", 2),
    }


def test_calls_of_a_key_that_its_principal_s_activity_holds_too_count_once():
    other = replace(CAMERA, access_key="AKIA2")
    found = callers_of(activity(CAMERA), activity(CAMERA, other))
    assert sorted((one.key, one.calls) for one in found) == [("AKIA2", 3), (KEY, 3)]


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
        == "Would have stopped no recorded call of KVS; roles taken are not counted"
    )


def test_of_the_newest_calls_alone_each_number_is_the_least_that_it_can_be():
    callers = [caller(USER, key=KEY, is_long_term=True, address=f"198.51.100.{n}") for n in range(MOST_CALLERS + 1)]
    views = {view.title: view for view in step_views(target(USER, keys=(KEY,)), callers, NOW, is_cut=True)}
    view = views["Deactivate the access key"]
    assert view.told == (
        "Would have stopped at least 21 recorded calls, of which at least 7 read media, by at least 7 callers"
    )
    assert (view.calls, view.reads, view.callers, view.more) == ("≥ 21", "≥ 7", "≥ 7", "at least 1 more caller")
    assert (view.hits[0].calls, view.hits[0].reads) == ("≥ 3", "≥ 1")
    nobody = views["Revoke all sessions issued until now"]
    assert nobody.told == "Would have stopped none of the newest calls of KVS; roles taken are not counted"
    assert nobody.calls == "≥ 0"


def test_whoever_was_always_refused_loses_nothing_and_that_is_said():
    callers = callers_of(activity(replace(USE, calls=3, errors=3)))
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


def test_a_fleet_s_sessions_are_counted_and_the_first_shown():
    group = AliveGroup("Sessions", "session", tuple(Alive(str(n), "", "") for n in range(MOST_SHOWN + 2)), "")
    assert len(group.shown) == MOST_SHOWN
    assert group.more == "2 more"


def test_of_more_than_are_read_the_least_number_is_told():
    group = AliveGroup("Sessions", "session", tuple(Alive(str(n), "", "") for n in range(50)), "", is_cut=True)
    assert (group.count, group.more) == ("at least 50 sessions", "at least 40 more")


def test_no_active_key_says_why():
    assert alive_keys([], "Its access keys were not read.").note == "Its access keys were not read."
    assert alive_keys([(KEY, "used 2 h ago")], "none").note == ""


def test_nothing_is_offered_for_what_is_no_principal():
    assert step_views(Target("lambda.amazonaws.com", None), (), NOW) == ()


def test_an_scp_of_kinesis_video_streams_stops_no_call_of_other_services():
    alone = replace(USE, session_name="admin", action="StopLogging")
    callers = callers_of(activity(USE, replace(USE, action="PutRolePolicy", calls=5, errors=0), alone))
    views = {view.title: view for view in step_views(target(ROLE), callers, NOW)}
    assert views["Deny it everything"].told.startswith("Would have stopped 11 recorded calls")
    kvs = views["Deny it Kinesis Video Streams, from the organization"]
    assert kvs.told == "Would have stopped 3 recorded calls, of which 2 read media and 1 failed anyway, by 1 caller"
    assert [hit.calls for hit in kvs.hits] == ["3"]
