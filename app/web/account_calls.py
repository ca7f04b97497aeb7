"""What was called in an account, on its page: thirty days of it, and the lists of the account that tell more."""

from dataclasses import dataclass, replace
from urllib.parse import urlencode

from markupsafe import Markup

from app.core.arn import account_text
from app.core.kvs.actions import MEDIA_READ
from app.services.read_accounts import account_lines, month_of
from app.web import charts, filters
from app.web.span import Span
from app.web.viewers import of_actions, to_timeline
from app.web.visit import Visit


@dataclass(frozen=True, slots=True)
class AccountCalls:
    """The calls by day, what was counted, and (label, address) of the lists."""

    chart: Markup
    said: str
    lists: tuple[tuple[str, str], ...]


def account_calls(visit: Visit, account: int) -> AccountCalls:
    """Return the calls of an account that is onboarded."""
    own = replace(visit, scope=visit.scope.narrowed(frozenset({account})))
    (line,) = account_lines(own.connection, own.scope, own.now)
    first, after = month_of(own.now)
    seen = own.observed_over(Span(first, after, "", ""))
    blinds = seen.media_blinds(account, is_polled=line.row.polled_at is not None)
    said = f"{filters.plural(sum(line.reads), 'read')} of media and {filters.number(sum(line.rest))} other calls"
    label = f"{said} in thirty days"
    asked = ("account", account_text(account))
    back = ("from", "now-30d")
    return AccountCalls(
        chart=charts.spark(line.reads, line.rest, label=label, height=40, kind="live", low="put", blinds=blinds),
        said=said,
        lists=(
            ("API calls", to_timeline([asked, back])),
            ("Reads of media", to_timeline([asked, back, *of_actions(MEDIA_READ)])),
            *((name, f"/{page}?{urlencode([asked])}") for name, page in _LISTS),
        ),
    )


_LISTS = (("Matrix", "matrix"), ("Streams", "streams"), ("Principals", "principals"), ("Findings", "findings"))
