"""`/accounts`: every account, how fresh it is, what could not be read, and what we called there."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from fastapi import APIRouter, Request
from markupsafe import Markup
from starlette.responses import Response

from app.core import arn
from app.core.query.filter import url
from app.core.query.listing import ACCOUNTS
from app.db.queries.account_page import AccountRow
from app.db.queries.rejected_pages import Rejected, newest_rejected_elsewhere
from app.services.read_accounts import AccountLine, account_lines
from app.web import charts, filters, words
from app.web.account_calls import calls_said
from app.web.horizon import Observability
from app.web.navigation import Nav
from app.web.own_views import OwnViews, own_views
from app.web.visit import Visit, asking, visiting
from app.web.whole_days import days_text, over_month

router = APIRouter()
NAV = Nav("Accounts", "/accounts", "building-2", 220, "accounts")
STALE_AFTER = timedelta(hours=1)
MOST_REJECTED = 20


@dataclass(frozen=True, slots=True)
class Row:
    """One account as the list prints it."""

    name: str
    digits: str
    kind: str
    regions: str
    chart: Markup
    parts: str
    waiting: str
    unseen: str
    polled_at: datetime | None
    is_stale: bool
    own_calls: str
    throttled: str
    running: str
    findings: int


@dataclass(frozen=True, slots=True)
class Accounts:
    """What the page prints."""

    title: str
    summary: str
    now: datetime
    own_views: OwnViews
    csv: str
    jsonl: str
    days: str
    rows: tuple[Row, ...]
    rejected: tuple[Rejected, ...]


@router.get("/accounts", include_in_schema=False)
def accounts(request: Request) -> Response:
    """List the accounts."""
    with visiting(request, ACCOUNTS.default_from, takes=None) as visit:
        asked, query = asking(visit, ACCOUNTS)
        lines = account_lines(visit.connection, visit.scope, visit.now)
        month = over_month(visit)
        seen, days = month.observed_over(month.span), days_text(month)
        view = Accounts(
            title="Accounts",
            summary=_summary([line.row for line in lines]),
            now=visit.now,
            own_views=own_views(visit, "/accounts", query),
            csv=url("/accounts.csv", query),
            jsonl=url("/accounts.jsonl", query),
            days=days,
            rows=tuple(_row(visit, line, seen, days) for line in lines),
            rejected=newest_rejected_elsewhere(visit.connection, visit.scope, MOST_REJECTED),
        )
        return asked.page("pages/accounts.html", view)


def _summary(rows: Sequence[AccountRow]) -> str:
    blind = [row for row in rows if row.unseen]
    if not rows:
        return "No account is onboarded yet."
    waiting = [row for row in rows if row.waiting]
    said = ""
    if waiting:
        parts = filters.plural(sum(row.waiting for row in waiting), "part")
        said = f"{parts} of {words.listed([row.name for row in waiting])} not read yet. "
    if not blind:
        every = "Every part tried" if waiting else "Every part"
        return f"{said}{every} of {filters.plural(len(rows), 'account')} could be read at the last attempt."
    parts = filters.plural(sum(row.unseen for row in blind), "part")
    return (
        f"{said}{parts} of {words.listed([row.name for row in blind])} could not be read: "
        "the last good state is kept and shown with its age."
    )


def _row(visit: Visit, line: AccountLine, month: Observability, days: str) -> Row:
    row, reads, rest = line.row, line.reads, line.rest
    blinds = month.media_blinds(row.account_id, is_polled=row.polled_at is not None)
    label = f"{row.name}: {calls_said(reads, rest, blinds)}, {days}"
    return Row(
        name=row.name,
        digits=arn.account_text(row.account_id),
        kind=row.kind.replace("_", " "),
        regions=words.listed(row.regions),
        chart=charts.spark(reads, rest, label=label, height=20, kind="live", low="put", blinds=blinds),
        parts=f"{row.parts - row.unseen} of {row.parts + row.waiting}" if row.parts else "none yet",
        waiting=f"{filters.number(row.waiting)} not read yet" if row.parts and row.waiting else "",
        unseen=filters.plural(row.unseen, "part") if row.unseen else "",
        polled_at=row.polled_at,
        is_stale=row.polled_at is None or visit.now - row.polled_at > STALE_AFTER,
        own_calls=filters.number(row.own_calls),
        throttled=filters.number(row.throttled) if row.throttled else "",
        running=filters.plural(row.running_feeds, "feed") if row.running_feeds else "",
        findings=row.open_findings,
    )
