"""The calls of each day by stream, principal and action, as of a time: what came after it does not count."""

from datetime import UTC, datetime, time
from typing import Any

_COLUMNS = "account_id, stream_id, day, principal_id, action_id, n, errors, first_seen, last_seen"


def rolled_days(at: datetime | None) -> tuple[str, dict[str, Any]]:
    """Return what stands in the place of roll_day, and its parameters; None: now, the table itself.

    The rollup ends with whole days: on the day of `at` the calls before it are counted one by one. Whoever reads this
    names the account, the principal or the stream, by which Postgres then finds these calls.
    """
    if at is None:
        return "roll_day", {}
    of_the_day = """select account_id, stream_id, cast(:at_day as date) as day, principal_id, action_id,
                      count(*) as n, count(error_code) as errors, min(event_time) as first_seen,
                      max(event_time) as last_seen
                    from event where event_time >= :at_midnight and event_time < :at and superseded_by is null
                    group by account_id, stream_id, principal_id, action_id"""
    day = at.astimezone(UTC).date()
    values = {"at_day": day, "at_midnight": datetime.combine(day, time(), UTC), "at": at}
    return f"(select {_COLUMNS} from roll_day where day < :at_day union all {of_the_day})", values


def last_answered(row: str) -> str:
    """Return when a call of a row of roll_day was answered last: the last of the day may have been a refused one.

    Where its calls are not stored any more, the last of all is told.
    """
    same = " and ".join(f"e.{name} = {row}.{name}" for name in ("account_id", "stream_id", "principal_id", "action_id"))
    return f"""case when {row}.errors = 0 then {row}.last_seen else coalesce((
                 select max(e.event_time) from event e where {same} and e.error_code is null
                   and e.superseded_by is null and e.event_time between {row}.first_seen and {row}.last_seen),
                 {row}.last_seen) end"""
