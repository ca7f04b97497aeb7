"""Ingest under kill -9: what was stored is each event once, and the rollups equal a recount."""

import random
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, text

from tests.builders.recount import differences
from tests.builders.trail import assume_role_record, guid, kvs_record, log_file

FILES, KILLS = 60, 4

PROGRAM = """
import sys
from pathlib import Path
from app import clock
from app.db.engine import create_engine
from app.services import ingest_events

ingest_events.BATCH_FILES = 2
engine = create_engine(sys.argv[1], role="kvswatch_app")
done = ingest_events.ingest_paths(
    engine, [Path(sys.argv[2])], clock=clock.now, progress=lambda summary, _: print(summary.files, flush=True)
)
print("done", flush=True)
"""


def start(url: str, folder: Path) -> subprocess.Popen[str]:
    program = [sys.executable, "-c", PROGRAM, url, str(folder)]
    return subprocess.Popen(program, stdout=subprocess.PIPE, text=True)


def kill_after(process: subprocess.Popen[str], batches: int) -> None:
    """Kill the importer while it is busy with what follows so many batches."""
    assert process.stdout is not None
    for _ in range(batches):
        process.stdout.readline()
    process.send_signal(signal.SIGKILL)
    process.communicate()


def rows(engine: Engine, sql: str) -> list[Any]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(sql))]


def test_killed_at_any_moment_it_loses_nothing_and_doubles_nothing(database_url, app_engine, tmp_path):
    for n in range(FILES):
        records = [kvs_record(f"{n} {m}", errorCode="AccessDenied" if m == 0 else None) for m in range(5)]
        # Each corrects one of another file, which comes before or after it.
        of = {"reason": "UPDATED_DATA", "originalEventID": guid(f"event {(n * 7) % FILES} 1")}
        records.append(kvs_record(f"{n} corrected", errorCode="AccessDenied", addendum=of))
        (tmp_path / f"{n:03d}.json.gz").write_bytes(log_file(*records, kvs_record("the same"), assume_role_record(n)))
    chance = random.Random(1)
    for _ in range(KILLS):
        kill_after(start(database_url, tmp_path), chance.randrange(1, 12))
    # Two importers at once, of which one is killed: they wait for each other, and neither is in the other's way.
    one, other = start(database_url, tmp_path), start(database_url, tmp_path)
    kill_after(one, 3)
    output, _ = other.communicate(timeout=60)
    assert output.endswith("done\n")
    counts = (
        "select (select count(*) from event), (select count(*) from event_raw), (select count(*) from issued_session)"
    )
    stored = 6 * FILES + 1
    assert rows(app_engine, counts) == [(stored, stored, FILES)]
    assert rows(app_engine, "select count(*) from event where superseded_by is not null") == [(FILES,)]
    assert rows(app_engine, "select sum(n), sum(errors) from roll_hour") == [(stored - FILES, 2 * FILES)]
    assert differences(app_engine) == {}
    shown = "select call, verdict from assumption_seen where assumption = 'media_calls_name_their_resource'"
    assert rows(app_engine, shown) == [("GetMedia", "confirms")]
