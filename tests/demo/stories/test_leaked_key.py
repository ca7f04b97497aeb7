from tests.demo.stories.conftest import addresses, calls


def test_a_cameras_long_term_key_reads_nine_times_from_a_strange_network(tell):
    told = tell("leaked_key", -1)

    reads = calls(told, "GetMedia")
    assert len(reads) == 9
    assert addresses(told) == {"198.51.100.77"}
    assert {record["userIdentity"]["userName"] for record in told} == {"cam-gate-07"}
    assert all(record["userIdentity"]["accessKeyId"].startswith("AKIA") for record in told)


def test_its_look_around_is_refused(tell):
    assert calls(tell("leaked_key", -1), "ListStreams")[0]["errorCode"] == "AccessDenied"


def test_it_is_the_key_with_which_the_camera_itself_writes(tell):
    stolen = tell("leaked_key", -1)[0]["userIdentity"]["accessKeyId"]
    own = [r for r in tell("ordinary_cameras", -1) if r["userIdentity"].get("userName") == "cam-gate-07"]

    assert {record["userIdentity"]["accessKeyId"] for record in own} == {stolen}
    assert addresses(own) == {"203.0.113.57"}


def test_it_happens_once(tell):
    assert tell("leaked_key", -2) == []
