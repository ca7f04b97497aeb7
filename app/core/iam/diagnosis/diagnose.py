"""A policy → the parts of it that do nothing.

Sources: Service Authorization Reference, "Amazon Kinesis Video Streams"; IAM User Guide, "IAM JSON policy elements:
Action" and "NotAction".
"""

from collections.abc import Iterable, Iterator
from datetime import datetime

from app.core.iam import actions
from app.core.iam.diagnosis import conditions, overlaps, resources
from app.core.iam.diagnosis.faults import OF_ACTIONS, OF_RESOURCES, Diagnosis, Fault, named
from app.core.iam.diagnosis.resources import Inventory
from app.core.iam.parse import Policy, Statement
from app.core.kvs.actions import ACTIONS, BY_LOWER_NAME, NAMES, PREFIX, Action
from app.core.model.stream import ResourceKind

_KILLS = frozenset({Fault.NEVER_HOLDS, Fault.NEVER_MET, Fault.NEVER_AGAIN, Fault.NEVER_HERE, Fault.ALL_LEFT_OUT})
"""Faults of a part without which the statement takes nothing."""
_CREATES = {ResourceKind.STREAM.value: "CreateStream", ResourceKind.CHANNEL.value: "CreateSignalingChannel"}


def diagnose(policy: Policy, there: Inventory | None, now: datetime) -> tuple[Diagnosis, ...]:
    """Return what of a policy does nothing from `now` on in the account that `there` tells of.

    `there` None: the policy is of no one account, as AWS's own and SCPs are. Names and accounts are not judged then.
    Of a statement of which nothing is left the last one says so.
    """
    found: dict[int, list[Diagnosis]] = {statement.index: [] for statement in policy.statements}
    to_come = _to_come(policy)
    for statement in policy.statements:
        own = [Diagnosis(fault, statement, text) for fault, text in _of_statement(statement, there, now, to_come)]
        if own and not _has_effect(statement, own):
            own.append(Diagnosis(Fault.NO_EFFECT, statement, named(statement)))
        found[statement.index] = own
    ours = [one for one in policy.statements if _actions(one)]
    for statement, fault, other in overlaps.faults(ours):
        found[statement.index].append(Diagnosis(fault, statement, other))
    return tuple(one for own in found.values() for one in own)


def _has_effect(statement: Statement, found: Iterable[Diagnosis]) -> bool:
    """Whether anything of a statement is left when what `found` names does nothing."""
    if any(one.fault in _KILLS for one in found):
        return False
    dead_actions = {one.text for one in found if one.fault in OF_ACTIONS}
    if not statement.excludes_actions and dead_actions.issuperset(statement.actions):
        return False
    if statement.resources is None or statement.excludes_resources:
        return True
    return not {one.text for one in found if one.fault in OF_RESOURCES}.issuperset(statement.resources)


def _to_come(policy: Policy) -> frozenset[str]:
    """Return the resource types of which the policy lets somebody create more."""
    return frozenset(
        kind for kind, action in _CREATES.items() if any(one.is_allow for one in policy.taking(f"{PREFIX}:{action}"))
    )


def _of_statement(
    statement: Statement, there: Inventory | None, now: datetime, to_come: frozenset[str]
) -> Iterator[tuple[Fault, str]]:
    taken = _actions(statement)
    is_ours = not statement.excludes_actions and actions.are_of_kvs(statement.actions)
    yield from _of_actions(statement, taken)
    yield from resources.faults(statement, taken, there, now, is_ours=is_ours, to_come=to_come)
    if taken:
        yield from conditions.faults(statement, taken, there, now, is_ours=is_ours)


def _of_actions(statement: Statement, taken: tuple[Action, ...]) -> Iterator[tuple[Fault, str]]:
    patterns = statement.resources
    means_any = patterns is None or statement.excludes_resources or any(not text.strip("*") for text in patterns)
    reached = resources.types(statement)
    called = {one for one in taken if means_any or _is_called_on(one, reached)}
    for text in statement.actions:
        if statement.excludes_actions and not text.strip("*"):
            yield Fault.ALL_LEFT_OUT, text
        elif text.lower() in BY_LOWER_NAME:
            yield Fault.NO_SERVICE, text
        elif actions.are_of_kvs((text,)):
            own = _named(actions.mask(text))
            if not own:
                yield Fault.NO_SUCH_ACTION, text
            elif called and not statement.excludes_actions and called.isdisjoint(own):
                takes_none = all(one.is_wildcard_only for one in own)
                yield Fault.TAKES_NO_RESOURCE if takes_none else Fault.NO_RESOURCE_OF_TYPE, text


def _is_called_on(action: Action, types: frozenset[str]) -> bool:
    return (action.on_stream and ResourceKind.STREAM in types) or (action.on_channel and ResourceKind.CHANNEL in types)


def _actions(statement: Statement) -> tuple[Action, ...]:
    return _named(actions.element_mask(statement.actions, is_excluding=statement.excludes_actions))


def _named(mask: int) -> tuple[Action, ...]:
    return tuple(ACTIONS[name] for index, name in enumerate(NAMES) if mask >> index & 1)
