"""`/addresses/{address}`: who called from one address, with which keys and programs, and on which streams."""

from dataclasses import dataclass
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from app.core.address import kind_of, network_of, written
from app.core.assumptions._assumption import Rests
from app.db.queries.activity import Activity
from app.web import filters
from app.web.activity import (
    ALL,
    BARS,
    ActivityView,
    activity_view,
    asked_of,
    asked_whole,
    by_account,
    by_caller,
    by_endpoint,
    by_key,
    by_principal,
    by_user_agent,
    did,
)
from app.web.assumed import Resting, resting
from app.web.horizon import Observability
from app.web.span import range_asked
from app.web.visit import Visit, visiting

router = APIRouter()
LONGEST = 1_000
"""An address that CloudTrail writes is far shorter; an index of Postgres holds a little more."""

_RESTS = (
    Rests.STREAM, Rests.KEPT, Rests.COVERAGE, Rests.REFUSED, Rests.SERVICE, Rests.KEY, Rests.PERSON, Rests.APP_USER,
    Rests.ONCE,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class AddressView:
    """What the page prints."""

    title: str
    kind: str
    summary: str
    assumed: Resting | None
    span: str
    lane_title: str
    unseen_text: str
    activity: ActivityView
    network: str
    network_href: str


@router.get("/addresses/{address:address}", include_in_schema=False)
def show(request: Request, address: str) -> Response:
    """Show one address."""
    if "\0" in address or not 0 < len(address) <= LONGEST:
        raise HTTPException(404, "There is no such address.")
    with visiting(request, "now-30d", takes=(ALL,)) as opened:
        visit = asked_whole(opened)
        found = asked_of(visit, "address", address, bars=BARS)
        if not found.uses and written(address) != address:
            # People write an address in many ways, and records in one.
            address = written(address)
            found = asked_of(visit, "address", address, bars=BARS)
        seen = visit.observability()
        return visit.page("pages/address.html", _view(visit, address, found, seen))


def _view(visit: Visit, address: str, found: Activity, seen: Observability) -> AddressView:
    network = network_of(address) or ""
    query = urlencode([("address", network), *range_asked(visit.span)])
    return AddressView(
        title=address,
        kind=kind_of(address).value,
        summary=_summary(visit, found, seen),
        assumed=resting(visit, *_RESTS),
        span=visit.span.label,
        lane_title="Who",
        unseen_text="No call from this address is stored of this range.",
        activity=activity_view(
            visit,
            found,
            seen,
            ("address", address),
            "Who called from it",
            by_caller,
            (
                ("Principals", by_principal),
                ("Keys and sessions", by_key),
                ("Accounts", by_account(visit)),
                ("User agents", by_user_agent),
                ("VPC endpoints", by_endpoint),
            ),
        ),
        network=network,
        network_href=f"/events?{query}" if network else "",
    )


def _summary(visit: Visit, found: Activity, seen: Observability) -> str:
    """Answer in the first sentence: how many came from it, and whether they read media."""
    if not found.uses:
        return f"No call from it is stored of {visit.span.label}. {seen.sentence}"
    people = {use.person for use in found.uses if use.person}
    named = f" ({filters.plural(len(people), 'person', 'people')} by name)" if people else ""
    principals = filters.plural(len({use.principal_id for use in found.uses}), "principal")
    return f"{did(found, seen)}, by {principals}{named}. {seen.sentence}"
