"""`/search`: accounts, streams and principals by name, a key or an address by itself."""

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from app.core import arn
from app.db.queries import principal_pages, stream_pages
from app.web.visit import Visit, visiting

router = APIRouter()
LIMIT = 20
_KEY = re.compile(r"A(?:KIA|SIA)[A-Z0-9]{12,124}")


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing that matches."""

    name: str
    href: str
    detail: str


@dataclass(frozen=True, slots=True)
class Search:
    """What the page prints."""

    title: str
    query: str
    groups: tuple[tuple[str, tuple[Hit, ...]], ...]


@router.get("/search", include_in_schema=False)
def search(request: Request) -> Response:
    """Find by name; what can only be one thing leads there at once."""
    asked = request.query_params.get("q", "").replace("\0", "").strip()
    if _KEY.fullmatch(asked):
        return RedirectResponse(f"/events?{urlencode({'key': asked, 'from': 'now-90d'})}", 303)
    if _is_address(asked):
        return RedirectResponse(f"/events?{urlencode({'address': asked, 'from': 'now-90d'})}", 303)
    with visiting(request) as visit:
        found = _groups(visit, asked) if asked else ()
        hits = [hit for _, group in found for hit in group]
        if len(hits) == 1:
            return RedirectResponse(hits[0].href, 303)
        return visit.page("pages/search.html", Search(f"Search: {asked}" if asked else "Search", asked, found))


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return "." in text or ":" in text


def _groups(visit: Visit, asked: str) -> tuple[tuple[str, tuple[Hit, ...]], ...]:
    streams = stream_pages.stream_rows(visit.connection, visit.scope, contains=asked, limit=LIMIT)
    principals = principal_pages.principal_rows(visit.connection, visit.scope, contains=asked, limit=LIMIT)
    accounts = [
        Hit(name, f"/accounts/{arn.account_text(number)}", arn.account_text(number))
        for number, name in visit.accounts
        if asked.lower() in name.lower() or asked in arn.account_text(number)
    ]
    groups = (
        ("Streams and channels", tuple(Hit(r.name, f"/streams/{r.id}", _where(visit, r.account_id)) for r in streams)),
        ("Principals", tuple(Hit(r.name, f"/principals/{r.id}", _where(visit, r.account_id)) for r in principals)),
        ("Accounts", tuple(accounts[:LIMIT])),
    )
    return tuple(group for group in groups if group[1])


def _where(visit: Visit, account: int) -> str:
    return visit.account_name(account)
