"""kvswatch's own AWS calls, as counted: its footprint, and what its calls in CloudTrail are compared with."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, text

from app.core.model.own_call import CallOutcome, DayOfCalls, OwnCalls
from app.core.model.scope import Scope


def add_own_calls(connection: Connection, calls: Iterable[OwnCalls]) -> None:
    """Add counts to those stored; a negative count takes back what was only begun."""
    for call in sorted(calls):
        connection.execute(
            text("""insert into own_call (account_id, hour, api, region, outcome, n)
                    values (:account_id, :hour, :api, :region, :outcome, :n)
                    on conflict (account_id, hour, api, region, outcome) do update set n = own_call.n + excluded.n"""),
            {
                "account_id": call.account,
                "hour": call.hour,
                "api": call.api,
                "region": call.region,
                "outcome": call.outcome.value,
                "n": call.n,
            },
        )


def own_calls(
    connection: Connection, scope: Scope, account_id: int, since: datetime, until: datetime
) -> tuple[OwnCalls, ...]:
    """Return the counts of an account with `since` <= hour < `until`, in order of hour, API, Region and outcome."""
    rows = connection.execute(
        text("""select account_id, hour, api, region, outcome, n from own_call
                where account_id = :account_id and (:all or account_id = any(:visible))
                  and hour >= :since and hour < :until and n > 0
                order by hour, api, region, outcome"""),
        _values(scope, account_id) | {"since": since, "until": until},
    )
    return tuple(OwnCalls(r.account_id, r.hour, r.api, r.region, CallOutcome(r.outcome), r.n) for r in rows)


def days_of_calls(connection: Connection, scope: Scope, account_id: int, since: datetime) -> tuple[DayOfCalls, ...]:
    """Return the totals of each UTC day from `since` on that had calls, newest first."""
    rows = connection.execute(
        text("""select (hour at time zone 'UTC')::date as day, sum(n)::bigint as calls,
                  coalesce(sum(n) filter (where outcome = 'throttled'), 0)::bigint as throttled,
                  coalesce(sum(n) filter (where outcome = 'denied'), 0)::bigint as denied,
                  coalesce(sum(n) filter (where outcome = 'failed'), 0)::bigint as failed
                from own_call
                where account_id = :account_id and (:all or account_id = any(:visible)) and hour >= :since
                group by day order by day desc"""),
        _values(scope, account_id) | {"since": since},
    )
    return tuple(DayOfCalls(row.day, row.calls, row.throttled, row.denied, row.failed) for row in rows)


def _values(scope: Scope, account_id: int) -> dict[str, object]:
    return {"account_id": account_id, "all": scope.accounts is None, "visible": sorted(scope.accounts or ())}
