from datetime import UTC, datetime, timedelta

import pytest

from app.demo.stories.analyst_at_night import last_saturday
from tests.demo.stories.conftest import ESTATE, addresses, calls, stream_of

HOME = "203.0.113.190"


def test_one_night_eighty_six_pulls_come_from_home(tell):
    night = [record for record in tell("analyst_at_night", -1) if record["sourceIPAddress"] == HOME]

    pulls = calls(night, "GetMediaForFragmentList")
    assert len(pulls) == 86
    assert {stream_of(record) for record in pulls} == {"ward-3-corridor"}
    assert min(r["eventTime"] for r in pulls) > "2026-11-22T02:09"
    assert max(r["eventTime"] for r in pulls) < "2026-11-22T03:10"


def test_last_night_she_lists_the_hour_from_two_of_the_saturday_before(tell):
    assert listed_at_home(tell("analyst_at_night", -1)) == [("2026-11-21T14:00:00Z", "2026-11-21T15:00:00Z")]


def test_three_nights_before_she_listed_the_evening_before(tell):
    assert listed_at_home(tell("analyst_at_night", -4)) == [("2026-11-18T19:00:00Z", "2026-11-18T20:00:00Z")]


@pytest.mark.parametrize("days", range(7))
def test_on_any_day_the_saturday_s_hour_is_over_and_no_older_than_it_must_be(days):
    at = datetime(2026, 11, 21, 14, 59, 59, tzinfo=UTC) + timedelta(days=days)

    found = datetime.fromtimestamp(last_saturday(int(at.timestamp())), UTC)

    assert (found.isoweekday(), found.hour, found.minute) == (6, 14, 0)
    assert timedelta(hours=1) <= at - found < timedelta(days=7, hours=1)


def test_the_corridor_s_retention_reaches_it():
    corridor = next(one for one in ESTATE.account("clinic-video").streams if one.name == "ward-3-corridor")

    assert corridor.retention_hours > 24 * 7 + 1


def test_the_hour_counts_from_its_end_on():
    end = int(datetime(2026, 11, 21, 15, tzinfo=UTC).timestamp())

    assert (last_saturday(end - 1), last_saturday(end)) == (end - 7 * 86_400 - 3600, end - 3600)


def listed_at_home(records):
    ranges = (
        record["requestParameters"]["fragmentSelector"]["timestampRange"]
        for record in calls(records, "ListFragments")
        if record["sourceIPAddress"] == HOME
    )
    return [(one["startTimestamp"], one["endTimestamp"]) for one in ranges]


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
