from collections import defaultdict

from tests.demo.stories.conftest import calls, stream_of


def test_a_van_has_another_address_at_each_connection_and_one_session_name(tell):
    told = [r for number in (-4, -3, -2) for r in calls(tell("mobile_cameras", number), "PutMedia")]
    addresses, sessions = defaultdict(set), defaultdict(set)
    for record in told:
        addresses[stream_of(record)].add(record["sourceIPAddress"])
        sessions[stream_of(record)].add(record["userIdentity"]["principalId"])

    assert len(addresses) == 22
    assert min(map(len, addresses.values())) > 3
    assert {len(found) for found in sessions.values()} == {1}
