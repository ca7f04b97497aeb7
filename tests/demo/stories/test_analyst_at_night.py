from tests.demo.stories.conftest import addresses, calls, stream_of

HOME = "203.0.113.190"


def test_one_night_eighty_six_pulls_come_from_home(tell):
    night = [record for record in tell("analyst_at_night", -1) if record["sourceIPAddress"] == HOME]

    pulls = calls(night, "GetMediaForFragmentList")
    assert len(pulls) == 86
    assert {stream_of(record) for record in pulls} == {"ward-3-corridor"}
    assert min(r["eventTime"] for r in pulls) > "2026-11-22T02:09"
    assert max(r["eventTime"] for r in pulls) < "2026-11-22T03:10"


def test_the_locked_room_refuses_her(tell):
    refused = [record for record in tell("analyst_at_night", -1) if "errorCode" in record]

    assert [stream_of(record) for record in refused] == ["ward-3-med-room"] * 2


def test_the_person_is_named_by_the_session(tell):
    pull = calls(tell("analyst_at_night", -1), "GetMediaForFragmentList")[0]

    assert pull["userIdentity"]["principalId"].endswith(":mara.lindqvist@halden.example")
    assert "userId" in pull["userIdentity"]["onBehalfOf"]


def test_by_day_she_works_at_the_office(tell):
    assert addresses(tell("analyst_at_night", -6)) == {"203.0.113.122"}


def test_her_session_was_issued_before_she_used_it(tell):
    told = tell("analyst_at_night", -1)
    issued = {r["responseElements"]["credentials"]["accessKeyId"]: r for r in calls(told, "AssumeRoleWithSAML")}

    for record in calls(told, "GetMediaForFragmentList", "GetClip", "ListFragments"):
        assert issued[record["userIdentity"]["accessKeyId"]]["eventTime"] <= record["eventTime"]
