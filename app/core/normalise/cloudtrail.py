"""CloudTrail's answers → trails with status and selectors. Source: CloudTrail API Reference."""

from collections.abc import Iterable, Mapping
from typing import Any

from app.core.model.trail import AdvancedSelector, BasicSelector, FieldSelector, Trail, Trails, TrailStatus
from app.core.parts import EventSelectors, Selectors, TrailStatuses

_Raw = Mapping[str, Any]


def trails(raw: Iterable[_Raw], _region: str) -> Trails:
    """Return the trails in order of ARN; status and selectors are parts of their own."""
    return Trails(tuple(sorted((_trail(one) for one in raw), key=lambda trail: trail.arn)))


def statuses(raw: Mapping[str, _Raw], _region: str) -> TrailStatuses:
    """Return each trail's status in the Region that was asked. `raw`: GetTrailStatus by ARN."""
    return TrailStatuses(tuple((arn, _status(raw[arn])) for arn in sorted(raw)))


def selectors(raw: Mapping[str, _Raw], _region: str) -> EventSelectors:
    """Return each trail's selectors. `raw`: GetEventSelectors by ARN."""
    return EventSelectors(tuple(_selectors(arn, raw[arn]) for arn in sorted(raw)))


def _trail(raw: _Raw) -> Trail:
    return Trail(
        arn=raw["TrailARN"],
        name=raw["Name"],
        home_region=raw["HomeRegion"],
        is_multi_region=raw.get("IsMultiRegionTrail", False),
        is_organization_trail=raw.get("IsOrganizationTrail", False),
        bucket=raw.get("S3BucketName", ""),
        prefix=raw.get("S3KeyPrefix", ""),
        validates_log_files=raw.get("LogFileValidationEnabled", False),
        includes_global_events=raw.get("IncludeGlobalServiceEvents", False),
        kms_key_id=raw.get("KmsKeyId"),
        selectors_seen=False,
        # AWS puts ":*" behind it, for all of its streams.
        log_group=(raw.get("CloudWatchLogsLogGroupArn") or "").removesuffix(":*") or None,
    )


def _status(raw: _Raw) -> TrailStatus:
    # LatestDeliveryAttempt* and LatestNotificationAttempt* are no longer filled by AWS and are not read.
    return TrailStatus(
        is_logging=raw["IsLogging"],
        latest_delivery_at=raw.get("LatestDeliveryTime"),
        latest_delivery_error=raw.get("LatestDeliveryError") or None,
        latest_digest_at=raw.get("LatestDigestDeliveryTime"),
        latest_digest_error=raw.get("LatestDigestDeliveryError") or None,
        started_at=raw.get("StartLoggingTime"),
        stopped_at=raw.get("StopLoggingTime"),
        log_group_error=raw.get("LatestCloudWatchLogsDeliveryError") or None,
    )


def _selectors(arn: str, raw: _Raw) -> Selectors:
    return Selectors(
        trail=arn,
        advanced=tuple(_advanced(one) for one in raw.get("AdvancedEventSelectors", ())),
        basic=tuple(_basic(one) for one in raw.get("EventSelectors", ())),
    )


def _advanced(raw: _Raw) -> AdvancedSelector:
    return AdvancedSelector(raw.get("Name", ""), tuple(_field(one) for one in raw.get("FieldSelectors", ())))


def _field(raw: _Raw) -> FieldSelector:
    return FieldSelector(
        field=raw["Field"],
        equals=tuple(raw.get("Equals", ())),
        not_equals=tuple(raw.get("NotEquals", ())),
        starts_with=tuple(raw.get("StartsWith", ())),
        not_starts_with=tuple(raw.get("NotStartsWith", ())),
        ends_with=tuple(raw.get("EndsWith", ())),
        not_ends_with=tuple(raw.get("NotEndsWith", ())),
    )


def _basic(raw: _Raw) -> BasicSelector:
    return BasicSelector(
        read_write_type=raw.get("ReadWriteType", "All"),
        includes_management_events=raw.get("IncludeManagementEvents", True),
        data_resource_types=tuple(resource["Type"] for resource in raw.get("DataResources", ())),
    )
