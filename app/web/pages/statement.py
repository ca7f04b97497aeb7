"""`/streams/{id}/statement`: who read a stream, and whether "nobody" can be proven; made to be printed."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from markupsafe import Markup
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from app import __version__
from app.core.arn import account_text
from app.core.errors import InvalidInput
from app.core.integrity.timeline import Stretch
from app.core.model.integrity import Verdict as Integrity
from app.core.model.media_call import LONGEST_URL
from app.core.model.stream import ResourceKind
from app.core.query.filter import NONE
from app.core.query.interval import asked_since, filmed, interval_text
from app.core.query.moment import iso
from app.core.statement.counts import DAY, Compared, DayCount
from app.core.statement.evidence import Doubt, Verdict
from app.core.statement.hours import Hours, reading_actions
from app.db.queries import stream_pages
from app.db.queries.stream_pages import StreamRow
from app.services.export_reads import COLUMNS, read_rows
from app.services.export_statement import statement_object
from app.services.make_statement import Question, Statement, make_statement
from app.web import charts, filters, words
from app.web.assumed import PATH as ASSUMPTIONS
from app.web.assumed import Resting, resting_on
from app.web.charts import BLIND, BROKEN, SEEN
from app.web.horizon import Observability
from app.web.identity_links import account_href
from app.web.series import series_of
from app.web.stated import Cover, ReaderRow, covers, range_of, reader_row, second
from app.web.stream_file import csv_of
from app.web.viewers import of_actions, to_timeline
from app.web.visit import Visit, first_of, visiting
from app.web.whole_days import EVERY_CALL

router = APIRouter()
MOST_STRETCHES = 12
MOST_READERS = 100
MOST_REASONS = 6
_KINDS = {Integrity.VERIFIED: SEEN, Integrity.UNVERIFIED: BLIND, Integrity.BROKEN: BROKEN}
_TWICE = "They may be fewer: a record refutes that a call is counted once, however many trails log it. "


@dataclass(frozen=True, slots=True)
class Because:
    """One doubt, with the page that tells more of it ("" where none does)."""

    text: str
    href: str
    link: str


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of time whose log files are not verified."""

    verdict: str
    is_broken: bool
    start: datetime
    end: datetime
    why: str


@dataclass(frozen=True, slots=True)
class StatementView:
    """What the page prints."""

    title: str
    name: str
    noun: str
    href: str
    account: str
    digits: str
    region: str
    arn: str
    verdict: str
    is_proven: bool
    is_unseen: bool
    because: tuple[Because, ...]
    lead: str
    asked: str
    footage: str
    plain_href: str
    csv_href: str
    json_href: str
    readers: tuple[ReaderRow, ...]
    listed: tuple[ReaderRow, ...]
    maybe: tuple[ReaderRow, ...]
    refused: tuple[ReaderRow, ...]
    more: str
    covers: tuple[Cover, ...]
    coverage_href: str
    hours: str
    hours_strip: Markup
    unverified: tuple[tuple[str, str], ...]
    pieces: tuple[Piece, ...]
    pieces_more: str
    counted: tuple[DayCount, ...]
    played: tuple[DayCount, ...]
    compared: str
    trails: str
    assumed: Resting | None
    basis: tuple[tuple[str, str], ...]
    now: datetime


@router.get("/streams/{stream_id:int}/statement", include_in_schema=False)
def show(request: Request, stream_id: int) -> Response:
    """Show the statement."""
    with visiting(request, takes=("footage",)) as opened:
        visit, found = _asked(opened, stream_id)
        seen = found.evidence.seen
        horizon = Observability(seen.strips, seen.moments, visit.span, visit.accounts)
        account = found.question.row.account_id
        view = _view(visit, found)
        return visit.page("pages/statement.html", view, account=account, is_of_media=True, horizon=horizon)


@router.get("/streams/{stream_id:int}/statement.json", include_in_schema=False)
def as_json(request: Request, stream_id: int) -> Response:
    """Give the same as JSON; what the page complains about is refused here."""
    with visiting(request, takes=("footage",)) as opened:
        visit, found = _asked(opened, stream_id)
        if visit.complaints:
            raise HTTPException(400, "; ".join(visit.complaints))
        return JSONResponse(statement_object(found, visit.user.name))


@router.get("/streams/{stream_id:int}/statement.csv", include_in_schema=False)
def as_csv(request: Request, stream_id: int) -> Response:
    """Give its reads, a line for each reader; what the page complains about is refused here."""
    with visiting(request, takes=("footage",)) as opened:
        visit, found = _asked(opened, stream_id)
        return csv_of(visit, found.question, urlencode(_of_files(visit, found)), COLUMNS, tuple(read_rows(found)))


def _asked(visit: Visit, stream_id: int) -> tuple[Visit, Statement]:
    """Return the statement that the URL asks for, and the visit over the range of its calls."""
    row = stream_pages.stream_row(visit.connection, visit.scope, stream_id) if stream_id < 2**31 else None
    if row is None:
        raise HTTPException(404, f"There is no stream {stream_id} here.")
    text, footage = first_of(visit.request, "footage"), None
    if text:
        try:
            footage = filmed(text, visit.now, visit.span.zone)
        except InvalidInput as error:
            wrong = f"footage={text[:80]} is not used: {error}"
            visit = replace(visit, complaints=(*visit.complaints, wrong))
    if footage is not None and not first_of(visit.request, "from"):
        start = asked_since(footage)
        visit = replace(visit, span=replace(visit.span, start=start, from_text=iso(start)))
    onboarded = frozenset(number for number, _ in visit.accounts)
    question = Question(row, second(visit.span.start), second(visit.span.end), visit.now, onboarded, footage)
    return visit, make_statement(visit.connection, visit.user.scope, question)


def _view(visit: Visit, found: Statement) -> StatementView:
    question, evidence, judgement = found.question, found.evidence, found.judgement
    row = question.row
    path = f"/streams/{row.id}/statement"
    pairs, asked, filed = range_of(visit.span), _pairs(visit, found), urlencode(_of_files(visit, found))
    # What could not be used stays in its field.
    footage = dict(asked).get("footage") or first_of(visit.request, "footage")
    hours = evidence.hours
    return StatementView(
        title=f"Statement on {row.name}",
        name=row.name,
        noun=row.kind,
        href=f"/streams/{row.id}?{urlencode(pairs)}",
        account=visit.account_name(row.account_id),
        digits=account_text(row.account_id),
        region=row.region,
        arn=row.arn or "not known",
        verdict=judgement.title,
        is_proven=judgement.verdict is Verdict.PROVEN,
        is_unseen=judgement.verdict is Verdict.NOT_PROVABLE,
        because=tuple(_because(visit, found)),
        lead=_lead(found),
        asked=_question(found),
        footage=footage,
        plain_href=path if question.footage is not None else "",
        csv_href=f"{path}.csv?{filed}",
        json_href=f"{path}.json?{filed}",
        readers=tuple(reader_row(found, one) for one in found.readers[:MOST_READERS]),
        listed=tuple(reader_row(found, one) for one in found.listed[:MOST_READERS]),
        maybe=tuple(reader_row(found, one, "footage_maybe") for one in found.maybe[:MOST_READERS]),
        refused=tuple(reader_row(found, one, "") for one in found.refused[:MOST_READERS]),
        more=_more(found),
        covers=tuple(covers(found, visit.span)),
        coverage_href=_coverage_href(visit, row),
        hours=_hours_text(hours),
        hours_strip=_hours_strip(visit, hours),
        unverified=tuple((filters.plural(n, "hour"), why) for why, n in hours.reasons[:MOST_REASONS]),
        pieces=tuple(map(_piece, hours.open[:MOST_STRETCHES])),
        pieces_more=filters.number(len(hours.open) - MOST_STRETCHES) if len(hours.open) > MOST_STRETCHES else "",
        counted=evidence.compared.calls,
        played=evidence.compared.plays,
        compared=_compared(evidence.compared, row.kind),
        trails=words.listed(found.trails),
        assumed=resting_on(found.assumed, found.rests),
        basis=(
            ("Asked", _question(found)),
            ("As of", f"{question.now:%Y-%m-%d %H:%M:%SZ}"),
            ("By", visit.user.name),
            ("kvswatch", __version__),
            ("Address", f"{visit.request.url.path}?{urlencode(asked, safe=':')}"),
        ),
        now=question.now,
    )


def _pairs(visit: Visit, found: Statement) -> list[tuple[str, str]]:
    """Return the parameters that ask for the same statement later."""
    footage = found.question.footage
    return [*range_of(visit.span), *([("footage", interval_text(footage))] if footage is not None else [])]


def _of_files(visit: Visit, found: Statement) -> list[tuple[str, str]]:
    """Return the parameters of the page's files, so that they say what it says.

    Of video that calls asked for until now, an end of a moment ago would leave out calls, and give that as a reason.
    """
    is_open = found.question.footage is not None and not visit.span.to_text
    return [one for one in _pairs(visit, found) if not (is_open and one[0] == "to")]


def _question(found: Statement) -> str:
    question = found.question
    times = f"{question.start:%Y-%m-%d %H:%MZ} to {question.end:%Y-%m-%d %H:%MZ}"
    if question.footage is None:
        return f"Calls from {times}"
    start, end = question.footage
    early = f" ({filters.duration(LONGEST_URL)} before it on: so long may a playback URL live)"
    why = early if question.start == start - LONGEST_URL else ""
    return f"Video of {start:%Y-%m-%d %H:%MZ} to {end:%Y-%m-%d %H:%MZ}, asked for from {times}{why}"


def _none_seen(found: Statement) -> str:
    unsure = found.judgement.unsure
    if not unsure:
        return "No read is stored"
    if found.question.footage is None:
        return f"No read of this time is stored; of {unsure:,} that are counted nobody can tell when in their days"
    return f"No stored read is known to be of this video; of {unsure:,} nobody can tell"


def _lead(found: Statement) -> str:
    """Return what the verdict means, in one or two sentences."""
    urls = sum(one.calls for one in found.readers if series_of(one.action) == "url")
    match found.judgement.verdict:
        case Verdict.PROVEN:
            return (
                "Every call that reads media would have been logged, every log file of the time is as CloudTrail "
                "delivered it, every record was read, and none of them is a read. "
                f"{_beside_proof(found.evidence.compared)}"
            )
        case Verdict.NOT_PROVABLE:
            return f"{_none_seen(found)}. That nobody read cannot be stated, because:"
        case Verdict.READS:
            issued = (
                f"{filters.plural(urls, 'of them is a playback URL', 'of them are playback URLs')} that "
                f"{'was' if urls == 1 else 'were'} issued; who opened {'it' if urls == 1 else 'them'} is not logged. "
                if urls
                else ""
            )
            rest = "There may have been more, because:" if found.judgement.reasons else "There were no others."
            twice = _TWICE if found.may_count_twice else ""
            return f"{twice}{issued}{rest}"


def _beside_proof(found: Compared) -> str:
    """Return what CloudWatch adds to a proof: it is read of streams, for two weeks, and never of today."""
    if found.days and not found.not_compared:
        return "CloudWatch counted no more."
    if found.days:
        return f"CloudWatch counted no more on {filters.plural(found.days, 'day')}, and was not read of the rest."
    return "CloudWatch's own counts were not read."


def _because(visit: Visit, found: Statement) -> Iterator[Because]:
    row = found.question.row
    coverage = _coverage_href(visit, row)
    of_region = [("account", account_text(row.account_id)), ("region", row.region)]
    of_calls = [*of_region, *of_actions(reading_actions(ResourceKind(row.kind))), ("outcome", "ok"), *EVERY_CALL]
    more = {
        Doubt.NOT_OBSERVED: (coverage, "Coverage"),
        Doubt.UNVERIFIED: (f"{coverage}#integrity", "Log files"),
        Doubt.BROKEN: (f"{coverage}#integrity", "Log files"),
        Doubt.REJECTED: (account_href(row.account_id), "The account"),
        Doubt.REFUTED: (ASSUMPTIONS, "Assumptions"),
        Doubt.UNNAMED: (to_timeline([*of_calls, ("stream", NONE), *range_of(visit.span)]), "Calls"),
    }
    for reason in found.judgement.reasons:
        yield Because(f"{reason.text[:1].upper()}{reason.text[1:]}.", *more.get(reason.doubt, ("", "")))


def _coverage_href(visit: Visit, row: StreamRow) -> str:
    return f"/coverage?{urlencode([('account', account_text(row.account_id)), *range_of(visit.span)])}"


def _more(found: Statement) -> str:
    shown = max(map(len, (found.readers, found.listed, found.maybe, found.refused)))
    if found.is_cut:
        return "There are more callers than are listed here; the number of reads holds them all."
    return f"Of each list the first {MOST_READERS} are shown." if shown > MOST_READERS else ""


def _hours_text(hours: Hours) -> str:
    told = ((hours.verified, "verified"), (hours.unverified, "unverified"), (hours.broken, "broken"))
    counts = ", ".join(f"{filters.number(count)} {word}" for count, word in told if count)
    return f"{filters.plural(hours.total, 'hour')}: {counts}" if hours.total else "no hour was judged"


def _hours_strip(visit: Visit, hours: Hours) -> Markup:
    span = visit.span
    parts = [(span.fraction(x.start), span.fraction(x.end), _KINDS[x.judged.verdict]) for x in hours.stretches]
    return charts.strip([part for part in parts if part[0] < part[1]], label=f"log files: {_hours_text(hours)}")


def _piece(one: Stretch) -> Piece:
    return Piece(
        one.judged.verdict.value,
        one.judged.verdict is Integrity.BROKEN,
        one.start,
        one.end,
        one.judged.why,
    )


def _days(days: Iterable[date]) -> str:
    """Return days that follow each other, the oldest first, as "2026-11-21 to 2026-11-23 and 2026-11-30"."""
    runs: list[list[date]] = []
    for day in days:
        if runs and day - runs[-1][-1] == DAY:
            runs[-1].append(day)
        else:
            runs.append([day])
    return words.listed([f"{run[0]}" if len(run) == 1 else f"{run[0]} to {run[-1]}" for run in runs])


def _compared(found: Compared, kind: str) -> str:
    """Return how many days could be compared, and what of the rest is known: nothing."""
    if kind == "channel":
        return "Not compared: CloudWatch's counts are read of streams alone."
    if not found.days:
        return "Not compared: CloudWatch's counts of these days were not read."
    rest = f", {filters.plural(found.not_compared, 'day')} not ({_days(found.left)})" if found.not_compared else ""
    missing = sum(one.missing for one in found.missing)
    told = f"{filters.plural(missing, 'request')} left no event" if missing else "no request is without its event"
    return f"{filters.plural(found.days, 'day')} compared{rest}: {told}."
