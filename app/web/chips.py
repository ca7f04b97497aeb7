"""The filter of a list as people read and change it: chips to drop, problems in red."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from app.core import arn
from app.core.query.filter import NONE, Condition, Filter, Problem, Verb, url, with_values

VERBS: Mapping[Verb, tuple[str, str]] = {
    Verb.IS: ("is", "is empty"),
    Verb.IS_NOT: ("is not", "is not empty"),
    Verb.CONTAINS: ("contains", "contains"),
}
_MOST_VALUES = 3
_OWN_TOO = Condition("own", Verb.IS, ("no", "yes"))
"""What is folded otherwise."""


@dataclass(frozen=True, slots=True)
class Chip:
    """One condition in words, and the address of the list without it."""

    field: str
    verb: str
    values: str
    drop: str
    is_not: bool = False
    is_bad: bool = False


def chips(path: str, query: Filter, problems: tuple[Problem, ...], names: Mapping[str, str]) -> tuple[Chip, ...]:
    """Return a chip for each condition and each problem; `names` are what people call some of the values."""
    found = [
        _chip(path, query, condition, names) for condition in query.conditions if not _is_default(query, condition)
    ]
    wrong = [Chip(_asked(problem), "", problem.message, url(path, query), is_bad=True) for problem in problems]
    return (*found, *wrong)


def wrong_place(query: Filter, is_place: Callable[[str], bool]) -> tuple[Problem, ...]:
    """Return what is wrong with `after=` or `before=`: `is_place` tells whether a text is a place in the list."""
    if query.cursor is None or is_place(query.cursor):
        return ()
    name = "before" if query.is_back else "after"
    return (Problem(name, "", "is not a place in this list; its beginning is shown"),)


def _is_default(query: Filter, condition: Condition) -> bool:
    field = query.listing.field(condition.field)
    return field is not None and condition.verb is Verb.IS and bool(field.default) and condition.values == field.default


def _chip(path: str, query: Filter, condition: Condition, names: Mapping[str, str]) -> Chip:
    drop = url(path, with_values(query, condition.field, condition.verb, []))
    if condition == _OWN_TOO:
        return Chip("Own calls", "are", "shown too", drop)
    field = query.listing.field(condition.field)
    values = [value for value in condition.values if value != NONE]
    verb, empty = VERBS[condition.verb]
    return Chip(
        field=field.label if field else condition.field,
        verb=verb if values else empty,
        values=_listed(
            [called(value, names) for value in values], also_empty=bool(values) and NONE in condition.values
        ),
        drop=drop,
        is_not=condition.verb is Verb.IS_NOT,
    )


def _asked(problem: Problem) -> str:
    return f"{problem.parameter}={problem.value}" if problem.value else problem.parameter


def called(value: str, names: Mapping[str, str]) -> str:
    """Return what people call a value: an account's name, the last part of an ARN, else the value itself."""
    if value in names:
        return names[value]
    parsed = arn.parsed(value)
    if parsed is None:
        return value
    if parsed.service == "kinesisvideo":
        return parsed.resource.split("/")[1] if "/" in parsed.resource else parsed.resource
    return parsed.resource.rpartition("/")[2]


def _listed(values: list[str], *, also_empty: bool) -> str:
    shown = values[:_MOST_VALUES] + ([f"{len(values) - _MOST_VALUES} more"] if len(values) > _MOST_VALUES else [])
    return ", ".join(shown + (["empty"] if also_empty else []))
