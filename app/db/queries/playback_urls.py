"""The playback URLs that still open, of all streams: whoever has one can watch."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, text

from app.core.model.media_call import LONGEST_URL, MediaCall
from app.core.model.scope import Scope
from app.db.queries.media_calls import media_call
from app.db.queries.shell import scope_filter


@dataclass(frozen=True, slots=True)
class IssuedUrl:
    """A playback URL, by the call that it was issued to. `stream_id` 0: its record names none."""

    call: MediaCall
    stream_id: int
    stream: str


def alive_at(
    connection: Connection, scope: Scope, actions: Iterable[str], now: datetime, limit: int
) -> tuple[IssuedUrl, ...]:
    """Return the URLs that answered calls of `actions` were given and that open at `now`, at most `limit`.

    Those that end last come first. One whose record does not tell its end counts for as long as any may live.
    """
    condition, values = scope_filter(scope)
    # Who used one lately is known by principal: events are looked up there alone.
    rows = connection.execute(
        text(f"""with asked as (select id from action where name = any(:actions)),
                 lately as materialized (
                   select distinct account_id, principal_id from roll_use
                   where action_id in (select id from asked) and last_at >= :since and {condition}
                 )
                 select e.*, a.name as action, p.arn as principal, coalesce(s.name, '') as stream,
                        s.arn is null as is_by_name
                 from (select v.* from lately t join event v on v.account_id = t.account_id
                         and v.principal_id = t.principal_id and v.event_time >= :since and v.event_time < :now
                       where v.action_id in (select id from asked) and v.error_code is null
                         and v.superseded_by is null
                         and v.event_time + make_interval(secs => coalesce(v.url_expires_s, :longest)) > :now) e
                 join action a on a.id = e.action_id join principal p on p.id = e.principal_id
                 left join stream s on s.id = nullif(e.stream_id, 0)
                 order by e.event_time + make_interval(secs => coalesce(e.url_expires_s, :longest)) desc,
                          e.event_time desc, e.event_id
                 limit :limit"""),
        values
        | {
            "actions": sorted(actions),
            "since": now - LONGEST_URL,
            "now": now,
            "longest": int(LONGEST_URL.total_seconds()),
            "limit": limit,
        },
    )
    return tuple(IssuedUrl(media_call(row), row.stream_id, row.stream) for row in rows)
