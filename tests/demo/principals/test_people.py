from app.demo.principals import people
from tests.demo.principals.test_fleets import actions


def test_an_analyst_searches_the_archive_and_does_not_watch_live():
    granted = actions(people.video_analyst("590817264433"))

    assert "kinesisvideo:GetMediaForFragmentList" in granted
    assert "kinesisvideo:GetMedia" not in granted


def test_a_guard_watches_live_and_does_not_search():
    granted = actions(people.control_room("771400253968"))

    assert "kinesisvideo:GetMedia" in granted
    assert "kinesisvideo:GetClip" not in granted


def test_the_roles_of_the_night_shift_may_be_taken_on_by_each_other():
    lead, deputy = people.ward_shifts("590817264433")

    assert lead.trust["Statement"][0]["Principal"]["AWS"].endswith(f"role/{deputy.name}")
    assert deputy.trust["Statement"][0]["Principal"]["AWS"].endswith(f"role/{lead.name}")
    assert "kinesisvideo:GetMedia" in actions(lead)
