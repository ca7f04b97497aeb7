"""`kvswatch ingest`."""

import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from app import clock, config
from app.cli._command import Command
from app.cli._database import app_engine
from app.core.retention import kept_from
from app.db.partitions import months_before
from app.services.ingest_events import IngestSummary, ingest_paths


def ingest(
    paths: Annotated[list[Path], typer.Argument(help="CloudTrail log files, or folders of them.")],
    limit_mb: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Largest file that is read, in MiB once uncompressed; it is held in memory.",
            show_default="KVSWATCH_MAX_FILE_MB",
        ),
    ] = None,
) -> None:
    """Store what CloudTrail files from disk hold; the last line of stdout says what was done, as JSON."""
    others = _Others()
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    settings = config.load()
    limit = (limit_mb or settings.max_file_mb) << 20
    with (
        app_engine(settings) as engine,
        Progress(*columns, console=Console(stderr=True), disable=not sys.stderr.isatty()) as bar,
    ):
        task = bar.add_task("reading", total=None)

        def show(summary: IngestSummary, origin: str) -> None:
            bar.update(task, description=f"{summary.files:,} files, {summary.records:,} records  {origin[-60:]}")

        summary = ingest_paths(engine, paths, clock=clock.now, progress=show, limit=limit, passed_over=others.take)
        with engine.connect() as connection:
            expired = months_before(connection, "event", kept_from(clock.now(), settings.keep_days))
    if others.n:
        sys.stderr.write(
            f"Passed over: {others.n:,}, {others.first!r} first. Of a folder only .json.gz and .json are read; "
            "name a file to have it read.\n"
        )
    if expired:
        sys.stderr.write(
            f"Calls from {expired[0]:%Y-%m} on are older than KVSWATCH_KEEP_DAYS={settings.keep_days}: "
            "a worker drops them within a day, unless it is raised.\n"
        )
    if summary.counted_before:
        sys.stderr.write(
            f"Calls of days whose counts are kept from before: {summary.counted_before:,}. "
            "They are listed, and not counted anew.\n"
        )
    print(json.dumps(asdict(summary)))


@dataclass(slots=True)
class _Others:
    """The files of folders that are passed over: how many, for there may be millions, and the first."""

    n: int = 0
    first: str = ""

    def take(self, path: Path) -> None:
        self.first = self.first or str(path)
        self.n += 1


COMMAND = Command("Import CloudTrail files from disk.", ingest)
