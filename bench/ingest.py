"""Log files on disk to stored events, rollups and raw records: `kvswatch ingest` as it is, by one process and by two.

A fifth of the records are KVS, a tenth AssumeRole*. Kept events are both. The files are written before the clock
starts; each of two processes has the files of its own accounts, as workers have their own feeds.
"""

import json
import tempfile
import time
from pathlib import Path
from typing import Any

from sqlalchemy import text

from app import clock
from app.db.engine import create_engine
from app.services.ingest_events import ingest_paths
from bench._database import empty
from bench._together import begin, together
from bench.event_store import SERVER
from bench.trail_data import Mix, log_files

MEGABYTES, QUICK_MEGABYTES = 500, 40
BARS = {1: 13_000, 2: 23_000}
"""By processes, on two cores."""
MIX = Mix(kvs=0.2, days=3)


def run(*, quick: bool) -> dict[str, Any]:
    """Return kept events a second for one and two processes.

    A quick run asserts nothing: a rate is not a ratio, and a shared machine has its own ideas of a second.
    """
    megabytes = QUICK_MEGABYTES if quick else MEGABYTES
    with tempfile.TemporaryDirectory(prefix="kvswatch-bench-") as folder:
        halves = [_written(Path(folder, str(seed)), megabytes / 2, seed) for seed in (1, 2)]
        rates = {1: round(_rate([[*halves[0], *halves[1]]])), 2: round(_rate(halves))}
    missed = {str(processes): rate for processes, rate in rates.items() if not quick and rate < BARS[processes]}
    return {
        "files": sum(map(len, halves)),
        "kept_events_per_s": {str(processes): rate for processes, rate in rates.items()},
        "bars": {str(processes): bar for processes, bar in BARS.items()},
        "missed": missed,
    }


def _written(folder: Path, megabytes: float, seed: int) -> list[Path]:
    """Return log files of a few accounts; another seed has others."""
    folder.mkdir()
    paths = []
    for number, blob in enumerate(log_files(megabytes, MIX, seed)):
        paths.append(folder / f"{number:05d}.json.gz")
        paths[-1].write_bytes(blob)
    return paths


def _rate(shares: list[list[Path]]) -> float:
    """Return kept events a second of a process for each share, from the first's start to the last's end."""
    with empty(SERVER) as url:
        spans = together(_ingest, [(url, share) for share in shares])
        engine = create_engine(url)
        with engine.connect() as connection:
            stored = connection.execute(text(_STORED)).one()
        engine.dispose()
    kept = sum(found for _, _, found in spans)
    if not stored.kept == kept or stored.events != stored.rolled:
        raise AssertionError(f"stored {stored}, found {kept}")
    return kept / (max(end for _, end, _ in spans) - min(start for start, _, _ in spans))


_STORED = """select (select count(*) from event) as events, (select sum(n) from roll_hour) as rolled,
                    (select count(*) from event) + (select count(*) from issued_session) as kept"""


def _ingest(url: str, paths: list[Path]) -> tuple[float, float, int]:
    """Import some files and return when that began and ended, and how many events were kept."""
    engine = create_engine(url, role="kvswatch_app")
    begin()
    start = time.time()
    done = ingest_paths(engine, paths, clock=clock.now)
    end = time.time()
    engine.dispose()
    return start, end, done.kvs_events + done.sts_events - done.duplicates


if __name__ == "__main__":
    print(json.dumps(run(quick=True), indent=2))
