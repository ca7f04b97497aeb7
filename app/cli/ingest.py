"""`kvswatch ingest`."""

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from app import clock, config
from app.cli._command import Command
from app.cli._database import app_engine
from app.services.ingest_events import IngestSummary, ingest_paths


def ingest(paths: Annotated[list[Path], typer.Argument(help="CloudTrail log files, or folders of them.")]) -> None:
    """Store what CloudTrail files from disk hold; the last line of stdout says what was done, as JSON."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with (
        app_engine(config.load()) as engine,
        Progress(*columns, console=Console(stderr=True), disable=not sys.stderr.isatty()) as bar,
    ):
        task = bar.add_task("reading", total=None)

        def show(summary: IngestSummary, origin: str) -> None:
            bar.update(task, description=f"{summary.files:,} files, {summary.records:,} records  {origin[-60:]}")

        summary = ingest_paths(engine, paths, clock=clock.now, progress=show)
    print(json.dumps(asdict(summary)))


COMMAND = Command("Import CloudTrail files from disk.", ingest)
