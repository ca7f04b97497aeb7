"""What was called in an account, on its page: the newest thirty days, and the lists of the account that tell more."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from markupsafe import Markup

from app.core.arn import account_text
from app.core.kvs.actions import MEDIA_READ
from app.services.read_accounts import account_lines
from app.web import charts, filters
from app.web.viewers import of_actions, to_timeline
from app.web.visit import Visit
from app.web.whole_days import days_text, of_days, over_month


@dataclass(frozen=True, slots=True)
class AccountCalls:
    """The calls by day, on which days what was counted, and (label, address) of the lists."""

    chart: Markup
    days: str
    said: str
    lists: tuple[tuple[str, str], ...]


def account_calls(visit: Visit, account: int) -> AccountCalls:
    """Return the calls of an account that is onboarded."""
    own = over_month(replace(visit, scope=visit.scope.narrowed(frozenset({account}))))
    (line,) = account_lines(own.connection, own.scope, own.now)
    seen = own.observed_over(own.span)
    blinds = seen.media_blinds(account, is_polled=line.row.polled_at is not None)
    said = calls_said(line.reads, line.rest, blinds)
    days = days_text(own)
    label = f"{said}, {days}"
    asked = ("account", account_text(account))
    counted = of_days(own)
    return AccountCalls(
        chart=charts.spark(line.reads, line.rest, label=label, height=40, kind="live", low="put", blinds=blinds),
        days=days,
        said=said,
        lists=(
            ("API calls", to_timeline([asked, *counted])),
            ("Reads of media", to_timeline([asked, *counted, *of_actions(MEDIA_READ)])),
            *((name, f"/{page}?{urlencode([asked])}") for name, page in _LISTS),
        ),
    )


def calls_said(reads: Sequence[int], rest: Sequence[int], blinds: Sequence[charts.Blind]) -> str:
    """Say how many calls there were: where nobody could look, that no read is stored is no count of them."""
    count = sum(reads)
    read = f"{filters.plural(count, 'read')} of media" if count or not blinds else "no read of media seen"
    return f"{read} and {filters.number(sum(rest))} other calls"


_LISTS = (("Matrix", "matrix"), ("Streams", "streams"), ("Principals", "principals"), ("Findings", "findings"))
