from datetime import timedelta

from app.aws.collectors.cloudwatch import DAYS, request_counts

ACCOUNT, REGION = "clinic-video", "eu-central-1"


def test_it_sums_the_requests_to_each_stream_by_whole_days(aws, calls_of):
    found = request_counts(calls_of(ACCOUNT, REGION), None)
    number = aws.estate.account(ACCOUNT).id
    assert found["Series"]
    for series in found["Series"]:
        action = series["Metric"].removesuffix(".Requests")
        times = aws.history.times(number, REGION, series["StreamName"], action)
        inside = [at for at in times if found["Since"].timestamp() <= at < found["Until"].timestamp()]
        assert sum(series["Values"]) == len(inside)


def test_today_is_left_out(calls_of):
    calls = calls_of(ACCOUNT, REGION)
    found = request_counts(calls, None)
    assert found["Until"] <= calls.now < found["Until"] + timedelta(days=1)
    assert found["Until"] - found["Since"] == timedelta(days=DAYS)
