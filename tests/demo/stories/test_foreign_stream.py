from tests.demo.stories.conftest import calls, stream_of


def test_one_cameras_session_writes_to_anothers_stream(tell):
    puts = calls(tell("foreign_stream", -4), "PutMedia")
    own = calls(tell("ordinary_cameras", -4), "PutMedia")

    assert {stream_of(record) for record in puts} == {"whs-021"}
    device = puts[0]["userIdentity"]["principalId"]
    assert {stream_of(r) for r in own if r["userIdentity"]["principalId"] == device} == {"whs-014"}
    assert all("errorCode" not in record for record in puts)


def test_it_happens_once(tell):
    assert tell("foreign_stream", -3) == []
