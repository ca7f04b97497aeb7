"""CloudWatch's answers → requests to each stream by day. Source: CloudWatch API Reference, MetricDataResult."""

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, date
from typing import Any

from app.core.model.metric import RequestCount, RequestCounts


def request_counts(raw: Mapping[str, Any], _region: str) -> RequestCounts:
    """Return the counts in order of stream, action and day, from `since` on and before `until`.

    `stream` is a name: it is all that CloudWatch knows.

    `raw`: {"Since", "Until", "Series"}; see the collector. A series may come in several pieces.
    """
    sums: Counter[tuple[str, str, date]] = Counter()
    for series in raw["Series"]:
        action = series["Metric"].removesuffix(".Requests")
        for at, value in zip(series["Timestamps"], series["Values"], strict=True):
            sums[series["StreamName"], action, at.astimezone(UTC).date()] += round(value)
    counts = tuple(RequestCount(*key, requests=sums[key]) for key in sorted(sums) if sums[key])
    return RequestCounts(raw["Since"].date(), raw["Until"].date(), counts)
