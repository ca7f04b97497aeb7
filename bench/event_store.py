"""Events into Postgres, by one writer and by two: ids, raw record, indexes, rollups and cursor-less commit included.

The records are parsed before the clock starts: this is the database's half of ingest, `bench.extraction` is the other.
Writers are processes, as workers are. One alone works as `kvswatch ingest` does and prepares a batch ahead; two store
batch by batch as workers do, for with both processors taken there is nothing left to work ahead on.
"""

import gc
import json
import time
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from sqlalchemy import text

from app import clock
from app.core.model.batch import Arrival
from app.core.normalise.trail_file import arrival_of_file
from app.db.engine import create_engine
from app.db.queries.ingest import EventStore
from app.services.ahead import ahead
from bench._database import empty
from bench._together import begin, together
from bench.trail_data import Mix, log_files

EVENTS, QUICK_EVENTS = 200_000, 20_000
BATCH = 10_000
WARM_UP = 4_000
"""Events before the clock starts: names are learned, the dictionary is trained."""
BARS = {1: 20_000, 2: 35_000}
SERVER = {"shared_buffers": "512MB", "max_wal_size": "4GB"}


def run(*, quick: bool) -> dict[str, Any]:
    """Return events a second for one and two writers, and bytes an event.

    A quick run asserts nothing: a rate is not a ratio, and a shared machine has its own ideas of a second.
    """
    events = QUICK_EVENTS if quick else EVENTS
    rates: dict[int, int] = {}
    for writers in BARS:
        with empty(SERVER) as url:
            engine = create_engine(url)
            rates[writers] = round(_rate(url, writers, events))
            with engine.connect() as connection:
                bytes_an_event = int(connection.execute(text(_BYTES)).scalar_one())
                stored = int(connection.execute(text("select count(*) from event")).scalar_one())
                rolled = int(connection.execute(text("select sum(n) from roll_hour")).scalar_one())
            engine.dispose()
        if not stored == rolled == events + writers * WARM_UP:
            raise AssertionError(f"stored {stored}, rolled up {rolled}, given {events + writers * WARM_UP}")
    missed = {str(writers): rate for writers, rate in rates.items() if not quick and rate < BARS[writers]}
    return {
        "events": events,
        "events_per_s": {str(writers): rate for writers, rate in rates.items()},
        "bars": {str(writers): bar for writers, bar in BARS.items()},
        "bytes_per_event": bytes_an_event,
        "missed": missed,
    }


_BYTES = """select sum(pg_total_relation_size(oid)) / (select count(*) from event)
            from pg_class where relkind in ('r', 'p') and relname ~ '^(event|roll_)'"""


def _rate(url: str, writers: int, events: int) -> float:
    """Return events a second of all writers together, from the first's start to the last's end."""
    spans = together(_write, [(url, number, events // writers, writers) for number in range(writers)])
    return events / (max(end for _, end in spans) - min(start for start, _ in spans))


def _write(url: str, number: int, events: int, writers: int) -> tuple[float, float]:
    """Store so many events and return when that began and ended."""
    batches = _batches(number, events + WARM_UP)
    engine = create_engine(url, role="kvswatch_app")
    store = EventStore(engine)
    for batch in batches[:1]:
        store.store(batch, now=clock.now())
    # All records lie here before the clock starts, where a reader holds one batch: not to be searched each time.
    gc.freeze()
    begin()
    start = time.time()
    prepared = (store.prepare(batch, now=clock.now()) for batch in batches[1:])
    for rows in ahead(prepared) if writers == 1 else prepared:
        store.write(rows, now=clock.now())
    end = time.time()
    engine.dispose()
    return start, end


def _batches(number: int, events: int) -> list[list[Arrival]]:
    """Return a batch to warm up with, and the events in batches of BATCH."""
    records = [
        record
        for blob in log_files(events * 1.7e-3, Mix(kvs=1.0, sessions=0.0, days=3), seed=number + 1)
        for record in arrival_of_file(blob, "bench").records
    ][:events]
    if len(records) < events:
        raise AssertionError(f"{len(records)} of {events} events were made")
    # As they lie in a bucket; a live source brings them so, and a backfill day by day.
    records.sort(key=lambda record: record.event.event_time)
    cuts = [0, WARM_UP, *range(WARM_UP + BATCH, events, BATCH), events]
    return [[_arrival(records[start:end])] for start, end in pairwise(cuts)]


def _arrival(records: Sequence[Any]) -> Arrival:
    return Arrival("s3://archive/AWSLogs/bench.json.gz", None, len(records), len(records), tuple(records))


if __name__ == "__main__":
    print(json.dumps(run(quick=True), indent=2))
