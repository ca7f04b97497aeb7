"""The list of accounts: how fresh each is, and the calls of thirty days."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Connection

from app.core.kvs.actions import MEDIA_READ
from app.core.model.scope import Scope
from app.db.queries import account_page
from app.db.queries.account_page import AccountRow

DAYS = 30


@dataclass(frozen=True, slots=True)
class AccountLine:
    """One account; `reads` of media and `rest`, all other calls, are counted by day, today's last."""

    row: AccountRow
    reads: tuple[int, ...]
    rest: tuple[int, ...]


def month_of(now: datetime) -> tuple[datetime, datetime]:
    """Return the thirty UTC days of which today is the last."""
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    return today - timedelta(days=DAYS - 1), today + timedelta(days=1)


def account_lines(connection: Connection, scope: Scope, now: datetime) -> tuple[AccountLine, ...]:
    """Return the accounts in order of name; our own AWS calls are those of today."""
    first, after = month_of(now)
    calls = account_page.calls_by_day(connection, scope, first, MEDIA_READ)
    rows = account_page.account_rows(connection, scope, after - timedelta(days=1))
    return tuple(_line(row, calls.get(row.account_id, ()), first.date()) for row in rows)


def _line(row: AccountRow, calls: Iterable[tuple[date, int, int]], first: date) -> AccountLine:
    reads, rest = [0] * DAYS, [0] * DAYS
    for day, read, other in calls:
        place = (day - first).days
        if 0 <= place < DAYS:
            reads[place], rest[place] = read, other
    return AccountLine(row, tuple(reads), tuple(rest))
