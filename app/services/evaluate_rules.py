"""Judge one account: run all rules over what is stored, and store which findings open, stay and resolve."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import Connection, Engine

from app.core.coverage.days import KnownDays, known_days, within
from app.core.coverage.history import Strip
from app.core.coverage.observe import observable
from app.core.findings.reconcile import Change, ChangeKind, RuleOutcome, Window, doubted_since, reconcile
from app.core.kvs.actions import MEDIA_READ
from app.core.model.account import Account
from app.core.model.scope import EVERYTHING, Scope
from app.core.model.snapshot import Snapshot
from app.core.own import OwnWork
from app.core.rules.catalogue import Catalogue, catalogue
from app.core.rules.facts import LOOKBACK, DetectionFacts, PostureFacts, held
from app.core.rules.habits import LEARNING_DAYS, Read, history, known_since
from app.core.rules.policies import policy_book
from app.core.rules.run import needed_parts, run_detections, run_posture
from app.core.rules.sight import regions_of
from app.db.engine import lock
from app.db.queries import evaluation, grants, own_events, rule_facts, snapshots
from app.db.queries.assumptions import store_sightings
from app.db.queries.coverage_page import collected, coverage_inputs
from app.services.build_access_matrix import build_access_matrix
from app.services.build_role_entries import build_role_entries
from app.services.hold_against_counts import held_against_counts
from app.services.mark_own_calls import mark_own_calls, session_name_of

DETECTION_DAYS = 35
"""Calls older than this are not judged any more: the log of a year ago tells history, not findings of today."""
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class EvaluationResult:
    """What one evaluation did. `errors` are the rules that failed, by id."""

    rules: int
    changes: Mapping[ChangeKind, int]
    cannot_tell: int
    days: int
    errors: Mapping[str, str]


def evaluate(engine: Engine, account_id: int, *, now: datetime, rules: Catalogue | None = None) -> EvaluationResult:
    """Judge an account's state, today's calls, and those of every day since the first of which more is known.

    What happened on a day is judged by what came before, so that a day is judged again when older calls come in, or
    when an older day turns out to have been silent. Today is judged each time: the answer that is shown is of now.
    Where that takes from a finding the day on which it rests, the days since it was first seen are judged again too.
    The outcome depends on what is stored and not on the order in which it came: killed and run again, it is the same.

    Raises:
        InvalidInput: no such account.
    """
    build_access_matrix(engine, account_id, now=now)
    build_role_entries(engine, account_id, now=now)
    with engine.connect() as connection:
        # Read before the marks are set: what ingest adds from here on is touched anew, and judged another time.
        touched = rule_facts.touched_hours(connection, account_id)
    mark_own_calls(engine, account_id, [one.hour for one in touched])
    found = rules or catalogue()
    with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection, connection.begin():
        snapshot = snapshots.load_snapshot(connection, EVERYTHING, account_id)
        facts = _posture_facts(connection, snapshot, now)
        posture = run_posture(found.posture, facts)
        shown = held_against_counts(connection, facts)
        strips = _strips(connection, snapshot, now)
        known = _known_days(connection, account_id, strips, now)
        days = _days(_first_to_judge(connection, found, snapshot, touched, known, now), now)
        detections = list(_detections(connection, found, snapshot, days, known, strips, now))
        since = doubted_since(account_id, evaluation.stored_findings(connection, account_id), detections, now)
        if since is not None and since < _midnight(days[0]):
            days = _days(since.astimezone(UTC).date(), now)
            detections = list(_detections(connection, found, snapshot, days, known, strips, now))
    outcomes = (*posture, *detections)
    with engine.begin() as connection:
        # By itself: ingest takes the rows of these after those of touched hours.
        store_sightings(connection, shown)
    with engine.begin() as connection:
        lock(connection, f"evaluate:{account_id}")
        changes = reconcile(account_id, evaluation.findings_for_update(connection, account_id), outcomes, now)
        _store(connection, account_id, outcomes, changes, now)
        rule_facts.store_judged_days(connection, account_id, known.days)
        rule_facts.clear_touched(connection, account_id, touched)
    return EvaluationResult(
        rules=len({outcome.rule for outcome in outcomes}),
        changes=Counter(change.kind for change in changes),
        cannot_tell=sum(len(outcome.cannot_tell) for outcome in outcomes),
        days=len(days),
        errors={outcome.rule: outcome.error for outcome in outcomes if outcome.error is not None},
    )


def _posture_facts(connection: Connection, snapshot: Snapshot, now: datetime) -> PostureFacts:
    account_id = snapshot.account.id
    found = grants.grants(connection, EVERYTHING, account_id)
    counted = [counts for _, counts in snapshot.metrics]
    since = min((counts.since for counts in counted), default=now.date())
    return PostureFacts(
        snapshot=snapshot,
        coverage=observable(snapshot, rule_facts.log_sources(connection), now),
        now=now,
        held=None if found is None else held(found),
        book=policy_book(snapshot.iam),
        logged=rule_facts.logged_counts(connection, account_id, since, now.date()) if counted else {},
        logged_since=known_since(rule_facts.days_with_events(connection, account_id, since), now.date()),
        unread=_unread(connection, account_id, since),
    )


def _unread(connection: Connection, account_id: int, since: date) -> dict[tuple[str, date], str]:
    """Return the Regions and days since then of which log files or records were not read, and why."""
    read = collected(connection, Scope(frozenset({account_id})), _midnight(since))
    # Event history never has the calls that requests are held against.
    return {(one.region, day): gap.reason for one in read if one.bucket for gap in one.gaps for day in gap.days()}


def _strips(connection: Connection, snapshot: Snapshot, now: datetime) -> tuple[Strip, ...]:
    """Return what was observable of all days that are judged, or that any of them can be held against."""
    since, regions = _midnight(_oldest(now)), regions_of(snapshot)
    inputs = coverage_inputs(connection, Scope(frozenset({snapshot.account.id})), since)
    return tuple(strip for one in inputs.histories for strip in inputs.strips(one, since, now, regions))


def _known_days(connection: Connection, account_id: int, strips: tuple[Strip, ...], now: datetime) -> KnownDays:
    """Return of which days the media reads are known, of all that any day judged can be held against."""
    since = _oldest(now)
    return known_days(
        strips,
        rule_facts.days_with_events(connection, account_id, since),
        rule_facts.days_with_calls(connection, account_id, MEDIA_READ, since),
    )


def _first_to_judge(
    connection: Connection,
    rules: Catalogue,
    snapshot: Snapshot,
    touched: tuple[rule_facts.TouchedHour, ...],
    known: KnownDays,
    now: datetime,
) -> date:
    """Return the first day that is judged: of those touched, and those known or no longer known since the last time.

    All are judged when a part that was missing has come in. States are compared, not times: a part may have been
    fetched before the last evaluation and stored after it.
    """
    account_id, today = snapshot.account.id, _today(now)
    untold = rule_facts.untold_rules(connection, account_id)
    waiting = (rule for name, rule in rules.detections.items() if name in untold and rule.needs)
    if any(all(part.seen_at for part in needed_parts(rule.needs, snapshot)) for rule in waiting):
        since = today - DETECTION_DAYS * _DAY
        return min(rule_facts.days_with_events(connection, account_id, since), default=today)
    changed = known.days ^ rule_facts.judged_days(connection, account_id, _oldest(now))
    return min([today, *changed, *(one.hour.astimezone(UTC).date() for one in touched[:1])])


def _days(first: date, now: datetime) -> tuple[date, ...]:
    """Return the UTC days to judge: from `first` to today, none so far back that it is history."""
    today = _today(now)
    start = max(first, today - DETECTION_DAYS * _DAY)
    return tuple(start + n * _DAY for n in range((today - start).days + 1))


def _detections(
    connection: Connection,
    rules: Catalogue,
    snapshot: Snapshot,
    days: tuple[date, ...],
    known: KnownDays,
    strips: tuple[Strip, ...],
    now: datetime,
) -> Iterator[RuleOutcome]:
    """Yield how each detection ends on each day, one day's calls in memory at a time."""
    account_id = snapshot.account.id
    learnt_from = _midnight(days[0]) - LEARNING_DAYS * _DAY
    reads = rule_facts.media_reads(connection, account_id, learnt_from, days[0], _midnight(days[-1]) + _DAY)
    for day in days:
        facts = _detection_facts(connection, snapshot, day, reads, known, strips, now)
        yield from run_detections(rules.detections, facts)


def _detection_facts(
    connection: Connection,
    snapshot: Snapshot,
    day: date,
    reads: tuple[Read, ...],
    known: KnownDays,
    strips: tuple[Strip, ...],
    now: datetime,
) -> DetectionFacts:
    window = Window(_midnight(day), _midnight(day) + _DAY)
    account_id = snapshot.account.id
    return DetectionFacts(
        snapshot=snapshot,
        window=window,
        events=rule_facts.events_between(connection, account_id, window.start - LOOKBACK, window.end),
        now=now,
        coverage=within(strips, window.start, window.end),
        history=history(reads, known, day),
        own_work=_own_work(connection, snapshot.account, window),
    )


def _own_work(connection: Connection, account: Account, window: Window) -> OwnWork | None:
    """Return what kvswatch knows of its own work; None where it works without a role, or never has."""
    session_name = session_name_of(connection)
    if session_name is None or not account.role_arn:
        return None
    return own_events.own_work(
        connection, account.id, account.role_arn, session_name, window.start - LOOKBACK, window.end
    )


def _store(
    connection: Connection,
    account_id: int,
    outcomes: tuple[RuleOutcome, ...],
    changes: tuple[Change, ...],
    now: datetime,
) -> None:
    versions = {outcome.rule: outcome.version for outcome in outcomes}
    evaluation.store_changes(connection, account_id, changes, versions, now)
    united = _united(outcomes)
    evaluation.store_runs(connection, account_id, united, now)
    evaluation.store_cannot_tell(connection, account_id, united, now)


def _united(outcomes: tuple[RuleOutcome, ...]) -> tuple[RuleOutcome, ...]:
    """Return one outcome a rule: a detection that ran over several days has failed when it failed on one.

    What it cannot tell is what it cannot tell of the newest day, which is judged each time: so that the answer depends
    on what is stored, and not on which days came in last.
    """
    found: dict[str, RuleOutcome] = {}
    for outcome in outcomes:
        known = found.get(outcome.rule)
        if known is None:
            found[outcome.rule] = outcome
            continue
        found[outcome.rule] = RuleOutcome(
            outcome.rule,
            outcome.severity,
            violations=(*known.violations, *outcome.violations),
            cannot_tell=outcome.cannot_tell,
            needed=outcome.needed,
            checked=outcome.checked,
            error=known.error or outcome.error,
            version=outcome.version,
        )
    return tuple(found.values())


def _oldest(now: datetime) -> date:
    return _today(now) - (DETECTION_DAYS + LEARNING_DAYS) * _DAY


def _today(now: datetime) -> date:
    return now.astimezone(UTC).date()


def _midnight(day: date) -> datetime:
    return datetime.combine(day, datetime.min.time(), UTC)
