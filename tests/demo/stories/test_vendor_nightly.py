from tests.demo.stories.conftest import addresses, calls


def test_the_batch_comes_each_night_from_one_network_with_its_external_id(tell):
    nights = [tell("vendor_nightly", number) for number in (-20, -3, -1)]

    for told in nights:
        assert addresses(told) == {"192.0.2.201"}
        assert {record["eventTime"][11:13] for record in told} == {"02"}
        issued = calls(told, "AssumeRole")[0]
        assert issued["requestParameters"]["externalId"] == "brightlens-7741"
        assert issued["userIdentity"]["accountId"] == "620914387751"
        assert len(calls(told, "GetMedia")) == 8
