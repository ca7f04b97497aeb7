"""The access matrix of a scope: grants and use from the database, their meaning from core."""

from collections.abc import Callable, Collection, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from operator import or_

from msgspec import Struct, structs
from sqlalchemy import Connection

from app.core.coverage.history import Strip
from app.core.coverage.observe import CLASSES, class_of
from app.core.kvs.actions import ACTIONS, Action
from app.core.matrix.cells import BIT, CLASS_BITS, COLUMNS, Cell, cells, observable_bits, unseen_bits
from app.core.matrix.then import Thens
from app.core.model.scope import Scope
from app.core.model.stream import Stream
from app.core.query.filter import Filter, Verb
from app.db.queries import granted as grants
from app.db.queries import matrix as queries
from app.db.queries.matrix import PrincipalBits
from app.db.queries.narrowed_streams import known_streams, narrowed_streams, regions_of
from app.db.queries.unjudged import unjudged_actions
from app.services.look_back import look_back_on
from app.services.read_coverage import range_of, strips_of_each, strips_of_streams, strips_over

GRANTED = frozenset({Cell.USED, Cell.UNUSED, Cell.UNOBSERVABLE, Cell.CONDITIONAL, Cell.PER_DEVICE})


class Row(Struct, frozen=True, gc=False):
    """One principal with the letter of each of `Matrix.columns`."""

    principal: PrincipalBits
    cells: str


@dataclass(frozen=True, slots=True)
class Matrix:
    """The rows and columns that the filter leaves.

    `unjudged` are by account the actions, as bits, that may be granted to whom has no row: on what no listing has.
    `blind` rows are left out of those with an unused action, for of what they may do nobody could see whether they did.
    """

    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    unjudged: Mapping[int, int] = field(default_factory=dict)
    blind: int = 0


def unsure(row: Row, columns: Sequence[str]) -> tuple[int, ...]:
    """Return the places of what was used and may not be granted, for nobody knows: they do not count as granted."""
    bits = row.principal.bits
    left = bits.used & ~(bits.allow | bits.conditional | bits.per_device)
    if not left:
        return ()
    return tuple(i for i, name in enumerate(columns) if left & BIT[name] and row.cells[i] == Cell.USED)


def read_matrix(connection: Connection, scope: Scope, query: Filter, seen: Iterable[Strip] | None = None) -> Matrix:
    """Return the matrix that `query` means. `seen` is the observability of its range, read when it is not given.

    Raises:
        TooMuch: as of a time, of accounts that cannot all be evaluated while somebody waits.
    """
    return matrix_of(connection, scope, query, look_back_on(connection, scope, query), seen)


def matrix_of(
    connection: Connection, scope: Scope, query: Filter, thens: Thens | None, seen: Iterable[Strip] | None = None
) -> Matrix:
    """Return the same, of accounts that were looked back on already; None: as they are now."""
    strips = tuple(strips_over(connection, scope, query.since.at, query.until.at) if seen is None else seen)
    streams = narrowed_streams(connection, scope, query, thens)
    strips = strips_narrowed(strips, regions_of(connection, scope, streams))
    observable = observable_bits(strip for strip in strips if not strip.is_by_stream)
    by_stream = _by_stream(connection, scope, query, strips, thens)
    unjudged = unjudged_actions(connection, scope, query, streams, thens)
    rows = []
    for principal in queries.matrix(connection, scope, query, thens, unjudged):
        bits = observable.get(principal.account, 0)
        own = by_stream.get(principal.account)
        bits |= own.bits & ~own.unseen.get(principal.id, 0) if own else 0
        rows.append(Row(principal, cells(principal.bits, bits)))
    return _shown(Matrix(COLUMNS, tuple(row for row in rows if row.cells.strip(Cell.EMPTY)), unjudged), query)


def strips_narrowed(strips: Iterable[Strip], regions: Mapping[int, Collection[str]] | None) -> tuple[Strip, ...]:
    """Return the strips of the Regions in which an account has a stream that is asked about; None: of all.

    Whether a call on a stream would have been seen has nothing to do with other Regions.
    """
    return tuple(
        strip
        for strip in strips
        if regions is None or strip.account not in regions or strip.region in regions[strip.account]
    )


def strips_of_cell(
    connection: Connection, scope: Scope, strips: Iterable[Strip], account: int, action: Action, granted: Container[str]
) -> tuple[Strip, ...]:
    """Return what was observable of an action in each Region of an account: of the streams `granted` where they differ.

    `strips` are those of the account.
    """
    own = [strip for strip in strips if strip.kind is class_of(action)]
    if any(strip.is_by_stream for strip in own):
        known = known_streams(connection, scope, account, None).values()
        streams = [stream for stream in known if stream.arn in granted]
        told = strips_of_streams(connection, scope, account, streams, *range_of(own))
        own = [strip for strip in told if strip.kind is class_of(action)] or own
    return tuple(strip.of(action.name) for strip in own)


@dataclass(frozen=True, slots=True)
class _ByStream:
    """The actions whose use is told stream by stream in an account, and of which a principal's was not observable."""

    bits: int
    unseen: Mapping[int, int]


def _by_stream(
    connection: Connection, scope: Scope, query: Filter, strips: Iterable[Strip], thens: Thens | None
) -> dict[int, _ByStream]:
    """Return the accounts whose selectors name streams: use is observable where it is on each stream of a grant."""
    named: dict[int, list[Strip]] = {}
    for strip in strips:
        if strip.is_by_stream:
            named.setdefault(strip.account, []).append(strip)
    if not named:
        return {}
    narrowed = narrowed_streams(connection, scope, query, thens)
    known = {account: known_streams(connection, scope, account, narrowed) for account in named}
    asked = {account: tuple(streams.values()) for account, streams in known.items()}
    each = strips_of_each(connection, scope, asked, *range_of(strip for own in named.values() for strip in own))
    found = {}
    for account, own in named.items():
        # Where nothing was ever listed, what is granted may be granted on more than is known.
        unlisted = _unlisted(own, known[account]) if narrowed is None else []
        told = reduce(or_, (CLASS_BITS[strip.kind] for strip in own), 0)
        unseen = _unseen_on(connection, scope, account, known[account], each, thens)
        found[account] = _ByStream(told & ~_unseen(unlisted), unseen)
    return found


def _unlisted(strips: Iterable[Strip], known: Mapping[int, Stream]) -> list[Strip]:
    """Return the strips of Regions and classes in which no stream or channel is known."""
    places = {(stream.region, kind) for stream in known.values() for kind in CLASSES[stream.kind]}
    return [strip for strip in strips if (strip.region, strip.kind) not in places]


def _unseen_on(
    connection: Connection,
    scope: Scope,
    account: int,
    known: Mapping[int, Stream],
    each: Mapping[str, tuple[Strip, ...]],
    thens: Thens | None,
) -> dict[int, int]:
    """Return by principal the actions that are granted on a stream on which their use was not observable."""
    blind: dict[int, list[int]] = {}
    for ident, stream in known.items():
        blind.setdefault(_unseen(each.get(stream.arn, ())), []).append(ident)

    def granted_on(streams: list[int]) -> dict[int, int]:
        if thens is None:
            return grants.granted_on(connection, scope, account, streams)
        arns = frozenset(known[ident].arn for ident in streams)
        return grants.granted_on_then(connection, scope, thens[account], arns) if account in thens else {}

    unseen: dict[int, int] = {}
    for bits in blind.keys() - {0}:
        for principal, granted in granted_on(blind[bits]).items():
            unseen[principal] = unseen.get(principal, 0) | (granted & bits)
    return unseen


def _unseen(strips: Iterable[Strip]) -> int:
    return reduce(or_, (unseen_bits(strip) for strip in strips), 0)


def _shown(matrix: Matrix, query: Filter) -> Matrix:
    """Return the columns and rows that the filter on actions and the view leave."""
    taken = columns_taken(matrix.columns, query)
    narrowed = tuple(structs.replace(row, cells=of_columns(row.cells, taken)) for row in matrix.rows)
    kept = {cells for cells in {row.cells for row in narrowed} if is_shown(cells, query)}
    rows = tuple(row for row in narrowed if row.cells in kept)
    blind = sum(Cell.UNOBSERVABLE in row.cells for row in narrowed if row.cells not in kept)
    columns = tuple(matrix.columns[place] for place in taken)
    differ = columns_that_differ(len(columns), query, lambda place: (cells[place] for cells in kept))
    if len(differ) < len(columns):
        columns = tuple(columns[place] for place in differ)
        rows = tuple(structs.replace(row, cells=of_columns(row.cells, differ)) for row in rows)
        rows = tuple(row for row in rows if says_something(row.cells, query))
    return replace(matrix, columns=columns, rows=rows, blind=blind)


def says_something(cells: str, query: Filter) -> bool:
    """Whether a row is shown with the letters that *Differences* leaves of it; one with an unused action stays."""
    return bool(cells.strip(Cell.EMPTY)) or (bool(cells) and "unused" in query.values("show"))


def columns_taken(columns: Sequence[str], query: Filter) -> list[int]:
    """Return the places of the actions that the filter and the view take, whatever the rows are."""
    return [place for place, name in enumerate(columns) if _takes(query, name)]


def columns_that_differ(columns: int, query: Filter, letters: Callable[[int], Iterable[str]]) -> list[int]:
    """Return the places that *Differences* leaves of the rows that are shown, else all; `letters` are those there."""
    places = range(columns)
    is_asked = "differences" in query.values("show")
    return [place for place in places if not is_asked or len(set(letters(place))) > 1]


def left_out_alike(columns: Sequence[str], query: Filter) -> int | None:
    """Return how many actions *Differences* leaves out, None where it is not asked for; `columns` are those left."""
    if "differences" not in query.values("show"):
        return None
    return sum(_takes(query, name) for name in COLUMNS) - len(columns)


def of_columns(cells: str, places: Iterable[int]) -> str:
    """Return the letters at some places."""
    return "".join(cells[place] for place in places)


def is_shown(cells: str, query: Filter) -> bool:
    """Whether the view has a row of these letters: what is all empty says nothing."""
    if "unused" in query.values("show"):
        return Cell.UNUSED in cells
    return bool(cells.strip(Cell.EMPTY))


def _takes(query: Filter, action: str) -> bool:
    if "media" in query.values("show") and not ACTIONS[action].exposes_media:
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
