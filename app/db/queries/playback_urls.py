"""The playback URLs that still open, of all streams: whoever has one can watch."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from app.core.model.media_call import LONGEST_URL, MediaCall
from app.core.model.scope import Scope
from app.db.queries._footage import url_end
from app.db.queries.media_calls import MEDIA_CALL, media_call
from app.db.queries.shell import scope_filter
from app.db.sql import text


@dataclass(frozen=True, slots=True)
class IssuedUrl:
    """A playback URL, by the call that it was issued to. `stream_id` 0: its record names none."""

    call: MediaCall
    stream_id: int
    stream: str

    @property
    def ends_at(self) -> datetime:
        """When it opens no more, at the latest."""
        return self.call.url_ends_at or self.call.at


def alive_at(connection: Connection, scope: Scope, now: datetime, limit: int) -> tuple[IssuedUrl, ...]:
    """Return the URLs that open at `now`, those that end last first, at most `limit`.

    Every call that was given one has its lifetime, asked for or AWS's default, or that its record does not tell it:
    such a URL counts for the longest.
    """
    condition, values = scope_filter(scope)
    # The calls that were given a URL have an index of their own: they are few among all.
    rows = connection.execute(
        text(f"""select {MEDIA_CALL}, e.stream_id, coalesce(s.name, '') from (select * from event
                       where url_expires_s is not null and event_time >= :since and event_time < :now and {condition}
                         and error_code is null and superseded_by is null
                         and {url_end()} > :now
                       order by {url_end()} desc, event_time desc, event_id
                       limit :limit) e
                 join action a on a.id = e.action_id join principal p on p.id = e.principal_id
                 left join stream s on s.id = nullif(e.stream_id, 0)
                 order by {url_end("e.")} desc, e.event_time desc, e.event_id"""),
        values | {"since": now - LONGEST_URL, "now": now, "limit": limit},
    )
    return tuple(IssuedUrl(media_call(row[:-2]), *row[-2:]) for row in rows)
