"""Conditions that no request to Kinesis Video Streams meets, and values that their operator cannot mean.

Sources: Service Authorization Reference, "Amazon Kinesis Video Streams" (it has no condition keys of its own); IAM User
Guide, "IAM JSON policy elements: Condition operators".
"""

from collections.abc import Iterable, Iterator

from app.core.iam.condition import FAMILY_OF, OPERATORS, Condition, outcome
from app.core.iam.conditions import arn, boolean, string
from app.core.iam.diagnosis.faults import Fault
from app.core.iam.form import Residual, Way, form, solved
from app.core.iam.globs import COLONS
from app.core.iam.parse import Statement
from app.core.iam.variables import UNKNOWN, without_variables
from app.core.kvs.actions import PREFIX

_OTHER_SERVICES = ("dynamodb:", "kinesis:", "kms:", "logs:", "s3:", "secretsmanager:", "sns:", "sqs:")
"""Services whose keys are in requests to themselves alone (their pages of the Service Authorization Reference).

Not ec2, lambda, ssm and others, whose keys some role sessions bring along to every service.
"""
_FREE_TEXT = frozenset({"aws:referer", "aws:useragent"})
"""Keys whose value the caller's program writes: addresses with a query, and comments, in which * and ? are meant."""


def faults(statement: Statement, *, is_ours: bool) -> Iterator[tuple[Fault, str]]:
    """Yield (fault, value or keys) of the Condition element; `is_ours`: all actions are of Kinesis Video Streams."""
    for key in sorted({condition.key for condition in statement.conditions}):
        if key.startswith(f"{PREFIX}:") or (is_ours and key.startswith(_OTHER_SERVICES)):
            yield Fault.NO_SUCH_KEY, key
    for condition in statement.conditions:
        yield from _of_values(condition, has_variables=statement.has_variables)
    never = _never_hold(statement)
    if never is not None:
        yield Fault.NEVER_HOLDS, never


def _of_values(condition: Condition, *, has_variables: bool) -> Iterator[tuple[Fault, str]]:
    family, operator = FAMILY_OF[condition.operator], OPERATORS[condition.operator]
    is_compared_as_text = family is string.FAMILY and not operator.takes_wildcards and condition.key not in _FREE_TEXT
    for text in condition.written:
        plain = without_variables(text)
        if text != plain and not has_variables and operator.takes_variables:
            yield Fault.VARIABLE_AS_TEXT, text
        elif (family is boolean.FAMILY or operator.tests_presence) and text.strip().lower() not in {"true", "false"}:
            yield Fault.NO_BOOLEAN, text
        elif family is arn.FAMILY and text == plain and text.strip("*") and text.count(":") < COLONS:
            yield Fault.NO_ARN_TO_COMPARE, text
        elif is_compared_as_text and {*plain} & {*"*?"}:
            yield Fault.WILDCARD_AS_TEXT, text


def _never_hold(statement: Statement) -> str | None:
    """Return the keys of conditions that can never hold together; None when they can."""
    left: set[Condition] = set()
    for condition in statement.conditions:
        holds = outcome(condition, lambda _: UNKNOWN)
        if holds is False:
            return condition.key
        if holds is not True:
            left.add(holds)
    for residual in _apart(left):
        if solved(form([[residual]], [])).way is Way.NEVER:
            return ", ".join(sorted({key for clause in residual for key in clause.open_keys}))
    return None


def _apart(conditions: Iterable[Condition]) -> list[Residual]:
    """Return conditions by what can bear on each other: those of one key, and all whose keys variables bind."""
    conditions = list(conditions)
    bound = {key for one in conditions if set(one.open_keys) != {one.key} for key in one.open_keys}
    groups: dict[str, set[Condition]] = {}
    for one in conditions:
        groups.setdefault("" if one.key in bound else one.key, set()).add(one)
    return [frozenset(group) for _, group in sorted(groups.items(), key=lambda item: item[0])]
