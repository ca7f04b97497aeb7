"""CloudTrail: trails, the state of one, and one event of the history."""

from typing import Any

from app.aws.collectors._collector import Reach
from app.aws.errors import Denied, NotThere
from app.aws.probes._probe import NOBODY, Asking, Probe, Probes
from app.aws.sources.lookup_events import BUDGET


def _trails(asking: Asking) -> list[dict[str, Any]]:
    answer = asking.call("cloudtrail", "describe_trails", includeShadowTrails=True)
    return list(answer.get("trailList", ()))


def _of_trail(operation: str, parameter: str) -> Probe:
    """Return a probe that is content with one trail: the organization's may be closed to a member."""

    def ask(asking: Asking) -> object:
        denied: Denied | None = None
        unknown: list[str] = []
        for arn in asking.once("trails", lambda: _at_home(asking), unknown) or [_nobody(asking)]:
            try:
                return asking.call("cloudtrail", operation, **{parameter: arn})
            except Denied as error:
                denied = denied or error
            except NotThere:
                continue
        if denied is not None:
            raise denied
        return None

    return ask


def _at_home(asking: Asking) -> list[str]:
    """Return the ARNs of the Region's own trails: the selectors of a shadow may be asked for at its home alone."""
    return [str(trail["TrailARN"]) for trail in _trails(asking) if trail.get("HomeRegion") == asking.region]


def _nobody(asking: Asking) -> str:
    account = asking.session.account
    return f"arn:{account.partition}:cloudtrail:{asking.region}:{account.id:012d}:trail/{NOBODY}"


def _lookup(asking: Asking) -> object:
    BUDGET.wait((asking.session.account.id, asking.region))
    return asking.call("cloudtrail", "lookup_events", MaxResults=1)


def _public_keys(asking: Asking) -> object:
    return asking.call("cloudtrail", "list_public_keys")


PROBES = Probes(
    Reach.REGIONAL,
    {
        "cloudtrail:DescribeTrails": _trails,
        "cloudtrail:GetTrailStatus": _of_trail("get_trail_status", "Name"),
        "cloudtrail:GetEventSelectors": _of_trail("get_event_selectors", "TrailName"),
        "cloudtrail:LookupEvents": _lookup,
        "cloudtrail:ListPublicKeys": _public_keys,
    },
)
