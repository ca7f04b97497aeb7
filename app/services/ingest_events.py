"""Brings log files, wherever they lie, through extraction into the database."""

import errno
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from time import monotonic

from sqlalchemy import Engine

from app.core.model.batch import Arrival, Rejected
from app.core.normalise.trail_file import WHOLE_FILE, arrival_of_file
from app.core.trailfile.gunzip import MAX_BYTES, RAISE_IT
from app.core.trailfile.keys import FileKind, file_key
from app.core.trailfile.shape import storable
from app.db.queries.ingest import EventStore, Stored
from app.files.regular import read_regular
from app.files.tree import log_files
from app.services.ahead import ahead
from app.services.collected_seldom import collected_seldom

BATCH_ROWS = 10_000
"""Rows a transaction: fewer cost half as much CPU again, more gain nothing (research: 5 to 20 thousand)."""
BATCH_FILES = 2_000
"""Files a transaction, so that files without a kept record move the cursor too."""


@dataclass(frozen=True, slots=True)
class IngestSummary:
    """What an import did; the names are the contract of `kvswatch ingest`.

    `kvs_events` and `sts_events` were found, duplicates among them: stored by an earlier import or another source.
    `rejected` counts what could not be read or stored, `skipped_files` the digests and summaries among the files,
    `counted_before` the events of days whose counts outlived their calls: stored, and not counted anew.
    """

    files: int = 0
    records: int = 0
    kvs_events: int = 0
    sts_events: int = 0
    duplicates: int = 0
    rejected: int = 0
    seconds: float = 0.0
    skipped_files: int = 0
    counted_before: int = 0

    def plus(self, arrivals: Sequence[Arrival], stored: Stored) -> "IngestSummary":
        """Return the summary with one more batch in it."""
        return replace(
            self,
            files=self.files + len(arrivals),
            records=self.records + sum(arrival.total for arrival in arrivals),
            kvs_events=self.kvs_events + sum(arrival.kvs for arrival in arrivals),
            sts_events=self.sts_events + sum(len(arrival.sessions) for arrival in arrivals),
            duplicates=self.duplicates + stored.duplicate_events + stored.duplicate_sessions,
            rejected=self.rejected + sum(len(arrival.rejected) for arrival in arrivals),
            counted_before=self.counted_before + stored.counted_before,
        )


Report = Callable[[IngestSummary, str], None]
"""Called after each batch with what was done so far and the last file."""


def ingest_paths(
    engine: Engine,
    paths: Iterable[Path],
    *,
    clock: Callable[[], datetime],
    progress: Report = lambda _summary, _origin: None,
    limit: int = MAX_BYTES,
    passed_over: Callable[[Path], object] = lambda _path: None,
) -> IngestSummary:
    """Store what the log files under `paths` hold; files of other kinds that CloudTrail writes are skipped and counted.

    `passed_over` is told of each file of a folder whose name is not that of a log file.

    Importing the same files again adds nothing.

    Raises:
        InvalidInput: a path is not there or a folder cannot be read; a file that cannot be read is a rejection.
    """
    started = monotonic()
    store, summary = EventStore(engine), IngestSummary()
    skipped: list[str] = []
    arrived = _arrivals(log_files(paths, passed_over), limit, skipped)
    batches = (store.prepare(arrivals, now=clock()) for arrivals in _batches(arrived))
    with collected_seldom():
        for batch in ahead(batches):
            summary = summary.plus(batch.arrivals, store.write(batch, now=clock()))
            summary = replace(summary, seconds=round(monotonic() - started, 3), skipped_files=len(skipped))
            progress(summary, batch.arrivals[-1].origin)
    return replace(summary, seconds=round(monotonic() - started, 3), skipped_files=len(skipped))


def _arrivals(files: Iterable[Path], limit: int, skipped: list[str]) -> Iterator[Arrival]:
    for path in files:
        key = file_key(str(path))
        if key is not None and key.kind is not FileKind.LOG:
            skipped.append(str(path))
            continue
        try:
            blob = read_regular(path, limit)
        except OSError as error:
            is_large = error.errno == errno.EFBIG
            reason = f"cannot read the file: {error.strerror}{f': {RAISE_IT}' if is_large else ''}"
            size = limit + 1 if is_large else None
            yield Arrival(storable(str(path)), rejected=(Rejected(WHOLE_FILE, reason, b"", size),))
        else:
            yield arrival_of_file(blob, str(path), limit)


def _batches(arrivals: Iterable[Arrival]) -> Iterator[list[Arrival]]:
    """Group arrivals so that a transaction is worth its cost."""
    batch: list[Arrival] = []
    rows = 0
    for arrival in arrivals:
        batch.append(arrival)
        rows += len(arrival.records) + len(arrival.sessions) + len(arrival.rejected)
        if rows >= BATCH_ROWS or len(batch) >= BATCH_FILES:
            yield batch
            batch, rows = [], 0
    if batch:
        yield batch
