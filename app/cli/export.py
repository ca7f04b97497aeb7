"""`kvswatch export`."""

import sys
from collections.abc import Callable
from enum import StrEnum
from typing import Annotated
from urllib.parse import parse_qsl

import typer
from sqlalchemy import Engine

from app import clock, config
from app.cli._command import Command
from app.cli._database import app_engine
from app.core.errors import InvalidInput
from app.core.model.scope import EVERYTHING, Scope
from app.core.query.filter import Filter, parse
from app.core.query.listing import EVENTS, FINDINGS, MATRIX, Listing
from app.services.export_data import Write, export_events, export_findings, export_matrix

Exporter = Callable[[Engine, Scope, Filter, str, Write], None]


class What(StrEnum):
    """What can be exported."""

    EVENTS = "events"
    FINDINGS = "findings"
    MATRIX = "matrix"


_EXPORTS: dict[What, tuple[Listing, Exporter]] = {
    What.EVENTS: (EVENTS, export_events),
    What.FINDINGS: (FINDINGS, export_findings),
    What.MATRIX: (MATRIX, export_matrix),
}
Filters = Annotated[
    list[str] | None, typer.Argument(help="Filters as in the page's URL: 'action=GetMedia&from=now-7d'.")
]


def export(
    what: Annotated[What, typer.Argument(help="Which list.")],
    filters: Filters = None,
    *,
    fmt: Annotated[str, typer.Option("--format", help="csv or jsonl.")] = "csv",
) -> None:
    """Write to stdout exactly what the page of the same filters shows, streamed."""
    listing, exporter = _EXPORTS[what]
    query = _filter(filters or [], listing)
    with app_engine(config.load()) as engine:
        exporter(engine, EVERYTHING, query, fmt, sys.stdout.buffer.write)
    sys.stdout.buffer.flush()


def _filter(texts: list[str], listing: Listing) -> Filter:
    """Return the filter; a page shows a warning for what it does not understand, a script has to stop."""
    pairs = [pair for text in texts for pair in parse_qsl(text.lstrip("?"), keep_blank_values=True)]
    parsed = parse(pairs, listing, clock.now())
    if parsed.problems:
        raise InvalidInput("\n".join(f"{each.parameter}={each.value}: {each.message}" for each in parsed.problems))
    return parsed.filter


COMMAND = Command("Write events, findings or the matrix to stdout.", export)
