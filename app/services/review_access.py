"""An access review of one stream or channel: who may, since when nothing changed that, and who did."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from app.core.arn import account_text
from app.core.coverage.history import Strip
from app.core.iam.paths import Ways
from app.core.kvs.actions import ACTIONS, MEDIA_READ, Group
from app.core.matrix.cells import Cell
from app.core.matrix.then import Then
from app.core.model.grant import Held
from app.core.model.principal import Iam, Principal
from app.core.model.scope import Scope
from app.core.model.stream import ResourceKind, Stream
from app.core.normalise.access_change import carried, folded
from app.core.query.filter import parse
from app.core.query.listing import MATRIX
from app.core.query.moment import Moment, iso
from app.core.readings import AsOf
from app.core.statement.hours import reading_actions
from app.core.statement.readers import Reader
from app.core.unchanged import Unchanged
from app.db.queries import snapshots
from app.db.queries.access_changes import AccessChange, newest_changes
from app.db.queries.account_page import account_parts
from app.db.queries.grants import holders
from app.db.queries.matrix import PrincipalBits
from app.db.queries.narrowed_streams import of_row
from app.db.queries.statement import Totals, names_of, reads_by_principal
from app.db.queries.stream_pages import StreamRow
from app.services.make_statement import Question, Statement, make_statement
from app.services.read_access import access_in
from app.services.read_coverage import strips_of_streams
from app.services.read_matrix import matrix_of
from app.services.read_unchanged import unchanged_in
from app.services.read_ways import ways_of

KEPT = timedelta(days=3650)
"""Changes are looked for in all that is stored: retention bounds it."""
_OF_IAM = frozenset({"iam", "managed_policies"})
_NOTHING_DONE = Totals(0, 0, None)
NOTHING = frozenset({Cell.EMPTY, Cell.DENIED})
"""Whoever has no other cell is nobody who may, nor who did."""
_WRITES = frozenset(name for name, one in ACTIONS.items() if one.group in {Group.MEDIA_WRITE, Group.SIGNALING_MASTER})
_REMOVES = frozenset({"DeleteStream", "DeleteSignalingChannel", "UpdateDataRetention"})
KINDS: Mapping[str, frozenset[str]] = {"view": MEDIA_READ, "write": _WRITES, "delete": _REMOVES}
"""What is reviewed, and the actions behind each word."""


@dataclass(frozen=True, slots=True)
class ReviewLine:
    """One principal. `may` has the actions of each of KINDS that it is granted, or of which that is not known.

    `view` is what it gets of viewing at best, None: nothing. `change` is the newest stored change of its permissions;
    None: none is stored. `unchanged` is since when its own permissions are read to be as they are, None: never read.
    `created_at` None: not read. `reads` and `refused` are of the range, `last_read_at` too.
    """

    principal: PrincipalBits
    cells: Mapping[str, Cell]
    may: Mapping[str, tuple[str, ...]]
    view: Held | None
    change: AccessChange | None
    unchanged: Unchanged | None
    created_at: datetime | None
    reads: int
    refused: int
    last_read_at: datetime | None

    @property
    def is_unknown(self) -> bool:
        """Whether of some action nobody can tell whether it is granted."""
        return Cell.UNKNOWN in self.cells.values()

    @property
    def is_used(self) -> bool:
        """Whether it did anything, be it granted or not."""
        return Cell.USED in self.cells.values()

    @property
    def is_gone(self) -> bool:
        """Whether it did what is reviewed, and is not granted that any more."""
        return any(self.cells.get(action) is Cell.GONE for actions in KINDS.values() for action in actions)


@dataclass(frozen=True, slots=True)
class Review:
    """The review; `statement` tells who did and what of the time was observable. `ways` lead there through roles.

    `is_evaluated`: the account's policies were ever judged, `is_unjudged`: none on this, for no listing tells of it.
    `read_at` is when IAM was read for it, None: never. `then` is the account as of the time in the past as of which it
    tells who might; None: now.
    """

    lines: tuple[ReviewLine, ...]
    ways: Ways
    statement: Statement
    is_evaluated: bool
    is_unjudged: bool
    read_at: datetime | None
    then: Then | None = None

    @property
    def as_of(self) -> AsOf | None:
        """The time as of which it is, and the readings around it."""
        return self.then.as_of if self.then else None


def review_access(connection: Connection, scope: Scope, question: Question, at: datetime | None = None) -> Review:
    """Return the review of a stream over the question's range, as of now or of `at`, where the range then ends."""
    row = question.row
    access = access_in(connection, scope, row.account_id, at)
    then = access.then
    statement = make_statement(connection, scope, question)
    held = (
        then.holders(row.arn or "", MEDIA_READ)
        if then
        else holders(connection, scope, row.account_id, row.id, MEDIA_READ)
    )
    cells, is_unjudged = _cells(connection, scope, question, then)
    known = _known(connection, scope, row.account_id, then)
    changes = _changes(connection, scope, question, known, [one for one, _ in cells], at)
    stand = unchanged_in(connection, scope, row.account_id, at)
    did = _did(connection, scope, question, statement)
    every = (
        _line(
            one, own, held.get(one.arn), changes.get(one.id), stand.get(one.arn), known.get(one.arn),
            did.get(one.id, _NOTHING_DONE),
        )
        for one, own in cells
    )  # fmt: skip
    # Where nobody could judge, whoever did nothing is one of many of whom it is not known.
    lines = (line for line in every if (line.is_used if is_unjudged else any(line.may.values()) or line.is_gone))
    return Review(
        tuple(sorted(lines, key=_order)),
        ways_of(connection, scope, held, at),
        statement,
        access.is_evaluated,
        is_unjudged,
        _read_at(connection, scope, row.account_id),
        then,
    )


def _read_at(connection: Connection, scope: Scope, account: int) -> datetime | None:
    """Return when IAM was read: of its parts that of the one that was read the longest ago."""
    seen = (one.seen_at for one in account_parts(connection, scope, account) if one.name in _OF_IAM)
    return min((at for at in seen if at is not None), default=None)


def _order(line: ReviewLine) -> tuple[object, ...]:
    return line.view is None, -line.reads, line.principal.name.lower(), line.principal.id


def _cells(
    connection: Connection, scope: Scope, question: Question, then: Then | None
) -> tuple[list[tuple[PrincipalBits, dict[str, Cell]]], bool]:
    """Return the cells of each principal on the stream; whether nobody could judge anybody's policies on it."""
    row = question.row
    pairs = [("account", account_text(row.account_id))]
    # What is used, and what is not: in the range of the review, not in that of the matrix.
    pairs += [("from", iso(question.start)), ("to", iso(question.end))]
    query = of_row(parse(pairs, MATRIX, question.now).filter, row)
    seen: tuple[Strip, ...] = ()
    if row.arn is not None and question.start < min(question.end, question.now):
        stream = _stream(row, question.start)
        ends = question.start, min(question.end, question.now)
        seen = strips_of_streams(connection, scope, row.account_id, (stream,), *ends)
    if then is not None:
        query = replace(query, at=Moment(iso(then.as_of.at), then.as_of.at))
    found = matrix_of(connection, scope, query, {row.account_id: then} if then else None, seen)
    # What only a channel takes is not a question of a stream, though all of an account be unknown.
    taken = [ACTIONS[name].on_channel if row.kind == "channel" else ACTIONS[name].on_stream for name in found.columns]
    # Many have the same cells.
    told = {
        cells: {name: Cell(cell) for name, cell, is_taken in zip(found.columns, cells, taken, strict=True) if is_taken}
        for cells in {one.cells for one in found.rows}
    }
    return [(one.principal, told[one.cells]) for one in found.rows], row.account_id in found.unjudged


def _stream(row: StreamRow, since: datetime) -> Stream:
    kind = ResourceKind(row.kind)
    return Stream(row.arn or "", row.name, row.region, kind, row.status or "", row.created_at or since)


def _known(connection: Connection, scope: Scope, account: int, then: Then | None) -> dict[str, Principal]:
    if then is not None:
        return {one.arn: one for one in then.snapshot.iam.principals} if then.snapshot.iam else {}
    iam = snapshots.contents_of(connection, scope, account, names=["iam"]).get(("iam", ""))
    return {one.arn: one for one in iam.principals} if isinstance(iam, Iam) else {}


def _changes(
    connection: Connection,
    scope: Scope,
    question: Question,
    known: Mapping[str, Principal],
    principals: Iterable[PrincipalBits],
    at: datetime | None,
) -> dict[int, AccessChange]:
    """Return the newest change of each principal, of a policy that it carries or of a group that it is in."""
    targets = {one.id: (folded(one.arn), *(carried(known[one.arn]) if one.arn in known else ())) for one in principals}
    every = {target for own in targets.values() for target in own}
    found = newest_changes(connection, scope, question.row.account_id, every, question.now - KEPT, at or question.now)
    newest = {}
    for ident, own in targets.items():
        changes = [found[target] for target in own if target in found]
        if changes:
            newest[ident] = max(changes, key=lambda change: change.key)
    return newest


def _did(connection: Connection, scope: Scope, question: Question, statement: Statement) -> Mapping[int, Totals]:
    """Return what each principal did in the range, by the readers of the statement or, where these are cut, by all."""
    if statement.is_cut:
        row, times = question.row, (question.start, question.end)
        own, actions = names_of(connection, scope, row).own, reading_actions(ResourceKind(row.kind))
        return reads_by_principal(connection, scope, row.account_id, own, actions, times)
    answered: dict[int, list[Reader]] = {}
    refused: dict[int, list[Reader]] = {}
    for found, readers in ((answered, statement.readers), (refused, statement.refused)):
        for one in readers:
            found.setdefault(one.first.principal_id, []).append(one)
    return {
        ident: Totals(
            sum(one.calls for one in answered.get(ident, ())),
            sum(one.calls for one in refused.get(ident, ())),
            max((one.last_at for one in answered.get(ident, ())), default=None),
        )
        for ident in answered.keys() | refused.keys()
    }


def _line(
    principal: PrincipalBits,
    cells: dict[str, Cell],
    view: Held | None,
    change: AccessChange | None,
    stands: Unchanged | None,
    known: Principal | None,
    did: Totals,
) -> ReviewLine:
    return ReviewLine(
        principal=principal,
        cells=cells,
        may={kind: _granted(cells, actions) for kind, actions in KINDS.items()},
        view=view,
        change=change,
        unchanged=stands,
        created_at=None if known is None else known.created_at,
        reads=did.answered,
        refused=did.refused,
        last_read_at=did.last_at,
    )


def _granted(cells: Mapping[str, Cell], actions: frozenset[str]) -> tuple[str, ...]:
    is_held = (name for name in sorted(actions) if cells.get(name, Cell.EMPTY) not in NOTHING | {Cell.GONE})
    return tuple(is_held)
