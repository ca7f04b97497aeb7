"""One visit of a page: a read-only connection, who asks, what of, and for which time."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timezone
from urllib.parse import urlencode

from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import Response

from app.auth.current_user import User
from app.core import arn
from app.core.errors import InvalidInput
from app.core.model.scope import Scope
from app.core.model.stream import Stream
from app.core.query.accounts import chosen_accounts
from app.core.query.filter import AT, Filter
from app.core.query.filter import parse as parse_filter
from app.core.query.listing import Listing
from app.core.query.moment import Moment, iso, past, zone
from app.db.engine import read_only
from app.db.queries import shell as shell_queries
from app.web import filters, render, shell
from app.web.horizon import Observability, Observer
from app.web.site import Site
from app.web.span import Span, parse


@dataclass(frozen=True, slots=True)
class Visit:
    """What a page's handler works with.

    `scope` is the user's, narrowed to the `account` parameters of the URL. `complaints` are parts of the URL that
    could not be used, in words: each page shows them, none is ignored in silence. `at` is the time in the past as of
    which a page answers that can: its range ends there; None: it answers of now.
    """

    request: Request
    connection: Connection
    user: User
    scope: Scope
    account: int | None
    accounts: tuple[tuple[int, str], ...]
    now: datetime
    span: Span
    complaints: tuple[str, ...]
    at: Moment | None = None

    @property
    def past(self) -> datetime | None:
        """The time in the past as of which the page answers."""
        return self.at.at if self.at else None

    @property
    def at_text(self) -> str:
        """The same as a URL has it; "": now."""
        return self.at.text if self.at else ""

    def then(self, href: str) -> str:
        """Return the address of another page, as of the same time as this one."""
        if self.at is None:
            return href
        return f"{href}{'&' if '?' in href else '?'}{urlencode({AT: self.at.text})}"

    @property
    def site(self) -> Site:
        """What the application was built with."""
        return _site(self.request)

    def account_name(self, account: int) -> str:
        """Return an account's name, or its digits when it is not onboarded."""
        return dict(self.accounts).get(account, arn.account_text(account))

    def page(
        self,
        template: str,
        view: object,
        *,
        account: int | None = None,
        fragments: frozenset[str] = frozenset(),
        has_horizon: bool = True,
        has_zones: bool = False,
        horizon: Observability | None = None,
        status: int = 200,
    ) -> Response:
        """Return the page, or the fragment that htmx asked for.

        `account` is the account of a thing's own page; lists leave it out and show the narrowed scope.
        `horizon` is for pages about less than the scope: one stream, one Region. `has_zones`: its times follow `tz=`.
        """
        if render.wanted_fragment(self.request, fragments):
            # A fragment stands in a frame that is there already.
            return render.page(self.request, template, view, None, fragments=fragments, status=status)
        counts = shell_queries.menu_counts(self.connection, self.user.scope)
        frame = shell.build(
            self.request,
            accounts=self.accounts,
            account=account if account is not None else self.account,
            counts={name: filters.number(count) for name, count in counts.items()},
            span=self.span,
            horizon=(horizon or self.observability(account)).shell(self._coverage_path(account))
            if has_horizon
            else None,
            user=self.user.name,
            now=self.past or self.now,
            complaints=self.complaints,
            has_zones=has_zones,
        )
        return render.page(self.request, template, view, frame, status=status)

    def observability(self, account: int | None = None) -> Observability:
        """Return what was observable in the scope (or in one account of it) over the page's range."""
        scope = self.scope if account is None else self.user.scope.narrowed(frozenset({account}))
        observer: Observer = self.request.app.state.observer
        return observer.observability(self.connection, scope, self.span, self.accounts)

    def observability_of(self, stream: Stream, account: int) -> Observability:
        """Return what was observable of one stream or channel of an account over the page's range."""
        observer: Observer = self.request.app.state.observer
        own = self.user.scope.narrowed(frozenset({account}))
        return observer.of_stream(self.connection, stream, own, self.observability(account))

    def observed_over(self, span: Span) -> Observability:
        """Return what was observable in the scope over another range than the page's; it may reach over now."""
        observer: Observer = self.request.app.state.observer
        until = replace(span, end=min(span.end, self.now))
        return observer.observability(self.connection, self.scope, until, self.accounts).over(span)

    def _coverage_path(self, account: int | None) -> str:
        pairs = {"account": arn.account_text(account)} if account is not None else {}
        if self.at is not None:
            return f"/coverage?{urlencode(pairs | {'from': self.span.from_text, 'to': self.span.to_text})}"
        pairs |= {name: self.request.query_params[name] for name in ("from", "to") if name in self.request.query_params}
        return f"/coverage?{urlencode(pairs)}" if pairs else "/coverage"


def asking(visit: Visit, listing: Listing) -> tuple[Visit, Filter]:
    """Return the filter that the URL of a plain list asks for, and the visit with what of it could not be used.

    The visit says itself what is wrong with accounts and the range.
    """
    asked = parse_filter(visit.request.query_params.multi_items(), listing, visit.now)
    wrong = tuple(str(each) for each in asked.problems if each.parameter not in {"account", "from", "to"})
    return replace(visit, complaints=visit.complaints + wrong), asked.filter


@contextmanager
def visiting(request: Request, default_span: str = "now-7d", *, has_at: bool = False) -> Iterator[Visit]:
    """Open a visit: one read-only transaction, so that all of a page is of one moment.

    `has_at`: the page answers as of a time in the past, too.
    """
    site = _site(request)
    user = site.user()
    now = site.clock()
    with read_only(site.reader) as connection:
        accounts = shell_queries.account_names(connection, user.scope)
        chosen, unknown = chosen_accounts(request.query_params.getlist("account"), dict(accounts))
        complaints = tuple(f"account={text} is not an account here" for text in unknown)
        area = _zone(request)
        at, wrong = _past(request, now, area) if has_at else (None, ())
        complaints += wrong
        until = at.at if at else now
        span = parse(
            request.query_params.get("from", ""), request.query_params.get("to", ""), until, default_span, area
        )
        if span is None or (at is not None and span.end > until):
            complaints += (f"{_range_text(request)} is not a time range{' before that time' if at else ''}",)
            span = parse("", "", until, default_span, area)
            assert span is not None, default_span  # noqa: S101 - a default of ours
        if at is not None:
            # Links to pages that answer of now alone: there "now-7d" is another week.
            span = replace(span, from_text=iso(span.start), to_text=iso(span.end))
        yield Visit(
            request=request,
            connection=connection,
            user=user,
            scope=user.scope.narrowed(chosen),
            account=next(iter(chosen)) if len(chosen) == 1 else None,
            accounts=accounts,
            now=now,
            span=span,
            complaints=complaints,
            at=at,
        )


def _past(request: Request, now: datetime, area: timezone) -> tuple[Moment | None, tuple[str, ...]]:
    """Return the time as of which a page is asked for, and what is wrong with it."""
    given = list(dict.fromkeys(request.query_params.getlist(AT)))
    twice = (f"{AT} was given twice; the first one holds",) if len(given) > 1 else ()
    try:
        return past(given[0], now=now, naive_zone=area) if given and given[0] else None, twice
    except InvalidInput as error:
        return None, (*twice, f"{AT}: {error}")


def _site(request: Request) -> Site:
    site: Site = request.app.state.site
    return site


def _zone(request: Request) -> timezone:
    """Return the zone that times without one are in; what is none is UTC, and lists say what is wrong with it."""
    with suppress(InvalidInput):
        return zone(request.query_params.get("tz") or "UTC")
    return UTC


def _range_text(request: Request) -> str:
    given = [f"{name}={request.query_params[name]}" for name in ("from", "to") if name in request.query_params]
    return " ".join(given)
