"""How many calls each value of a field has, under the filter on all other fields. Each facet is asked for alone."""

from dataclasses import dataclass, replace

from markupsafe import Markup

from app.core.query.filter import NONE, Filter, Problem, url
from app.db.engine import at_most
from app.db.errors import TooSlow
from app.db.queries import rollups
from app.web import charts, filters
from app.web.names import short
from app.web.visit import Visit

FACETS: tuple[tuple[str, str, bool], ...] = (
    ("action", "Call", True),
    ("outcome", "Outcome", True),
    ("principal", "Principal", True),
    ("stream", "Stream", False),
    ("address", "Address", False),
    ("account", "Account", False),
    ("region", "Region", False),
    ("person", "Person", False),
    ("key_kind", "Kind of key", False),
    ("user_agent", "User agent", False),
)
"""(field, heading, whether it is open) in the order of the panel."""
ALL = "1"
"""The value of `facets` that counts them all: the one link of a browser without JavaScript."""
FEW, MANY = 10, 100
"""Values that a facet shows, and how many it shows on demand."""
_MORE = ".more"
"""What stands behind a field in `facets` where many values are asked for."""
TIMEOUT_S = 1.0


@dataclass(frozen=True, slots=True)
class Value:
    """One value of a facet; `title` is all of what `label` may be cut off from."""

    ident: str
    value: str
    label: str
    title: str
    calls: str
    is_on: bool
    bar: Markup


@dataclass(frozen=True, slots=True)
class Facet:
    """One facet: its largest values under the other filters. `values` None: not counted yet, which is at `href`.

    `kept` are values of the filter without a box; `trouble` says why there are no counts. `more` says how many values
    are not shown; further ones are at `more_href`, "" where these are as many as there may be.
    """

    field: str
    name: str
    is_open: bool
    href: str
    values: tuple[Value, ...] | None = None
    kept: tuple[str, ...] = ()
    more: str = ""
    more_href: str = ""
    trouble: str = ""


def facets(visit: Visit, path: str, query: Filter) -> tuple[Facet, ...]:
    """Return the facets in the order of the panel; those that the URL asks for (`facets=`) with their counts."""
    asked = _field(query)
    return tuple(
        _counted(visit, path, query, empty) if asked in {ALL, empty.field} else empty
        for empty in (_empty(path, query, one) for one in FACETS)
    )


def facet(visit: Visit, path: str, query: Filter) -> Facet | None:
    """Return the one facet that `facets=` names, with its counts; None when it names none."""
    asked = next((one for one in FACETS if one[0] == _field(query)), None)
    return None if asked is None else _counted(visit, path, query, _empty(path, query, asked))


def problems(query: Filter) -> tuple[Problem, ...]:
    """Return what is wrong with `facets=`."""
    asked, known = query.kept("facets") or ALL, [field for field, _, _ in FACETS]
    return (
        ()
        if asked == ALL or asked.removesuffix(_MORE) in known
        else (Problem("facets", asked[:80], f"is not one of {', '.join(known)}"),)
    )


def _field(query: Filter) -> str:
    return (query.kept("facets") or "").removesuffix(_MORE)


def _empty(path: str, query: Filter, facet: tuple[str, str, bool]) -> Facet:
    field, name, is_open = facet
    on = query.values(field)
    is_asked = _field(query) == field
    return Facet(field, name, is_open or is_asked or bool(on), url(path, query, facets=field), kept=on)


def _counted(visit: Visit, path: str, query: Filter, empty: Facet) -> Facet:
    """Return the facet with its counts, or with why there are none: the rest of the page does not wait for it."""
    is_many = query.kept("facets") == f"{empty.field}{_MORE}"
    try:
        with at_most(visit.connection, TIMEOUT_S):
            found = rollups.facet(visit.connection, visit.scope, query, empty.field, MANY if is_many else FEW)
    except TooSlow:
        return replace(empty, values=(), trouble=f"Too slow to count: more than {TIMEOUT_S:g} s. Try a shorter range.")
    on = set(empty.kept)
    most = max((value.calls for value in found.values), default=1)
    shown = {value.value for value in found.values}
    return replace(
        empty,
        values=tuple(
            Value(
                ident=f"f-{empty.field}-{place}",
                value=value.value,
                label=short(value.label) if empty.field == "principal" else value.label,
                title="" if value.value == NONE else value.value,
                calls=filters.number(value.calls),
                is_on=value.value in on,
                bar=charts.bar(value.calls / most),
            )
            for place, value in enumerate(found.values)
        ),
        kept=tuple(sorted(on - shown)),
        more=f"{filters.number(found.more)} more" if found.more else "",
        more_href="" if is_many or not found.more else url(path, query, facets=f"{empty.field}{_MORE}"),
    )
