"""CSV (RFC 4180): a header, every cell quoted when it must be, and none that a spreadsheet would run as a formula."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

from app.core.formula import FORMULA
from app.core.zone import zoned
from app.exports._format import Format, chunked


def neutral(cell: str | None) -> str:
    """Return the cell, with an apostrophe in front where a spreadsheet would take it for a formula."""
    if not cell:
        return ""
    return f"'{cell}" if cell[0] in FORMULA else cell


def encode(columns: Sequence[str], rows: Iterable[Sequence[str | None]]) -> Iterator[bytes]:
    """Yield the header, which names the zone of times, and one line a row."""
    return chunked(_lines(columns, rows))


def _lines(columns: Sequence[str], rows: Iterable[Sequence[str | None]]) -> Iterator[str]:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")  # both are quoted in cells only if both end lines
    writer.writerow(zoned(columns))
    yield _taken(out)
    for row in rows:
        writer.writerow([neutral(cell) for cell in row])
        yield _taken(out)


def _taken(out: io.StringIO) -> str:
    text = out.getvalue()
    out.seek(0)
    out.truncate()
    return text


FORMAT = Format(name="csv", label="CSV", media_type="text/csv; charset=utf-8", suffix=".csv", encode=encode)
