import pytest

from app.aws.collectors.cloudtrail import selectors, statuses, trails
from app.aws.errors import Denied

MANAGEMENT, MEMBER = "halden-management", "cams-prod-eu"
HOME, OTHER = "eu-central-1", "us-east-1"


def test_it_finds_a_trail_also_where_it_is_only_a_shadow(aws, calls_of):
    (made,) = aws.estate.account(MANAGEMENT).trails
    for region in (HOME, OTHER):
        assert [one["TrailARN"] for one in trails(calls_of(MANAGEMENT, region), None)] == [made.arn]


def test_a_member_sees_the_trail_of_its_organization(aws, calls_of):
    found = {one["TrailARN"]: one for one in trails(calls_of(MEMBER, HOME), None)}
    (made,) = aws.estate.account(MANAGEMENT).trails
    assert found[made.arn]["IsOrganizationTrail"]


def test_it_asks_in_each_region_how_a_trail_fares(calls_of):
    calls = calls_of(MANAGEMENT, OTHER)
    found = trails(calls, None)
    assert set(statuses(calls, found)) == {one["TrailARN"] for one in found}


def test_it_asks_for_selectors_at_home_only(aws, calls_of):
    (made,) = aws.estate.account(MANAGEMENT).trails
    at_home, elsewhere = calls_of(MANAGEMENT, HOME), calls_of(MANAGEMENT, OTHER)
    assert set(selectors(at_home, trails(at_home, None))) == {made.arn}
    assert selectors(elsewhere, trails(elsewhere, None)) == {}


def test_one_closed_trail_does_not_hide_the_others(aws, calls_of):
    calls = calls_of(MEMBER, HOME)
    found = trails(calls, None)
    assert len(found) > 1
    aws.faults({"operation": "GetTrailStatus", "error": "AccessDeniedException", "status": 400, "times": 1})
    assert len(statuses(calls, found)) == len(found) - 1


def test_when_every_trail_is_closed_that_is_a_denial(aws, calls_of):
    calls = calls_of(MEMBER, HOME)
    found = trails(calls, None)
    aws.faults({"operation": "GetTrailStatus", "error": "AccessDeniedException", "status": 400})
    with pytest.raises(Denied) as told:
        statuses(calls, found)
    assert told.value.missing == "cloudtrail:GetTrailStatus"
