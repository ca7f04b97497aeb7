"""What a principal called, summed over days: the evidence of what it needs."""

from datetime import date

from sqlalchemy import Connection

from app.core.kvs.actions import EVENT_SOURCE
from app.core.leastprivilege.replay import RecordedCall
from app.core.model.scope import Scope
from app.db.queries.shell import scope_filter
from app.db.sql import text


def recorded_calls(
    connection: Connection, scope: Scope, account_id: int, principal_arn: str, days: tuple[date, date]
) -> tuple[RecordedCall, ...]:
    """Return a principal's KVS calls in its own account by action and stream, of whole days, the last one included."""
    condition, values = scope_filter(scope, "r.account_id")
    rows = connection.execute(
        text(f"""select a.name as action, s.region, s.kind, s.name as stream_name, s.arn as stream_arn,
                        sum(r.n - r.errors)::bigint as n, sum(r.errors)::bigint as failed,
                        min(r.first_seen) as first_at, max(r.last_seen) as last_at
                 from roll_day r
                   join principal p on p.id = r.principal_id
                   join action a on a.id = r.action_id
                   left join stream s on s.id = nullif(r.stream_id, 0)
                 where r.account_id = :account_id and p.account_id = :account_id and p.arn = :arn
                   and a.source = :source and r.day between :first and :last and {condition}
                 group by 1, 2, 3, 4, 5 order by 1, 2, 3, 4, 5"""),
        values
        | {"account_id": account_id, "arn": principal_arn, "source": EVENT_SOURCE, "first": days[0], "last": days[1]},
    ).mappings()
    return tuple(RecordedCall(**row) for row in rows)


def first_day_of_calls(connection: Connection, scope: Scope, account_id: int) -> date | None:
    """Return the first UTC day of which any call in the account is stored; None when there is none."""
    condition, values = scope_filter(scope)
    found: date | None = connection.execute(
        text(f"select min(day) from roll_hour where account_id = :account_id and {condition}"),
        values | {"account_id": account_id},
    ).scalar_one()
    return found
