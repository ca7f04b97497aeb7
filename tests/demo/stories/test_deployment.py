from tests.demo.stories.conftest import ESTATE, calls


def test_an_apply_tags_every_stream_and_reads_no_media(tell):
    told = tell("deployment", -2)

    assert len(calls(told, "TagStream")) == len(ESTATE.account("cams-prod-eu").streams)
    assert not calls(told, "GetMedia", "GetClip", "GetDataEndpoint", "DeleteStream")
    assert all("errorCode" not in record for record in told)


def test_on_most_days_nothing_is_deployed(tell):
    assert tell("deployment", -3) == []
