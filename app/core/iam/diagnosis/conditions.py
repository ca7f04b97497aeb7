"""Conditions that no request to Kinesis Video Streams meets, and values that their operator cannot mean.

Sources: Service Authorization Reference, "Amazon Kinesis Video Streams" (it has no condition keys of its own); IAM User
Guide, "IAM JSON policy elements: Condition operators".
"""

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime

from app.core.iam.condition import FAMILY_OF, OPERATORS, Condition, outcome
from app.core.iam.condition import condition as condition_of
from app.core.iam.conditions import arn, binary, boolean, date, ip, numeric, string
from app.core.iam.diagnosis import keys
from app.core.iam.diagnosis.faults import Fault
from app.core.iam.diagnosis.resources import Inventory
from app.core.iam.form import Residual, Way, form, solved
from app.core.iam.globs import COLONS
from app.core.iam.parse import Statement
from app.core.iam.variables import UNKNOWN, Lookup, Values, without_variables
from app.core.kvs.actions import PREFIX, Action

_OTHER_SERVICES = ("dynamodb:", "kinesis:", "kms:", "logs:", "s3:", "secretsmanager:", "sns:", "sqs:")
"""Services whose keys are in requests to themselves alone (their pages of the Service Authorization Reference).

Not ec2, lambda, ssm and others, whose keys some role sessions bring along to every service.
"""
_FREE_TEXT = frozenset({"aws:referer", "aws:useragent"})
"""Keys whose value the caller's program writes: addresses with a query, and comments, in which * and ? are meant."""
_TIMES = frozenset({"aws:currenttime", "aws:epochtime"})
_REGION = "aws:requestedregion"
_A_REGION = re.compile(r"[a-z]{2,4}(-[a-z]+){1,3}-\d{1,2}", re.ASCII)
_REGIONS = {
    "aws-cn": "cn-",
    "aws-us-gov": "us-gov-",
    "aws-iso": "us-iso-",
    "aws-iso-b": "us-isob-",
    "aws-iso-e": "eu-isoe-",
    "aws-iso-f": "us-isof-",
    "aws-eusc": "eusc-",
}
"""How the Regions of the partitions begin that are not aws (botocore's endpoints, and so of no page of AWS)."""
_MALFORMED: dict[str, tuple[Callable[[str], bool], Fault]] = {
    "Bool": (boolean.is_boolean, Fault.NO_BOOLEAN),
    "IpAddress": (ip.is_range, Fault.NO_ADDRESS),
    "NumericEquals": (lambda text: numeric.number(text) is not None, Fault.NO_NUMBER),
    "DateEquals": (lambda text: date.instant(text) is not None, Fault.NO_DATE),
    "BinaryEquals": (binary.is_base64, Fault.NO_BASE64),
}
"""By the first operator of a family: whether it can mean a value, and the fault of one that it cannot."""


def faults(
    statement: Statement, taken: tuple[Action, ...], there: Inventory | None, now: datetime, *, is_ours: bool
) -> Iterator[tuple[Fault, str]]:
    """Yield (fault, value or keys) of the Condition element.

    `taken` are the KVS actions of the statement; `is_ours`: it names no others. `there` None: the policy is of no one
    account.
    """
    for key in sorted({condition.key for condition in statement.conditions}):
        if key.startswith(f"{PREFIX}:") or (is_ours and key.startswith(_OTHER_SERVICES)):
            yield Fault.NO_SUCH_KEY, key
        elif keys.meant(key) is not None:
            yield Fault.MISTYPED_KEY, key
        elif is_ours and keys.is_of_tagging(key) and not keys.carry_tags(taken):
            yield Fault.NO_TAGS_IN_CALL, key
    for condition in statement.conditions:
        yield from _of_values(condition, there, has_variables=statement.has_variables)
    yield from _never(statement, taken, there, now, is_ours=is_ours)


def _of_values(condition: Condition, there: Inventory | None, *, has_variables: bool) -> Iterator[tuple[Fault, str]]:
    operator = OPERATORS[condition.operator]
    for text in condition.written:
        plain = without_variables(text)
        if text != plain and not has_variables and operator.takes_variables:
            yield Fault.VARIABLE_AS_TEXT, text
        elif (fault := _of_value(condition, text, plain, there)) is not None:
            yield fault, text


def _of_value(condition: Condition, text: str, plain: str, there: Inventory | None) -> Fault | None:
    """Return what is wrong with one value; `plain` is the text without its variables."""
    family, operator = FAMILY_OF[condition.operator], OPERATORS[condition.operator]
    malformed = _MALFORMED.get(next(iter(family.operators)))
    if malformed is not None and not malformed[0](text):
        return malformed[1]
    if operator.tests_presence and not boolean.is_boolean(text):
        return Fault.NO_BOOLEAN
    if family is arn.FAMILY and text == plain and text.strip("*") and text.count(":") < COLONS:
        return Fault.NO_ARN_TO_COMPARE
    if family is not string.FAMILY:
        return None
    if not operator.takes_wildcards and condition.key not in _FREE_TEXT and {*plain} & {*"*?"}:
        return Fault.WILDCARD_AS_TEXT
    is_region = condition.key != _REGION or text != plain or there is None or _may_be_region(text, there.partition)
    return None if is_region else Fault.NO_REGION


def _may_be_region(text: str, partition: str) -> bool:
    """Whether a text, or a pattern, is like the Regions of a partition, new ones included."""
    start = re.split(r"[*?]", text)[0]
    other = [prefix for its, prefix in _REGIONS.items() if its != partition]
    if any(start.startswith(prefix) for prefix in other):
        return False
    return start != text or _A_REGION.fullmatch(text) is not None


def _never(
    statement: Statement, taken: tuple[Action, ...], there: Inventory | None, now: datetime, *, is_ours: bool
) -> Iterator[tuple[Fault, str]]:
    """Yield what of the conditions can never hold: by themselves, from now on, or in this account."""
    written = _never_hold(statement.conditions, lambda _: UNKNOWN)
    if written:
        yield Fault.NEVER_MET if len(written) == 1 else Fault.NEVER_HOLDS, _named(written)
        return
    later = _never_hold((*statement.conditions, *_from(now, statement.conditions)), lambda _: UNKNOWN)
    if later:
        yield Fault.NEVER_AGAIN, _named(later)
        return
    known = _known(statement, taken, there, is_ours=is_ours)
    here = _never_hold(statement.conditions, lambda key: known.get(key, UNKNOWN))
    if here:
        yield Fault.NEVER_HERE, _named(here)


def _known(
    statement: Statement, taken: tuple[Action, ...], there: Inventory | None, *, is_ours: bool
) -> dict[str, Values]:
    """Return the values of keys that all calls share that the statement may allow.

    Not of a Deny: one for other accounts is a guard that is meant to meet nothing here.
    """
    known: dict[str, Values] = {}
    if is_ours and not keys.carry_tags(taken):
        known |= {one.key: None for one in statement.conditions if keys.is_of_tagging(one.key)}
    if there is None or not statement.is_allow:
        return known
    # Kinesis Video Streams has no resource policies: only streams of the principal's own account can be called.
    for side in ("principal", *(("resource",) if is_ours else ())):
        known[f"aws:{side}account"] = (there.account,)
        if there.organization is not None:
            known[f"aws:{side}orgid"] = (there.organization,)
    return known


def _from(now: datetime, conditions: Iterable[Condition]) -> list[Condition]:
    """Return conditions that the time of a call is not before `now`, in the operators that the others use of it."""
    found: dict[tuple[str, str], Condition] = {}
    for one in conditions:
        family = next(iter(FAMILY_OF[one.operator].operators)).removesuffix("Equals")
        if one.key not in _TIMES or family not in {"Date", "Numeric"}:
            continue
        # A key that a request lacks is left out: that it always has these is not relied on.
        made = condition_of(
            f"{family}GreaterThanEqualsIfExists", one.key, (str(int(now.timestamp())),), has_variables=False
        )
        if made is not None:
            found[family, one.key] = made
    return list(found.values())


def _never_hold(conditions: Iterable[Condition], lookup: Lookup) -> Residual:
    """Return conditions that can never hold together; none when all can."""
    left: set[Condition] = set()
    for condition in conditions:
        holds = outcome(condition, lookup)
        if holds is False:
            return frozenset({condition})
        if holds is not True:
            left.add(holds)
    for residual in _apart(left):
        if solved(form([[residual]], [])).way is Way.NEVER:
            return residual
    return frozenset()


def _named(residual: Residual) -> str:
    return ", ".join(sorted({key for clause in residual for key in clause.open_keys}))


def _apart(conditions: Iterable[Condition]) -> list[Residual]:
    """Return conditions by what can bear on each other: those of one key, and all whose keys variables bind."""
    conditions = list(conditions)
    bound = {key for one in conditions if set(one.open_keys) != {one.key} for key in one.open_keys}
    groups: dict[str, set[Condition]] = {}
    for one in conditions:
        groups.setdefault("" if one.key in bound else one.key, set()).add(one)
    return [frozenset(group) for _, group in sorted(groups.items(), key=lambda item: item[0])]
