from collections import defaultdict

from tests.demo.stories.conftest import addresses, calls, stream_of


def test_every_camera_connects_from_its_site_alone(tell):
    seen = defaultdict(set)
    for record in calls(tell("ordinary_cameras", -2), "PutMedia"):
        seen[record["recipientAccountId"], stream_of(record)].add(record["sourceIPAddress"])

    assert len(seen) > 150
    assert all(len(found) == 1 for found in seen.values())


def test_every_session_writes_to_one_stream(tell):
    seen = defaultdict(set)
    for record in calls(tell("ordinary_cameras", -2), "PutMedia"):
        seen[record["userIdentity"]["principalId"]].add((record["recipientAccountId"], stream_of(record)))

    assert all(len(found) == 1 for found in seen.values())


def test_every_connection_asks_for_its_endpoint_first(tell):
    told = tell("ordinary_cameras", -2)

    assert len(calls(told, "PutMedia")) == len(calls(told, "GetDataEndpoint"))


def test_every_key_that_writes_was_issued_the_day_before_at_the_earliest(tell):
    two_days = tell("ordinary_cameras", -3) + tell("ordinary_cameras", -2)
    issued = {
        record["responseElements"]["credentials"]["accessKeyId"]: record["eventTime"]
        for record in calls(two_days, "AssumeRole")
    }

    for record in calls(tell("ordinary_cameras", -2), "PutMedia"):
        key = record["userIdentity"]["accessKeyId"]
        if key.startswith("ASIA"):
            assert issued[key] <= record["eventTime"]


def test_after_a_swap_the_same_stream_is_written_by_another_device(tell):
    def devices(number: int) -> set[str]:
        puts = calls(tell("ordinary_cameras", number), "PutMedia")
        return {r["userIdentity"]["principalId"] for r in puts if stream_of(r) == "gate-03"}

    assert len(devices(-6)) == len(devices(-4)) == 1
    assert devices(-5) == devices(-6) | devices(-4)
    assert devices(-6) != devices(-4)


def test_mobile_cameras_are_told_elsewhere(tell):
    assert not any(stream_of(r).startswith("van-") for r in calls(tell("ordinary_cameras", -2), "PutMedia"))
    assert addresses(calls(tell("ordinary_cameras", -2), "AssumeRole")) == {"credentials.iot.amazonaws.com"}
