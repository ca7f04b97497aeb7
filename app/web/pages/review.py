"""`/streams/{id}/review`: an access review of one stream to print and sign, or as CSV."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from app import __version__
from app.core.arn import account_text
from app.core.matrix.cells import Cell
from app.core.model.grant import Held
from app.core.query.filter import AT
from app.core.query.moment import iso
from app.db.queries import stream_pages
from app.db.queries.access_changes import AccessChange
from app.services.export_review import COLUMNS, review_rows
from app.services.make_statement import Question
from app.services.review_access import KINDS, Review, ReviewLine, review_access
from app.web import filters, words
from app.web.as_it_was import Was, stream_then
from app.web.as_of import AsOfView, as_of_view
from app.web.assumed import Resting, resting_on
from app.web.horizon import Observability
from app.web.names import short
from app.web.since import since_short
from app.web.standing import Standing
from app.web.stated import Cover, ReaderRow, covers, range_of, reader_row, second
from app.web.stream_file import csv_of
from app.web.visit import Visit, visiting
from app.web.ways import WaysView, ways_view

router = APIRouter()
DEFAULT_SPAN = "now-90d"
"""Reviews are made by the quarter."""
MOST_READERS = 50
_STRONGEST = (
    Cell.USED, Cell.GONE, Cell.UNUSED, Cell.UNOBSERVABLE, Cell.CONDITIONAL, Cell.PER_DEVICE, Cell.UNKNOWN,
)  # fmt: skip
_REVIEWED = frozenset[str]().union(*KINDS.values())
_SORTED = {kind: sorted(actions) for kind, actions in KINDS.items()}


@dataclass(frozen=True, slots=True)
class Mark:
    """One cell: the letter of its state and what it is called, whether it is about reading media, and the actions."""

    state: str
    name: str
    is_warm: bool
    actions: str


@dataclass(frozen=True, slots=True)
class Row:
    """One principal. `changed` is the newest change of its permissions; without `changed_at` since when they are so."""

    who: str
    href: str
    kind: str
    marks: tuple[Mark | None, ...]
    conditions: str
    changed: str
    changed_at: datetime | None
    reads: str
    refused: str
    last: datetime | None
    none: str


@dataclass(frozen=True, slots=True)
class ReviewView:
    """What the page prints."""

    title: str
    name: str
    href: str
    account: str
    digits: str
    region: str
    summary: str
    assumed: Resting | None
    csv_href: str
    statement_href: str
    coverage_href: str
    as_of: AsOfView
    who: str
    heading: str
    rows: tuple[Row, ...]
    note: str
    through: WaysView
    through_note: str
    did: str
    readers: tuple[ReaderRow, ...]
    more: str
    covers: tuple[Cover, ...]
    keys: tuple[tuple[str, str], ...]
    basis: tuple[tuple[str, str], ...]


@router.get("/streams/{stream_id:int}/review", include_in_schema=False)
def show(request: Request, stream_id: int) -> Response:
    """Show the review."""
    with visiting(request, DEFAULT_SPAN, has_at=True) as visit:
        found = _asked(visit, stream_id)
        seen = found.statement.evidence.seen
        horizon = Observability(seen.strips, seen.moments, visit.span, visit.accounts)
        account = found.statement.question.row.account_id
        return visit.page("pages/review.html", _view(visit, found), account=account, horizon=horizon)


@router.get("/streams/{stream_id:int}/review.csv", include_in_schema=False)
def as_csv(request: Request, stream_id: int) -> Response:
    """Give a line for each principal; what the page complains about is refused here."""
    with visiting(request, DEFAULT_SPAN, has_at=True) as visit:
        found = _asked(visit, stream_id)
        asked = urlencode([*range_of(visit.span), *([(AT, visit.at_text)] if visit.at else [])])
        return csv_of(visit, found.statement.question, asked, COLUMNS, tuple(review_rows(found)))


def _asked(visit: Visit, stream_id: int) -> Review:
    row = stream_pages.stream_row(visit.connection, visit.scope, stream_id) if stream_id < 2**31 else None
    if row is None:
        raise HTTPException(404, f"There is no stream {stream_id} here.")
    onboarded = frozenset(number for number, _ in visit.accounts)
    question = Question(row, second(visit.span.start), second(visit.span.end), visit.now, onboarded)
    return review_access(visit.connection, visit.user.scope, question, visit.past)


def _view(visit: Visit, found: Review) -> ReviewView:
    statement, standing = found.statement, _standing(found)
    row, pairs = statement.question.row, urlencode(range_of(visit.span))
    return ReviewView(
        title=f"Access review of {row.name}",
        name=row.name,
        href=f"/streams/{row.id}?{pairs}",
        account=visit.account_name(row.account_id),
        digits=account_text(row.account_id),
        region=row.region,
        summary=_summary(visit, found, standing),
        assumed=resting_on(statement.assumed, statement.rests),
        csv_href=visit.then(f"/streams/{row.id}/review.csv?{pairs}"),
        statement_href=f"/streams/{row.id}/statement?{pairs}",
        coverage_href=f"/coverage?account={account_text(row.account_id)}&{pairs}",
        as_of=as_of_view(visit, {row.account_id: found.as_of} if found.as_of else {}),
        who=f"Who might {_when(found)}" if found.as_of else "Who may now",
        heading=_heading(found, standing),
        rows=tuple(_row(found, line) for line in found.lines),
        note=standing.note or ("" if found.lines else "No role and no user of this account is granted anything here."),
        through=ways_view(visit, found.ways),
        through_note=standing.unknown or "Nobody is known to.",
        did=f"in {visit.span.label}: {_did(found)}",
        readers=tuple(reader_row(statement, one) for one in statement.readers[:MOST_READERS]),
        more=_more(found),
        covers=tuple(covers(statement, visit.span)),
        keys=tuple((letter, words.CELLS[letter]) for letter in "UGBCDR?"),
        basis=tuple(_basis(visit, found)),
    )


def _standing(found: Review) -> Standing:
    row = found.statement.question.row
    was = stream_then(row, found.then, is_unjudged=found.is_unjudged) if found.then else Was(row)
    return Standing(was, found.is_evaluated, found.is_unjudged, is_past=found.as_of is not None)


def _heading(found: Review, standing: Standing) -> str:
    listed = filters.plural(len(found.lines), "principal")
    if standing.unknown:
        reading = sum(bool(line.reads) for line in found.lines)
        of_them = f", {reading or 'none'} of them reading" if reading < len(found.lines) else ""
        return f"is not known; {listed} seen using it{of_them}"
    return f"view, write or delete: {listed}{_by_reading(found)}"


def _summary(visit: Visit, found: Review, standing: Standing) -> str:
    """Answer in one line: how many principals may view it, of how many that is not known, how many did."""
    may = sum(bool(line.may["view"]) and not _is_unsure(line) for line in found.lines)
    unsure = sum(_is_unsure(line) for line in found.lines)
    unknown = f"; of {unsure:,} it is not known" if unsure else ""
    verb = "might" if found.as_of else "may"
    told = f"{filters.plural(may, 'principal')} {verb} view it {_when(found)}{_by_reading(found)}{unknown}."
    first = standing.note or told
    share = found.statement.evidence.seen.share
    span = f"{words.by_logs(is_past=found.as_of is not None)} {visit.span.label}"
    return f"{first} {span} {_who_did(found)}; {share} of it was observable."


def _who_did(found: Review) -> str:
    did = len(_principals(found))
    least = "at least " if found.statement.is_cut else ""
    counted = found.statement.evidence.counted
    gone = f"{filters.plural(counted, 'read')} of days whose calls are not kept" if counted else ""
    if not did:
        return f"who made {gone} is not known" if gone else "none is known to have"
    return f"{least}{words.let_in(did)}{f', beside {gone}' if gone else ''}"


def _by_reading(found: Review) -> str:
    """Return ", by IAM as read 2026-11-28 14:00Z": who may is of that moment, whatever the range is."""
    return f", by IAM as read {found.read_at:%Y-%m-%d %H:%MZ}" if found.read_at and not found.as_of else ""


def _when(found: Review) -> str:
    """Return of when "who may" is: as of a time the readings around it stand above."""
    return f"as of {found.as_of.at:%Y-%m-%d %H:%M:%SZ}" if found.as_of else "now"


def _principals(found: Review) -> set[int]:
    """Return who read, as principals: through one of them a known caller and an unknown one may have."""
    return {one.first.principal_id for one in found.statement.readers}


def _did(found: Review) -> str:
    callers = len({(one.viewer, one.first.principal_id) for one in found.statement.readers})
    through = filters.plural(len(_principals(found)), "principal")
    return f"{filters.plural(callers, 'caller')} through {through}"


def _is_unsure(line: ReviewLine) -> bool:
    """Whether nobody can tell if a principal may view at all."""
    return bool(line.may["view"]) and all(line.cells[action] is Cell.UNKNOWN for action in line.may["view"])


def _row(found: Review, line: ReviewLine) -> Row:
    one = line.principal
    at, said = _changed(line)
    return Row(
        who=short(one.name),
        href=f"/principals/{one.id}",
        kind=words.kind(one.kind) + _otherwise(found, line),
        marks=tuple(_mark(line, kind) for kind in KINDS),
        conditions=_conditions(line.view),
        changed=said,
        changed_at=at,
        reads=filters.number(line.reads),
        refused=f"{line.refused:,} refused" if line.refused else "",
        last=line.last_read_at,
        none=found.statement.evidence.none if not line.reads else "",
    )


def _otherwise(found: Review, line: ReviewLine) -> str:
    """Return what it used beside what is reviewed: where nobody could judge, that is why it is there."""
    used = [name for name, cell in line.cells.items() if cell is Cell.USED and name not in _REVIEWED]
    return f"; used {words.listed(used, most=2)}" if used and (found.is_unjudged or not found.is_evaluated) else ""


def _mark(line: ReviewLine, kind: str) -> Mark | None:
    by_state: dict[Cell, list[str]] = {}
    for name in _SORTED[kind]:
        if name in line.cells:
            by_state.setdefault(line.cells[name], []).append(name)
    state = next((one for one in _STRONGEST if one in by_state), None)
    if state is None:
        return None
    # The sign is of these alone: what was not used must not read as if it were.
    others = [line.cells[name] for name in line.may[kind] if name not in by_state[state]]
    unknown = others.count(Cell.UNKNOWN)
    named = words.listed(by_state[state], most=2)
    named += f"; may call {len(others) - unknown} more" if len(others) > unknown else ""
    named += f"; {unknown} more not known" if unknown else ""
    return Mark(state.value, words.CELLS[state.value], kind == "view", named)


def _conditions(held: Held | None) -> str:
    return f"if {words.listed(held.condition_keys)}" if held is not None and held.condition_keys else ""


def _changed(line: ReviewLine) -> tuple[datetime | None, str]:
    """Return the newest change that is stored; where none is, that proves nothing of the time before the record."""
    if line.change is not None:
        return line.change.key.event_time, f"{line.change.action} by {_by(line.change)}"
    created = f"; created {line.created_at:%Y-%m-%d}" if line.created_at is not None else ""
    return None, f"{since_short(line.unchanged)}{created}"


def _by(change: AccessChange) -> str:
    return change.person or short(change.who or "") or "an unknown caller"


def _more(found: Review) -> str:
    cut = "Of the callers only a part was read: narrow the range. " if found.statement.is_cut else ""
    shown = len(found.statement.readers)
    return f"{cut}Of {shown:,} readers the first {MOST_READERS} are shown." if shown > MOST_READERS else cut


def _basis(visit: Visit, found: Review) -> Iterator[tuple[str, str]]:
    question = found.statement.question
    yield "Who did", f"{iso(question.start)} to {iso(question.end)}"
    yield "Who might" if found.as_of else "Who may", f"{_when(found)}{_by_reading(found)}"
    yield "Made at", f"{question.now:%Y-%m-%d %H:%M:%SZ}"
    yield "By", visit.user.name
    yield "kvswatch", __version__
    yield "ARN", question.row.arn or "not known"
