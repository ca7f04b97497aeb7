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
