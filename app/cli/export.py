"""`kvswatch export`."""

import sys
from datetime import datetime
from enum import StrEnum
from typing import Annotated
from urllib.parse import parse_qsl

import typer

from app import clock, config
from app.auth.current_user import LOCAL
from app.cli._command import Command
from app.cli._database import app_engine
from app.core.errors import InvalidInput
from app.core.model.scope import EVERYTHING
from app.core.query.filter import Filter, parse
from app.core.query.listing import LISTINGS, Listing
from app.services import export_data
from app.services.record_export import Recorder


class What(StrEnum):
    """What can be exported."""

    EVENTS = "events"
    RECORDS = "records"
    FINDINGS = "findings"
    MATRIX = "matrix"
    GRANTS = "grants"
    ACCOUNTS = "accounts"
    STREAMS = "streams"
    PRINCIPALS = "principals"
    COVERAGE = "coverage"
    REJECTED = "rejected"
    ASSUMPTIONS = "assumptions"


Filters = Annotated[
    list[str] | None, typer.Argument(help="Filters as in the page's URL: 'action=GetMedia&from=now-7d'.")
]


def export(
    what: Annotated[What, typer.Argument(help="Which list.")],
    filters: Filters = None,
    *,
    fmt: Annotated[str, typer.Option("--format", help="csv or jsonl.")] = "csv",
    gzip: Annotated[bool, typer.Option("--gzip", help="Compressed.")] = False,
) -> None:
    """Write to stdout exactly what the page of the same filters shows, streamed; /exports lists it.

    JSON Lines end with {"export": {"rows", "sha256", "complete"}}: without that line the file was cut.
    """
    now = clock.now()
    query = _filter(filters or [], LISTINGS[what], now)
    with app_engine(config.load()) as engine:
        recorder = Recorder(engine, LOCAL.name, lambda: now)
        export_data.export(
            engine, EVERYTHING, query, fmt, now, sys.stdout.buffer.write, is_gzip=gzip, recorder=recorder
        )
    sys.stdout.buffer.flush()


def _filter(texts: list[str], listing: Listing, now: datetime) -> Filter:
    """Return the filter; a page shows a warning for what it does not understand, a script has to stop."""
    pairs = [pair for text in texts for pair in parse_qsl(text.lstrip("?"), keep_blank_values=True)]
    parsed = parse(pairs, listing, now)
    if parsed.problems:
        raise InvalidInput("\n".join(map(str, parsed.problems)))
    return parsed.filter


COMMAND = Command("Write one of the lists to stdout: events, findings, matrix and the others.", export)
