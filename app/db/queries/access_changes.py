"""Changes of who may reach video: what each is about, and those that were about one principal."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from app.core.model.event import Event
from app.core.model.scope import Scope
from app.core.query.cursor import EventKey
from app.db.queries.shell import scope_filter
from app.db.sql import text


@dataclass(frozen=True, slots=True)
class AccessChange:
    """One stored change. `who` is the ARN of the caller; `targets` is what it was about, folded."""

    key: EventKey
    action: str
    source: str
    who: str | None
    person: str | None
    session_name: str | None
    error_code: str | None
    targets: tuple[str, ...]


def change_rows(events: Iterable[Event]) -> list[tuple[int, str, datetime, str]]:
    """Return the rows of `store_changes`, in the order of their key."""
    return sorted(
        (event.account, target, event.event_time, event.event_id) for event in events for target in event.targets
    )


def store_changes(connection: Connection, rows: Sequence[tuple[int, str, datetime, str]]) -> None:
    """Keep what the changes of a batch are about; again is the same as once."""
    accounts, targets, times, ids = (list(column) for column in zip(*rows, strict=True))
    connection.execute(
        text("""insert into access_change (account_id, target, event_time, event_id)
                select * from unnest(cast(:accounts as bigint[]), cast(:targets as text[]),
                                     cast(:times as timestamptz[]), cast(:ids as uuid[]))
                on conflict do nothing"""),
        {"accounts": accounts, "targets": targets, "times": times, "ids": ids},
    )


def changes_of(
    connection: Connection,
    scope: Scope,
    account_id: int,
    targets: Iterable[str],
    since: datetime,
    limit: int,
    until: datetime | None = None,
) -> tuple[AccessChange, ...]:
    """Return the changes since then that were about one of `targets`, refused ones too, the newest first.

    Those from `until` on are left out.
    """
    condition, values = scope_filter(scope, "c.account_id")
    rows = connection.execute(
        text(f"""select e.account_id, e.event_time, e.event_id, a.name as action, a.source, p.arn as who, e.person,
                   e.session_name, e.error_code,
                   (select array_agg(target order by target) from access_change t
                    where t.account_id = e.account_id and t.event_id = e.event_id) as targets
                 from (select distinct account_id, event_time, event_id from access_change c
                       where c.account_id = :account_id and c.target = any(:targets) and c.event_time >= :since
                         and (cast(:until as timestamptz) is null or c.event_time < :until) and {condition}
                       order by event_time desc, event_id desc limit :limit) c
                   join event e using (account_id, event_time, event_id) join action a on a.id = e.action_id
                   left join principal p on p.id = nullif(e.principal_id, 0)
                 where e.event_time >= :since and e.superseded_by is null
                 order by e.event_time desc, e.event_id desc"""),
        values
        | {"account_id": account_id, "targets": list(targets), "since": since, "limit": limit}
        | {"until": until},
    )
    return tuple(_change(row) for row in rows)


def targets_of_event(connection: Connection, scope: Scope, key: EventKey) -> tuple[str, ...]:
    """Return what one event is about; nothing where it changes nobody's permissions."""
    condition, values = scope_filter(scope)
    rows = connection.execute(
        text(f"""select target from access_change
                 where account_id = :account_id and event_id = :event_id and {condition} order by target"""),
        values | {"account_id": key.account, "event_id": key.event_id},
    )
    return tuple(rows.scalars())


def _change(row: Any) -> AccessChange:
    return AccessChange(
        EventKey(row.event_time, row.event_id, row.account_id),
        row.action,
        row.source,
        row.who,
        row.person,
        row.session_name,
        row.error_code,
        tuple(row.targets),
    )


def newest_changes(
    connection: Connection, scope: Scope, account_id: int, targets: Iterable[str], since: datetime, until: datetime
) -> dict[str, AccessChange]:
    """Return the newest change in [since, until) that was about each of `targets`, which it names alone.

    What was refused changed nothing, and is left out.
    """
    condition, values = scope_filter(scope, "c.account_id")
    rows = connection.execute(
        text(f"""select distinct on (c.target) c.target, e.account_id, e.event_time, e.event_id, a.name as action,
                   a.source, p.arn as who, e.person, e.session_name, e.error_code, array[c.target] as targets
                 from access_change c join event e using (account_id, event_time, event_id)
                   join action a on a.id = e.action_id left join principal p on p.id = nullif(e.principal_id, 0)
                 where c.account_id = :account_id and c.target = any(:targets) and c.event_time >= :since
                   and c.event_time < :until and e.event_time >= :since and e.event_time < :until
                   and e.error_code is null and e.superseded_by is null and {condition}
                 order by c.target, c.event_time desc, c.event_id desc"""),
        values | {"account_id": account_id, "targets": sorted(set(targets)), "since": since, "until": until},
    )
    return {row.target: _change(row) for row in rows}
