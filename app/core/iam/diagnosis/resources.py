"""Resource patterns that match no stream or channel that the statement's actions are called on.

Sources: Service Authorization Reference, "Amazon Kinesis Video Streams" (resource types); IAM User Guide, "IAM JSON
policy elements: Resource" and "IAM policy elements: Variables and tags". Kinesis Video Streams has no resource
policies: a policy lets nobody into another account.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from app.core.arn import account_text
from app.core.iam.diagnosis.faults import Fault
from app.core.iam.globs import COLONS, glob, pieces_of
from app.core.iam.parse import Statement
from app.core.kvs.actions import PREFIX, Action
from app.core.model.account import Account
from app.core.model.stream import ResourceKind

_WILD = frozenset("*?$")
_WITH_SUFFIX = 3
_KINDS = frozenset(kind.value for kind in ResourceKind)


@dataclass(frozen=True, slots=True)
class Inventory:
    """What the account of a policy has. `names`: "stream/NAME/CREATION-TIME" and "channel/…" of every Region."""

    partition: str
    account: str
    names: frozenset[str]


def inventory(account: Account, arns: Iterable[str]) -> Inventory:
    """Return the inventory of an account with these streams and channels."""
    names = frozenset(arn.split(":", COLONS)[-1] for arn in arns)
    return Inventory(account.partition, account_text(account.id), names)


def faults(
    statement: Statement, taken: tuple[Action, ...], there: Inventory, *, is_ours: bool
) -> Iterator[tuple[Fault, str]]:
    """Yield (fault, pattern) of the Resource or NotResource element.

    `taken` are the KVS actions of the statement; `is_ours`: it names no others.
    """
    for text in statement.resources or ():
        if not text.strip("*"):
            if statement.excludes_resources:
                yield Fault.ALL_LEFT_OUT, text
            continue
        fault = _fault(text, taken, there, is_ours=is_ours, has_variables=statement.has_variables)
        if fault is not None:
            yield fault, text


def _fault(
    text: str, taken: tuple[Action, ...], there: Inventory, *, is_ours: bool, has_variables: bool
) -> Fault | None:
    parts = text.split(":", COLONS)
    # A short ARN is completed with stars.
    prefix, partition, service, _, account, name = (*parts, *("*" * (COLONS + 1 - len(parts))))
    is_of_kvs = _takes(prefix, "arn") and _takes(service, PREFIX)
    if not is_ours and not (is_of_kvs and service == PREFIX):
        return None  # of another service, which the statement may mean
    if not is_of_kvs:
        return Fault.OTHER_SERVICE if _takes(prefix, "arn") else Fault.NO_ARN
    if "${" in (":".join(parts[:COLONS]) if has_variables else text):
        return Fault.VARIABLE_AS_TEXT
    if not (_takes(partition, there.partition) and _takes(account, there.account)):
        return Fault.ELSEWHERE
    if taken and all(action.is_wildcard_only for action in taken):
        return Fault.NEEDS_ANY_RESOURCE
    return _of_name(name, taken, there)


def _of_name(name: str, taken: tuple[Action, ...], there: Inventory) -> Fault | None:
    """Return what is wrong with the last part of an ARN pattern: type/name/creation time."""
    kind = name.partition("/")[0]
    if _WILD & set(kind):
        return None
    if kind not in _KINDS:
        return Fault.NO_SUCH_TYPE
    fits = [action.on_stream if kind == ResourceKind.STREAM else action.on_channel for action in taken]
    if fits and not any(fits):
        return Fault.WRONG_RESOURCE_TYPE
    if _WILD & set(name):
        return None
    if name.count("/") + 1 < _WITH_SUFFIX:
        return Fault.NO_CREATION_TIME
    # The time of creation never comes again: what is not there now will not be.
    return None if name in there.names else Fault.NO_SUCH_RESOURCE


def _takes(pattern: str, value: str) -> bool:
    return glob(pieces_of(pattern)).matches(value)
