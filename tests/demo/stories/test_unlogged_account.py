from app.demo.happening import selected_by_basic
from app.demo.stories.unlogged_account import tell as happenings
from tests.demo.stories.conftest import ESTATE, day


def test_guards_watch_and_no_trail_of_the_account_takes_it():
    looks = [happening for happening in happenings(day(-1)) if happening.action == "GetMedia"]
    trails = ESTATE.account("legacy-cams").trails

    assert len(looks) == 28
    assert all(look.is_data for look in looks)
    assert not any(selected_by_basic(look, trail.basic_selectors) for look in looks for trail in trails)
    assert all(not trail.selectors for trail in trails)


def test_of_each_look_the_question_for_the_endpoint_is_there(tell):
    asked = [record for record in tell("unlogged_account", -1) if record["eventName"] == "GetDataEndpoint"]

    assert len(asked) == 28
    assert {record["requestParameters"]["aPIName"] for record in asked} == {"GET_MEDIA"}
