"""The calls that read or send the media of one stream or channel, newest first and never more than asked for."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from app.core.model.event import ActorKind, KeyKind
from app.core.model.media_call import MediaCall
from app.core.model.scope import Scope
from app.core.query.cursor import EventKey
from app.db.queries._footage import footage, url_end
from app.db.queries.stream_pages import StreamRow
from app.db.sql import text

MEDIA_CALL = """e.event_time, e.event_id, e.account_id, a.name, e.principal_id, p.arn, e.actor_kind, e.key_kind,
  e.person, e.session_name, e.access_key, e.address, e.invoked_by, e.error_code, e.footage, e.footage_from,
  e.footage_to, e.footage_clock, e.url_expires_s"""
"""What tells a call, of `event` e with its action and principal; see `media_call`."""


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
    *,
    is_answered: bool = False,
    open_at: datetime | None = None,
) -> MediaCalls:
    """Return the newest `limit` calls of `actions` on a stream in [since, until), each call once: no corrected record.

    Records that name a stream without its ARN are among them, by its name in its Region. `is_answered`: of those alone
    that AWS answered; `open_at`: whose playback URL still opened then, or may have where no lifetime is recorded.
    """
    if not scope.holds(row.account_id):
        return MediaCalls((), has_more=False)
    # Asked before it is cut: what is newer and does not count would hide what does.
    answered = "and error_code is null" if is_answered else ""
    opened = f"and (url_expires_s is null or {url_end()} > :open_at)"
    found = connection.execute(
        text(f"""select {MEDIA_CALL} from (
                   select c.* from stream s cross join lateral (
                     select * from event where account_id = :account_id and stream_id = s.id
                       and event_time >= :since and event_time < :until and superseded_by is null
                       and action_id = any(array(select id from action where name = any(:actions)))
                       {answered} {opened if open_at else ""}
                     order by event_time desc, event_id desc limit :limit
                   ) c where s.account_id = :account_id and s.region = :region and s.kind = :kind and s.name = :name
                     and (s.id = :id or s.arn is null)
                   order by event_time desc, event_id desc limit :limit
                 ) e join action a on a.id = e.action_id join principal p on p.id = e.principal_id
                 order by e.event_time desc, e.event_id desc"""),
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
        }
        | ({"open_at": open_at} if open_at else {}),
    ).all()
    return MediaCalls(tuple(media_call(one) for one in found[:limit]), has_more=len(found) > limit)


def media_call(row: Sequence[Any]) -> MediaCall:
    """Return a call; `row` is MEDIA_CALL. By place: a page has a thousand, and a name costs more than all the rest."""
    at, event_id, account, action, principal_id, principal, kind, key_kind, *told = row
    person, session_name, access_key, address, invoked_by, error_code, *asked, url_expires_s = told
    return MediaCall(
        EventKey(at, event_id, account),
        action,
        principal_id,
        principal,
        ActorKind(kind),
        KeyKind(key_kind),
        person,
        session_name,
        access_key,
        address,
        invoked_by,
        error_code,
        footage(*asked),
        url_expires_s,
    )
