from tests.demo.stories.conftest import calls


def test_it_never_comes_near_media_and_shortens_nothing(tell):
    told = [record for number in (-10, -5, -1) for record in tell("housekeeping", number)]

    video = [record for record in told if record["eventSource"] == "kinesisvideo.amazonaws.com"]
    assert all(record["eventCategory"] == "Management" for record in video)
    assert not calls(told, "GetDataEndpoint", "DeleteStream")
    operations = {r["requestParameters"]["operation"] for r in calls(told, "UpdateDataRetention")}
    assert operations == {"INCREASE_DATA_RETENTION"}
