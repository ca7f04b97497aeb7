"""Does a trail's selector take the CloudTrail event of a call?

Sources: CloudTrail User Guide, "Filtering data events by using advanced event selectors" and "Logging data events";
CloudTrail API Reference, AdvancedFieldSelector. There are no wildcards.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import IntEnum
from typing import assert_never

from app.core.kvs.actions import EVENT_SOURCE, AccessLevel, Action, Logging
from app.core.model.stream import ResourceKind, Stream
from app.core.model.trail import AdvancedSelector, BasicSelector, FieldSelector, Trail

_BY_CALLER = frozenset({"userIdentity.arn", "sessionCredentialFromConsole"})
"""Fields that depend on who calls: such a selector takes the calls of some."""
_UNDOCUMENTED = frozenset({"readOnly", "eventSource"})
"""Fields whose values AWS documents for no media or signaling call, and nobody has a record of one."""
_BY_ACTION = frozenset({"eventName", "readOnly"})
"""Fields by which a selector tells the calls of one class apart."""
_BY_STREAM = "resources.ARN"
_CATEGORY = {Logging.DATA: "Data", Logging.MANAGEMENT: "Management"}
_READS = frozenset({AccessLevel.READ, AccessLevel.LIST})


class Taken(IntEnum):
    """How much of a call's events a selector takes, least first: none, some or nobody knows, all."""

    NONE = 0
    SOME = 1
    ALL = 2


@dataclass(frozen=True, slots=True)
class Call:
    """A call as selectors see it. `resource` is the ARN that the event would carry; "" for management events."""

    event_name: str
    logging: Logging
    resource_type: str
    resource: str
    is_read_only: bool
    event_source: str = EVENT_SOURCE


def call(action: Action, resource: str) -> Call:
    """Return the call of a KVS action on a stream or channel.

    `readOnly` follows the access level: AWS documents it for no media call (domain notes, U). So ConnectAsViewer,
    a Write action that shows video, counts as a write. No selector takes all media calls by it, nor by `eventSource`,
    which AWS shows for none either.
    """
    is_read_only = action.level in _READS
    if action.logging is Logging.MANAGEMENT:
        return Call(action.name, action.logging, "", "", is_read_only)
    return Call(action.name, action.logging, action.event_type, resource, is_read_only)


def taken(trail: Trail, call: Call) -> tuple[Taken, str]:
    """Return how much of the call's events the trail's selectors take, and the name of the selector that decides.

    A trail has advanced selectors or basic ones, never both; one without any logs all management events (API Reference,
    CreateTrail). A selector that says how much is named, "" when none takes anything.
    """
    if trail.advanced:
        answers = [(_advanced(selector, call), selector.name) for selector in trail.advanced]
    elif trail.basic:
        answers = [(_basic(selector, call), f"basic selector, {selector.read_write_type}") for selector in trail.basic]
    else:
        answers = [(Taken.ALL if call.logging is Logging.MANAGEMENT else Taken.NONE, "default selector")]
    best, name = max(answers, key=lambda answer: answer[0])
    return best, name if best is not Taken.NONE else ""


def alike(
    actions: Iterable[Action], advanced: Iterable[AdvancedSelector], basic: Iterable[BasicSelector]
) -> tuple[frozenset[str], ...]:
    """Return the names of actions of one class, in groups of which each of the selectors takes all or none alike."""
    fields = [field for selector in advanced for field in selector.fields if field.field in _BY_ACTION]
    kinds = list(basic)
    groups: dict[tuple[Taken, ...], set[str]] = {}
    for action in actions:
        one = call(action, "")
        answers = (*(_field(field, one) for field in fields), *(_basic(selector, one) for selector in kinds))
        groups.setdefault(answers, set()).add(action.name)
    return tuple(frozenset(names) for names in groups.values())


def stream_fields(advanced: Iterable[AdvancedSelector]) -> tuple[FieldSelector, ...]:
    """Return the fields by which selectors tell one stream or channel from the next; none where all are alike."""
    return tuple({field for selector in advanced for field in selector.fields if field.field == _BY_STREAM})


def alike_streams(streams: Iterable[Stream], fields: Collection[FieldSelector]) -> tuple[tuple[Stream, ...], ...]:
    """Return streams and channels in groups of one Region and kind of which each of `fields` takes all or none."""
    groups: dict[tuple[str, ResourceKind, tuple[bool, ...]], list[Stream]] = {}
    for stream in streams:
        taken_by = tuple(_holds(field, stream.arn) for field in fields)
        groups.setdefault((stream.region, stream.kind, taken_by), []).append(stream)
    return tuple(tuple(group) for group in groups.values())


def _advanced(selector: AdvancedSelector, call: Call) -> Taken:
    return min((_field(condition, call) for condition in selector.fields), default=Taken.NONE)


def _field(condition: FieldSelector, call: Call) -> Taken:
    if condition.field in _BY_CALLER:
        return Taken.SOME
    value = _value(condition.field, call)
    if value is None:
        # A field that this release does not know may narrow the selector: never claim that it takes all.
        return Taken.SOME
    if not _holds(condition, value):
        return Taken.NONE
    is_taken_on_trust = condition.field in _UNDOCUMENTED and call.logging is Logging.DATA
    return Taken.SOME if is_taken_on_trust else Taken.ALL


def _value(field: str, call: Call) -> str | None:
    """Return the event's value of a selector field; None for a field that is not known here."""
    return {
        "eventCategory": _CATEGORY[call.logging],
        "resources.type": call.resource_type,
        "resources.ARN": call.resource,
        "readOnly": "true" if call.is_read_only else "false",
        "eventName": call.event_name,
        "eventSource": call.event_source,
        "eventType": "AwsApiCall",
    }.get(field)


def _holds(condition: FieldSelector, value: str) -> bool:
    """Every operator that is set must hold; a positive one by any of its values, a negated one by all."""
    return (
        (not condition.equals or value in condition.equals)
        and (not condition.starts_with or value.startswith(condition.starts_with))
        and (not condition.ends_with or value.endswith(condition.ends_with))
        and value not in condition.not_equals
        and not value.startswith(condition.not_starts_with)
        and not value.endswith(condition.not_ends_with)
    )


def _basic(selector: BasicSelector, call: Call) -> Taken:
    """Basic selectors select data events of S3, Lambda and DynamoDB alone: no KVS data event is among them."""
    match call.logging:
        case Logging.DATA:
            return Taken.NONE
        case Logging.MANAGEMENT:
            wanted = selector.read_write_type in {"All", "ReadOnly" if call.is_read_only else "WriteOnly"}
            return Taken.ALL if selector.includes_management_events and wanted else Taken.NONE
        case _:
            assert_never(call.logging)
