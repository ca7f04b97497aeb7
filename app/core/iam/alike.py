"""Which resources of an account the same statements decide on, so that one of them explains all.

A grant is one outcome on many resources, and not all of them need have it from the same statement: `stream/north-*`
from one and `stream/south-*` from another. To explain each resource alone would take a second for a thousand streams;
here every statement cuts the resources, as bits, by what is left of it on them.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace

from app.core.iam.explain import Explanation, explained
from app.core.iam.matrix import Table
from app.core.iam.resources import has_readings, readings_differ
from app.core.model.principal import Principal


@dataclass(frozen=True, slots=True)
class Decided:
    """Resources with the same reasons, in order; `explanation` is of the first of them.

    The marked lines are those that match the first: two patterns of one statement are one reason.
    """

    resources: tuple[str, ...]
    explanation: Explanation


class Alike:
    """Cuts resources by what decides on them, for the principals of one account."""

    def __init__(self, table: Table) -> None:
        """Take the account's table: it holds what was compiled once for all cells."""
        self._table = table

    def parts(self, principal: Principal, action: str, resources: Collection[str]) -> tuple[tuple[str, ...], ...]:
        """Return the resources in parts on which the same is left of the same statements, the largest first.

        `action` is the name alone. Resources that the account does not list are in no part.
        """
        index = self._table.index
        parts = [index.bits(frozenset(resources))]
        texts: set[str] = set()
        for statement, rows in self._table.rows_on(principal, action):
            for _, row in rows:
                parts = [part for whole in parts for part in (whole & row, whole & ~row) if part]
            texts.update(text for text in statement.resources or () if has_readings(text))
        found = [index.arns(part) for part in parts if part]
        for text in sorted(texts):
            found = [part for whole in found for part in _by_reading(whole, text)]
        return tuple(sorted(found, key=lambda part: (-len(part), part)))

    def decided(self, principal: Principal, action: str, parts: Iterable[tuple[str, ...]]) -> tuple[Decided, ...]:
        """Return parts with their reasons; those that other statements decide on, yet for the same reasons, are one."""
        found: dict[object, Decided] = {}
        for part in parts:
            one = explained(self._table.binding, principal, action, part[0])
            same = (one.outcome, one.condition_keys, tuple(replace(reason, marked=()) for reason in one.reasons))
            known = found.get(same)
            found[same] = Decided(part, one) if known is None else replace(known, resources=known.resources + part)
        return tuple(replace(one, resources=_example_first(one)) for one in found.values())


def _by_reading(whole: tuple[str, ...], text: str) -> Iterator[tuple[str, ...]]:
    """Yield the resources that only the wider reading of a pattern takes, and the others."""
    wide = tuple(resource for resource in whole if readings_differ(text, resource))
    narrow = tuple(resource for resource in whole if not readings_differ(text, resource))
    return (part for part in (wide, narrow) if part)


def _example_first(one: Decided) -> tuple[str, ...]:
    example = one.explanation.resource
    return (example, *sorted(resource for resource in one.resources if resource != example))
