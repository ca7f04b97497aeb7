from datetime import UTC, date, datetime

from app.core.model.metric import RequestCount
from app.core.normalise import cloudwatch

MONDAY, TUESDAY = datetime(2026, 11, 16, tzinfo=UTC), datetime(2026, 11, 17, tzinfo=UTC)


def raw(*series):
    return {"Since": MONDAY, "Until": TUESDAY, "Series": series}


def series(**changes):
    return {"Metric": "GetMedia.Requests", "StreamName": "door", "Timestamps": [MONDAY], "Values": [3.0]} | changes


def test_it_counts_requests_by_stream_action_and_day():
    (count,) = cloudwatch.request_counts(raw(series()), "eu-central-1").counts
    assert count == RequestCount("door", "GetMedia", date(2026, 11, 16), 3)


def test_it_adds_up_a_series_that_comes_in_pieces():
    pieces = raw(series(), series(Timestamps=[MONDAY, TUESDAY], Values=[2.0, 5.0]))
    assert [count.requests for count in cloudwatch.request_counts(pieces, "eu-central-1").counts] == [5, 5]


def test_a_day_without_requests_is_left_out():
    assert cloudwatch.request_counts(raw(series(Values=[0.0])), "eu-central-1").counts == ()


def test_it_says_which_days_were_looked_at():
    counts = cloudwatch.request_counts(raw(), "eu-central-1")
    assert (counts.since, counts.until) == (date(2026, 11, 16), date(2026, 11, 17))
