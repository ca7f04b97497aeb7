"""kvswatch's own AWS calls, as counted: its footprint, and what its calls in CloudTrail are compared with."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection

from app.core.model.own_call import CallOutcome, OwnCalls
from app.core.model.scope import Scope
from app.db.queries.shell import scope_filter
from app.db.sql import text


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
    condition, values = scope_filter(scope)
    rows = connection.execute(
        text(f"""select account_id, hour, api, region, outcome, n from own_call
                 where account_id = :account_id and hour >= :since and hour < :until and n > 0 and {condition}
                 order by hour, api, region, outcome"""),
        values | {"account_id": account_id, "since": since, "until": until},
    )
    return tuple(OwnCalls(r.account_id, r.hour, r.api, r.region, CallOutcome(r.outcome), r.n) for r in rows)
