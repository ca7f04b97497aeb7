"""CloudTrail: trails as every account and Region sees them, their true status, event history, and digest keys."""

import json
import re
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from app.demo.gate.answers import Answers
from app.demo.gate.call import Call, moment
from app.demo.gate.errors import AwsError
from app.demo.gate.world import TrailState, World

_HISTORY = timedelta(days=90)
_PAGE = 50
_DEFAULT_SELECTORS = (
    {
        "ReadWriteType": "All",
        "IncludeManagementEvents": True,
        "DataResources": [],
        "ExcludeManagementEventSources": [],
    },
)
_TOKEN_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_FIELDS = {"EventId": "eventID", "EventName": "eventName", "EventSource": "eventSource"}


def describe_trails(world: World, call: Call) -> dict[str, Any]:
    """DescribeTrails: own trails of the Region and, unless refused, shadows of multi-Region and organization ones."""
    names = call.params.get("trailNameList") or []
    with_shadows = call.params.get("includeShadowTrails", True)
    found = [
        state
        for state in _visible(world, call.account)
        if _is_home(state, call) or (with_shadows and state.trail.is_multi_region)
    ]
    if names:
        found = [
            state
            for state in found
            if state.trail.arn in names or (state.trail.name in names and _is_home(state, call))
        ]
    return {"trailList": [_description(state) for state in found]}


def list_trails(world: World, call: Call) -> dict[str, Any]:
    """ListTrails: whatever their home Region."""
    return {
        "Trails": [
            {"TrailARN": state.trail.arn, "Name": state.trail.name, "HomeRegion": state.trail.home_region}
            for state in _visible(world, call.account)
        ]
    }


def get_trail(world: World, call: Call) -> dict[str, Any]:
    """GetTrail, by name in its home Region or by ARN from anywhere."""
    return {"Trail": _description(_state(world, call, call.params.get("Name", "")))}


def get_trail_status(world: World, call: Call) -> dict[str, Any]:
    """GetTrailStatus: delivery and stop times are those of the emulated archive."""
    state = _state(world, call, call.params.get("Name", ""))
    return {
        "IsLogging": state.is_logging,
        "LatestDeliveryTime": state.delivered_at,
        "LatestDeliveryError": state.trail.delivery_error,
        "LatestDigestDeliveryTime": state.digest_delivered_at,
        "StartLoggingTime": state.started_at,
        "StopLoggingTime": state.stopped_at,
    }


def get_event_selectors(world: World, call: Call) -> dict[str, Any]:
    """GetEventSelectors: basic or advanced, never both; AWS's default when none were put."""
    trail = _state(world, call, call.params.get("TrailName", "")).trail
    if trail.selectors:
        return {"TrailARN": trail.arn, "AdvancedEventSelectors": list(trail.selectors)}
    return {"TrailARN": trail.arn, "EventSelectors": list(trail.basic_selectors or _DEFAULT_SELECTORS)}


def start_logging(world: World, call: Call) -> None:
    """StartLogging."""
    state = _state(world, call, call.params.get("Name", ""))
    state.is_logging, state.started_at = True, world.clock()


def stop_logging(world: World, call: Call) -> None:
    """StopLogging: nothing more is delivered until it is started again."""
    state = _state(world, call, call.params.get("Name", ""))
    state.is_logging, state.stopped_at = False, world.clock()


def lookup_events(world: World, call: Call) -> dict[str, Any]:
    """LookupEvents: management events of 90 days, newest first, one attribute, at most 50 a page.

    Raises:
        AwsError: InvalidTimeRangeException, InvalidLookupAttributesException, InvalidMaxResultsException.
    """
    params = call.params
    now = world.clock()
    start = max(moment(params.get("StartTime")) or now - _HISTORY, now - _HISTORY)
    end = min(moment(params.get("EndTime")) or now, now)
    if start > end:
        raise AwsError("InvalidTimeRangeException", "The start time is after the end time.")
    attributes = params.get("LookupAttributes") or []
    if len(attributes) > 1:
        raise AwsError("InvalidLookupAttributesException", "Only one lookup attribute is allowed.")
    limit = int(params.get("MaxResults") or _PAGE)
    if not 1 <= limit <= _PAGE:
        raise AwsError("InvalidMaxResultsException", f"MaxResults must be 1 to {_PAGE}.")
    end, skip = _resume(params.get("NextToken"), end)
    matching = (
        record for record in world.history.events(call.account, call.region, start, end) if _has(record, attributes)
    )
    part = list(islice(matching, skip, skip + limit + 1))
    return {"Events": [_event(record) for record in part[:limit]], "NextToken": _token(part, limit, end, skip)}


def list_public_keys(world: World, call: Call) -> dict[str, Any]:
    """ListPublicKeys: those valid at some moment of the time asked for."""
    end = moment(call.params.get("EndTime")) or world.clock()
    start = moment(call.params.get("StartTime")) or end - timedelta(days=1)
    return {
        "PublicKeyList": [
            {
                "Value": key.der,
                "Fingerprint": key.fingerprint,
                "ValidityStartTime": key.start,
                "ValidityEndTime": key.end,
            }
            for key in world.public_keys
            if key.start <= end and key.end >= start
        ]
    }


def _visible(world: World, account: str) -> Iterator[TrailState]:
    """Yield the trails that an account sees: its own, and its organization's."""
    is_member = any(member.id == account for member in world.estate.members)
    for state in world.trails.values():
        if state.trail.account == account or (state.trail.is_organization and is_member):
            yield state


def _state(world: World, call: Call, name: str) -> TrailState:
    for state in _visible(world, call.account):
        if state.trail.arn == name or (state.trail.name == name and _is_home(state, call)):
            return state
    message = f"Unknown trail: {name} for the user: {call.account}"
    raise AwsError("TrailNotFoundException", message, 400)


def _is_home(state: TrailState, call: Call) -> bool:
    return state.trail.home_region == call.region and state.trail.account == call.account


def _description(state: TrailState) -> dict[str, Any]:
    trail = state.trail
    return {
        "Name": trail.name,
        "TrailARN": trail.arn,
        "S3BucketName": trail.bucket,
        "S3KeyPrefix": trail.prefix or None,
        "HomeRegion": trail.home_region,
        "IncludeGlobalServiceEvents": trail.is_multi_region,
        "IsMultiRegionTrail": trail.is_multi_region,
        "IsOrganizationTrail": trail.is_organization,
        "LogFileValidationEnabled": trail.validates,
        "HasCustomEventSelectors": bool(trail.selectors or trail.basic_selectors),
        "HasInsightSelectors": False,
    }


def _has(record: dict[str, Any], attributes: Iterable[dict[str, str]]) -> bool:
    return all(_matches(record, attribute["AttributeKey"], attribute["AttributeValue"]) for attribute in attributes)


def _matches(record: dict[str, Any], key: str, value: str) -> bool:
    identity = record.get("userIdentity") or {}
    resources = record.get("resources") or []
    match key:
        case "Username":
            return _user_name(identity) == value
        case "AccessKeyId":
            return bool(identity.get("accessKeyId") == value)
        case "ReadOnly":
            return str(record.get("readOnly")).lower() == value.lower()
        case "ResourceName":
            return any(
                value in {resource.get("ARN"), str(resource.get("ARN")).rsplit("/", 1)[-1]} for resource in resources
            )
        case "ResourceType":
            return any(resource.get("type") == value for resource in resources)
        case _ if key in _FIELDS:
            return bool(record.get(_FIELDS[key]) == value)
        case _:
            raise AwsError("InvalidLookupAttributesException", f"Unknown lookup attribute: {key}.")


def _event(record: dict[str, Any]) -> dict[str, Any]:
    identity = record.get("userIdentity") or {}
    return {
        "EventId": record["eventID"],
        "EventName": record["eventName"],
        "ReadOnly": str(record.get("readOnly")).lower(),
        "AccessKeyId": identity.get("accessKeyId"),
        "EventTime": moment(record["eventTime"]),
        "EventSource": record["eventSource"],
        "Username": _user_name(identity),
        "Resources": [
            {"ResourceType": resource.get("type"), "ResourceName": resource.get("ARN")}
            for resource in record.get("resources") or []
        ],
        "CloudTrailEvent": json.dumps(record, separators=(",", ":")),
    }


def _user_name(identity: dict[str, Any]) -> str | None:
    name = identity.get("userName") or str(identity.get("arn", "")).rsplit("/", 1)[-1]
    return name or identity.get("invokedBy")


def _token(part: list[dict[str, Any]], limit: int, end: datetime, skip: int) -> str | None:
    """Return a token that holds on while new events arrive: a time, and how many of it were given out."""
    if len(part) <= limit:
        return None
    last = part[limit - 1]["eventTime"]
    same = sum(1 for record in part[:limit] if record["eventTime"] == last)
    if moment(last) == end:
        same += skip
    return f"{last}/{same}"


def _resume(token: str | None, end: datetime) -> tuple[datetime, int]:
    if not token:
        return end, 0
    text, _, skip = token.partition("/")
    if not _TOKEN_TIME.fullmatch(text) or not skip.isdecimal():
        raise AwsError("InvalidNextTokenException", "The next token is not valid.")
    return datetime.fromisoformat(text), int(skip)


ANSWERS = Answers(
    "cloudtrail",
    {
        "DescribeTrails": describe_trails,
        "ListTrails": list_trails,
        "GetTrail": get_trail,
        "GetTrailStatus": get_trail_status,
        "GetEventSelectors": get_event_selectors,
        "StartLogging": start_logging,
        "StopLogging": stop_logging,
        "LookupEvents": lookup_events,
        "ListPublicKeys": list_public_keys,
    },
)
