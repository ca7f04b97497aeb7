"""The access matrix turned: the actions of one principal on each stream and channel of its account."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import reduce
from operator import or_

from sqlalchemy import Connection

from app.core.coverage.history import Strip
from app.core.coverage.observe import CLASSES, ActionClass
from app.core.kvs.actions import IN_MATRIX_ORDER
from app.core.matrix.cells import (
    BIT,
    CLASS_BITS,
    COLUMNS,
    TAKEN,
    Bits,
    Cell,
    bits_of,
    cells,
    observable_bits,
    unseen_bits,
)
from app.core.model.grant import Outcome
from app.core.model.scope import Scope
from app.core.model.stream import ResourceKind, Stream
from app.core.query.filter import Filter, Problem
from app.db.queries.matrix import Use, account_states
from app.db.queries.matrix_cell import acting_account, matrix_principal
from app.db.queries.narrowed_streams import narrowed_streams
from app.db.queries.principal_pages import principal_row
from app.db.queries.principal_streams import (
    GrantedOn,
    granted_alike,
    principals_called,
    streams_there,
    united,
    united_keys,
    used_on,
)
from app.db.queries.unjudged import unheard_of, unjudged_actions
from app.services.read_coverage import range_of, strips_of_each
from app.services.read_matrix import columns_taken, columns_that_differ, is_shown, of_columns, says_something

_FREE = sum(BIT[one.name] for one in IN_MATRIX_ORDER if one.is_wildcard_only)


@dataclass(frozen=True, slots=True)
class OnStream:
    """One stream or channel with the letter of each action; `stream` None: the calls that name no stream.

    `keys` are those of the actions that are granted on conditions, `uses` is of those that were used.
    """

    ident: int
    stream: Stream | None
    cells: str
    keys: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    uses: Mapping[str, Use] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PrincipalStreams:
    """The actions and streams that the filter leaves; on `left_out` streams more nothing is granted nor was done.

    `is_evaluated` False: nobody computed what is granted in the account, on none of them. `is_unjudged`: on something
    that is asked about nobody could, for no listing has it.
    """

    actions: tuple[str, ...]
    streams: tuple[OnStream, ...]
    left_out: int
    is_evaluated: bool
    is_unjudged: bool


def is_turned(query: Filter) -> bool:
    """Whether the matrix is asked for stream by stream."""
    return query.values("view") == ("streams",)


def asked_principal(connection: Connection, scope: Scope, query: Filter) -> tuple[int, int, str] | Problem:
    """Return id, acting account and ARN of the one principal that a turned matrix is asked of, or why there is none."""
    if query.at is not None:
        return Problem("view", "streams", "is told of the present only")
    asked = query.values("principal")
    found = principals_called(connection, scope, asked[0]) if len(asked) == 1 else ()
    known = matrix_principal(connection, scope, found[0]) if len(found) == 1 else None
    if known is None:
        return Problem("view", "streams", "needs its ARN: several have this name" if found else "needs one principal")
    return found[0], acting_account(connection, scope, query, found[0], known[0]), known[1]


def read_principal_streams(
    connection: Connection, scope: Scope, query: Filter, account: int, principal: int, strips: tuple[Strip, ...]
) -> PrincipalStreams:
    """Return what a principal may do and did on each stream. `strips` are those of its account over the range."""
    granted = granted_alike(connection, scope, account, principal)
    used = used_on(connection, scope, query, account, principal)
    narrowed = narrowed_streams(connection, scope, query)
    known = streams_there(connection, scope, account, used.keys(), narrowed)
    is_evaluated = any(state.evaluated_at for state in account_states(connection, scope) if state.account == account)
    unjudged = unjudged_actions(connection, scope.narrowed(frozenset({account})), query, narrowed).get(account, 0)
    unheard = unheard_of(connection, scope, known.keys() & used.keys())
    row = principal_row(connection, scope, principal)
    if row is not None and row.removed_at is not None:
        # Who is gone is granted nothing, on whatever there is.
        unjudged, unheard = 0, frozenset()
    # Policies of this account do not tell what one of another may do.
    is_own = is_evaluated and row is not None and row.account_id == account
    seen = _Seen(connection, scope, account, known, strips)
    sets: dict[int, list[int]] = {}
    for place, one in enumerate(granted):
        for ident in one.streams or ():
            sets.setdefault(ident, []).append(place)
    made: dict[tuple[object, ...], str] = {}
    keys: dict[tuple[int, ...], Mapping[str, tuple[str, ...]]] = {}
    rows = []
    for ident, stream in known.items():
        places, uses, observable = tuple(sets.get(ident, ())), used.get(ident, {}), seen.of(stream)
        did = bits_of(uses)
        is_unheard = ident in unheard
        key = (stream.kind, places, did, observable, is_unheard)
        if places not in keys:
            keys[places] = united_keys(granted[place].keys for place in places)
        if key not in made:
            taken = TAKEN[stream.kind]
            found = {name: bits & taken for name, bits in united(granted[place].outcomes for place in places).items()}
            if is_unheard or (did and not is_evaluated):
                found[Outcome.UNKNOWN] = taken
            made[key] = cells(Bits(**found, used=did & taken, is_evaluated=is_own), observable)
        rows.append(OnStream(ident, stream, made[key], keys[places], uses))
    uses = used.get(0, {})
    did = bits_of(uses)
    of_none = _free(granted, did)
    of_none[Outcome.UNKNOWN] |= unjudged & did
    if did and not is_evaluated:
        of_none[Outcome.UNKNOWN] = _FREE | did
    free = Bits(**of_none, used=did, is_evaluated=is_own)
    free_keys = united_keys(one.keys for one in granted if one.streams is None)
    rows.append(OnStream(0, None, cells(free, observable_bits(strips).get(account, 0)), free_keys, uses))
    return _shown(rows, query, is_evaluated=is_evaluated, is_unjudged=bool(unjudged or unheard))


def _free(granted: Iterable[GrantedOn], used: int) -> dict[str, int]:
    """Return the outcomes of calls that name no stream: of the actions that take none, and of others where used so."""
    told = tuple(granted)
    own = united(one.outcomes for one in told if one.streams is None)
    elsewhere = united(one.outcomes for one in told if one.streams is not None)
    return {name: bits | (elsewhere[name] & used) for name, bits in own.items()}


def _shown(rows: list[OnStream], query: Filter, *, is_evaluated: bool, is_unjudged: bool) -> PrincipalStreams:
    # Thousands of streams share a few rows of letters: what is asked of letters is asked of each row once.
    distinct = {(row.stream.kind if row.stream else None, row.cells) for row in rows}

    columns = columns_taken(COLUMNS, query)
    told = {cells: of_columns(cells, columns) for _, cells in distinct}
    kept = {cells: shown for cells, shown in told.items() if is_shown(shown, query)}

    def letters(place: int) -> Iterator[str]:
        # A channel differs from a stream in what can be called on it; that is no difference of what is granted.
        bit = BIT[COLUMNS[columns[place]]]
        return (kept[cells][place] for kind, cells in distinct if cells in kept and kind and bit & TAKEN[kind])

    differ = columns_that_differ(len(columns), query, letters)
    places = [columns[place] for place in differ]
    kept = {cells: of_columns(shown, differ) for cells, shown in kept.items()}
    if len(differ) < len(columns):
        kept = {cells: shown for cells, shown in kept.items() if says_something(shown, query)}
    left = [place for place in range(len(places)) if any(shown[place] != Cell.EMPTY for shown in kept.values())]
    printed = {cells: of_columns(shown, left) for cells, shown in kept.items()}
    streams = tuple(replace(row, cells=printed[row.cells]) for row in rows if row.cells in printed)
    return PrincipalStreams(
        tuple(COLUMNS[places[place]] for place in left),
        streams,
        sum(row.stream is not None for row in rows) - sum(row.stream is not None for row in streams),
        is_evaluated,
        is_unjudged,
    )


class _Seen:
    """The actions whose use was observable on a stream."""

    def __init__(
        self,
        connection: Connection,
        scope: Scope,
        account: int,
        known: Mapping[int, Stream],
        strips: tuple[Strip, ...],
    ) -> None:
        self._places: dict[tuple[str, ActionClass], int] = {}
        for strip in strips:
            self._places[strip.region, strip.kind] = CLASS_BITS[strip.kind] & ~unseen_bits(strip)
        self._alike: dict[tuple[str, ResourceKind], int] = {}
        by_stream = any(strip.is_by_stream for strip in strips)
        asked = {account: tuple(known.values())} if by_stream and known else {}
        self._each = strips_of_each(connection, scope, asked, *range_of(strips)) if asked else {}

    def of(self, stream: Stream) -> int:
        """Return them for one stream, from its own strips where selectors name streams."""
        own = self._each.get(stream.arn)
        if own is not None:
            return reduce(or_, (CLASS_BITS[strip.kind] & ~unseen_bits(strip) for strip in own), 0)
        place = stream.region, stream.kind
        if place not in self._alike:
            told = (self._places.get((stream.region, kind), 0) for kind in CLASSES[stream.kind])
            self._alike[place] = reduce(or_, told, 0)
        return self._alike[place]
