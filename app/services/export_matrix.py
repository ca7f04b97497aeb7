"""The access matrix as a file: a line a principal, or of one principal a line a stream; a column an action."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection

from app.core.arn import account_text
from app.core.errors import InvalidInput
from app.core.matrix.cells import UNUSED, Cell
from app.core.model.scope import Scope
from app.core.query.filter import Filter, Problem
from app.core.query.moment import iso
from app.db.queries.matrix import Use
from app.db.queries.shell import account_names
from app.services.export_grants import AS_OF, as_of_cells
from app.services.look_back import look_back_on
from app.services.read_coverage import strips_over
from app.services.read_matrix import Row, matrix_of
from app.services.read_principal_streams import OnStream, asked_principal, is_turned, read_principal_streams

Table = tuple[Sequence[str], Iterable[list[str | None]]]
"""The columns of a file, and its lines."""
_NOBODY = ("", "not watched")
_TOLD = ("uses", "conditions")
"""Behind the states: how often each action was used, and on which keys it depends."""
NO_STREAM = "none"
"""In place of a stream: the calls that name none."""
STATES = {
    Cell.USED: "used",
    Cell.UNUSED: f"granted, {UNUSED}",
    Cell.UNOBSERVABLE: "granted, use not observable",
    Cell.CONDITIONAL: "conditional",
    Cell.PER_DEVICE: "per device",
    Cell.DENIED: "denied",
    Cell.GONE: "used, no longer granted",
    Cell.UNKNOWN: "unknown",
    Cell.EMPTY: "not granted",
}


def table(connection: Connection, scope: Scope, query: Filter) -> Table:
    """Return the state of each cell in words, of all that the filter leaves.

    Raises:
        InvalidInput: it asks for streams, and not for one principal as of now.
    """
    if is_turned(query):
        return _of_streams(connection, scope, query)
    thens = look_back_on(connection, scope, query)
    matrix = matrix_of(connection, scope, query, thens)
    columns = ("account", "account_name", "principal", "name", "kind", *matrix.columns, *_TOLD)
    if thens is None:
        return columns, (_principal(row, matrix.columns) for row in matrix.rows)
    told = {account: list(as_of_cells(then.as_of)) for account, then in thens.items()}
    rows = ([*_principal(row, matrix.columns), *told.get(row.principal.account, _NOBODY)] for row in matrix.rows)
    return (*columns, *AS_OF), rows


def _principal(row: Row, actions: Sequence[str]) -> list[str | None]:
    one = row.principal
    who = [account_text(one.account), one.account_name, one.arn, one.name, one.kind]
    return [*who, *_states(row.cells), *_told(actions, row.cells, one.uses, one.keys)]


def _of_streams(connection: Connection, scope: Scope, query: Filter) -> Table:
    asked = asked_principal(connection, scope, query)
    if isinstance(asked, Problem):
        raise InvalidInput(str(asked))
    ident, account, arn = asked
    strips = strips_over(connection, scope.narrowed(frozenset({account})), query.since.at, query.until.at)
    found = read_principal_streams(connection, scope, query, account, ident, strips)
    whose = [account_text(account), dict(account_names(connection, scope)).get(account, ""), arn]
    columns = ("account", "account_name", "principal", "stream", "name", "region", "kind", *found.actions, *_TOLD)
    return columns, (
        [*whose, *_stream(one), *_states(one.cells), *_told(found.actions, one.cells, one.uses, one.keys)]
        for one in found.streams
    )


def _stream(one: OnStream) -> list[str | None]:
    stream = one.stream
    return [NO_STREAM, "", "", ""] if stream is None else [stream.arn, stream.name, stream.region, stream.kind.value]


def _told(
    actions: Iterable[str], cells: str, uses: Mapping[str, Use], keys: Mapping[str, tuple[str, ...]]
) -> tuple[str, str]:
    """Return how often each action that is a column was used, and the keys of those that are granted on conditions."""
    shown = dict(zip(actions, cells, strict=True))
    used = (f"{name} {_use(uses[name])}" for name in shown if name in uses)
    granted = (
        f"{name}: {', '.join(keys[name])}" for name, cell in shown.items() if cell == Cell.CONDITIONAL and name in keys
    )
    return "; ".join(used), "; ".join(granted)


def _use(use: Use) -> str:
    """Return "214 since 2026-08-25, last 2026-11-21T14:03:00Z", the last a day where only the days are known."""
    return f"{use.calls} since {use.first}, last {iso(use.last) if isinstance(use.last, datetime) else use.last}"


def _states(cells: str) -> list[str]:
    return [STATES[Cell(cell)] for cell in cells]
