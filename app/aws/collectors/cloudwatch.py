"""CloudWatch: how often each stream was asked, whether or not CloudTrail logged it; once a day.

Sources: KVS Developer Guide, "Monitoring Amazon Kinesis Video Streams metrics with CloudWatch";
CloudWatch API Reference (ListMetrics names what had data in the last two weeks, GetMetricData takes 500 queries).
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from app.aws.collectors._collector import Calls, Collector, PartReader, Reach
from app.core.normalise import cloudwatch as normalise

NAMESPACE = "AWS/KinesisVideo"
SUFFIX = ".Requests"
DAYS = 14
_DAY_S = 86_400
_QUERIES = 500


def request_counts(calls: Calls, _needed: Any) -> dict[str, Any]:
    """Return {"Since", "Until", "Series"}: for each request metric of a stream its sums of whole UTC days.

    Today is left out: half a day of requests would look like few.
    A series is {"Metric", "StreamName", "Timestamps", "Values"}.
    """
    until = calls.now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    since = until - timedelta(days=DAYS)
    listed = calls.items("cloudwatch", "list_metrics", "Metrics", Namespace=NAMESPACE)
    metrics = [metric for metric in listed if _is_count_of_stream(metric)]
    batches = [metrics[start : start + _QUERIES] for start in range(0, len(metrics), _QUERIES)]
    series = [one for batch in calls.each(batches, "batches") for one in _sums(calls, batch, since, until)]
    return {"Since": since, "Until": until, "Series": series}


def _is_count_of_stream(metric: dict[str, Any]) -> bool:
    return metric["MetricName"].endswith(SUFFIX) and [d["Name"] for d in metric["Dimensions"]] == ["StreamName"]


def _sums(calls: Calls, metrics: list[dict[str, Any]], since: datetime, until: datetime) -> list[dict[str, Any]]:
    queries = [
        {"Id": f"m{n}", "MetricStat": {"Metric": metric, "Period": _DAY_S, "Stat": "Sum"}}
        for n, metric in enumerate(metrics)
    ]
    results = calls.items(
        "cloudwatch", "get_metric_data", "MetricDataResults", MetricDataQueries=queries, StartTime=since, EndTime=until
    )
    return [
        {
            "Metric": metrics[number]["MetricName"],
            "StreamName": metrics[number]["Dimensions"][0]["Value"],
            "Timestamps": result["Timestamps"],
            "Values": result["Values"],
        }
        for result in results
        for number in [int(result["Id"][1:])]
    ]


COLLECTOR = Collector(
    title="CloudWatch: requests to each stream",
    reach=Reach.REGIONAL,
    every_s=24 * 3600,
    parts=(
        PartReader(
            "request_counts",
            ("cloudwatch:ListMetrics", "cloudwatch:GetMetricData"),
            request_counts,
            normalise.request_counts,
        ),
    ),
)
