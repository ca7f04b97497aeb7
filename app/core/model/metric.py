"""CloudWatch's own count of requests to a stream: what was asked, whether or not it was logged."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class RequestCount:
    """Requests of one action to one stream on one UTC day (metric `<Action>.Requests` of AWS/KinesisVideo)."""

    stream: str
    action: str
    day: date
    requests: int


@dataclass(frozen=True, slots=True)
class RequestCounts:
    """All counts of one Region; a (stream, action, day) that is absent was counted as none."""

    since: date
    until: date
    counts: tuple[RequestCount, ...]
