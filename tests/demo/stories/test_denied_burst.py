from tests.demo.stories.conftest import calls


def test_forty_seven_refusals_within_ten_minutes_are_followed_by_success(tell):
    told = tell("denied_burst", -1)
    reads = [r for r in calls(told, "GetMedia", "GetDataEndpoint") if "ForensicsReader" in r["userIdentity"]["arn"]]
    refused = [record["eventTime"] for record in reads if record.get("errorCode") == "AccessDenied"]
    succeeded = [record["eventTime"] for record in reads if "errorCode" not in record]

    assert len(refused) == 47
    assert refused[0][:15] == "2026-11-22T23:4"
    assert refused[-1] < succeeded[0]
    assert len(calls(told, "PutRolePolicy")) == 1
    assert refused[-1] < calls(told, "PutRolePolicy")[0]["eventTime"] < succeeded[0]


def test_it_all_happens_before_midnight(tell):
    assert {record["eventTime"][:10] for record in tell("denied_burst", -1)} == {"2026-11-22"}
