"""`/principals`: every role and user, what it may watch, and whether it did."""

from dataclasses import dataclass
from datetime import datetime

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.core.assumptions._assumption import Rests
from app.core.query.filter import Filter, encoded
from app.core.query.listing import PRINCIPALS
from app.db.queries import principal_pages
from app.db.queries.principal_pages import PrincipalRow
from app.db.queries.unjudged import unlisted_regions
from app.services.read_principals import PrincipalLine, principal_lines
from app.web import filters, words
from app.web.assumed import Resting, resting
from app.web.by_name import ByName, asked, asking_by_name, by_name, cut
from app.web.names import short
from app.web.navigation import Nav
from app.web.span import range_asked
from app.web.visit import Visit, visiting
from app.web.whole_days import calls_href, reads_href

router = APIRouter()
NAV = Nav("Principals", "/principals", "users", 210, "principals")
_RESTS = (Rests.STREAM, Rests.KEPT, Rests.COVERAGE, Rests.REFUSED, Rests.SERVICE, Rests.ONCE)
KINDS = (("", "All"), ("role", "Roles"), ("user", "Users"))


@dataclass(frozen=True, slots=True)
class Row:
    """One principal as the list prints it."""

    name: str
    href: str
    kind: str
    account: str
    account_href: str
    may: str
    reads: str
    reads_href: str
    no_reads: str
    calls: str
    calls_href: str
    no_calls: str
    last_seen: datetime | None
    keys: str


@dataclass(frozen=True, slots=True)
class Principals:
    """What the page prints."""

    title: str
    summary: str
    by_name: ByName
    rows: tuple[Row, ...]
    unseen: str
    coverage_href: str
    is_whole: bool
    notes: tuple[str, ...]
    assumed: Resting | None


@router.get("/principals", include_in_schema=False)
def principals(request: Request) -> Response:
    """List the principals."""
    with visiting(request, PRINCIPALS.default_from, takes=None) as visit:
        asked_visit, query = asking_by_name(visit, PRINCIPALS)
        return asked_visit.page("pages/principals.html", _view(asked_visit, query))


def _view(visit: Visit, query: Filter) -> Principals:
    rows, last = cut(principal_pages.principal_rows(visit.connection, visit.scope, asked(query)))
    seen = visit.observability()
    lines = principal_lines(visit.connection, visit.scope, rows, seen.strips, seen.span.start, seen.until)
    frame = by_name(visit, query, KINDS, "ARN or tag", last)
    return Principals(
        title="Principals",
        summary=_summary(len(rows), frame),
        by_name=frame,
        rows=tuple(_row(visit, line) for line in lines),
        unseen=seen.sentence,
        coverage_href=visit.coverage_href(),
        is_whole=seen.is_whole,
        notes=tuple(words.unlisted_notes(unlisted_regions(visit.connection, visit.scope), visit.account_name)),
        assumed=resting(visit, *_RESTS),
    )


def _summary(count: int, frame: ByName) -> str:
    if not count:
        name = frame.name
        return f"No role or user has {name!r} in its ARN or tags." if name else "No principal is known yet."
    return f"{count} on this page" if frame.is_part else filters.plural(count, "role or user", "roles and users")


def _row(visit: Visit, line: PrincipalLine) -> Row:
    row, use = line.row, line.use
    return Row(
        name=short(row.name),
        href=f"/principals/{row.id}?{encoded(range_asked(visit.span))}",
        kind=row.kind,
        account=visit.account_name(row.account_id),
        account_href=visit.account_page(row.account_id),
        may="not evaluated" if line.may is None else str(line.may),
        reads=filters.number(use.reads),
        reads_href=reads_href(visit, [("principal", row.arn)]),
        no_reads="" if use.reads else line.reads_seen.none,
        calls=filters.number(use.calls),
        calls_href=calls_href(visit, [("principal", row.arn)], is_answered=True),
        no_calls="" if use.calls else line.calls_seen.none,
        last_seen=use.last_seen,
        keys=_keys(row),
    )


def _keys(row: PrincipalRow) -> str:
    if row.kind != "user":
        return ""
    keys = "keys not read" if row.active_keys is None else filters.plural(row.active_keys, "active key")
    mfa = {None: "MFA not read", True: "MFA", False: "no MFA"}[row.has_mfa]
    return f"{keys}, {mfa}"
