"""`/principals`: every role and user, what it may watch, and whether it did."""

from dataclasses import dataclass
from datetime import datetime

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.core.coverage.observe import ActionClass
from app.core.kvs.actions import MEDIA_READ
from app.db.queries import principal_pages, stream_pages
from app.db.queries.principal_pages import PrincipalRow, PrincipalUse
from app.web import filters
from app.web.by_name import LIMIT, ByName, asked, by_name
from app.web.horizon import Observability, of_account
from app.web.navigation import Nav
from app.web.visit import Visit, visiting

router = APIRouter()
NAV = Nav("Principals", "/principals", "users", 210, "principals")
MEDIA = frozenset({ActionClass.READ, ActionClass.SIGNALING})
KINDS = (("", "All"), ("role", "Roles"), ("user", "Users"))


@dataclass(frozen=True, slots=True)
class Row:
    """One principal as the list prints it."""

    name: str
    href: str
    kind: str
    account: str
    may: str
    reads: str
    no_reads: str
    calls: str
    no_calls: str
    last_seen: datetime | None
    keys: str
    is_worrying: bool


@dataclass(frozen=True, slots=True)
class Principals:
    """What the page prints."""

    title: str
    summary: str
    span: str
    by_name: ByName
    rows: tuple[Row, ...]
    unseen: str
    is_whole: bool


@router.get("/principals", include_in_schema=False)
def principals(request: Request) -> Response:
    """List the principals."""
    with visiting(request, "now-30d") as visit:
        return visit.page("pages/principals.html", _view(visit))


def _view(visit: Visit) -> Principals:
    question = asked(visit, KINDS)
    found = principal_pages.principal_rows(
        visit.connection,
        visit.scope,
        contains=question.name,
        kind=question.kind,
        after=question.after,
        limit=LIMIT + 1,
    )
    rows = found[:LIMIT]
    last = (rows[-1].name, rows[-1].id) if len(found) > LIMIT else None
    is_part = last is not None or question.after is not None
    ids = [row.id for row in rows]
    days = (visit.span.start.date(), visit.span.end.date())
    uses = principal_pages.principal_uses(visit.connection, visit.scope, ids, MEDIA_READ, days)
    may = principal_pages.streams_may(visit.connection, visit.scope, ids, MEDIA_READ)
    evaluated = stream_pages.evaluated_accounts(visit.connection, visit.scope)
    evaluated -= stream_pages.unlisted_accounts(visit.connection, visit.scope)
    seen = visit.observability()
    nothing = {account: _nothing(seen, account) for account in {row.account_id for row in rows}}
    return Principals(
        title="Principals",
        summary=_summary(len(rows), question.name, is_part=is_part),
        span=visit.span.label,
        by_name=by_name(visit, question, KINDS, "ARN or tag", last),
        rows=tuple(
            _row(visit, row, uses.get(row.id), _may(row, may, evaluated), nothing[row.account_id]) for row in rows
        ),
        unseen=seen.sentence,
        is_whole=seen.is_whole,
    )


def _summary(count: int, name: str, *, is_part: bool) -> str:
    if not count:
        return f"No role or user has {name!r} in its ARN or tags." if name else "No principal is known yet."
    return f"{count} of more" if is_part else filters.plural(count, "role or user", "roles and users")


def _may(row: PrincipalRow, may: dict[int, int], evaluated: frozenset[int]) -> str:
    return filters.number(may.get(row.id, 0)) if row.account_id in evaluated else "not evaluated"


def _nothing(seen: Observability, account: int) -> tuple[str, str]:
    """Return what none means in an account: of its reads of media, of all of its calls."""
    return of_account(seen, account, MEDIA).none, of_account(seen, account, frozenset(ActionClass)).none


def _row(visit: Visit, row: PrincipalRow, use: PrincipalUse | None, may: str, nothing: tuple[str, str]) -> Row:
    reads, calls = (use.reads, use.calls) if use else (0, 0)
    return Row(
        name=row.name,
        href=f"/principals/{row.id}",
        kind=row.kind,
        account=visit.account_name(row.account_id),
        may=may,
        reads=filters.number(reads),
        no_reads="" if reads else nothing[0],
        calls=filters.number(calls),
        no_calls="" if calls else nothing[1],
        last_seen=use.last_seen if use else None,
        keys=_keys(row),
        is_worrying=row.kind == "user" and bool(row.active_keys),
    )


def _keys(row: PrincipalRow) -> str:
    if row.kind != "user":
        return ""
    keys = "keys not read" if row.active_keys is None else filters.plural(row.active_keys, "active key")
    mfa = {None: "MFA not read", True: "MFA", False: "no MFA"}[row.has_mfa]
    return f"{keys}, {mfa}"
