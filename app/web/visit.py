"""One visit of a page: a read-only connection, who asks, what of, and for which time."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
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
from app.core.query.filter import AT, SHOWN, Filter, Parsed, Problem, with_range
from app.core.query.filter import parse as parse_filter
from app.core.query.listing import Listing
from app.core.query.moment import Moment, iso, past, zone, zone_text
from app.db.engine import read_only
from app.db.queries import shell as shell_queries
from app.db.queries.snapshots import organization_ids
from app.web import filters, render, shell
from app.web.being_read import still_to_read
from app.web.horizon import Observability, Observer
from app.web.identity_links import account_href
from app.web.site import Site
from app.web.span import LONGEST, Span, parse, range_asked, why_none
from app.web.stale import stale

LONGEST_TOLD = 80
"""Characters of a value that could not be used, where a page quotes it."""


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

    def complaining(self, *problems: Problem) -> "Visit":
        """Return the visit with more of the URL that could not be used."""
        return replace(self, complaints=(*self.complaints, *map(str, problems)))

    @property
    def site(self) -> Site:
        """What the application was built with."""
        return _site(self.request)

    def account_name(self, account: int) -> str:
        """Return an account's name, or its digits when it is not onboarded."""
        return dict(self.accounts).get(account, arn.account_text(account))

    def account_page(self, account: int) -> str:
        """Return the page of an account, "" of one that is not onboarded."""
        return account_href(account) if account in dict(self.accounts) else ""

    def page(
        self,
        template: str,
        view: object,
        *,
        account: int | None = None,
        fragments: frozenset[str] = frozenset(),
        has_scope: bool = True,
        has_range: bool = True,
        has_zones: bool = False,
        is_of_media: bool = False,
        horizon: Observability | None = None,
        status: int = 200,
    ) -> Response:
        """Return the page, or the fragment that htmx asked for.

        `account` is the account of a thing's own page; lists leave it out and show the narrowed scope.
        `horizon` is for pages about less than the scope: one stream, one Region. `has_zones`: its times follow `tz=`.
        `has_scope`: it is of some accounts and a time, which its frame lets people choose; without `has_range` its time
        is its own. `is_of_media`: it is about calls on media alone.
        """
        if render.wanted_fragment(self.request, fragments):
            # A fragment stands in a frame that is there already.
            return render.page(self.request, template, view, None, fragments=fragments, status=status)
        standing = shell_queries.standing(self.connection, self.user.scope, self.now)
        frame = shell.build(
            self.request,
            accounts=self.accounts,
            account=account if account is not None else self.account,
            counts={name: filters.number(count) for name, count in standing.counts.items()},
            span=self.span,
            horizon=(horizon or self.observability(account)).shell(self.coverage_href(account)) if has_scope else None,
            user=self.user.name,
            now=self.past or self.now,
            complaints=self.complaints,
            stale=self._stale(account) if standing.is_stale and has_scope and self.at is None else "",
            reading=self._reading(account, is_of_media=is_of_media) if standing.is_being_read and has_scope else "",
            has_zones=has_zones,
            has_scope=has_scope,
            has_range=has_range,
            organizations=self._organizations(),
        )
        return render.page(self.request, template, view, frame, status=status)

    def _organizations(self) -> tuple[str, ...]:
        """Return the ids of the organizations that accounts of the user list, at most half a minute old."""
        scope, kept = self.user.scope, self.request.app.state.organizations
        found: tuple[str, ...] = kept.get(scope.accounts, self.now, lambda: organization_ids(self.connection, scope))
        return found

    def _stale(self, account: int | None) -> str:
        return stale(self.connection, self._scope_of(account), dict(self.accounts), self.now)

    def _reading(self, account: int | None, *, is_of_media: bool) -> str:
        scope, seen, names, is_past = self._scope_of(account), self.user.scope, dict(self.accounts), self.at is not None
        return still_to_read(self.connection, scope, seen, names, self.now, is_past=is_past, is_of_media=is_of_media)

    def _scope_of(self, account: int | None) -> Scope:
        """Return the scope, or one account of it: that of a thing's own page."""
        return self.scope if account is None else self.user.scope.narrowed(frozenset({account}))

    def observability(self, account: int | None = None) -> Observability:
        """Return what was observable in the scope (or in one account of it) over the page's range."""
        scope = self._scope_of(account)
        observer: Observer = self.request.app.state.observer
        return observer.observability(self.connection, self.user.scope, scope, self.span, self.accounts, self.now)

    def observability_of(self, stream: Stream, account: int) -> Observability:
        """Return what was observable of one stream or channel of an account over the page's range."""
        observer: Observer = self.request.app.state.observer
        own = self.user.scope.narrowed(frozenset({account}))
        seen = self.observability(account)
        return observer.of_stream(self.connection, self.user.scope, own, stream, seen, self.now)

    def observed_over(self, span: Span) -> Observability:
        """Return what was observable in the scope over another range than the page's; it may reach over now."""
        observer: Observer = self.request.app.state.observer
        found = observer.observability(self.connection, self.user.scope, self.scope, span, self.accounts, self.now)
        return found.over(span)

    def observed_by_user(self, start: datetime, end: datetime) -> Observability:
        """Return what was observable in all that the user may see, whatever the page is narrowed to."""
        observer: Observer = self.request.app.state.observer
        scope, span = self.user.scope, Span(start, end, "")
        return observer.observability(self.connection, scope, scope, span, self.accounts, self.now)

    def coverage_href(self, account: int | None = None) -> str:
        """Return the page of what could be seen in the page's range: in an account, or in those it is narrowed to."""
        is_narrowed = self.scope != self.user.scope
        accounts = [account] if account is not None else sorted(self.scope.accounts or ()) if is_narrowed else []
        tz = [("tz", zone_text(self.span.zone))] if self.span.zone != UTC else []
        pairs = [*(("account", arn.account_text(each)) for each in accounts), *range_asked(self.span), *tz]
        return f"/coverage?{urlencode(pairs, safe=':')}"


def asking(visit: Visit, listing: Listing) -> tuple[Visit, Filter]:
    """Return the filter that the URL of a plain list asks for, and the visit with what of it could not be used.

    The visit says itself what is wrong with accounts and the range.
    """
    asked = ranged(visit, parse_filter(visit.request.query_params.multi_items(), listing, visit.now))
    problems = (*asked.problems, *unused(visit, listing))
    return visit.complaining(*(each for each in problems if each.parameter not in _TOLD)), asked.filter


def ranged(visit: Visit, asked: Parsed) -> Parsed:
    """Return what a list is asked for but for a range that cannot be shown: the visit says that itself.

    One that is too long only files take.
    """
    query, span = asked.filter, visit.span
    is_given = any(map(visit.request.query_params.get, _ENDS))
    if is_given and query.until.at - query.since.at > LONGEST:
        query = with_range(query, Moment(span.from_text, span.start), Moment(span.to_text or "now", span.end))
    return Parsed(query, tuple(each for each in asked.problems if each.parameter not in _ENDS))


def unused(visit: Visit, listing: Listing) -> Iterator[Problem]:
    """Yield the parameters of how a list is shown that its page has no use for, though its file may have."""
    given = visit.request.query_params
    for name in SHOWN:
        if given.get(name) and name not in listing.shown_by:
            what = "is for the file of this list alone" if name == "cols" else "cannot be asked of this list"
            yield Problem(name, given[name][:LONGEST_TOLD], what)


@contextmanager
def visiting(
    request: Request,
    default_span: str = "now-7d",
    *,
    takes: Collection[str] | None = (),
    has_scope: bool = True,
    has_at: bool = False,
) -> Iterator[Visit]:
    """Open a visit: one read-only transaction, so that all of a page is of one moment.

    `takes` are the page's own parameters, beside those of every page; None: it is a list, whose grammar says what is
    none of them. `has_scope`: it is of some accounts and a time. `has_at`: it answers as of a time in the past, too.
    """
    site = _site(request)
    user = site.user()
    now = site.clock()
    with read_only(site.reader) as connection:
        accounts = shell_queries.account_names(connection, user.scope)
        given = request.query_params.getlist("account") if has_scope else ()
        chosen, unknown = chosen_accounts(given, dict(accounts))
        complaints = (*_unknown_accounts(unknown), *_not_taken(request, takes, has_scope=has_scope, has_at=has_at))
        area, wrong_zone = _zone(request, is_told=takes is None)
        at, wrong = _past(request, now, area) if has_at else (None, ())
        complaints += wrong_zone + wrong
        until = at.at if at else now
        since, to = (first_of(request, name) if has_scope else "" for name in ("from", "to"))
        span = parse(since, to, until, default_span, area)
        if span is None or (at is not None and span.end > until):
            before = "is not a time range before that time"
            why = why_none(since, to, until, default_span, area) if span is None else before
            complaints += (f"{_range_text(request)} {why}",)
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


_ENDS = frozenset({"from", "to"})
_TOLD = _ENDS | {"account"}
"""What a visit of any page says is wrong."""
_OF_EVERY_PAGE = _TOLD | {"tz"}
_MOST_ACCOUNTS = 5
_MOST_NAMES, _LONGEST_NAME = 30, 40


def _unknown_accounts(unknown: tuple[str, ...]) -> Iterator[str]:
    for text in unknown[:_MOST_ACCOUNTS]:
        yield f"account={text[:LONGEST_TOLD]} is not an account here"
    if len(unknown) > _MOST_ACCOUNTS:
        yield f"account: {len(unknown) - _MOST_ACCOUNTS} more are not accounts here"


def _not_taken(request: Request, takes: Collection[str] | None, *, has_scope: bool, has_at: bool) -> Iterator[str]:
    """Yield what is wrong with the names of the parameters: none of the page's, or given twice."""
    given = request.query_params
    every = (_OF_EVERY_PAGE if has_scope else frozenset()) | ({AT} if has_at else frozenset())
    if takes is not None:
        others = sorted(given.keys() - every - set(takes))
        if others:
            names = [name[:_LONGEST_NAME] for name in others[:_MOST_NAMES]]
            more = f" and {len(others) - _MOST_NAMES} more" if len(others) > _MOST_NAMES else ""
            yield f"{', '.join(names)}{more} cannot be asked of this page"
    # The grammar of lists says it of all others.
    for name in sorted((every - {"account"}) | set(takes) if takes is not None else every - {"account", "tz"}):
        if len(set(given.getlist(name))) > 1:
            yield f"{name} was given twice; the first one holds"


def first_of(request: Request, name: str) -> str:
    """Return the first value of a parameter, as the grammar of lists does: two never say different things."""
    return next(iter(request.query_params.getlist(name)), "")


def _past(request: Request, now: datetime, area: timezone) -> tuple[Moment | None, tuple[str, ...]]:
    """Return the time as of which a page is asked for, and what is wrong with it."""
    text = first_of(request, AT)
    try:
        return past(text, now=now, naive_zone=area) if text else None, ()
    except InvalidInput as error:
        return None, (f"{AT}: {error}",)


def _site(request: Request) -> Site:
    site: Site = request.app.state.site
    return site


def _zone(request: Request, *, is_told: bool) -> tuple[timezone, tuple[str, ...]]:
    """Return the zone that times without one are in, and what is wrong with it: then it is UTC.

    `is_told`: the grammar of a list says what is wrong.
    """
    try:
        return zone(first_of(request, "tz") or "UTC"), ()
    except InvalidInput as error:
        return UTC, () if is_told else (f"tz: {error}",)


def _range_text(request: Request) -> str:
    given = [(name, first_of(request, name)) for name in ("from", "to") if name in request.query_params]
    return " ".join(f"{name}={text[:LONGEST_TOLD]}" for name, text in given)
