"""One stream of which everything was looked at: logged, read, verified and counted; nobody has read it yet."""

from datetime import timedelta
from typing import Any

from sqlalchemy import Connection

from app.core.model.event import Event
from app.core.model.metric import RequestCount, RequestCounts
from app.core.model.scope import EVERYTHING
from app.core.model.stream import Stream
from app.core.model.trail import AdvancedSelector
from app.db.queries.snapshots import store_part
from app.db.queries.stream_pages import StreamRow, stream_row
from app.services.make_statement import Question
from tests.builders.accounts import CLINIC, NOW, make_account
from tests.builders.calls import make_stream, stream_arn
from tests.builders.estate import (
    DATA,
    MANAGEMENT,
    REGION,
    SIGNALING,
    make_bucket_reader,
    make_inventory,
    make_trail,
    stream_of,
)
from tests.builders.events import event, store
from tests.builders.integrity import make_integrity

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
START = (NOW - 3 * DAY).replace(hour=0, minute=0)
END = START + DAY
TRAIL = f"kvs-trail ({REGION})"


def make_looked_at(
    connection: Connection,
    name: str = "ward-1",
    kind: str = "stream",
    selectors: tuple[AdvancedSelector, ...] = (DATA, SIGNALING, MANAGEMENT),
) -> StreamRow:
    """Insert the account, the stream and all that shows that nobody read it from START to END."""
    make_account(connection)
    make_bucket_reader(connection)
    stream_id = make_stream(connection, name, kind=kind)
    make_trail(connection, CLINIC, selectors)
    listed: tuple[Stream, ...] = (stream_of(stream_arn(connection, stream_id), name, kind),)
    make_inventory(connection, CLINIC, listed)
    make_integrity(connection, CLINIC, END + DAY, start=START - DAY, trail=TRAIL)
    make_counts(connection)
    return row_of(connection, stream_id)


def make_counts(connection: Connection, *counts: RequestCount) -> None:
    """Store a reading of CloudWatch's counts, taken at NOW."""
    read = RequestCounts((NOW - 14 * DAY).date(), NOW.date(), counts)
    store_part(connection, CLINIC, "request_counts", REGION, read, NOW)


def row_of(connection: Connection, stream_id: int) -> StreamRow:
    """Return a stream as its page reads it."""
    found = stream_row(connection, EVERYTHING, stream_id)
    assert found is not None
    return found


def read_of(row: StreamRow, number: int = 0, **changes: Any) -> Event:
    """Return a GetClip of a stream in the middle of the interval."""
    values = {"event_time": START + 12 * HOUR, "stream": row.arn} | changes
    return event(number, **values)


def make_reads(connection: Connection, *reads: Event) -> None:
    """Store calls as ingest does."""
    store(connection, reads)


def question(row: StreamRow, **changes: Any) -> Question:
    """Return the question who read a stream from START to END."""
    values: dict[str, Any] = {
        "row": row,
        "start": START,
        "end": END,
        "now": NOW,
        "onboarded": frozenset({CLINIC}),
    }
    return Question(**(values | changes))
