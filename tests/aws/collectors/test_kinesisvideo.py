from app.aws.collectors.kinesisvideo import channels, streams

ACCOUNT, REGION = "cams-prod-eu", "eu-central-1"


def test_it_lists_the_streams_of_the_region_that_is_asked(aws, calls_of):
    made = {stream.name for stream in aws.estate.account(ACCOUNT).streams if stream.region == REGION}
    assert {one["StreamName"] for one in streams(calls_of(ACCOUNT, REGION), None)} == made


def test_it_asks_for_the_largest_pages(aws, calls_of):
    aws.gate.ledger.clear()
    calls = calls_of(ACCOUNT, REGION)
    streams(calls, None)
    channels(calls, None)
    asked = [call.params["MaxResults"] for call in aws.gate.ledger.calls if call.service == "kinesisvideo"]
    assert asked == [10_000, 10_000]
