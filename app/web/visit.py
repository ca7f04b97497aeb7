"""One visit of a page: a read-only connection, who asks, what of, and for which time."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlencode

from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import Response

from app.auth.current_user import User
from app.core import arn
from app.core.model.scope import Scope
from app.core.query.accounts import chosen_accounts
from app.core.query.filter import Filter
from app.core.query.filter import parse as parse_filter
from app.core.query.listing import Listing
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
    could not be used, in words: each page shows them, none is ignored in silence.
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
        horizon: Observability | None = None,
        status: int = 200,
    ) -> Response:
        """Return the page, or the fragment that htmx asked for.

        `account` is the account of a thing's own page; lists leave it out and show the narrowed scope.
        `horizon` is for pages about less than the scope: one stream, one Region.
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
            now=self.now,
            complaints=self.complaints,
        )
        return render.page(self.request, template, view, frame, status=status)

    def observability(self, account: int | None = None) -> Observability:
        """Return what was observable in the scope (or in one account of it) over the page's range."""
        scope = self.scope if account is None else self.user.scope.narrowed(frozenset({account}))
        observer: Observer = self.request.app.state.observer
        return observer.observability(self.connection, scope, self.span, self.accounts)

    def observed_over(self, span: Span) -> Observability:
        """Return what was observable in the scope over another range than the page's; it may reach over now."""
        observer: Observer = self.request.app.state.observer
        until = replace(span, end=min(span.end, self.now))
        return observer.observability(self.connection, self.scope, until, self.accounts).over(span)

    def _coverage_path(self, account: int | None) -> str:
        pairs = {"account": arn.account_text(account)} if account is not None else {}
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
def visiting(request: Request, default_span: str = "now-7d") -> Iterator[Visit]:
    """Open a visit: one read-only transaction, so that all of a page is of one moment."""
    site = _site(request)
    user = site.user()
    now = site.clock()
    with read_only(site.reader) as connection:
        accounts = shell_queries.account_names(connection, user.scope)
        chosen, unknown = chosen_accounts(request.query_params.getlist("account"), dict(accounts))
        complaints = tuple(f"account={text} is not an account here" for text in unknown)
        span = parse(request.query_params.get("from", ""), request.query_params.get("to", ""), now, default_span)
        if span is None:
            complaints += (f"{_range_text(request)} is not a time range",)
            span = parse("", "", now, default_span)
            assert span is not None, default_span  # noqa: S101 - a default of ours
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
        )


def _site(request: Request) -> Site:
    site: Site = request.app.state.site
    return site


def _range_text(request: Request) -> str:
    given = [f"{name}={request.query_params[name]}" for name in ("from", "to") if name in request.query_params]
    return " ".join(given)
