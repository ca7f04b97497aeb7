"""`/accounts/{id}`: each part of one account: seen when, what is missing, why; and what the worker does there."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Form, Request
from markupsafe import Markup
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from app.core import arn
from app.core.coverage.gaps import Gap
from app.core.coverage.history import Collected
from app.core.coverage.silence import Silence
from app.core.digits import ACCOUNT_DIGITS, number
from app.core.model.feed import LISTENING, Feed, Records
from app.core.model.own_call import DayOfCalls
from app.core.model.snapshot import Part, PartState
from app.core.parts import OF_SOURCE
from app.core.query.filter import Problem
from app.core.retention import Dropped
from app.db.queries import account_page, coverage_page, feeds, retention
from app.db.queries.account_page import AccountFacts, ApiCalls, PolicyProblem
from app.db.queries.rejected_pages import Rejected, newest_rejected
from app.services.poll_now import poll_now
from app.services.steer_backfill import steer_backfill
from app.web import backfills, charts, filters, words
from app.web.account_calls import AccountCalls, account_calls
from app.web.integrity import Integrity, integrity_of
from app.web.site import Site
from app.web.visit import LONGEST_TOLD, Visit, first_of, visiting

router = APIRouter()
DAYS = 30
MOST_REJECTED = 20
MOST_GAPS = 20
MOST_APIS = 12
ASSUME_ROLE = "sts:AssumeRole"


@dataclass(frozen=True, slots=True)
class Hole:
    """Why a part could not be read in some Region, and what is kept."""

    state: str
    why: str
    tried_at: datetime | None
    kept: str


@dataclass(frozen=True, slots=True)
class PartRow:
    """One part over all of its Regions."""

    label: str
    regions: str
    seen_at: datetime | None
    is_fresh: bool
    is_waiting: bool
    holes: tuple[Hole, ...]


@dataclass(frozen=True, slots=True)
class FeedRow:
    """What the worker does with one source: no percentage is shown that nobody knows."""

    source: str
    label: str
    region: str
    state: str
    is_running: bool
    is_failing: bool
    done: int | None
    total: int | None
    progress: str
    records: str
    backfill: str
    wish: str
    last_success_at: datetime | None
    next_at: datetime
    call: str
    call_at: datetime | None
    heartbeat: str
    error: str


@dataclass(frozen=True, slots=True)
class GapRow:
    """Hours in a Region of which log files were not read, or none came."""

    region: str
    start: datetime
    end: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class AccountView:
    """What the page prints."""

    title: str
    digits: str
    facts: AccountFacts
    summary: str
    now: datetime
    calls: AccountCalls
    parts: tuple[PartRow, ...]
    last_tried_at: datetime | None
    statement: Markup
    missing: str
    shut_out: str
    problems: tuple[PolicyProblem, ...]
    role_name: str
    feeds: tuple[FeedRow, ...]
    is_busy: bool
    calls_chart: Markup
    calls_today: str
    throttled_today: str
    apis: tuple[ApiCalls, ...]
    gaps: tuple[GapRow, ...]
    rejected: tuple[Rejected, ...]
    csv: str
    jsonl: str
    just_polled: bool
    regions: str
    logs: tuple[str, ...]
    integrity: str


@router.get("/accounts/{digits}", include_in_schema=False)
def account(request: Request, digits: str) -> Response:
    """Show one account."""
    account_id = number_of(digits)
    with visiting(request, "now-30d", takes=("polled",)) as visit:
        facts = account_page.account_facts(visit.connection, visit.scope, account_id)
        if facts is None:
            raise HTTPException(404, f"{digits} is not an account here.")
        polled = first_of(request, "polled") or "1"
        wrong = [Problem("polled", polled[:LONGEST_TOLD], "is not 1")] if polled != "1" else []
        view = _view(visit, facts)
        return visit.complaining(*wrong).page(
            "pages/account.html", view, account=account_id, fragments=frozenset({"feeds"})
        )


@router.post("/accounts/{digits}/poll", include_in_schema=False)
def poll(request: Request, digits: str) -> Response:
    """Make the account's feeds due; the worker does the rest."""
    site: Site = request.app.state.site
    user = site.user()
    if poll_now(site.writer, user.scope, number_of(digits), actor=user.name, now=site.clock()) == 0:
        raise HTTPException(404, f"{digits} is not an account here, or has no feed yet.")
    return RedirectResponse(f"/accounts/{digits}?polled=1#feeds", 303)


@router.post("/accounts/{digits}/backfill", include_in_schema=False)
def backfill(request: Request, digits: str, wish: Annotated[str, Form()] = "") -> Response:
    """Stop reading the past of the account's logs, or go on with it."""
    if wish not in {"stop", "resume"}:
        raise HTTPException(422, f"{wish[:LONGEST_TOLD]!r} is neither stop nor resume.")
    site: Site = request.app.state.site
    user, now, account_id = site.user(), site.clock(), number_of(digits)
    if steer_backfill(site.writer, user.scope, account_id, is_wanted=wish == "resume", actor=user.name, now=now) == 0:
        raise HTTPException(404, f"{digits} is not an account here, or reads nothing of the past.")
    return RedirectResponse(f"/accounts/{digits}#feeds", 303)


def number_of(digits: str) -> int:
    """Return the account that 12 digits name.

    Raises:
        HTTPException: 404 when they are none.
    """
    found = number(digits, ACCOUNT_DIGITS)
    if found is None:
        raise HTTPException(404, f"{digits[:LONGEST_TOLD]!r} is not an account: accounts have 12 digits.")
    return found


def _view(visit: Visit, facts: AccountFacts) -> AccountView:
    connection, scope, account_id = visit.connection, visit.scope, facts.account_id
    parts = account_page.account_parts(connection, scope, account_id)
    today = visit.now.replace(hour=0, minute=0, second=0, microsecond=0)
    days = account_page.own_call_days(connection, scope, account_id, today - timedelta(days=DAYS - 1))
    beats = account_page.heartbeats(connection)
    rows = tuple(_feed(feed, beats, visit.now) for feed in feeds.feeds(connection, scope, account_id))
    last_day = next((day for day in days if day.day == today.date()), DayOfCalls(today.date(), 0, 0, 0, 0))
    # Nothing that the role may do lets us into it: what AWS said of the assuming is the advice there.
    missing = tuple(sorted({part.missing for part in parts if part.missing} - {ASSUME_ROLE}))
    shut_out = next((part.message for part in parts if part.missing == ASSUME_ROLE and part.message), "")
    since = visit.now - timedelta(days=DAYS)
    read = [one for one in coverage_page.collected(connection, scope, since) if one.account == account_id]
    return AccountView(
        title=facts.name,
        digits=arn.account_text(account_id),
        facts=facts,
        summary=_summary(parts, facts.cannot_tell),
        now=visit.now,
        calls=account_calls(visit, account_id),
        parts=_part_rows(parts, visit.now),
        last_tried_at=max((part.tried_at for part in parts if part.tried_at), default=None),
        statement=filters.bare(_statement(missing), "Policy statement") if missing else Markup(""),
        missing=words.small(len(missing)) if missing else "",
        shut_out=shut_out or "",
        problems=account_page.policy_problems(connection, scope, account_id)[:MOST_REJECTED],
        role_name=facts.role_arn.rpartition("/")[2],
        feeds=rows,
        # One that listens is always due or at work: nothing is awaited of it.
        is_busy=any((row.is_running or row.next_at <= visit.now) and row.source not in LISTENING for row in rows),
        integrity=_integrity(integrity_of(visit, scope.narrowed(frozenset({account_id})))),
        calls_chart=_calls_chart(days, today.date()),
        calls_today=filters.number(last_day.calls),
        throttled_today=filters.number(last_day.throttled),
        apis=account_page.own_calls_by_api(connection, scope, account_id, today)[:MOST_APIS],
        gaps=_gaps(read, since)[:MOST_GAPS],
        rejected=newest_rejected(connection, scope, account_id, MOST_REJECTED),
        csv=f"/rejected.csv?account={arn.account_text(account_id)}",
        jsonl=f"/rejected.jsonl?account={arn.account_text(account_id)}",
        just_polled=first_of(visit.request, "polled") == "1",
        regions=words.listed(facts.regions),
        logs=_logs(read, retention.dropped(connection, "event")),
    )


def _summary(parts: tuple[Part, ...], cannot_tell: int) -> str:
    """Say first how much could be read, then what follows from it."""
    waiting = sum(part.tried_at is None for part in parts)
    if waiting == len(parts):
        return "kvswatch has not read this account yet. The first poll starts when its role can be assumed."
    unseen = [part for part in parts if not part.is_fresh and part.tried_at]
    if not unseen and not waiting:
        return f"All {len(parts)} parts were read at the last attempt."
    fresh = f"{len(parts) - len(unseen) - waiting} of {len(parts)} parts are fresh"
    fresh += f", {words.small(waiting)} not read yet." if waiting else "."
    if not unseen:
        return fresh
    checks = f", so {filters.plural(cannot_tell, 'check has', 'checks have')} no answer" if cannot_tell else ""
    return (
        f"{fresh} {words.small(len(unseen)).capitalize()} could not be read{checks}; "
        "the last good state is kept and shown with its age."
    )


def _part_rows(parts: tuple[Part, ...], now: datetime) -> tuple[PartRow, ...]:
    by_name: dict[str, list[Part]] = {}
    for part in parts:
        by_name.setdefault(part.name, []).append(part)
    order = {name: place for place, name in enumerate(words.PARTS)}
    names = sorted(by_name, key=lambda name: (order.get(name, len(order)), name))
    return tuple(_part_row(name, by_name[name], now) for name in names)


def _part_row(name: str, parts: list[Part], now: datetime) -> PartRow:
    seen = [part.seen_at for part in parts if part.seen_at]
    return PartRow(
        label=words.part(name),
        regions=_regions(parts),
        # The oldest of its Regions: a part is as fresh as its stalest piece.
        seen_at=min(seen) if len(seen) == len(parts) else None,
        is_fresh=all(part.is_fresh for part in parts),
        is_waiting=all(part.is_fresh or part.tried_at is None for part in parts),
        holes=tuple(_hole(part, now) for part in parts if not part.is_fresh and part.tried_at),
    )


def _regions(parts: list[Part]) -> str:
    named = [part.region for part in parts if part.region]
    waiting = [part.region for part in parts if part.tried_at is None]
    if named and 0 < len(waiting) < len(named):
        return f"{len(named)} Regions; not yet {words.listed(waiting)}"
    if not named:
        return "global"
    return _of_regions(named)


def _hole(part: Part, now: datetime) -> Hole:
    where = f" in {part.region}" if part.region else ""
    what = f"on {part.missing}{where}" if part.missing else f"{part.message or 'no reason was given'}{where}"
    if part.missing == ASSUME_ROLE:
        what = "its role could not be assumed"
    kept = "Never read, so nothing is known here."
    if part.seen_at:
        kept = f"Kept: what was read {filters.age(part.seen_at, now)} ago, {part.seen_at:%Y-%m-%d %H:%MZ}."
    state = "Never tried" if part.state is PartState.NOT_COLLECTED else words.PART_STATES[part.state]
    return Hole(state, what, part.tried_at, kept)


def _statement(actions: tuple[str, ...]) -> str:
    """Return the statement that the role lacks, to be pasted."""
    return json.dumps({"Effect": "Allow", "Action": list(actions), "Resource": "*"}, indent=2)


def _feed(feed: Feed, beats: dict[str, datetime], now: datetime) -> FeedRow:
    progress = feed.progress
    is_running = feed.owner is not None and feed.lease_until is not None and feed.lease_until > now
    beat = beats.get((feed.owner or "").partition("/")[0])
    return FeedRow(
        source=feed.key.source,
        label=words.source(feed.key.source),
        region=feed.key.region,
        state=_feed_state(feed, now, is_running=is_running),
        is_running=is_running,
        is_failing=feed.attempts > 0,
        done=progress.done if progress else None,
        total=progress.total if progress else None,
        # What was read at rest is told by the parts; a reader of logs works on through its runs.
        progress=_progress(feed) if is_running or feed.attempts or feed.key.source not in OF_SOURCE else "",
        records=_records(feed.records),
        backfill=backfills.told(feed),
        wish=backfills.wish(feed),
        last_success_at=feed.last_success_at,
        next_at=feed.next_at,
        call=feed.last_call or "",
        call_at=feed.last_call_at,
        heartbeat=f"worker heard of {filters.age(beat, now)} ago" if is_running and beat else "",
        error=feed.last_error or "",
    )


def _feed_state(feed: Feed, now: datetime, *, is_running: bool) -> str:
    if feed.key.source in LISTENING and not feed.attempts and (is_running or feed.owner is None):
        return "listening"
    if is_running:
        return "at work"
    if feed.owner is not None:
        return "its worker is silent; taken over when due"
    if feed.attempts:
        return f"failed {filters.plural(feed.attempts, 'time')} in a row"
    return "due" if feed.next_at <= now else "waiting"


def _records(records: Records) -> str:
    if not records.read:
        return ""
    read, kept, rejected = map(filters.number, (records.read, records.kept, records.rejected))
    return f"{read} records read, {kept} kept, {rejected} rejected"


def _progress(feed: Feed) -> str:
    if feed.progress is None:
        return ""
    done = filters.number(feed.progress.done)
    of = f" of {filters.number(feed.progress.total)}" if feed.progress.total is not None else ""
    return f"{done}{of} {feed.progress.unit}"


def _integrity(found: Integrity) -> str:
    """Return which share of the range the digests prove, of each Region, and how many breaks there are."""
    shares = words.listed([f"{line.share} in {line.region}" for line in found.lines], most=4)
    verified = f"verified {shares}" if shares else "none was checked yet; calls from LookupEvents have no file to check"
    return f"{filters.plural(found.total, 'break')}; {verified}" if found.total else verified


def _gaps(read: Iterable[Collected], since: datetime) -> tuple[GapRow, ...]:
    """Return the hours since then of which log files were not read, or none came, the newest first."""
    found = ((one.region, gap) for one in read for gap in _missing(one) if gap.end > since)
    rows = (GapRow(region, gap.start, gap.end, gap.reason) for region, gap in found)
    return tuple(sorted(rows, key=lambda row: (row.start, row.region), reverse=True))


def _missing(read: Collected) -> Iterator[Gap | Silence]:
    yield from read.gaps
    yield from read.silences


def _logs(read: Iterable[Collected], gone: Dropped | None) -> tuple[str, ...]:
    """Say for each place of logs what was read of it and is kept: of several Regions, what is there of all."""
    by_bucket: dict[str, list[Collected]] = {}
    for one in read:
        by_bucket.setdefault(one.bucket, []).append(one)
    return tuple(_log(bucket, by_bucket[bucket], gone) for bucket in sorted(by_bucket, reverse=True))


def _log(bucket: str, read: list[Collected], gone: Dropped | None) -> str:
    where = f"{bucket or 'event history'}, {_of_regions([one.region for one in read])}"
    starts, ends = [one.start for one in read if one.start], [one.end for one in read if one.end]
    if len(ends) < len(read) or not starts:
        return f"{where}: not read to its end yet"
    if gone is not None:
        starts.append(gone.before)
    return f"{where}: {max(starts):%Y-%m-%d} to {min(ends):%Y-%m-%d %H:%MZ}"


def _of_regions(named: list[str]) -> str:
    return named[0] if len(named) == 1 else f"{len(named)} Regions"


def _calls_chart(days: tuple[DayOfCalls, ...], today: date) -> Markup:
    counts = {day.day: day for day in days}
    listed = [counts.get(today - timedelta(days=DAYS - 1 - n)) for n in range(DAYS)]
    calls = [day.calls if day else 0 for day in listed]
    throttled = [day.throttled if day else 0 for day in listed]
    label = f"Our AWS calls in 30 days: {sum(calls):,}, at most {max(calls):,} a day; {sum(throttled):,} throttled"
    return charts.spark(calls, throttled if any(throttled) else (), label=label, height=40, low="live")
