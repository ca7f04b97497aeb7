"""The calls that read or send the media of one stream or channel, newest first and never more than asked for."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from app.core.model.event import ActorKind, KeyKind
from app.core.model.media_call import MediaCall
from app.core.model.scope import Scope
from app.core.query.cursor import EventKey
from app.db.queries._footage import footage
from app.db.queries.stream_pages import StreamRow
from app.db.sql import text


@dataclass(frozen=True, slots=True)
class MediaCalls:
    """Calls, newest first. `has_more`: there are older ones in the range, which nobody read."""

    calls: tuple[MediaCall, ...]
    has_more: bool


def media_calls(
    connection: Connection,
    scope: Scope,
    row: StreamRow,
    actions: Iterable[str],
    since: datetime,
    until: datetime,
    limit: int,
) -> MediaCalls:
    """Return the newest `limit` calls of `actions` on a stream in [since, until), each call once: no corrected record.

    Records that name a stream without its ARN are among them, by its name in its Region.
    """
    if not scope.holds(row.account_id):
        return MediaCalls((), has_more=False)
    found = connection.execute(
        text("""select n.*, a.name as action, p.arn as principal from (
                  select s.arn is null as is_by_name, c.* from stream s cross join lateral (
                    select account_id, event_time, event_id, action_id, principal_id, actor_kind, key_kind, person,
                           session_name, access_key, address, invoked_by, error_code, url_expires_s, footage,
                           footage_from, footage_to, footage_clock
                    from event where account_id = :account_id and stream_id = s.id
                      and event_time >= :since and event_time < :until and superseded_by is null
                      and action_id = any(array(select id from action where name = any(:actions)))
                    order by event_time desc, event_id desc limit :limit
                  ) c where s.account_id = :account_id and s.region = :region and s.kind = :kind and s.name = :name
                    and (s.id = :id or s.arn is null)
                  order by event_time desc, event_id desc limit :limit
                ) n join action a on a.id = n.action_id join principal p on p.id = n.principal_id
                order by n.event_time desc, n.event_id desc"""),
        {
            "account_id": row.account_id,
            "region": row.region,
            "kind": row.kind,
            "name": row.name,
            "id": row.id,
            "actions": sorted(actions),
            "since": since,
            "until": until,
            "limit": limit + 1,
        },
    ).all()
    return MediaCalls(tuple(media_call(one) for one in found[:limit]), has_more=len(found) > limit)


def media_call(row: Row[Any]) -> MediaCall:
    """Return a call; `row` has the columns of `event` that tell it, `action` and `principal` by name, `is_by_name`."""
    return MediaCall(
        key=EventKey(row.event_time, row.event_id, row.account_id),
        action=row.action,
        principal_id=row.principal_id,
        principal=row.principal,
        kind=ActorKind(row.actor_kind),
        key_kind=KeyKind(row.key_kind),
        person=row.person,
        session_name=row.session_name,
        access_key=row.access_key,
        address=row.address,
        invoked_by=row.invoked_by,
        error_code=row.error_code,
        footage=footage(row.footage, row.footage_from, row.footage_to, row.footage_clock),
        url_expires_s=row.url_expires_s,
        is_by_name=row.is_by_name,
    )
