"""Which streams' configuration has changed since it was read, as the stored CloudTrail events tell."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection

from app.core.kvs.actions import EVENT_SOURCE
from app.db.sql import text


def changed(
    connection: Connection, account_id: int, region: str, actions: Sequence[str], since: datetime, until: datetime
) -> frozenset[str | None]:
    """Return what the KVS `actions` that went well in a Region with `since` < event_time <= `until` were called on.

    A stream or channel is named by its ARN, or by its name when no ARN was in the record; None: the record named none.
    The hourly counts are looked at first: on most polls they say no, without a look at the events.
    """
    rows = connection.execute(
        text("""with wanted as (
                  select id from action where source = :source and name = any(:actions)
                ), hours as (
                  select distinct hour
                  from roll_hour, generate_series(0, 23) as h,
                    lateral (select cast(day as timestamp) at time zone 'UTC' + make_interval(hours => h) as hour) as of
                  where account_id = :account_id and n > errors and action_id in (select id from wanted)
                    and day between cast(:since at time zone 'UTC' as date) and cast(:until at time zone 'UTC' as date)
                    and hour > :since - interval '1 hour' and hour <= :until and hourly[h + 1] > hourly_errors[h + 1]
                )
                select distinct nullif(coalesce(s.arn, s.name), '')
                from event e join hours h on e.event_time >= h.hour and e.event_time < h.hour + interval '1 hour'
                left join stream s on s.id = e.stream_id
                where e.account_id = :account_id and e.event_time > :since and e.event_time <= :until
                  and e.action_id in (select id from wanted) and e.error_code is null
                  and e.region_id = (select id from region where name = :region)"""),
        {
            "source": EVENT_SOURCE,
            "actions": list(actions),
            "account_id": account_id,
            "region": region,
            "since": since,
            "until": until,
        },
    )
    return frozenset(rows.scalars())


def make_due(
    connection: Connection, account_id: int, source: str, region: str, now: datetime, pause: timedelta
) -> None:
    """Make one feed due, `pause` after its last success at the earliest."""
    connection.execute(
        text("""update feed set next_at = least(next_at, greatest(:now, last_success_at + :pause))
                where account_id = :account_id and source = :source and region = :region"""),
        {"account_id": account_id, "source": source, "region": region, "now": now, "pause": pause},
    )
