"""CloudTrail: the trails that log one Region, whether they deliver, and what they select.

Source: CloudTrail API Reference (DescribeTrails, GetTrailStatus, GetEventSelectors).
"""

from collections.abc import Callable
from typing import Any

from app.aws.collectors._collector import Calls, Collector, PartReader, Reach
from app.aws.errors import Denied, NotThere
from app.core.normalise import cloudtrail as normalise


def trails(calls: Calls, _needed: Any) -> list[dict[str, Any]]:
    """Return every trail that logs the Region: its own, shadows of other Regions' trails, and the organization's."""
    answer = calls.call("cloudtrail", "describe_trails", includeShadowTrails=True)
    return list(answer.get("trailList", ()))


def statuses(calls: Calls, needed: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return GetTrailStatus of each trail by ARN: it tells of one Region a call, and wants the ARN of a shadow."""
    return _each(
        [trail["TrailARN"] for trail in needed], lambda arn: calls.call("cloudtrail", "get_trail_status", Name=arn)
    )


def selectors(calls: Calls, needed: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return GetEventSelectors by ARN of the trails at home here, or at home where nobody asks them."""
    others = set(calls.session.account.regions) - {calls.region}
    arns = [trail["TrailARN"] for trail in needed if trail.get("HomeRegion") not in others]
    return _each(arns, lambda arn: calls.call("cloudtrail", "get_event_selectors", TrailName=arn))


def _each(arns: list[str], read: Callable[[str], dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return the answers by ARN; the organization's trail may be closed to a member while its own are open.

    Raises:
        Denied: no trail could be read.
    """
    found: dict[str, dict[str, Any]] = {}
    denied: Denied | None = None
    for arn in arns:
        try:
            found[arn] = read(arn)
        except NotThere:
            continue
        except Denied as error:
            denied = denied or error
    if denied is not None and not found:
        raise denied
    return found


COLLECTOR = Collector(
    title="CloudTrail: trails, delivery and event selectors",
    reach=Reach.REGIONAL,
    parts=(
        PartReader("trails", ("cloudtrail:DescribeTrails",), trails, normalise.trails),
        PartReader("trail_status", ("cloudtrail:GetTrailStatus",), statuses, normalise.statuses, needs="trails"),
        PartReader(
            "event_selectors", ("cloudtrail:GetEventSelectors",), selectors, normalise.selectors, needs="trails"
        ),
    ),
)
