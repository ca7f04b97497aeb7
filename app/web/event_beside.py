"""Where the drawer of an event leads on: to the newer and the older call of the list that it was opened from."""

from dataclasses import dataclass, replace

from app.core.query.cursor import EventKey, encoded, reference
from app.core.query.filter import Filter, url
from app.db.engine import at_most
from app.db.errors import TooSlow
from app.db.queries.beside_event import beside_event
from app.db.queries.events import EventPage
from app.web.visit import Visit

TIMEOUT_S = 0.5
SLOW = "The calls before and after it in this list take too long to find."


@dataclass(frozen=True, slots=True)
class Beside:
    """The addresses of both, "" where there is none; `note` says that they could not be found in time."""

    newer: str
    older: str
    note: str = ""


def beside(visit: Visit, path: str, query: Filter, page: EventPage, key: EventKey) -> Beside:
    """Return where the call `key` leads on; `page` is what the list shows of `query`.

    A page knows the calls of all of its rows' sides. A call that it does not show is looked for around, within its
    range; where it leads then, the page begins or ends with the call that is opened.
    """
    keys = [row.key for row in page.rows]
    if key in keys:
        around = [page.outside[0], *keys, page.outside[1]]
        place = keys.index(key) + 1
        back, on = around[place - 1], around[place + 1]
        before = query if place > 1 else _turned(query, page.before, is_back=True)
        after = query if place < len(keys) else _turned(query, page.after, is_back=False)
    else:
        try:
            back, on = _looked_for(visit, query, key)
        except TooSlow:
            return Beside("", "", SLOW)
        before, after = (_turned(query, encoded(key), is_back=is_back) for is_back in (True, False))
    hrefs = [url(path, listed, event=reference(one)) if one else "" for listed, one in ((before, back), (after, on))]
    return Beside(*(hrefs if query.sort == "-time" else reversed(hrefs)))


def _turned(query: Filter, cursor: str | None, *, is_back: bool) -> Filter:
    return replace(query, cursor=cursor, is_back=is_back)


def _looked_for(visit: Visit, query: Filter, key: EventKey) -> tuple[EventKey | None, EventKey | None]:
    if not query.since.at <= key.event_time < query.until.at:
        return None, None
    with at_most(visit.connection, TIMEOUT_S):
        return beside_event(visit.connection, visit.scope, query, key)
