"""How many calls each value of a field has, under the filter on all other fields."""

from dataclasses import dataclass

from markupsafe import Markup

from app.core.query.filter import Filter
from app.db.queries import rollups
from app.web import charts, filters
from app.web.visit import Visit

FACETS: tuple[tuple[str, str, bool], ...] = (
    ("action", "Call", True),
    ("outcome", "Outcome", True),
    ("principal", "Principal", True),
    ("stream", "Stream", False),
    ("address", "Address", False),
    ("account", "Account", False),
    ("region", "Region", False),
)
"""(field, heading, whether it is open) in the order of the panel."""


@dataclass(frozen=True, slots=True)
class Value:
    """One value of a facet."""

    ident: str
    value: str
    label: str
    calls: str
    is_on: bool
    bar: Markup


@dataclass(frozen=True, slots=True)
class Facet:
    """One facet: its largest values under the other filters; `trouble` says why there are none."""

    field: str
    name: str
    is_open: bool
    values: tuple[Value, ...]
    kept: tuple[str, ...]
    more: str


def facets(visit: Visit, query: Filter) -> tuple[Facet, ...]:
    """Return the facets in the order of the panel."""
    return tuple(_facet(visit, query, field, name, is_open=is_open) for field, name, is_open in FACETS)


def _facet(visit: Visit, query: Filter, field: str, name: str, *, is_open: bool) -> Facet:
    found = rollups.facet(visit.connection, visit.scope, query, field)
    on = set(query.values(field))
    most = max((value.calls for value in found.values), default=1)
    shown = {value.value for value in found.values}
    return Facet(
        field=field,
        name=name,
        is_open=is_open or bool(on),
        values=tuple(
            Value(
                ident=f"f-{field}-{place}",
                value=value.value,
                label=value.label,
                calls=filters.number(value.calls),
                is_on=value.value in on,
                bar=charts.bar(value.calls / most),
            )
            for place, value in enumerate(found.values)
        ),
        kept=tuple(sorted(on - shown)),
        more=f"{filters.number(found.more)} more" if found.more else "",
    )
