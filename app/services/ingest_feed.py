"""Brings what a source of CloudTrail records has behind a feed's cursor into the database, batch by batch."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from math import inf
from time import monotonic

from sqlalchemy import Engine

from app.aws import sources
from app.aws.ledger import Ledger
from app.aws.session import AccountSession, AwsSettings
from app.aws.sources._source import Batch, Fetched, Request, Source
from app.core import catalogue
from app.core.errors import InvalidInput
from app.core.model.account import Account
from app.core.model.batch import Arrival
from app.core.model.feed import Feed, Progress
from app.core.model.own_call import CallOutcome, OwnCalls
from app.core.normalise.record import Place
from app.core.normalise.trail_file import WHOLE_FILE, arrival_of_file, arrival_of_record
from app.core.trailfile.keys import file_key
from app.core.trailfile.records import rejected
from app.db.queries import own_calls, rejected_records
from app.db.queries.coverage_page import LOG_FILES
from app.db.queries.ingest import EventStore, Step, Stored

SOURCES: Mapping[str, Source] = catalogue.load(sources, "SOURCE", Source)
"""Every source by name; the name is the `source` of its feeds."""
LIVE_S = 45.0
"""For how long a run reads what is new before others have their turn: the newest days of a bucket may be huge."""
BACKFILL_S = 45.0
"""For how long a run goes back in time before it looks for new files again: a backfill must not delay what is live."""

Report = Callable[[str, Progress | None], None]


@dataclass(frozen=True, slots=True)
class Fed:
    """What a run stored. `has_more`: it was broken off and is to go on at once."""

    stored: Stored
    has_more: bool


def ingest_feed(
    engine: Engine,
    account: Account,
    feed: Feed,
    *,
    owner: str,
    aws: AwsSettings,
    backfill_days: int,
    kept_from: date = date.min,
    live_s: float = LIVE_S,
    backfill_s: float = BACKFILL_S,
    clock: Callable[[], datetime],
    report: Report = lambda _call, _progress: None,
    is_stopping: Callable[[], bool] = lambda: False,
    store: EventStore | None = None,
) -> Fed:
    """Store of what is new behind the feed's cursor what `live_s` allows, then of the backfill what `backfill_s` does.

    The backfill ends at `kept_from`: what lies before it would be dropped again.

    Each batch is one transaction with the cursor behind it, fenced by `owner`. Calls are counted whatever comes of
    them.

    Raises:
        InvalidInput: no source has the feed's name.
        LeaseLost: another worker holds the feed by now; what was stored before stays, and this batch does not.
        CouldNotLook: the source cannot be read; the batches before it are stored.
    """
    source = SOURCES.get(feed.key.source)
    if source is None:
        raise InvalidInput(f"no source is named {feed.key.source!r}: there are {', '.join(SOURCES)}")
    store = store or EventStore(engine)
    counts: Counter[tuple[str, str, CallOutcome]] = Counter()

    def count(action: str, region: str, outcome: CallOutcome, n: int) -> None:
        counts[action, region, outcome] += n
        report(f"{action} {region}", None)

    ledger = Ledger(write=lambda call: _write(engine, (call,)))
    now = clock()
    since = now - timedelta(days=backfill_days)
    wants_backfill = feed.backfill_stopped_at is None
    again = _larger(engine, account, feed, aws.max_file_bytes)
    request = Request(feed.key.region, since, now, count, kept_from, wants_backfill, again)
    stored, started = Stored(), monotonic()
    try:
        # The Region of a feed of S3 is the bucket that it is of.
        its = account.reading(feed.key.region) if feed.key.source == LOG_FILES else account
        with AccountSession(its, aws, ledger, lambda api, region: report(f"{api} {region}", None)) as session:
            for batch in source.read(session, feed.cursor, request):
                arrivals = _arrivals(batch, account, feed.key.region, aws.max_file_bytes)
                step = Step(feed.key, owner, batch.cursor, batch.progress)
                stored += store.store(arrivals, now=clock(), step=step)
                _write_counts(engine, account, counts, clock())
                if is_stopping() or monotonic() - started > _longest(batch, live_s, backfill_s):
                    return Fed(stored, has_more=True)
    finally:
        _write_counts(engine, account, counts, clock())
        _write(engine, ledger.take())
    return Fed(stored, has_more=False)


def _longest(batch: Batch, live_s: float, backfill_s: float) -> float:
    """Return for how long a run may have lasted behind a batch to be given the next one."""
    if not batch.is_live:
        return backfill_s
    return live_s if batch.has_more else inf


def _larger(engine: Engine, account: Account, feed: Feed, limit: int) -> tuple[str, ...]:
    """Return the log files of a feed that were too large for an earlier limit, and may not be for this one."""
    bucket = account.reading(feed.key.region).log_bucket
    if feed.key.source != LOG_FILES or bucket is None:
        return ()
    with engine.connect() as connection:
        return rejected_records.within(connection, bucket, limit)


def _arrivals(batch: Batch, account: Account, region: str, limit: int) -> list[Arrival]:
    return [_arrival(fetched, Place(account.id, region), limit) for fetched in batch.fetched]


def _arrival(fetched: Fetched, place: Place, limit: int) -> Arrival:
    if fetched.problem is not None:
        key = file_key(fetched.origin)
        whose = place.account if key is None else key.account
        size = fetched.size if fetched.place == WHOLE_FILE else len(fetched.blob)
        kept = replace(rejected(fetched.place, fetched.problem, fetched.blob), size=size)
        return Arrival(fetched.origin, whose, rejected=(kept,))
    if fetched.is_record:
        return arrival_of_record(fetched.blob, fetched.origin, place, fetched.at)
    return arrival_of_file(fetched.blob, fetched.origin, limit, is_hashed=True)


def _write_counts(
    engine: Engine, account: Account, counts: Counter[tuple[str, str, CallOutcome]], now: datetime
) -> None:
    """Store the counts of calls that went past the ledger, and begin anew."""
    hour = now.replace(minute=0, second=0, microsecond=0)
    calls = tuple(OwnCalls(account.id, hour, api, region, outcome, n) for (api, region, outcome), n in counts.items())
    counts.clear()
    _write(engine, calls)


def _write(engine: Engine, calls: tuple[OwnCalls, ...]) -> None:
    if calls:
        with engine.begin() as connection:
            own_calls.add_own_calls(connection, calls)
