"""The access matrix of a scope: grants and use from the database, their meaning from core."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from app.core.coverage.history import Strip
from app.core.kvs.actions import ACTIONS
from app.core.matrix.cells import COLUMNS, Cell, cells, observable_bits
from app.core.model.scope import Scope
from app.core.query.filter import Filter, Verb
from app.db.queries import matrix as queries
from app.db.queries.matrix import PrincipalBits
from app.services.read_coverage import strips_over

GRANTED = frozenset({Cell.USED, Cell.UNUSED, Cell.UNOBSERVABLE, Cell.CONDITIONAL, Cell.PER_DEVICE})


@dataclass(frozen=True, slots=True)
class Row:
    """One principal with the letter of each of `Matrix.columns`."""

    principal: PrincipalBits
    cells: str


@dataclass(frozen=True, slots=True)
class Matrix:
    """The rows and columns that the filter leaves."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]


def read_matrix(connection: Connection, scope: Scope, query: Filter, seen: Iterable[Strip] | None = None) -> Matrix:
    """Return the matrix that `query` means. `seen` is the observability of its range, read when it is not given."""
    observable = observable_bits(
        strips_over(connection, scope, query.since.at, query.until.at) if seen is None else seen
    )
    found = (
        Row(principal, cells(principal.bits, observable.get(principal.account, 0)))
        for principal in queries.matrix(connection, scope, query)
    )
    rows = tuple(row for row in found if row.cells.strip(Cell.EMPTY))
    return _shown(Matrix(COLUMNS, rows), query)


def _shown(matrix: Matrix, query: Filter) -> Matrix:
    """Return the columns and rows that the filter on actions and the view leave."""
    keep = [place for place, name in enumerate(matrix.columns) if _takes(query, name)]
    view = query.values("show")
    if view == ("differences",):
        keep = [place for place in keep if len({row.cells[place] for row in matrix.rows}) > 1]
    rows = [replace(row, cells="".join(row.cells[place] for place in keep)) for row in matrix.rows]
    kept = tuple(row for row in rows if row.cells.strip(Cell.EMPTY))
    if view == ("unused",):
        kept = tuple(row for row in kept if Cell.UNUSED in row.cells)
    return Matrix(tuple(matrix.columns[place] for place in keep), kept)


def _takes(query: Filter, action: str) -> bool:
    if query.values("show") == ("media",) and not ACTIONS[action].exposes_media:
        return False
    for condition in query.of("action"):
        lower = action.lower()
        if condition.verb is Verb.CONTAINS:
            is_hit = any(value.lower() in lower for value in condition.values)
        else:
            is_hit = lower in {value.lower() for value in condition.values}
        if is_hit is (condition.verb is Verb.IS_NOT):
            return False
    return True
