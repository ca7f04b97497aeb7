from tests.demo.stories.conftest import addresses, calls

NEW = "198.51.100.204"


def chain(tell):
    return [record for record in tell("three_roles", -1) if record["sourceIPAddress"] == NEW]


def test_the_clips_lead_back_by_their_keys_over_two_accounts(tell):
    told = chain(tell)
    by_key = {}
    for record in calls(told, "AssumeRole"):
        by_key.setdefault(record["responseElements"]["credentials"]["accessKeyId"], []).append(record)

    clip = calls(told, "GetClip")[0]
    reader = by_key[clip["userIdentity"]["accessKeyId"]]
    assert {record["recipientAccountId"] for record in reader} == {"405561239087", "590817264433"}
    assert len({record["sharedEventID"] for record in reader}) == 1
    caller = next(r for r in reader if r["recipientAccountId"] == "405561239087")["userIdentity"]
    assert caller["sessionContext"]["sessionIssuer"]["userName"] == "BridgeRole"
    bridge = by_key[caller["accessKeyId"]]
    assert len(bridge) == 1


def test_of_the_first_hop_only_a_number_is_known(tell):
    first = calls(chain(tell), "AssumeRole")[0]["userIdentity"]

    assert first["type"] == "AWSAccount"
    assert first["accountId"] == "512233480096"
    assert "arn" not in first


def test_the_target_accounts_view_hides_the_caller(tell):
    views = [r for r in calls(chain(tell), "AssumeRole") if r["recipientAccountId"] == "590817264433"]

    assert [view["userIdentity"]["type"] for view in views] == ["AWSAccount"]
    assert views[0]["userIdentity"]["accountId"] == "405561239087"


def test_on_working_days_the_same_chain_comes_from_its_usual_network(tell):
    assert addresses(tell("three_roles", -6)) == {"192.0.2.80"}
