"""The log groups of CloudWatch Logs that are read, and how far."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from app.db.sql import text

LOG_GROUPS = "cloudwatch_logs"
"""The source of their feeds."""


@dataclass(frozen=True, slots=True)
class LogGroup:
    """One log group: all of it from `back_to` to `until` is read; None: nothing yet.

    Of before the oldest that came it may have kept nothing any more: nobody has seen that there was none.
    """

    account: int
    arn: str
    back_to: datetime | None
    until: datetime | None


def log_groups(connection: Connection) -> tuple[LogGroup, ...]:
    """Return the log groups of all accounts that are watched, in order of account."""
    rows = connection.execute(
        text("""select a.account_id, a.log_group, f.cursor ->> 'back_to' as back_to, f.cursor ->> 'until' as until,
                  f.cursor ->> 'oldest' as oldest
                from account a left join feed f on f.account_id = a.account_id and f.source = :source
                where a.log_group is not null and a.removed_at is null order by 1"""),
        {"source": LOG_GROUPS},
    )
    return tuple(
        LogGroup(
            row.account_id,
            row.log_group,
            max(filter(None, (_time(row.back_to), _time(row.oldest))), default=None),
            _time(row.until),
        )
        for row in rows
    )


def _time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
