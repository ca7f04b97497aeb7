"""CSV of all calls: rows a second, milliseconds to the first byte, and the memory that it takes.

Run it by itself with `python -m bench.csv_export [--quick] [EVENTS]`.
"""

import csv
import io
import json
import sys
import time
from typing import Any

from sqlalchemy import Engine, text

from app.core.model.scope import EVERYTHING
from app.core.query.filter import parse
from app.core.query.listing import EVENTS
from app.core.tally import Tally
from app.db.engine import create_engine, read_only
from app.services.export_data import chunks
from bench._database import filled
from bench._memory import peak_megabytes
from bench.fill import NOW

FULL, QUICK = 1_000_000, 50_000
TURNS, QUICK_TURNS = 2, 5
BAR_ROWS_PER_SECOND, BAR_FIRST_BYTE_MS, BAR_MEMORY_MB = 250_000, 100.0, 30.0
BAR_TIMES_FASTER, SLACK = 2.5, 1.2
"""The export formats and neutralises every cell and keeps the order; the cursor beside it does neither."""


def run(*, quick: bool, events: int | None = None) -> dict[str, Any]:
    """Return the rate of the export, beside that of a cursor with the csv module in the same run."""
    count = events or (QUICK if quick else FULL)
    with filled(count) as url:
        engine = create_engine(url, role="kvswatch_read")
        # In turns, the best of each: what else the machine does in one second must not decide the ratio.
        turns = [
            (_export(engine), _by_hand(engine, min(count, 100_000))) for _ in range(QUICK_TURNS if quick else TURNS)
        ]
        engine.dispose()
    exported = max((one for one, _ in turns), key=lambda one: one["rows_per_second"])
    exported["memory_grew_mb"] = max(one["memory_grew_mb"] for one, _ in turns)
    by_hand = max(rate for _, rate in turns)
    faster = round(exported["rows_per_second"] / by_hand, 1)
    missed = [] if faster >= BAR_TIMES_FASTER / SLACK else [f"{faster} times as fast, bar {BAR_TIMES_FASTER}"]
    if exported["memory_grew_mb"] > BAR_MEMORY_MB * SLACK:
        missed.append(f"memory grew by {exported['memory_grew_mb']} MB, bar {BAR_MEMORY_MB}")
    if not quick and exported["rows_per_second"] < BAR_ROWS_PER_SECOND:
        missed.append(f"{exported['rows_per_second']} rows a second, bar {BAR_ROWS_PER_SECOND}")
    if not quick and exported["first_byte_ms"] > BAR_FIRST_BYTE_MS:
        missed.append(f"first byte after {exported['first_byte_ms']} ms, bar {BAR_FIRST_BYTE_MS}")
    return {
        "events": count,
        **exported,
        "cursor_and_csv_module_rows_per_second": by_hand,
        "times_faster": faster,
        "missed": missed,
    }


def _export(engine: Engine) -> dict[str, Any]:
    query = parse([("from", "now-90d"), ("own", "no"), ("own", "yes")], EVENTS, NOW).filter
    before = peak_megabytes()
    started = time.perf_counter()
    first, tally = 0.0, Tally()
    for chunk in chunks(engine, EVERYTHING, query, "csv", NOW, tally=tally):
        first = first or time.perf_counter() - started
        tally.take(chunk)
    seconds = time.perf_counter() - started
    return {
        "rows": tally.rows,
        "megabytes": round(tally.size / 1e6, 1),
        "rows_per_second": round(tally.rows / seconds),
        "first_byte_ms": round(1000 * first, 1),
        "memory_grew_mb": round(peak_megabytes() - before, 1),
    }


def _by_hand(engine: Engine, limit: int) -> int:
    sql = text("""select e.*, a.name, p.arn, s.arn, u.value from event e left join action a on a.id = e.action_id
                  left join principal p on p.id = e.principal_id left join stream s on s.id = e.stream_id
                  left join user_agent u on u.id = e.user_agent_id limit :limit""")
    started = time.perf_counter()
    with read_only(engine, timeout_s=600) as connection:
        writer = csv.writer(io.StringIO())
        rows = connection.execution_options(stream_results=True, max_row_buffer=1000).execute(sql, {"limit": limit})
        for row in rows:
            writer.writerow(row)
    return round(limit / (time.perf_counter() - started))


if __name__ == "__main__":
    numbers = [int(word) for word in sys.argv[1:] if word.isdecimal()]
    print(json.dumps(run(quick="--quick" in sys.argv, events=next(iter(numbers), None)), indent=2))
