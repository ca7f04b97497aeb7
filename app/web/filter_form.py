"""The form beside a list: a box a field, and what it must carry along so that the rest of the filter stays."""

from collections.abc import Collection
from dataclasses import dataclass

from app.core.query.filter import Filter, Verb, first_page, pairs


@dataclass(frozen=True, slots=True)
class Box:
    """One field of the filter form."""

    name: str
    label: str
    value: str
    choices: tuple[str, ...] = ()


def box(query: Filter, name: str, label: str, choices: tuple[str, ...] = ()) -> Box:
    """Return the box of a field ("name~": contains) with its value; of several values none."""
    values = query.values(name.rstrip("~"), Verb.CONTAINS if name.endswith("~") else Verb.IS)
    return Box(name, label, values[0] if len(values) == 1 else "", choices)


def carried(query: Filter, asked: Collection[str]) -> tuple[tuple[str, str], ...]:
    """Return what a form must carry along beside the fields that it asks for itself."""
    return tuple((name, value) for name, value in pairs(first_page(query)) if name not in asked)
