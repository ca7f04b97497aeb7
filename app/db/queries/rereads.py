"""Whether a stream's configuration has changed since it was read, as the stored CloudTrail events tell."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, text

from app.core.kvs.actions import EVENT_SOURCE


def has_changed(
    connection: Connection, account_id: int, region: str, actions: Sequence[str], since: datetime, until: datetime
) -> bool:
    """Return whether one of the KVS `actions` went well in a Region with `since` < event_time <= `until`.

    The hourly counts are looked at first: on most polls they say no, without a look at the events.
    """
    row = connection.execute(
        text("""with wanted as (
                  select id from action where source = :source and name = any(:actions)
                ), hours as (
                  select hour from roll_hour
                  where account_id = :account_id and hour > :since - interval '1 hour' and hour <= :until and n > errors
                    and action_id in (select id from wanted)
                )
                select from event e join hours h on e.event_time >= h.hour and e.event_time < h.hour + interval '1 hour'
                where e.account_id = :account_id and e.event_time > :since and e.event_time <= :until
                  and e.action_id in (select id from wanted) and e.error_code is null
                  and e.region_id = (select id from region where name = :region)
                limit 1"""),
        {
            "source": EVENT_SOURCE,
            "actions": list(actions),
            "account_id": account_id,
            "region": region,
            "since": since,
            "until": until,
        },
    )
    return row.first() is not None


def make_due(
    connection: Connection, account_id: int, source: str, region: str, now: datetime, pause: timedelta
) -> None:
    """Make one feed due, `pause` after its last success at the earliest."""
    connection.execute(
        text("""update feed set next_at = least(next_at, greatest(:now, last_success_at + :pause))
                where account_id = :account_id and source = :source and region = :region"""),
        {"account_id": account_id, "source": source, "region": region, "now": now, "pause": pause},
    )
