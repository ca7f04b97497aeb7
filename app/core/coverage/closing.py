"""What closes a hole that no selector looks into: the selectors to add, and the whole of what a trail then has.

`put-event-selectors` replaces all selectors of a trail, so that what it has must stand beside what is added. Where
that is not known nothing is offered to paste: a command that stops the logging of something else is no help.

Sources: CloudTrail API Reference, AdvancedEventSelector, EventSelector and PutEventSelectors; AWS CLI Command
Reference, cloudtrail put-event-selectors; CloudFormation Template Reference, AWS::CloudTrail::Trail.
"""

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from shlex import quote
from typing import Any

from app.core.arn import account_text, parsed
from app.core.coverage.observe import ACTIONS_OF, ActionClass, account_of_trail, fault, trails_of
from app.core.coverage.selectors import Taken, call, stream_fields, taken
from app.core.coverage.settings import AccountHistory, settings_at, settings_of, shared_selectors, without_lost
from app.core.kvs.actions import CHANNEL_EVENTS, STREAM_EVENTS
from app.core.model.trail import AdvancedSelector, BasicSelector, FieldSelector, Trail
from app.core.parts import assemble
from app.core.rules.fix import FixText

MANAGEMENT = AdvancedSelector("Management events", (FieldSelector("eventCategory", equals=("Management",)),))
NEW_TRAIL = "kvs-media"
"""What a trail is called where a Region has none."""
MOST_VALUES = 500
"""Of all conditions of a trail's selectors (API Reference, PutEventSelectors)."""
_BUCKET = ("BUCKET", "a bucket whose policy lets CloudTrail write, best the log archive's")
_OF_STREAMS = frozenset({ActionClass.READ, ActionClass.WRITE})
"""One selector takes both: AWS documents no field that tells them apart for sure."""
_OF_TYPE = {"ReadOnly": "true", "WriteOnly": "false"}


@dataclass(frozen=True, slots=True)
class Closing:
    """Texts to paste that close a hole. `said` is what to know before: which trail, whose, what of it is not known.

    `logs` are the classes of which calls are logged then that are not now: those of the hole, and what the selectors
    take beside them. None: nothing is left to close. `trail` is the one that is changed, None where a new one is made;
    `again` are the classes that a trail logs already and that of the template takes beside the hole.
    """

    said: str
    texts: tuple[FixText, ...]
    logs: tuple[ActionClass, ...]
    trail: Trail | None = None
    again: tuple[ActionClass, ...] = ()


def selectors_of_classes(kinds: Iterable[ActionClass]) -> tuple[AdvancedSelector, ...]:
    """Return the selectors that take all calls of some classes."""
    wanted = frozenset(kinds)
    found = []
    if ActionClass.MANAGEMENT in wanted:
        found.append(MANAGEMENT)
    if wanted & _OF_STREAMS:
        found.append(_data("KVS media", STREAM_EVENTS))
    if ActionClass.SIGNALING in wanted:
        found.append(_data("KVS signaling", CHANNEL_EVENTS))
    return tuple(found)


def trails_now(
    history: AccountHistory, organizations: Iterable[AccountHistory], region: str, now: datetime
) -> tuple[Trail, ...]:
    """Return the trails that log in a Region of an account, as they were read last."""
    found = without_lost(history, settings_at(history.versions, now, now), now, now)
    snapshot = assemble(
        history.account,
        now,
        history.parts,
        settings_of(region, found),
        organization=None,
        organization_selectors=shared_selectors(organizations, settings_at, now, now),
        known_accounts=frozenset(),
    )
    return trails_of(snapshot, region)


def closing(
    kinds: Iterable[ActionClass],
    trails: Iterable[Trail],
    account: int,
    region: str,
    now: datetime,
    read: Collection[str],
) -> Closing:
    """Return how to log some classes of calls in a Region of an account that has these trails.

    `read` are the buckets and log groups that kvswatch reads.
    """
    known = sorted(trails, key=lambda trail: _unfit(trail, account, now, read))
    fit = [trail for trail in known if not _hindered(trail, now, read)]
    left = tuple(kind for kind in kinds if not any(_takes(trail, kind) for trail in fit))
    if not left:
        return Closing("That is over: such calls are logged now, and nothing is left to add.", (), ())
    added = selectors_of_classes(left)
    to_add = FixText("Selectors", _json([_api(one) for one in added]))
    if not known:
        return Closing(
            f"No trail logs in {region}: a new one is made, with what it needs to be one. An organization's trail "
            "that is multi-Region would do for all accounts.",
            (to_add, _create(added, region), _template(added)),
            _with_beside(left, None),
        )
    trail = known[0]
    logs = _with_beside(left, trail)
    again = tuple(kind for kind in _with_beside(left, None) if kind not in logs)
    whose = _whose(trail, account)
    kept, unknown = _kept(trail)
    if kept is None:
        return Closing(f"{whose} {unknown} {_APART}", (to_add, _template(added)), logs, trail, again)
    whole = (*kept, *(one for one in added if one.fields not in {two.fields for two in kept}))
    if _values(whole) > MOST_VALUES:
        whole = tuple(one for one in whole if not _is_within(one, added))
    if _values(whole) > MOST_VALUES:
        many = f"{_values(whole)} values, and CloudTrail takes {MOST_VALUES} at most: no command is offered."
        said = f"{whose} With the new ones its selectors would have {many} {_APART}"
        return Closing(said, (to_add, _template(added)), logs, trail, again)
    stay = sum(one in whole for one in kept)
    left_out = " What the new take all of is left out." if stay < len(kept) else ""
    beside = f"The command has {_count(stay)} that it has now beside the new.{left_out} {_APART}"
    broken = _hindered(trail, now, read)
    # Of an account's own trail: that of all accounts is not changed for it.
    mended = f"That alone does not do: {broken}." if broken else ""
    said = " ".join(filter(None, (whose, beside, mended, unknown)))
    return Closing(said, (to_add, _change(trail, whole), _template(added)), logs, trail, again)


_APART = (
    "The template makes a trail of its own beside it, of this Region and with the new selectors alone: CloudFormation "
    "changes no trail that another stack or hand has made."
)


def _unfit(trail: Trail, account: int, now: datetime, read: Collection[str]) -> tuple[bool, bool, bool, str]:
    """Order trails: one that can be read, of the account's own, whose log arrives here."""
    is_elsewhere = account_of_trail(trail) != account_text(account)
    return not trail.selectors_seen, is_elsewhere, bool(_hindered(trail, now, read)), trail.arn


def _hindered(trail: Trail, now: datetime, read: Collection[str]) -> str:
    """Return why what a trail logs does not reach kvswatch, "" where nothing is known of that kind."""
    is_read = trail.bucket in read or trail.log_group in read
    unread = "" if is_read else f"it logs into {trail.bucket}, which kvswatch does not read"
    return ", and ".join(filter(None, (fault(trail, now), unread)))


def _takes(trail: Trail, kind: ActionClass) -> bool:
    """Whether a trail takes all calls of a class, whichever stream they are on."""
    of_all = tuple(selector for selector in trail.advanced if not stream_fields([selector]))
    if not trail.selectors_seen or (trail.advanced and not of_all):
        return False
    whole = replace(trail, advanced=of_all)
    return all(taken(whole, call(action, ""))[0] is Taken.ALL for action in ACTIONS_OF[kind])


def _with_beside(kinds: tuple[ActionClass, ...], trail: Trail | None) -> tuple[ActionClass, ...]:
    """Return classes with that which the selector of one of them takes beside it, unless the trail has it already."""
    wanted = frozenset(kinds)
    beside = _OF_STREAMS - wanted if wanted & _OF_STREAMS else frozenset()
    return (*kinds, *(kind for kind in beside if trail is None or not _takes(trail, kind)))


def _whose(trail: Trail, account: int) -> str:
    """Say where the change is made: `put-event-selectors` belongs to the trail's account and home Region."""
    owner = account_of_trail(trail)
    if owner == account_text(account):
        return f"{trail.name} is changed where it is at home, in {trail.home_region}: put-event-selectors replaces all."
    what = "trail"
    if trail.is_organization_trail:
        what = "organization's trail: its selectors hold in all accounts of it"
    return f"{trail.name} is the {what}. It is changed in account {owner}, in {trail.home_region}."


def _count(kept: int) -> str:
    return "the one selector" if kept == 1 else f"the {kept} selectors"


def _is_within(selector: AdvancedSelector, others: Iterable[AdvancedSelector]) -> bool:
    """Whether one of others asks for less, and so takes all that a selector takes."""
    return any(set(other.fields) < set(selector.fields) for other in others)


def _values(selectors: Iterable[AdvancedSelector]) -> int:
    """Return how many values all conditions have together."""
    fields = (field for selector in selectors for field in selector.fields)
    return sum(len(values) for field in fields for values in _operators(field).values())


# ---------------------------------------------------------------- what a trail has
def _kept(trail: Trail) -> tuple[tuple[AdvancedSelector, ...] | None, str]:
    """Return the selectors that a trail has, as advanced ones, and what of them is not known; None: not enough."""
    replaces = "and put-event-selectors replaces all: no command is offered. Read them first, with get-event-selectors."
    if not trail.selectors_seen:
        return None, f"Its selectors could not be read, {replaces}"
    if trail.advanced:
        return trail.advanced, ""
    if not trail.basic:
        return (MANAGEMENT,), ""
    types = sorted({kind for selector in trail.basic for kind in selector.data_resource_types})
    if types:
        return None, f"Its basic selectors name {', '.join(types)} by ARNs that kvswatch does not keep, {replaces}"
    said = (
        "It has basic selectors, which advanced ones replace; if they leave out the events of AWS KMS or of the RDS "
        "Data API (ExcludeManagementEventSources), which kvswatch does not read, say so again."
    )
    return tuple(_advanced_of(one) for one in trail.basic if one.includes_management_events), said


def _advanced_of(basic: BasicSelector) -> AdvancedSelector:
    """Return the advanced selector that takes the management events of a basic one."""
    wanted = _OF_TYPE.get(basic.read_write_type)
    only = () if wanted is None else (FieldSelector("readOnly", equals=(wanted,)),)
    return AdvancedSelector(MANAGEMENT.name, (*MANAGEMENT.fields, *only))


# ---------------------------------------------------------------- texts
def _change(trail: Trail, whole: tuple[AdvancedSelector, ...]) -> FixText:
    arn = parsed(trail.arn)
    return FixText("AWS CLI", _put(arn.region if arn else trail.home_region, trail.arn, whole))


def _create(added: tuple[AdvancedSelector, ...], region: str) -> FixText:
    where = f"--region {quote(region)}"
    return FixText(
        "AWS CLI",
        f"aws cloudtrail create-trail {where} --name {NEW_TRAIL} \\\n"
        f"  --s3-bucket-name {_BUCKET[0]} --enable-log-file-validation\n"
        f"{_put(region, NEW_TRAIL, added)}\n"
        f"aws cloudtrail start-logging {where} --name {NEW_TRAIL}",
        (_BUCKET,),
    )


def _template(added: tuple[AdvancedSelector, ...]) -> FixText:
    """Return a stack of one trail, which asks for its bucket alone."""
    bucket = {
        "Type": "String",
        "Description": "A bucket that kvswatch reads and whose policy lets CloudTrail write for this trail",
    }
    trail = {
        "Type": "AWS::CloudTrail::Trail",
        "Properties": {
            "S3BucketName": {"Ref": "Bucket"},
            "IsLogging": True,
            "EnableLogFileValidation": True,
            "AdvancedEventSelectors": [_api(one) for one in added],
        },
    }
    stack = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Parameters": {"Bucket": bucket},
        "Resources": {"KvsMedia": trail},
    }
    return FixText("CloudFormation", _json(stack))


def _put(region: str, trail: str, selectors: tuple[AdvancedSelector, ...]) -> str:
    return (
        f"aws cloudtrail put-event-selectors --region {quote(region)} --trail-name {quote(trail)} \\\n"
        f"  --advanced-event-selectors {quote(_json([_api(one) for one in selectors]))}"
    )


def _json(value: object) -> str:
    return json.dumps(value, indent=1)


def _api(selector: AdvancedSelector) -> dict[str, Any]:
    """Return a selector as the API and CloudFormation write it."""
    named = {"Name": selector.name} if selector.name else {}
    return named | {"FieldSelectors": [_field(field) for field in selector.fields]}


def _field(field: FieldSelector) -> dict[str, Any]:
    return {"Field": field.field} | {name: list(values) for name, values in _operators(field).items() if values}


def _operators(field: FieldSelector) -> dict[str, tuple[str, ...]]:
    return {
        "Equals": field.equals,
        "NotEquals": field.not_equals,
        "StartsWith": field.starts_with,
        "NotStartsWith": field.not_starts_with,
        "EndsWith": field.ends_with,
        "NotEndsWith": field.not_ends_with,
    }


def _data(name: str, resource_type: str) -> AdvancedSelector:
    return AdvancedSelector(
        name,
        (
            FieldSelector("eventCategory", equals=("Data",)),
            FieldSelector("resources.type", equals=(resource_type,)),
        ),
    )
