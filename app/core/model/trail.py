"""CloudTrail trails with their selectors and their delivery state."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class FieldSelector:
    """One condition of an advanced event selector. Every operator that is set must hold.

    Source: CloudTrail API Reference, AdvancedFieldSelector.
    """

    field: str
    equals: tuple[str, ...] = ()
    not_equals: tuple[str, ...] = ()
    starts_with: tuple[str, ...] = ()
    not_starts_with: tuple[str, ...] = ()
    ends_with: tuple[str, ...] = ()
    not_ends_with: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AdvancedSelector:
    """Field selectors that must all hold for an event to be logged."""

    name: str
    fields: tuple[FieldSelector, ...]


@dataclass(frozen=True, slots=True)
class BasicSelector:
    """A basic event selector; its data resources are S3, Lambda and DynamoDB only and never KVS."""

    read_write_type: str
    includes_management_events: bool
    data_resource_types: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TrailStatus:
    """GetTrailStatus of one Region. None of a time: AWS gave none."""

    is_logging: bool
    latest_delivery_at: datetime | None = None
    latest_delivery_error: str | None = None
    latest_digest_at: datetime | None = None
    latest_digest_error: str | None = None
    started_at: datetime | None = None
    stopped_at: datetime | None = None
    log_group_error: str | None = None
    """Of its delivery to CloudWatch Logs, which may fail while the files arrive."""


@dataclass(frozen=True, slots=True)
class Trail:
    """One trail that logs for an account, its own or the organization's.

    `selectors_seen` False and `status` None say that these parts could not be read, not that they are empty.
    """

    arn: str
    name: str
    home_region: str
    is_multi_region: bool
    is_organization_trail: bool
    bucket: str
    prefix: str
    validates_log_files: bool
    includes_global_events: bool
    kms_key_id: str | None = None
    advanced: tuple[AdvancedSelector, ...] = ()
    basic: tuple[BasicSelector, ...] = ()
    selectors_seen: bool = True
    status: TrailStatus | None = None
    log_group: str | None = None
    """ARN of the log group that it delivers to as well."""


@dataclass(frozen=True, slots=True)
class Trails:
    """The trails that one Region of an account knows, shadow trails of other Regions included."""

    trails: tuple[Trail, ...]
