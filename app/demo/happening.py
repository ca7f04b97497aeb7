"""One thing that happened in the organization: a CloudTrail record, and what decides where it is written."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec

_ENCODER = msgspec.json.Encoder()


@dataclass(frozen=True, slots=True)
class Happening:
    """A record as CloudTrail would write it, if some trail logs it. `at` is its eventTime, seconds since the epoch."""

    at: int
    account: str
    """recipientAccountId"""
    region: str
    action: str
    is_data: bool
    is_read_only: bool
    resource_type: str | None
    resource_arn: str | None
    stream: str | None
    """The stream's or channel's name, for CloudWatch."""
    actor_arn: str | None
    raw: bytes


def encode(record: dict[str, Any]) -> bytes:
    """Return a record as it lies in a log file: compact JSON, in the order of its keys."""
    return _ENCODER.encode(record)


def selected(happening: Happening, selectors: tuple[dict[str, Any], ...]) -> bool:
    """Tell whether advanced event selectors take this event (CloudTrail User Guide, "Advanced event selectors")."""
    return any(all(_passes(happening, field) for field in selector["FieldSelectors"]) for selector in selectors)


def selected_by_basic(happening: Happening, selectors: tuple[dict[str, Any], ...]) -> bool:
    """Tell whether basic event selectors take this event; Kinesis Video data events are beyond them."""
    if happening.is_data:
        return False
    for selector in selectors:
        kind = selector.get("ReadWriteType", "All")
        wanted = kind == "All" or (kind == "ReadOnly") == happening.is_read_only
        if selector.get("IncludeManagementEvents", True) and wanted:
            return True
    return False


def _passes(happening: Happening, field: dict[str, Any]) -> bool:
    value = _value(happening, field["Field"]) or ""
    return all(
        any(test(value, wanted) for wanted in field[operator]) is expected
        for operator, (test, expected) in _OPERATORS.items()
        if operator in field
    )


def _value(happening: Happening, field: str) -> str | None:  # noqa: PLR0911 - one a field
    match field:
        case "eventCategory":
            return "Data" if happening.is_data else "Management"
        case "resources.type":
            return happening.resource_type
        case "resources.ARN":
            return happening.resource_arn
        case "eventName":
            return happening.action
        case "readOnly":
            return str(happening.is_read_only).lower()
        case "userIdentity.arn":
            return happening.actor_arn
        case _:
            return None


_OPERATORS: dict[str, tuple[Callable[[str, str], bool], bool]] = {
    "Equals": (str.__eq__, True),
    "StartsWith": (str.startswith, True),
    "EndsWith": (str.endswith, True),
    "NotEquals": (str.__eq__, False),
    "NotStartsWith": (str.startswith, False),
    "NotEndsWith": (str.endswith, False),
}
"""Operator -> (test, what its outcome must be); of several values one match is enough (CloudTrail API reference)."""
