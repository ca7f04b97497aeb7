from collections import defaultdict

from tests.demo.stories.conftest import calls


def test_each_program_reads_from_its_own_network_day_after_day(tell):
    seen = defaultdict(set)
    for number in (-9, -2):
        for record in calls(tell("consumers", number), "GetMedia", "GetImages", "GetHLSStreamingSessionURL"):
            role = record["userIdentity"]["sessionContext"]["sessionIssuer"]["arn"]
            seen[role].add(record["sourceIPAddress"])

    assert len(seen) >= 8
    assert all(len(addresses) == 1 for addresses in seen.values())


def test_no_url_lives_longer_than_an_hour(tell):
    urls = calls(tell("consumers", -2), "GetHLSStreamingSessionURL")

    assert urls
    assert max(record["requestParameters"]["expires"] for record in urls) <= 3600


def test_machine_learning_enters_by_a_second_role(tell):
    told = tell("consumers", -2)
    issued = [
        r for r in calls(told, "AssumeRole") if r["requestParameters"]["roleArn"].endswith(":role/MLFrameConsumer")
    ]

    assert len(issued) == 24
    callers = {record["userIdentity"]["sessionContext"]["sessionIssuer"]["userName"] for record in issued}
    assert callers == {"MLPipeline"}


def test_it_is_told_of_the_small_organization_too(tell):
    assert calls(tell("consumers", -1, small=True), "GetMedia")
