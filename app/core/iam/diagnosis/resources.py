"""Resource patterns that match no stream or channel that the statement's actions are called on.

Sources: Service Authorization Reference, "Amazon Kinesis Video Streams" (resource types); IAM User Guide, "IAM JSON
policy elements: Resource" and "IAM policy elements: Variables and tags". Kinesis Video Streams has no resource
policies: a policy lets nobody into another account.
"""

import re
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from app.core.arn import account_text
from app.core.iam.diagnosis.faults import Fault
from app.core.iam.globs import COLONS, Glob, glob, pieces_of
from app.core.iam.parse import Statement
from app.core.iam.resources import arn_matcher, resource_template
from app.core.iam.variables import widest
from app.core.kvs.actions import PREFIX, Action
from app.core.model.account import Account
from app.core.model.stream import ResourceKind

_WILD = frozenset("*?$")
_WITH_SUFFIX = 3
_PARTITION, _SERVICE, _REGION, _ACCOUNT = 1, 2, 3, 4
_CREATION = re.compile(r"/([1-9]\d{12})\Z", re.ASCII)
"""The creation time at the end of an ARN, in milliseconds since 1970."""
_MILLISECONDS = 1000
_KINDS = frozenset(kind.value for kind in ResourceKind)


@dataclass(frozen=True, slots=True)
class Inventory:
    """What the account of a policy has. `arns` are those of each "stream/NAME" and "channel/NAME".

    `read` are the Regions whose streams and channels were seen, `unread` the others in which the account has some.
    `by_creation` are the ARNs by creation time. `organization` is the id of its organization, None: not known.
    """

    partition: str
    account: str
    arns: Mapping[str, tuple[str, ...]]
    read: frozenset[str]
    unread: frozenset[str]
    by_creation: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    organization: str | None = None

    def is_of(self, parts: tuple[Glob, ...]) -> bool:
        """Whether the six parts of an ARN pattern take the account and its partition."""
        return parts[_PARTITION].matches(self.partition) and parts[_ACCOUNT].matches(self.account)

    def lacks(self, pattern: str) -> bool:
        """Whether no stream or channel of the account matches a whole ARN with a literal name, as far as was read."""
        name = pattern.split(":", COLONS)[-1]
        return self._has_none(pattern, self.arns.get("/".join(name.split("/")[:2]), ()))

    def lacks_creation(self, pattern: str, creation: str) -> bool:
        """Whether none that was created then (a number) matches a whole ARN that ends with it, as far as was read."""
        return self._has_none(pattern, self.by_creation.get(creation, ()))

    def _has_none(self, pattern: str, arns: Iterable[str]) -> bool:
        region = pattern.split(":", COLONS)[_REGION]
        if not any(_takes(region, one) for one in self.read) or any(_takes(region, one) for one in self.unread):
            return False
        matcher = arn_matcher(widest(resource_template(pattern, has_variables=True)))
        return not any(map(matcher.matches, arns))


def inventory(
    account: Account,
    arns: Iterable[str],
    read: Iterable[str],
    unread: Iterable[str],
    organization: str | None = None,
) -> Inventory:
    """Return the inventory of an account with these streams and channels in the Regions `read`."""
    by_name: dict[str, list[str]] = {}
    by_creation: dict[str, list[str]] = {}
    for arn in arns:
        name, _, creation = arn.split(":", COLONS)[-1].rpartition("/")
        by_name.setdefault(name, []).append(arn)
        by_creation.setdefault(creation, []).append(arn)
    return Inventory(
        account.partition,
        account_text(account.id),
        _frozen(by_name),
        frozenset(read),
        frozenset(unread),
        _frozen(by_creation),
        organization,
    )


def _frozen(found: Mapping[str, list[str]]) -> dict[str, tuple[str, ...]]:
    return {name: tuple(own) for name, own in found.items()}


def faults(
    statement: Statement,
    taken: tuple[Action, ...],
    there: Inventory | None,
    now: datetime,
    *,
    is_ours: bool,
    to_come: Container[str] = (),
) -> Iterator[tuple[Fault, str]]:
    """Yield (fault, pattern) of the Resource or NotResource element.

    `taken` are the KVS actions of the statement; `is_ours`: it names no others. `there` None: the policy is of no one
    account. Of the resource types `to_come` the policy lets somebody create more.
    """
    for text in statement.resources or ():
        if not text.strip("*"):
            if statement.excludes_resources:
                yield Fault.ALL_LEFT_OUT, text
            continue
        fault = _fault(text, taken, there, is_ours=is_ours, has_variables=statement.has_variables)
        if fault is None and there is not None and _is_past(text, there, now):
            fault = Fault.PAST_CREATION
        if fault is None and there is not None and _is_named(text, to_come) and there.lacks(text):
            fault = Fault.NO_STREAM_NOW
        if fault is not None:
            yield fault, text


def _fault(
    text: str, taken: tuple[Action, ...], there: Inventory | None, *, is_ours: bool, has_variables: bool
) -> Fault | None:
    parts = text.split(":", COLONS)
    if not is_ours and parts[_SERVICE : _SERVICE + 1] != [PREFIX]:
        return None  # of another service, which the statement may mean
    readings = _readings(text, has_variables=has_variables)
    ours = [one for one in readings if one[0].matches("arn") and one[_SERVICE].matches(PREFIX)]
    if not ours:
        return Fault.OTHER_SERVICE if readings[0][0].matches("arn") else Fault.NO_ARN
    if "${" in (":".join(parts[:COLONS]) if has_variables else text):
        return Fault.VARIABLE_AS_TEXT
    if there is not None and not any(map(there.is_of, ours)):
        return Fault.ELSEWHERE
    if taken and all(action.is_wildcard_only for action in taken):
        return Fault.NEEDS_ANY_RESOURCE
    return _of_name(text, taken, there) if len(parts) > COLONS else None


def types(statement: Statement) -> frozenset[str]:
    """Return the resource types of which the Resource element may mean some."""
    found: set[str] = set()
    for text in statement.resources or ():
        parts = text.split(":", COLONS)
        kind = parts[-1].partition("/")[0]
        if len(parts) <= COLONS or _WILD & {*kind, *parts[_SERVICE]}:
            return _KINDS
        if parts[_SERVICE] == PREFIX:
            found.add(kind)
    return _KINDS & found


def _readings(text: str, *, has_variables: bool) -> tuple[tuple[Glob, ...], ...]:
    """Return the six parts of an ARN pattern; of a short one also as a star that runs past its colon has them."""
    matcher = arn_matcher(widest(resource_template(text, has_variables=has_variables)))
    return matcher.parts, *matcher.wide


def _of_name(text: str, taken: tuple[Action, ...], there: Inventory | None) -> Fault | None:
    """Return what is wrong with the last part of a whole ARN pattern: type/name/creation time."""
    name = text.split(":", COLONS)[-1]
    kind = name.partition("/")[0]
    if _WILD & set(kind):
        return None
    if kind not in _KINDS:
        return Fault.NO_SUCH_TYPE
    fits = [action.on_stream if kind == ResourceKind.STREAM else action.on_channel for action in taken]
    if fits and not any(fits):
        return Fault.WRONG_RESOURCE_TYPE
    return None if _WILD & set(name) else _of_one(text, name, there)


def _of_one(text: str, name: str, there: Inventory | None) -> Fault | None:
    """Return what is wrong with an ARN that names one stream or channel, in some Region."""
    if name.count("/") + 1 < _WITH_SUFFIX:
        return Fault.NO_CREATION_TIME
    # The time of creation never comes again: what is not there now will not be.
    return Fault.NO_SUCH_RESOURCE if there is not None and there.lacks(text) else None


def _is_past(text: str, there: Inventory, now: datetime) -> bool:
    """Whether an ARN pattern of KVS ends with a creation time that is past, and matches nothing that was read."""
    parts = text.split(":", COLONS)
    creation = _CREATION.search(parts[-1])
    if creation is None or len(parts) <= COLONS or parts[_SERVICE] != PREFIX:
        return False
    is_past = int(creation[1]) < int(now.timestamp() * _MILLISECONDS)
    return is_past and there.lacks_creation(text, creation[1])


def _is_named(text: str, to_come: Container[str]) -> bool:
    """Whether an ARN pattern of KVS has a literal type and name, and none of that name may be created."""
    parts = text.split(":", COLONS)
    kind, _, rest = parts[-1].partition("/")
    name, slash, _ = rest.partition("/")
    is_whole = len(parts) > COLONS and parts[_SERVICE] == PREFIX
    return is_whole and slash != "" and kind in _KINDS and kind not in to_come and not _WILD & set(name)


def _takes(pattern: str, value: str) -> bool:
    return glob(pieces_of(pattern)).matches(value)
