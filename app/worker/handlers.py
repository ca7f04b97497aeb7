"""Which service runs which feed: one visible table."""

import threading
from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from functools import partial
from time import monotonic

import structlog
from sqlalchemy import Engine

from app.aws.session import AwsSettings
from app.config import Settings
from app.core.errors import InvalidInput
from app.core.model.account import Account
from app.core.model.feed import Progress
from app.core.model.scope import EVERYTHING
from app.core.retention import Retention, kept_from
from app.db.queries import accounts, feeds
from app.db.queries.ingest import EventStore
from app.services.check_digests import check_digests
from app.services.drop_expired import drop_expired
from app.services.evaluate_rules import evaluate
from app.services.ingest_feed import BACKFILL_S, SOURCES, ingest_feed
from app.services.onboard_account import onboard_members
from app.services.poll_account import COLLECTORS, fetch, store
from app.services.watch_accounts import (
    EVALUATE,
    RETENTION,
    S3_DIGESTS,
    S3_LOGS,
    Wanted,
    cadence,
    defaults,
    this_install,
)
from app.worker.run import FeedRun, Handler, Outcome

ORGANIZATION = "organizations"
_SHOW_EVERY_S = 0.5
_BLOCKED = timedelta(minutes=10)  # an export of everything is through by then, or in one of the tries after it
log = structlog.get_logger()


def handlers(settings: Settings, aws: AwsSettings) -> Mapping[str, Handler]:
    """Return what runs each source's feeds."""
    wanted = wanted_of(settings)
    return {
        **{name: partial(_collect, name, aws, wanted) for name in COLLECTORS},
        **{name: partial(_ingest, aws, settings) for name in SOURCES},
        S3_DIGESTS: partial(_check_digests, aws, settings),
        EVALUATE: _evaluate,
        RETENTION: partial(_drop_expired, retention_of(settings)),
    }


def wanted_of(settings: Settings) -> Wanted:
    """Return what the settings say of accounts."""
    external_id = settings.external_id
    return Wanted(
        accounts_file=settings.accounts_file,
        management_role_arn=settings.role_arn,
        member_role_name=settings.member_role_name,
        external_id=None if external_id is None else external_id.get_secret_value(),
        regions=settings.regions,
        poll_s=settings.poll_minutes * 60,
        ingest_s=settings.ingest_seconds,
    )


def retention_of(settings: Settings) -> Retention:
    """Return how long the settings want events, raw records and counts to be kept."""
    days = settings.keep_days
    return Retention(days, settings.keep_raw_days or days, settings.keep_count_days or days)


def _collect(collector: str, aws: AwsSettings, wanted: Wanted, run: FeedRun) -> Outcome:
    key = run.feed.key
    account = _account(run)
    collected = fetch(
        run.engine, account, collector, key.region, aws=aws, now=run.clock(), report=_Shown(run), changed_only=True
    )
    with run.engine.begin() as connection:
        feeds.hold(connection, key, run.owner)
        store(connection, collected)
        if collector == ORGANIZATION:
            given = defaults(wanted, this_install(connection, run.clock()))
            onboard_members(
                connection, account.id, given, cadence=cadence(wanted), actor="organization", now=run.clock()
            )
        feeds.make_due(connection, EVERYTHING, account.id, run.clock(), [EVALUATE])
    if collected.unseen:
        # It is tried again at the next poll, not when a daily feed comes round again.
        return Outcome(again_in=timedelta(seconds=min(run.feed.every_s, wanted.poll_s)))
    # What a few streams' changes were read in between does not put off the reading of all.
    return Outcome(again_in=collected.rereading.whole_at - run.clock() if collected.rereading else None)


def _ingest(aws: AwsSettings, settings: Settings, run: FeedRun) -> Outcome:
    fed = ingest_feed(
        run.engine,
        _account(run),
        run.feed,
        owner=run.owner,
        aws=aws,
        backfill_days=settings.start_days,
        kept_from=kept_from(run.clock(), settings.keep_days),
        # The first time only what is live: pages have something to show before the past comes in.
        backfill_s=0 if run.feed.last_success_at is None else BACKFILL_S,
        clock=run.clock,
        report=_Shown(run),
        is_stopping=run.stopping.is_set,
        store=_store(run.engine),
    )
    if fed.stored.events or fed.stored.sessions:
        with run.engine.begin() as connection:
            feeds.make_touched_due(connection, run.clock(), EVALUATE)
    if run.feed.key.source == S3_LOGS:
        with run.engine.begin() as connection:
            feeds.make_due(connection, EVERYTHING, run.feed.key.account_id, run.clock(), [S3_DIGESTS])
    return Outcome(again_in=timedelta(0) if fed.has_more and not run.stopping.is_set() else None)


def _check_digests(aws: AwsSettings, settings: Settings, run: FeedRun) -> Outcome:
    now = run.clock()
    kept = datetime.combine(kept_from(now, settings.keep_days), time(), UTC)
    has_more = check_digests(
        run.engine,
        _account(run),
        run.feed,
        owner=run.owner,
        aws=aws,
        since=max(now - timedelta(days=settings.start_days), kept),
        clock=run.clock,
        is_stopping=run.stopping.is_set,
    )
    return Outcome(again_in=timedelta(0) if has_more and not run.stopping.is_set() else None)


_learned = threading.local()


def _store(engine: Engine) -> EventStore:
    """Return this thread's store: it has learned the ids of names, and need not ask for them again."""
    if getattr(_learned, "engine", None) is not engine:
        _learned.engine, _learned.store = engine, EventStore(engine)
    store: EventStore = _learned.store
    return store


def _evaluate(run: FeedRun) -> Outcome:
    evaluate(run.engine, run.feed.key.account_id, now=run.clock())
    return Outcome()


def _drop_expired(keep: Retention, run: FeedRun) -> Outcome:
    expired = drop_expired(run.engine, keep, now=run.clock(), is_stopping=run.stopping.is_set)
    months = {table: [f"{month:%Y-%m}" for month in gone] for table, gone in expired.months.items() if gone}
    rows = {table: n for table, n in expired.rows.items() if n}
    log.info("retention", months=months, rows=rows, is_blocked=expired.is_blocked)
    if expired.is_broken_off:
        return Outcome(again_in=timedelta(0))
    return Outcome(again_in=_BLOCKED if expired.is_blocked else None)


def _account(run: FeedRun) -> Account:
    with run.engine.connect() as connection:
        account = accounts.account(connection, EVERYTHING, run.feed.key.account_id)
    if account is None:
        raise InvalidInput(f"feed {run.feed.key}: no such account is watched")
    return account


class _Shown:
    """Reports a run's calls, at most twice a second: a page cannot show more, and each report is a write."""

    def __init__(self, run: FeedRun) -> None:
        self._run = run
        self._last = 0.0

    def __call__(self, call: str, progress: Progress | None) -> None:
        if monotonic() - self._last < _SHOW_EVERY_S:
            return
        self._last = monotonic()
        self._run.report(call, progress)
