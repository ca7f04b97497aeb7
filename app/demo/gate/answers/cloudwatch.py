"""CloudWatch: the request counts of AWS/KinesisVideo, from what happened rather than from what was logged."""

from bisect import bisect_left
from collections import Counter
from datetime import UTC, datetime
from typing import Any

from app.demo.gate.answers import Answers
from app.demo.gate.call import Call, moment
from app.demo.gate.world import World

_NAMESPACE = "AWS/KinesisVideo"
_SUFFIX = ".Requests"


def get_metric_data(world: World, call: Call) -> dict[str, Any]:
    """GetMetricData: only `<Action>.Requests` by StreamName; any other metric has no values."""
    start, end = moment(call.params["StartTime"]), moment(call.params["EndTime"])
    newest_first = call.params.get("ScanBy", "TimestampDescending") == "TimestampDescending"
    results = []
    for query in call.params.get("MetricDataQueries", []):
        points = sorted(_points(world, call, query, start, end).items(), reverse=newest_first)
        metric = (query.get("MetricStat") or {}).get("Metric", {})
        results.append(
            {
                "Id": query["Id"],
                "Label": query.get("Label") or metric.get("MetricName", query["Id"]),
                "Timestamps": [datetime.fromtimestamp(at, UTC) for at, _ in points],
                "Values": [float(count) for _, count in points],
                "StatusCode": "Complete",
            }
        )
    return {"MetricDataResults": results, "Messages": []}


def list_metrics(world: World, call: Call) -> dict[str, Any]:
    """ListMetrics of AWS/KinesisVideo."""
    if call.params.get("Namespace", _NAMESPACE) != _NAMESPACE:
        return {"Metrics": []}
    wanted = call.params.get("MetricName")
    return {
        "Metrics": [
            {
                "Namespace": _NAMESPACE,
                "MetricName": f"{action}{_SUFFIX}",
                "Dimensions": [{"Name": "StreamName", "Value": stream}],
            }
            for stream, action in world.history.metrics(call.account, call.region)
            if wanted in {None, f"{action}{_SUFFIX}"}
        ]
    }


def _points(
    world: World, call: Call, query: dict[str, Any], start: datetime | None, end: datetime | None
) -> Counter[int]:
    stat = query.get("MetricStat") or {}
    metric = stat.get("Metric", {})
    dimensions = {dimension["Name"]: dimension["Value"] for dimension in metric.get("Dimensions", [])}
    if metric.get("Namespace") != _NAMESPACE or "StreamName" not in dimensions or start is None or end is None:
        return Counter()
    action = str(metric.get("MetricName", "")).removesuffix(_SUFFIX)
    times = world.history.times(call.account, call.region, dimensions["StreamName"], action)
    period = int(stat.get("Period", 300))
    window = times[bisect_left(times, int(start.timestamp())) : bisect_left(times, int(end.timestamp()))]
    return Counter(at - at % period for at in window)


ANSWERS = Answers("cloudwatch", {"GetMetricData": get_metric_data, "ListMetrics": list_metrics})
