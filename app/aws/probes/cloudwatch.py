"""CloudWatch: one page of metrics, and one number."""

from datetime import UTC, timedelta

from app.aws.collectors._collector import Reach
from app.aws.collectors.cloudwatch import NAMESPACE
from app.aws.probes._probe import NOBODY, Asking, Probes


def _listing(asking: Asking) -> object:
    return asking.call("cloudwatch", "list_metrics", Namespace=NAMESPACE, MetricName="GetMedia.Requests")


def _number(asking: Asking) -> object:
    """Ask for yesterday's requests to a stream that there is not: AWS has no data and says so."""
    until = asking.now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    metric = {
        "Namespace": NAMESPACE,
        "MetricName": "GetMedia.Requests",
        "Dimensions": [{"Name": "StreamName", "Value": NOBODY}],
    }
    query = {"Id": "m0", "MetricStat": {"Metric": metric, "Period": 86_400, "Stat": "Sum"}}
    return asking.call(
        "cloudwatch", "get_metric_data", MetricDataQueries=[query], StartTime=until - timedelta(days=1), EndTime=until
    )


PROBES = Probes(Reach.REGIONAL, {"cloudwatch:ListMetrics": _listing, "cloudwatch:GetMetricData": _number})
