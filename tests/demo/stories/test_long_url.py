from tests.demo.stories.conftest import calls


def test_one_url_lives_for_twelve_hours_and_the_others_for_minutes(tell):
    def lifetimes(number: int) -> list[int]:
        return [r["requestParameters"]["expires"] for r in calls(tell("long_url", number), "GetHLSStreamingSessionURL")]

    assert lifetimes(-1) == [300, 43_200]
    assert lifetimes(-6) == [300]


def test_it_is_asked_for_by_a_person(tell):
    url = calls(tell("long_url", -1), "GetHLSStreamingSessionURL")[-1]

    assert url["userIdentity"]["principalId"].endswith(":jonas.weil@halden.example")
    assert url["requestParameters"]["streamName"] == "lobby-east"
