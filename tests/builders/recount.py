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
ROLLUPS = {
    "roll_hour": (
        "account_id, action_id, hour, n, errors",
        f"""select account_id, action_id, date_trunc('hour', event_time, 'UTC'), count(*), count(error_code)
            from {_COUNTED} group by 1, 2, 3""",
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
