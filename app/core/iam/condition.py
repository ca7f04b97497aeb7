"""One condition: operator, key and values, and whether it holds for a request of which some keys may be unknown.

Sources: IAM User Guide, "Condition operators", "Multiple context keys or values" and
"Single-valued vs. multivalued context keys".
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache

from app.core import catalogue
from app.core.iam import conditions
from app.core.iam.conditions._family import Family, Matcher, Operator
from app.core.iam.globs import Pieces
from app.core.iam.variables import Lookup, Template, Unknown, Values, bound, resolved, template, variables

FAMILIES: dict[str, Family] = catalogue.load(conditions, "FAMILY", Family)
OPERATORS: dict[str, Operator] = {
    name: operator for family in FAMILIES.values() for name, operator in family.operators.items()
}
FAMILY_OF: dict[str, Family] = {name: family for family in FAMILIES.values() for name in family.operators}
_POSITIVE = {
    name: next(other for other, one in family.operators.items() if one.matcher is operator.matcher)
    for family in FAMILIES.values()
    for name, operator in family.operators.items()
}
"""From each operator to the first of its family that asks the same, not negated."""
_CANONICAL = {name.lower(): name for name in OPERATORS}
FOR_ALL = "ForAllValues"
FOR_ANY = "ForAnyValue"
_SET_PREFIXES = {f"{prefix}:".lower(): prefix for prefix in (FOR_ALL, FOR_ANY)}
_IF_EXISTS = "ifexists"


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition of one key. Its key and set prefix are normalised; `templates` are its values.

    `known` holds the request's values when they are known and only a variable among the policy's values is open.
    `written` are the values as they stand in the policy.
    """

    operator: str
    set_prefix: str
    if_exists: bool
    key: str
    templates: tuple[Template, ...]
    known: tuple[str, ...] | None = None
    matchers: tuple[Matcher, ...] | None = field(default=None, compare=False, repr=False)
    written: tuple[str, ...] = field(default=(), compare=False, repr=False)

    @property
    def open_keys(self) -> tuple[str, ...]:
        """The keys on which it depends."""
        own = () if self.known is not None else (self.key,)
        return (*own, *(key for parts in self.templates for key in variables(parts)))


Atom = tuple[str, str, bool, str, frozenset[Template], tuple[str, ...] | None]
"""What a condition asks, apart from the order of its values and from whether it asks for the opposite."""


def atom(condition: Condition) -> tuple[Atom, bool]:
    """Return what a condition asks, and whether it holds just where that does not.

    A negated operator of one value is the opposite of the positive one without IfExists, a missing key included.
    """
    operator = OPERATORS[condition.operator]
    is_opposite = operator.is_negated and not condition.set_prefix
    asked = _POSITIVE[condition.operator] if is_opposite else condition.operator
    if_exists = condition.if_exists and not is_opposite
    values = frozenset(condition.templates)
    return (asked, condition.set_prefix, if_exists, condition.key, values, condition.known), is_opposite


def operator_of(name: str) -> tuple[str, str, bool] | None:
    """Return (operator, set prefix, if exists) of an operator as written, or None when AWS has none of that name."""
    lower = name.lower()
    set_prefix = ""
    for prefix, canonical in _SET_PREFIXES.items():
        if lower.startswith(prefix):
            set_prefix, lower = canonical, lower[len(prefix) :]
    if_exists = lower.endswith(_IF_EXISTS)
    operator = _CANONICAL.get(lower.removesuffix(_IF_EXISTS))
    if operator is None or (if_exists and OPERATORS[operator].tests_presence):
        return None
    return operator, set_prefix, if_exists


@lru_cache(maxsize=65536)
def condition(name: str, key: str, values: tuple[str, ...], *, has_variables: bool) -> Condition | None:
    """Return the condition that a policy writes as `{name: {key: values}}`; None for an unknown operator."""
    known_operator = operator_of(name)
    if known_operator is None:
        return None
    operator_name, set_prefix, if_exists = known_operator
    operator = OPERATORS[operator_name]
    templates = tuple(
        template(
            value,
            has_variables=has_variables and operator.takes_variables,
            has_wildcards=operator.takes_wildcards,
        )
        for value in values
    )
    return _made(operator_name, set_prefix, key.lower(), templates, None, if_exists=if_exists, written=values)


def outcome(condition: Condition, lookup: Lookup) -> bool | Condition:
    """Return whether the condition holds, or what is left of it while keys are unknown."""
    values: Values = condition.known if condition.known is not None else lookup(condition.key)
    matchers = condition.matchers
    if matchers is None:
        templates = _bound(condition.templates, lookup)
        patterns = tuple(pieces for parts in templates if (pieces := resolved(parts)) is not None)
        if isinstance(values, Unknown) or (values is not None and len(patterns) < len(templates)):
            known = None if isinstance(values, Unknown) else values
            return _made(
                condition.operator, condition.set_prefix, condition.key, templates, known, if_exists=condition.if_exists
            )
        matchers = tuple(_matcher(condition.operator, pieces) for pieces in patterns)
    if isinstance(values, Unknown):
        return condition
    return _holds(condition, values, matchers)


def _holds(condition: Condition, values: tuple[str, ...] | None, matchers: tuple[Matcher, ...]) -> bool:
    operator = OPERATORS[condition.operator]
    if operator.tests_presence:
        return _any_matches(matchers, "true" if values is None else "false")
    if condition.set_prefix == FOR_ALL:
        # True when the key is missing, and when its value is empty or an empty text.
        return all(_any_matches(matchers, value) is not operator.is_negated for value in values or () if value != "")
    if condition.set_prefix == FOR_ANY:
        # False when the key is missing, IfExists or not.
        return any(_any_matches(matchers, value) is not operator.is_negated for value in values or ())
    if not values:
        return operator.is_negated or condition.if_exists
    # AWS defines no single-valued operator on a key of several values; any of them counts.
    return any(_any_matches(matchers, value) for value in values) is not operator.is_negated


def _any_matches(matchers: Iterable[Matcher], value: str) -> bool:
    return any(matches(value) for matches in matchers)


def _bound(templates: tuple[Template, ...], lookup: Lookup) -> tuple[Template, ...]:
    """Return the values with their known variables filled in; one whose variable has no value matches nothing."""
    return tuple(filled for parts in templates if (filled := bound(parts, lookup)) is not None)


def _made(
    operator: str,
    set_prefix: str,
    key: str,
    templates: tuple[Template, ...],
    known: tuple[str, ...] | None,
    *,
    if_exists: bool,
    written: tuple[str, ...] = (),
) -> Condition:
    patterns = [pieces for parts in templates if (pieces := resolved(parts)) is not None]
    matchers = tuple(_matcher(operator, pieces) for pieces in patterns) if len(patterns) == len(templates) else None
    return Condition(operator, set_prefix, if_exists, key, templates, known, matchers, written)


@lru_cache(maxsize=65536)
def _matcher(operator: str, pieces: Pieces) -> Matcher:
    return OPERATORS[operator].matcher(pieces)
