"""What of a policy does nothing: names that do not exist, ARNs that match nothing, conditions that never hold.

Sources: Service Authorization Reference, "Amazon Kinesis Video Streams" (actions, resource types, condition keys);
IAM User Guide, "IAM JSON policy elements: Resource" and "Condition operators".
"""

from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from app.core.arn import parsed as parsed_arn
from app.core.iam import actions
from app.core.iam.condition import Condition, outcome
from app.core.iam.form import Residual, Way, form, solved
from app.core.iam.parse import Policy, Statement
from app.core.iam.variables import UNKNOWN
from app.core.kvs.actions import ACTIONS, NAMES, PREFIX, Action

_WILD = frozenset("*?$")
_WITH_SUFFIX = 3


class Fault(StrEnum):
    """Everything that can be wrong with a part of a statement."""

    NO_SUCH_ACTION = "no_such_action"
    NO_CREATION_TIME = "no_creation_time"
    NO_SUCH_RESOURCE = "no_such_resource"
    WRONG_RESOURCE_TYPE = "wrong_resource_type"
    NEEDS_ANY_RESOURCE = "needs_any_resource"
    NO_SUCH_KEY = "no_such_key"
    NEVER_HOLDS = "never_holds"
    NO_EFFECT = "no_effect"


SENTENCES: dict[Fault, str] = {
    Fault.NO_SUCH_ACTION: "Kinesis Video Streams has no action that {text} names.",
    Fault.NO_CREATION_TIME: "{text} matches nothing: the ARN of a stream or channel ends with its creation time.",
    Fault.NO_SUCH_RESOURCE: "{text} is no stream or channel of this account now.",
    Fault.WRONG_RESOURCE_TYPE: "None of the statement's actions is called on what {text} names.",
    Fault.NEEDS_ANY_RESOURCE: 'The actions of the statement take no resource: "*" alone means them, not {text}.',
    Fault.NO_SUCH_KEY: "No request to Kinesis Video Streams has the condition key {text}.",
    Fault.NEVER_HOLDS: "The conditions on {text} can never hold together.",
    Fault.NO_EFFECT: "Nothing of the statement is left.",
}
"""One sentence a fault; `text` is filled in."""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One part of a statement that does nothing. `text` stands in the statement as it is, or names its keys."""

    fault: Fault
    statement: Statement
    text: str

    @property
    def sentence(self) -> str:
        """The fault in words."""
        return SENTENCES[self.fault].format(text=self.text)


def diagnose(policy: Policy, known: Container[str]) -> tuple[Diagnosis, ...]:
    """Return what of a policy does nothing; `known` are the ARNs of the account's streams and channels.

    Of a statement of which nothing is left the last one says so.
    """
    found: list[Diagnosis] = []
    for statement in policy.statements:
        own = tuple(_of_statement(statement, known))
        found += own
        if own and not _has_effect(statement, own):
            found.append(Diagnosis(Fault.NO_EFFECT, statement, statement.sid or f"statement {statement.index + 1}"))
    return tuple(found)


def _has_effect(statement: Statement, found: Iterable[Diagnosis]) -> bool:
    """Whether anything of a statement is left when what `found` names does nothing."""
    dead = {one.text for one in found}
    if any(one.fault is Fault.NEVER_HOLDS for one in found):
        return False
    if not statement.excludes_actions and dead.issuperset(statement.actions):
        return False
    resources = statement.resources
    return resources is None or statement.excludes_resources or not dead.issuperset(resources)


def _of_statement(statement: Statement, known: Container[str]) -> Iterator[Diagnosis]:
    for text in statement.actions:
        if text.lower().startswith(f"{PREFIX}:") and not actions.mask(text):
            yield Diagnosis(Fault.NO_SUCH_ACTION, statement, text)
    taken = _actions(statement)
    for text in statement.resources or ():
        fault = _resource_fault(text, taken, known)
        if fault is not None:
            yield Diagnosis(fault, statement, text)
    if taken:
        yield from _of_conditions(statement)


def _resource_fault(text: str, taken: tuple[Action, ...], known: Container[str]) -> Fault | None:
    """Return why an ARN pattern of KVS matches no stream or channel that the actions are called on."""
    arn = parsed_arn(text)
    if arn is None or arn.service != PREFIX:
        return None
    if taken and all(action.is_wildcard_only for action in taken):
        return Fault.NEEDS_ANY_RESOURCE
    kind = arn.resource.partition("/")[0]
    fits = [action.on_stream if kind == "stream" else action.on_channel for action in taken]
    if kind in {"stream", "channel"} and fits and not any(fits):
        return Fault.WRONG_RESOURCE_TYPE
    if _WILD & set(arn.resource):
        return None
    if arn.resource.count("/") + 1 < _WITH_SUFFIX:
        return Fault.NO_CREATION_TIME
    return Fault.NO_SUCH_RESOURCE if not _WILD & set(text) and text not in known else None


def _of_conditions(statement: Statement) -> Iterator[Diagnosis]:
    for key in sorted({condition.key for condition in statement.conditions}):
        if key.startswith(f"{PREFIX}:"):
            yield Diagnosis(Fault.NO_SUCH_KEY, statement, key)
    left: set[Condition] = set()
    for condition in statement.conditions:
        holds = outcome(condition, lambda _: UNKNOWN)
        if holds is False:
            yield Diagnosis(Fault.NEVER_HOLDS, statement, condition.key)
            return
        if holds is not True:
            left.add(holds)
    residual: Residual = frozenset(left)
    if residual and solved(form([[residual]], [])).way is Way.NEVER:
        keys = sorted({key for clause in residual for key in clause.open_keys})
        yield Diagnosis(Fault.NEVER_HOLDS, statement, ", ".join(keys))


def _actions(statement: Statement) -> tuple[Action, ...]:
    taken = actions.element_mask(statement.actions, is_excluding=statement.excludes_actions)
    return tuple(ACTIONS[name] for index, name in enumerate(NAMES) if taken >> index & 1)
