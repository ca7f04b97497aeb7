"""Whether log files are as CloudTrail delivered them, as pages show it: a line for each Region, and what is wrong."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from markupsafe import Markup
from sqlalchemy import Connection

from app.core.arn import account_text
from app.core.coverage.seen import share
from app.core.integrity.timeline import Stretch, by_hour, timeline, unverified_hours, verified
from app.core.model.integrity import Verdict
from app.core.model.scope import Scope
from app.db.queries import integrity
from app.web import charts, filters
from app.web.charts import BLIND, BROKEN, SEEN
from app.web.visit import Visit

MOST_BREAKS = 20
MOST_REASONS = 6
_Place = tuple[int, str]
_KINDS = {Verdict.VERIFIED: SEEN, Verdict.UNVERIFIED: BLIND, Verdict.BROKEN: BROKEN}


@dataclass(frozen=True, slots=True)
class Line:
    """The log files of one Region of an account; `account` is "" below its first line."""

    account: str
    digits: str
    region: str
    strip: Markup
    share: str
    is_full: bool


@dataclass(frozen=True, slots=True)
class Broken:
    """One break."""

    kind: str
    name: str
    origin: str
    what: str
    where: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Reason:
    """Why hours are unverified, and how many."""

    why: str
    hours: str


@dataclass(frozen=True, slots=True)
class Integrity:
    """What the section prints. `more` says how many of the `total` breaks are not listed, `unit` what reasons count."""

    lines: tuple[Line, ...]
    breaks: tuple[Broken, ...]
    more: str
    total: int
    reasons: tuple[Reason, ...]
    unit: str
    key: Markup


def integrity_of(visit: Visit, scope: Scope | None = None) -> Integrity:
    """Return the integrity of the log files over the page's range; of its scope when none is given."""
    # Of what is still to come nothing can be proven, and nothing is left to prove.
    start, end, scope = visit.span.start, min(visit.span.end, visit.now), scope or visit.scope
    told = _told(integrity.runs(visit.connection, scope, start, end), start, end)
    total = sum(integrity.count_of_breaks(visit.connection, scope, start, end).values())
    listed = integrity.breaks(visit.connection, scope, start, end, MOST_BREAKS)
    return Integrity(
        lines=tuple(_lines(visit, told)),
        breaks=tuple(_broken(visit, row) for row in listed),
        total=total,
        more=f"{filters.number(total - len(listed))} more" if total > len(listed) else "",
        reasons=_reasons(told.values()),
        unit=_unit(told),
        key=_sample(BROKEN),
    )


def worst_accounts(connection: Connection, scope: Scope, start: datetime, end: datetime) -> tuple[tuple[int, int], ...]:
    """Return (account, breaks) of the accounts whose log files are broken, the most first."""
    found = integrity.count_of_breaks(connection, scope, start, end)
    return tuple(sorted(found.items(), key=lambda one: (-one[1], one[0])))


def _told(runs: Sequence[integrity.Run], start: datetime, end: datetime) -> Mapping[_Place, Sequence[Stretch]]:
    """Return what holds over the range in each Region of an account that has a verdict; `runs` are in their order."""
    own = groupby(runs, key=lambda run: (run.account, run.region))
    return {place: timeline([run.stretch for run in found], start, end) for place, found in own}


def _lines(visit: Visit, told: Mapping[_Place, Sequence[Stretch]]) -> Iterable[Line]:
    before = -1
    for name, account, region in sorted((visit.account_name(account), account, region) for account, region in told):
        own = told[account, region]
        part, whole = verified(own)
        said = share(part.total_seconds(), whole.total_seconds())
        drawn = _strip(visit, f"{name} {region}", own, said)
        yield Line(name if account != before else "", account_text(account), region, drawn, said, said == "100 %")
        before = account


def _strip(visit: Visit, label: str, told: Sequence[Stretch], said: str) -> Markup:
    parts = [(visit.span.fraction(one.start), visit.span.fraction(one.end), _KINDS[one.judged.verdict]) for one in told]
    broken = sum(one.judged.verdict is Verdict.BROKEN for one in told)
    more = f", {filters.plural(broken, 'stretch', 'stretches')} broken" if broken else ""
    return charts.strip(parts, label=f"{label} log files: {said} verified{more}")


def _broken(visit: Visit, row: integrity.BreakRow) -> Broken:
    return Broken(
        kind=row.kind,
        name=row.origin.rpartition("/")[2],
        origin=row.origin,
        what=row.what,
        where=f"{visit.account_name(row.account)}, {row.region}",
        at=row.at,
    )


def _reasons(told: Iterable[Sequence[Stretch]]) -> tuple[Reason, ...]:
    """Return why what the lines show is unverified, in hours as a statement counts them."""
    hours = sum((unverified_hours(by_hour(one)) for one in told), Counter[str]())
    listed = hours.most_common(MOST_REASONS)
    rest = hours.total() - sum(n for _, n in listed)
    more = [("other reasons", rest)] if rest else []
    return tuple(Reason(why, filters.plural(n, "hour")) for why, n in [*listed, *more])


def _unit(places: Iterable[_Place]) -> str:
    """Say what the hours are added up over."""
    found = list(places)
    accounts = len({account for account, _ in found})
    of = f" of {accounts} accounts" if accounts > 1 else ""
    over = f", added up over {len(found)} Regions{of}" if len(found) > 1 else ""
    return f"hours of the clock{over}"


def _sample(kind: str) -> Markup:
    return Markup(
        '<svg width="20" height="9" aria-hidden="true"><rect class="{}" width="20" height="9"/></svg>'
    ).format(kind)
