"""What stands around every page: the menu, the scope, the time range and the horizon."""

from dataclasses import dataclass
from datetime import UTC, datetime

from markupsafe import Markup
from starlette.requests import Request

from app.core import arn
from app.core.query.filter import encoded
from app.core.query.moment import zone_text
from app.web import filters, navigation, words
from app.web.identity_links import account_href
from app.web.span import PRESETS, Span, range_asked

THEMES = ("light", "dark")
DENSITIES = ("compact", "comfortable")
KEYS = ("off",)
CURSORS = frozenset({"after", "before"})


@dataclass(frozen=True, slots=True)
class Choice:
    """One entry of a menu: a link, and whether it is what holds now."""

    label: str
    href: str
    is_here: bool
    note: str = ""


@dataclass(frozen=True, slots=True)
class Horizon:
    """The observability of the page's scope and range: a line with hatched holes, the share, the number of holes."""

    strip: Markup
    left: str
    right: str
    href: str


@dataclass(frozen=True, slots=True)
class Shell:
    """The frame of one page, ready to print."""

    menu: tuple[navigation.Entry, ...]
    demo: bool
    theme: str
    density: str
    keys: str
    user: str
    scope_label: str
    is_one_account: bool
    scopes: tuple[Choice, ...]
    span_label: str
    spans: tuple[Choice, ...]
    span_from: str
    span_to: str
    kept: tuple[tuple[str, str], ...]
    horizon: Horizon | None
    query: str
    here: str
    complaints: tuple[str, ...] = ()
    stale: str = ""
    reading: str = ""
    as_of: str = ""
    zone: str = "UTC"
    zones: tuple[Choice, ...] = ()

    @property
    def is_range(self) -> bool:
        """Whether the range is told by its ends: a phone has no room for that in one line."""
        return " to " in self.span_label


def with_query(request: Request, **changes: str | None) -> str:
    """Return this page's address with parameters set, or dropped where the value is None; cursors never stay."""
    pairs = [(k, v) for k, v in request.query_params.multi_items() if k not in changes and k not in CURSORS]
    pairs += [(name, value) for name, value in changes.items() if value is not None]
    return f"{request.url.path}?{encoded(pairs)}" if pairs else request.url.path


def build(
    request: Request,
    *,
    accounts: tuple[tuple[int, str], ...],
    account: int | None,
    counts: dict[str, str],
    span: Span,
    horizon: Horizon | None,
    user: str,
    now: datetime,
    complaints: tuple[str, ...] = (),
    stale: str = "",
    reading: str = "",
    has_zones: bool = False,
    has_scope: bool = True,
    has_range: bool = True,
    organizations: tuple[str, ...] = (),
) -> Shell:
    """Return the frame of a page; `account` is the one that its scope is narrowed to.

    `organizations` are the ids of those that the accounts list.

    `has_scope`: accounts and a time can be chosen, without `has_range` accounts alone. What a page does not follow is
    not offered there.
    """
    names = dict(accounts)
    label = (
        filters.plural(len(accounts), "account") if account is None else names.get(account, arn.account_text(account))
    )
    from_changes = {"from": None, "to": None}
    return Shell(
        menu=navigation.entries(request.app.state.menu, request.url.path, counts),
        demo=request.app.state.site.demo,
        theme=_cookie(request, "theme", THEMES),
        density=_cookie(request, "density", DENSITIES),
        keys=_cookie(request, "keys", KEYS),
        user=user,
        scope_label=label,
        is_one_account=account is not None,
        scopes=_scopes(request, accounts, account, organizations) if has_scope else (),
        span_label=span.label,
        spans=tuple(
            Choice(
                text,
                with_query(request, **(from_changes | {"from": value})),
                value == span.from_text and not span.to_text,
            )
            for value, text in (PRESETS if has_scope and has_range else ())
        ),
        span_from=f"{span.start.astimezone(span.zone):%Y-%m-%dT%H:%M}",
        span_to=f"{span.end.astimezone(span.zone):%Y-%m-%dT%H:%M}",
        kept=tuple((k, v) for k, v in request.query_params.multi_items() if k not in {"from", "to"} | CURSORS),
        horizon=horizon,
        query=next(iter(request.query_params.getlist("q")), "") if request.url.path == "/search" else "",
        here=_here(request),
        complaints=complaints,
        stale=stale,
        reading=reading,
        as_of=filters.full_time(now),
        zone=zone_text(span.zone),
        zones=_zones(request, span) if has_zones else (),
    )


def bare_shell(request: Request) -> Shell:
    """Return the frame of a page that may not ask the database: an error."""
    return Shell(
        menu=navigation.entries(request.app.state.menu, request.url.path, {}),
        demo=request.app.state.site.demo,
        theme=_cookie(request, "theme", THEMES),
        density=_cookie(request, "density", DENSITIES),
        keys=_cookie(request, "keys", KEYS),
        user="",
        scope_label="",
        is_one_account=False,
        scopes=(),
        span_label="",
        spans=(),
        span_from="",
        span_to="",
        kept=(),
        horizon=None,
        query="",
        here=_here(request),
    )


def _scopes(
    request: Request, accounts: tuple[tuple[int, str], ...], account: int | None, organizations: tuple[str, ...]
) -> tuple[Choice, ...]:
    """Return the links of the scope menu: lists are narrowed in place, a thing's own page leads to the account."""
    is_list = request.url.path.count("/") == 1
    href = with_query(request, account=None) if is_list else "/"
    everything = Choice("All accounts", href, account is None, words.listed(organizations))
    return (
        everything,
        *(
            Choice(
                name,
                with_query(request, account=arn.account_text(number)) if is_list else account_href(number),
                number == account,
                arn.account_text(number),
            )
            for number, name in accounts
        ),
    )


def _zones(request: Request, span: Span) -> tuple[Choice, ...]:
    """Return the zones to choose from: a browser's own is put into the URL by its script, which alone knows it."""
    is_utc = span.zone == UTC
    other = "this browser's zone" if is_utc else zone_text(span.zone)
    # Another zone shows the same calls.
    same = {name: value for name, value in range_asked(span) if name in request.query_params}
    return (
        Choice("Times in UTC", with_query(request, **same, tz=None), is_utc),
        Choice(
            f"Times in {other}",
            with_query(request, **same, tz="local" if is_utc else zone_text(span.zone)),
            not is_utc,
        ),
    )


def _here(request: Request) -> str:
    return f"{request.url.path}?{request.url.query}" if request.url.query else request.url.path


def _cookie(request: Request, name: str, allowed: tuple[str, ...]) -> str:
    value = request.cookies.get(name, "")
    return value if value in allowed else ""
