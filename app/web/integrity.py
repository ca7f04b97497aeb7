"""Whether log files are as CloudTrail delivered them, as pages show it: a line for each Region, and what is wrong."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup
from sqlalchemy import Connection

from app.core.arn import account_text
from app.core.coverage.seen import share
from app.core.integrity.timeline import Stretch, timeline, verified
from app.core.model.integrity import Verdict
from app.core.model.scope import Scope
from app.db.queries import integrity
from app.web import charts, filters
from app.web.charts import BLIND, BROKEN, SEEN
from app.web.visit import Visit

MOST_BREAKS = 20
MOST_REASONS = 6
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
    """What the section prints. `more` says how many of the `total` breaks are not listed."""

    lines: tuple[Line, ...]
    breaks: tuple[Broken, ...]
    more: str
    total: int
    reasons: tuple[Reason, ...]
    key: Markup


def integrity_of(visit: Visit, scope: Scope | None = None) -> Integrity:
    """Return the integrity of the log files over the page's range; of its scope when none is given."""
    start, end, scope = visit.span.start, visit.span.end, scope or visit.scope
    found = integrity.runs(visit.connection, scope, start, end)
    total = sum(integrity.count_of_breaks(visit.connection, scope, start, end).values())
    listed = integrity.breaks(visit.connection, scope, start, end, MOST_BREAKS)
    return Integrity(
        lines=tuple(_lines(visit, found)),
        breaks=tuple(_broken(visit, row) for row in listed),
        total=total,
        more=f"{filters.number(total - len(listed))} more" if total > len(listed) else "",
        reasons=_reasons(found),
        key=_sample(BROKEN),
    )


def worst_accounts(connection: Connection, scope: Scope, start: datetime, end: datetime) -> tuple[tuple[int, int], ...]:
    """Return (account, breaks) of the accounts whose log files are broken, the most first."""
    found = integrity.count_of_breaks(connection, scope, start, end)
    return tuple(sorted(found.items(), key=lambda one: (-one[1], one[0])))


def _lines(visit: Visit, runs: Sequence[integrity.Run]) -> Iterable[Line]:
    places = sorted({(visit.account_name(run.account), run.account, run.region) for run in runs})
    before = -1
    for name, account, region in places:
        own = [run.stretch for run in runs if (run.account, run.region) == (account, region)]
        told = timeline(own, visit.span.start, visit.span.end)
        part, whole = verified(told)
        said = share(part.total_seconds(), whole.total_seconds())
        drawn = _strip(visit, f"{name} {region}", told, said)
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


def _reasons(runs: Iterable[integrity.Run]) -> tuple[Reason, ...]:
    hours: Counter[str] = Counter()
    for run in runs:
        if run.stretch.judged.verdict is Verdict.UNVERIFIED:
            hours[run.stretch.judged.why] += run.hours
    return tuple(Reason(why, filters.plural(n, "hour")) for why, n in hours.most_common(MOST_REASONS))


def _sample(kind: str) -> Markup:
    return Markup(
        '<svg width="20" height="9" aria-hidden="true"><rect class="{}" width="20" height="9"/></svg>'
    ).format(kind)
