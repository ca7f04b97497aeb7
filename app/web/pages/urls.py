"""`/urls`: which playback URLs still open, of which stream, to whom they were issued, and where nobody could see."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.core.assumptions._assumption import Rests
from app.core.assumptions._calls import PLAYBACK_URL_CALLS
from app.core.coverage.gaps import REACH
from app.core.coverage.history import Strip
from app.core.coverage.observe import ActionClass, ObservableState
from app.core.model.media_call import LONGEST_URL
from app.core.query.filter import Problem
from app.core.viewing.asked import length, united
from app.core.viewing.viewer import told
from app.db.queries import account_page
from app.db.queries.playback_urls import IssuedUrl, alive_at
from app.services.read_viewing import who_of
from app.web import filters, viewers
from app.web.assumed import Resting, resting
from app.web.horizon import Observability
from app.web.identity_links import account_href, address_href
from app.web.series import ACTIONS_OF
from app.web.span import Span
from app.web.viewers import Who
from app.web.visit import LONGEST_TOLD, Visit, first_of, visiting

router = APIRouter()
MOST = 200
AT_MOST = " at most: no record tells"
_RANGE = "now-12h"
"""So long a URL lives at most: what was issued before is over."""
_RESTS = (Rests.URL, Rests.VIEWERS, Rests.COVERAGE, Rests.STREAM, Rests.KEPT, Rests.PERSON, Rests.APP_USER, Rests.ONCE)


@dataclass(frozen=True, slots=True)
class UrlRow:
    """One URL; `left` is for how long it opens."""

    stream: str
    stream_href: str
    account: str
    account_href: str
    who: Who
    address: str
    address_href: str
    action: str
    href: str
    issued_at: datetime
    ends_at: datetime
    left: str


@dataclass(frozen=True, slots=True)
class Blind:
    """Where more may have been issued: nobody could see all calls of the last twelve hours. `region` "": anywhere."""

    account: str
    href: str
    region: str
    text: str


@dataclass(frozen=True, slots=True)
class UrlsView:
    """What the page prints."""

    title: str
    summary: str
    assumed: Resting | None
    rows: tuple[UrlRow, ...]
    more: str
    blind: tuple[Blind, ...]
    now: datetime


@router.get("/urls", include_in_schema=False)
def show(request: Request) -> Response:
    """List the URLs that open now, those that end last first."""
    with visiting(request, _RANGE) as visit:
        seen = visit.observed_over(Span(visit.now - LONGEST_URL, visit.now, _RANGE))
        shown = visit.complaining(*_not_followed(request))
        return shown.page("pages/urls.html", _view(visit, seen), horizon=seen, has_range=False)


def _not_followed(request: Request) -> Iterator[Problem]:
    for name in ("from", "to"):
        value = first_of(request, name)
        if value and (name, value) != ("from", _RANGE):
            yield Problem(name, value[:LONGEST_TOLD], "is not followed here: no URL lives longer than 12 h")


def _view(visit: Visit, seen: Observability) -> UrlsView:
    found = alive_at(visit.connection, visit.scope, visit.now, MOST + 1)
    calls = [one.call for one in found[:MOST]]
    onboarded = frozenset(account for account, _ in visit.accounts)
    known = who_of(visit.connection, visit.user.scope, calls, onboarded)
    blind = (*_blind(visit, seen), *_unread(visit, seen))
    return UrlsView(
        title="Playback URLs",
        summary=_summary(found, blind, is_known=any(strip.kind is ActionClass.READ for strip in seen.strips)),
        assumed=resting(visit, *_RESTS, calls=PLAYBACK_URL_CALLS),
        rows=tuple(_row(visit, one, viewers.who(known[told(one.call)], one.call)) for one in found[:MOST]),
        more=f"There are more than {MOST}: those that end last are shown." if len(found) > MOST else "",
        blind=blind,
        now=visit.now,
    )


def _summary(found: tuple[IssuedUrl, ...], blind: tuple[Blind, ...], *, is_known: bool) -> str:
    """Answer in the first sentence: how many open, and whether there may be more."""
    if found:
        last = max(one.ends_at for one in found)
        count = f"{MOST:,} or more" if len(found) > MOST else f"{len(found):,}"
        verb = "opens" if len(found) == 1 else "open"
        untold = sum(one.call.is_url_life_untold for one in found[:MOST])
        said = f" Of {untold:,} no record tells for how long: counted for the 12 h at most." if untold else ""
        first = f"{count} {verb} now, the last until {last:%Y-%m-%d %H:%MZ}.{said}"
    else:
        first = "None was seen that opens now."
    if blind:
        return f"{first} There may be more: not all calls that issue one were observable in the last 12 h, see below."
    if not is_known:
        return f"{first} Whether calls that issue one are logged is not known."
    return f"{first} All calls that issue one were observable in the last 12 h."


def _row(visit: Visit, one: IssuedUrl, who: Who) -> UrlRow:
    call = one.call
    return UrlRow(
        stream=one.stream or "not named",
        stream_href=f"/streams/{one.stream_id}" if one.stream_id else "",
        account=visit.account_name(call.key.account),
        account_href=visit.account_page(call.key.account),
        who=who,
        address=call.address or "",
        address_href=address_href(call.address) if call.address else "",
        action=call.action,
        href=viewers.to_event(call),
        issued_at=call.at,
        ends_at=one.ends_at,
        left=f"{filters.duration(one.ends_at - visit.now)} left{AT_MOST if call.is_url_life_untold else ''}",
    )


def _blind(visit: Visit, seen: Observability) -> Iterator[Blind]:
    """Yield each Region in which not all calls that issue a URL were observable, the newest minutes aside."""
    for strip in seen.strips:
        if strip.kind is not ActionClass.READ:
            continue
        worst = min((strip.of(action) for action in ACTIONS_OF["url"]), key=_observed)
        if _observed(worst) < LONGEST_URL - REACH:
            some = f"{filters.duration(_observed(worst))} of 12 h observed" if _observed(worst) else "not observable"
            text = f"{some}: {worst.main_reason}" if worst.main_reason else some
            yield Blind(visit.account_name(strip.account), visit.coverage_href(strip.account), strip.region, text)


def _unread(visit: Visit, seen: Observability) -> Iterator[Blind]:
    """Yield each account that was never read: nobody knows whether it has streams."""
    known = {strip.account for strip in seen.strips}
    for row in account_page.account_rows(visit.connection, visit.scope, visit.now):
        if row.polled_at is None and row.account_id not in known:
            name, href = visit.account_name(row.account_id), account_href(row.account_id)
            yield Blind(name, href, "", "never read: its streams are unknown")


def _observed(strip: Strip) -> timedelta:
    return length(united((x.start, x.end) for x in strip.stretches if x.state is ObservableState.OBSERVED))
