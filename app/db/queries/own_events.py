"""The calls of kvswatch's role in CloudTrail, beside the ledger of what it really called; and the mark *own*."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row

from app.core.model.own_call import CallOutcome
from app.core.own import ASSUME_ROLE, HOUR, LEARNT_FOR, SLACK, OwnWork, RoleCall, Slot, api_of
from app.db.queries.lineage import CORRECTED_SESSION
from app.db.sql import text


@dataclass(frozen=True, slots=True)
class MarkedCall:
    """A call with the mark that it bears. `is_of_role` False: it bears one and is not the role's any more."""

    call: RoleCall
    is_own: bool
    is_of_role: bool


def calls_of_role(
    connection: Connection, account_id: int, role_arn: str, since: datetime, until: datetime
) -> tuple[MarkedCall, ...]:
    """Return the stored calls of a role, and all that are marked own, with `since` <= time < `until`."""
    rows = connection.execute(
        text("""select e.event_time, e.event_id, a.source, a.name as action, r.name as region, e.session_name,
                  e.address, e.is_own, e.principal_id = any(:ids) as is_of_role
                from event e join action a on a.id = e.action_id join region r on r.id = e.region_id
                where e.account_id = :account_id and e.event_time >= :since and e.event_time < :until
                  and e.superseded_by is null and (e.principal_id = any(:ids) or e.is_own)"""),
        {"account_id": account_id, "ids": _ids_of(connection, role_arn), "since": since, "until": until},
    )
    return tuple(MarkedCall(_call(row, api_of(row.source, row.action)), row.is_own, row.is_of_role) for row in rows)


def own_work(
    connection: Connection, account_id: int, role_arn: str, session_name: str, since: datetime, until: datetime
) -> OwnWork:
    """Return what is known of our own work in an account, enough to judge calls with `since` <= time < `until`."""
    return OwnWork(
        role_arn=role_arn,
        session_name=session_name,
        begun=_begun(connection, account_id, since - LEARNT_FOR - HOUR, until + HOUR),
        since=ledger_since(connection, account_id),
        assumed=_assumed(connection, account_id, role_arn, since - LEARNT_FOR, until + SLACK),
    )


def ledger_since(connection: Connection, account_id: int) -> datetime | None:
    """Return the first hour of the ledger of an account; None when kvswatch never called there."""
    return connection.execute(
        text("select min(hour) from own_call where account_id = :account_id"), {"account_id": account_id}
    ).scalar_one_or_none()


def mark(connection: Connection, account_id: int, calls: Sequence[RoleCall], *, is_own: bool) -> int:
    """Set or take the mark of these calls; return how many bore the other one."""
    if not calls:
        return 0
    rows = connection.execute(
        text("""update event e set is_own = :is_own
                from unnest(cast(:times as timestamptz[]), cast(:ids as uuid[])) as wanted (event_time, event_id)
                where e.account_id = :account_id and e.event_time = wanted.event_time and e.event_id = wanted.event_id
                  and e.is_own <> :is_own
                returning e.event_id"""),
        {
            "account_id": account_id,
            "is_own": is_own,
            "times": [call.at for call in calls],
            "ids": [UUID(call.key) for call in calls],
        },
    )
    return len(rows.all())


def _ids_of(connection: Connection, role_arn: str) -> list[int]:
    rows = connection.execute(text("select id from principal where arn = :arn"), {"arn": role_arn})
    return list(rows.scalars())


def _begun(connection: Connection, account_id: int, since: datetime, until: datetime) -> dict[Slot, int]:
    """Return the ledger's counts. An AssumeRole that was denied or throttled issues no session: none is ours by it."""
    rows = connection.execute(
        text("""select hour, api, region, sum(n)::bigint as n from own_call
                where account_id = :account_id and hour >= :since and hour < :until
                  and not (api = :assume_role and outcome = any(:refused))
                group by hour, api, region"""),
        {
            "account_id": account_id,
            "since": since,
            "until": until,
            "assume_role": ASSUME_ROLE,
            "refused": [CallOutcome.DENIED.value, CallOutcome.THROTTLED.value],
        },
    )
    return {(row.hour, row.api, row.region): row.n for row in rows}


def _assumed(
    connection: Connection, account_id: int, role_arn: str, since: datetime, until: datetime
) -> tuple[RoleCall, ...]:
    rows = connection.execute(
        text(f"""select s.event_time, s.event_id, r.name as region, s.session_name, s.address
                from issued_session s join region r on r.id = s.region_id
                where s.account_id = :account_id and s.event_time >= :since and s.event_time < :until
                  and s.role_id = any(:ids) and s.access_key is not null and not exists ({CORRECTED_SESSION})
                order by s.event_time, s.event_id"""),
        {"account_id": account_id, "ids": _ids_of(connection, role_arn), "since": since, "until": until},
    )
    return tuple(_call(row, ASSUME_ROLE) for row in rows)


def _call(row: Row[Any], api: str) -> RoleCall:
    return RoleCall(row.event_time, str(row.event_id), api, row.region, row.session_name, row.address)
