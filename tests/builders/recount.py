"""The rollups as a count of the stored events gives them: what they must equal after anything."""

from sqlalchemy import Engine, text

from app.db.queries.stored_events import FACETS

_COUNTED = "event where superseded_by is null"
_FACETS = " union all ".join(
    f"""select account_id, '{kind}' as kind, cast(event_time at time zone 'UTC' as date) as day,
          cast({value} as text) as value,
          error_code from {_COUNTED}"""
    for kind, value in FACETS.items()
)
_HOURLY = "n, errors, hourly::text, hourly_errors::text"
ROLLUPS = {
    "roll_hour": (
        f"account_id, action_id, day, {_HOURLY}",
        f"""select account_id, action_id, day, cast(sum(n) as bigint), cast(sum(errors) as bigint),
              array_agg(n order by hour)::text, array_agg(errors order by hour)::text
            from (select account_id, action_id, day, hour, count(event_time) as n, count(error_code) as errors
                  from (select distinct account_id, action_id, cast(event_time at time zone 'UTC' as date) as day
                        from {_COUNTED}) days
                  cross join generate_series(0, 23) as hour
                  left join (select account_id as of_account, action_id as of_action, event_time, error_code
                             from {_COUNTED}) e
                    on of_account = account_id and of_action = action_id
                      and date_trunc('hour', event_time, 'UTC')
                        = cast(day as timestamp) at time zone 'UTC' + make_interval(hours => hour)
                  group by 1, 2, 3, 4) each group by 1, 2, 3""",
    ),
    "roll_dim": (
        "account_id, kind, day, value, n, errors",
        f"""select account_id, kind, day, value, count(*), count(error_code) from ({_FACETS}) f
            where value is not null group by 1, 2, 3, 4""",
    ),
    "roll_day": (
        "account_id, stream_id, day, principal_id, action_id, n, errors, first_seen, last_seen",
        f"""select account_id, stream_id, cast(event_time at time zone 'UTC' as date), principal_id, action_id,
              count(*), count(error_code), min(event_time), max(event_time) from {_COUNTED} group by 1, 2, 3, 4, 5""",
    ),
    "roll_use": (
        "account_id, principal_id, action_id, first_at, last_at, n",
        f"""select account_id, principal_id, action_id, min(event_time), max(event_time), count(*) from {_COUNTED}
            and error_code is null and principal_id <> 0 group by 1, 2, 3""",
    ),
}


def differences(engine: Engine) -> dict[str, list[object]]:
    """Return, of each rollup that is not what a recount gives, the rows that only one of the two has."""
    found: dict[str, list[object]] = {}
    with engine.connect() as connection:
        for table, (columns, recount) in ROLLUPS.items():
            kept = {tuple(row) for row in connection.execute(text(f"select {columns} from {table}"))}
            counted = {tuple(row) for row in connection.execute(text(recount))}
            if kept != counted:
                found[table] = sorted(kept ^ counted, key=repr)
    return found
