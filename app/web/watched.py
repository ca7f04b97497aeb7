"""Who watched a stream, as its page prints it: viewer sessions, the newest first, each with its calls."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode

from app.core.model.footage import FootageKind
from app.core.model.media_call import MediaCall
from app.core.query.interval import interval_text
from app.core.query.moment import is_moment
from app.core.timeline.outcome import CallOutcome
from app.core.viewing.asked import Asked, Interval, asked, length, united
from app.core.viewing.keys import keys_text
from app.core.viewing.sessions import GAP, HOW, How, ViewerSession, viewer_sessions
from app.db.queries.stream_pages import StreamRow
from app.services.read_viewing import Viewing
from app.web import filters, viewers
from app.web.identity_links import address_href, key_href
from app.web.series import series_of
from app.web.span import Span
from app.web.stated import second
from app.web.viewers import Who
from app.web.visit import Visit

MOST_SESSIONS = 20
LONGEST_VIDEO = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class SessionRow:
    """One session. `verb` stands before the name where "watched" would say too much.

    `length` is how much footage was asked for, `footage` which, and what of it is not known, `footage_href` the calls
    of anybody who asked for the same, "" where no record tells which it is. `event` is the drawer of its first call,
    `lineage` the page of that call's session, `stop_href` how to stop it, `href` the timeline of exactly its calls.
    """

    at: datetime
    event: str
    until: str
    verb: str
    who: Who
    series: str
    what: str
    footage: str
    footage_href: str
    length: str
    address: str
    address_href: str
    key: str
    key_href: str
    lineage: str
    stop_href: str
    calls: str
    href: str


@dataclass(frozen=True, slots=True)
class WatchedView:
    """What templates/partials/_watched.html prints. `older` says what is not shown, `older_href` is where it is.

    `footage_href` is who asked for the video of the range, whenever that was; "" where that is no question.
    """

    note: str
    sessions: tuple[SessionRow, ...]
    href: str
    footage_href: str
    older: str
    older_href: str
    none: str


def watched_view(visit: Visit, row: StreamRow, found: Viewing, none: str) -> WatchedView:
    """Return the viewer sessions on a stream; `none` says what no session means there."""
    sessions = viewer_sessions(found.reads.calls, found.viewers)
    shown = sessions[:MOST_SESSIONS]
    hidden = sessions[MOST_SESSIONS:]
    return WatchedView(
        note=f"{visit.span.label}; calls with pauses of up to {filters.duration(GAP)} are one session",
        sessions=tuple(_row(row, session, visit.now) for session in shown),
        href=_older_href(visit, row, None),
        footage_href=_of_its_video(visit, row),
        older=_older(len(hidden), found),
        older_href=_older_href(visit, row, _newest_not_shown(hidden, found)),
        none=none,
    )


def _of_its_video(visit: Visit, row: StreamRow) -> str:
    """Return the statement on the video of the range: who picks an hour often means that, and not its calls."""
    span = visit.span
    if row.kind != "stream" or span.length > LONGEST_VIDEO or span.start >= visit.now:
        return ""
    footage = interval_text((second(span.start), second(span.end)))
    return f"/streams/{row.id}/statement?{urlencode({'footage': footage})}"


def _older(hidden: int, found: Viewing) -> str:
    if found.reads.has_more:
        calls = filters.number(len(found.reads.calls))
        return f"Only the newest {calls} reading calls were looked through, and the oldest session may begin earlier."
    return f"{filters.plural(hidden, 'older session')} {'is' if hidden == 1 else 'are'} not shown." if hidden else ""


def _newest_not_shown(hidden: Sequence[ViewerSession], found: Viewing) -> datetime | None:
    if hidden:
        return hidden[0].last.at
    return found.reads.calls[-1].at if found.reads.has_more else None


def _older_href(visit: Visit, row: StreamRow, until: datetime | None) -> str:
    span = visit.span
    pairs = [*viewers.of_stream(row), *viewers.of_actions(HOW)]
    return viewers.to_timeline([*pairs, *_range(span, until)])


def _range(span: Span, until: datetime | None) -> viewers.Pairs:
    if until is not None:
        return viewers.between(span.start, until)
    return [("from", span.from_text), ("to", span.to_text)] if span.to_text else [("from", span.from_text)]


def _row(row: StreamRow, session: ViewerSession, now: datetime) -> SessionRow:
    calls, first, last = session.calls, session.first, session.last
    found = asked(calls)
    place = first.address or ""
    key = first.access_key if len(session.keys) == 1 else None
    return SessionRow(
        at=first.at,
        event=viewers.to_event(first),
        until=_until(first.at, last.at),
        verb=_verb(session),
        who=viewers.who(session.viewer, first),
        series=series_of(next((call.action for call in calls if call.action != "ListFragments"), first.action)),
        what=_what(session),
        footage=_footage(session, found),
        footage_href=_footage_href(row, session, found, now),
        length=_length(session, found),
        address=place,
        address_href=address_href(place) if place else "",
        key=keys_text(calls),
        key_href=key_href(key) if key else "",
        lineage=viewers.to_lineage(first),
        stop_href=viewers.to_stop(first),
        calls=filters.number(len(calls)),
        href=viewers.to_timeline(viewers.exactly(row, calls)),
    )


# ---------------------------------------------------------------- words
_UNITS = {
    "GetMedia": ("connection", "connections"),
    "GetMediaForFragmentList": ("fragment list", "fragment lists"),
    "GetClip": ("clip", "clips"),
    "GetImages": ("request for images", "requests for images"),
    "ListFragments": ("listing of fragments", "listings of fragments"),
    "GetHLSStreamingSessionURL": ("HLS URL", "HLS URLs"),
    "GetDASHStreamingSessionURL": ("DASH URL", "DASH URLs"),
    "ConnectAsViewer": ("connection as viewer", "connections as viewer"),
    "JoinStorageSessionAsViewer": ("storage session joined as viewer", "storage sessions joined as viewer"),
}
_UNTOLD = {
    FootageKind.LIVE: "live, for how long is not logged",
    FootageKind.REPLAY: "from a start on and then live",
    FootageKind.ONWARD: "from a start on, how far is not logged",
    FootageKind.EARLIEST: "from the oldest that was stored then",
    FootageKind.CONTINUATION_TOKEN: "from where an earlier answer ended",
    FootageKind.FRAGMENT_NUMBER: "fragments by number, of which time is not known",
    FootageKind.NOT_IN_RECORD: "of which time the record does not say",
    FootageKind.INTERVAL: "of which time the record does not say",
}


def _until(first: datetime, last: datetime) -> str:
    if first == last:
        return ""
    pattern = "%H:%MZ" if first.date() == last.date() else filters.SHORT_DATE
    # In one piece: the column is as narrow as a date.
    lasted = filters.duration(last - first).replace(" ", "\N{NO-BREAK SPACE}")
    return f"to {last:{pattern}}, {lasted}"


def _verb(session: ViewerSession) -> str:
    if session.outcome is not CallOutcome.OK:
        return "Tried:"
    return "URL issued to" if session.how is How.URL else ""


def _what(session: ViewerSession) -> str:
    counts = Counter(call.action for call in session.calls)
    order = sorted(counts, key=lambda action: (action == "ListFragments", -counts[action], action))
    done = ", ".join(filters.plural(counts[action], *_UNITS[action]) for action in order)
    match session.outcome:
        case CallOutcome.DENIED:
            return f"{done}; AWS refused"
        case CallOutcome.ERROR:
            codes = ", ".join(sorted({call.error_code or "" for call in session.calls}))
            return f"{done}; failed: {codes}"
        case CallOutcome.OK:
            return done + _limit(session)


def _limit(session: ViewerSession) -> str:
    """Return where knowledge ends."""
    if session.how is How.URL:
        return "; who opened it is not logged"
    if session.how is How.VIEWER:
        return "; whether a camera answered is not logged"
    return "" if session.shows_media else "; no picture"


def _length(session: ViewerSession, found: Asked) -> str:
    """Return how much footage was asked for, as far as records tell."""
    if session.outcome is not CallOutcome.OK:
        return "nothing given"
    if session.how is How.URL and not found.pieces:
        # A URL of a range without an end, or of unknown life, may show more than its life is long.
        most = [_shown(call) for call in session.calls]
        return f"up to {filters.duration(length(united(filter(None, most))))}" if all(most) else "not known"
    if found.pieces:
        return filters.duration(found.length) + (" or more" if found.untold else "")
    if found.listed and session.shows_media:
        return f"of {filters.duration(length(found.listed))}"
    return "live" if FootageKind.LIVE in found.untold else "not known"


def _shown(call: MediaCall) -> Interval | None:
    """Return the video that a live playback URL can show at most, None where that is not known."""
    known = call.footage
    return (known.start, known.end) if known is not None and known.start and known.end else None


def _footage(session: ViewerSession, found: Asked) -> str:
    """Return which footage was asked for, and what of it is not known."""
    if session.outcome is not CallOutcome.OK:
        return ""
    parts = [_bounds(found.pieces)] if found.pieces else []
    if found.listed:
        parts.append(f"listed {_bounds(found.listed)}")
    has_end = found.url_until is not None
    parts += ["live" if has_end and kind is FootageKind.LIVE else _UNTOLD[kind] for kind in sorted(found.untold)]
    if found.url_until is not None:
        most = " at the latest" if any(call.is_url_life_untold for call in session.calls) else ""
        parts.append(f"the URL ends {found.url_until:{filters.SHORT_DATE}}{most}")
    return "; ".join(parts)


def _footage_href(row: StreamRow, session: ViewerSession, found: Asked, now: datetime) -> str:
    """Return the calls that asked for the same video, whenever that was; "" where no record tells which it is."""
    pieces = found.pieces or found.listed
    if session.outcome is not CallOutcome.OK or not pieces:
        return ""
    start, end = pieces[0][0], pieces[-1][1]
    # A caller may ask for any time; a list is asked for such as can have been filmed.
    if start >= now or not is_moment(start) or not is_moment(end):
        return ""
    return viewers.to_timeline([*viewers.of_stream(row), ("footage", interval_text((start, end)))])


def _bounds(pieces: Sequence[tuple[datetime, datetime]]) -> str:
    start, end = pieces[0][0], pieces[-1][1]
    is_one_day = start.date() == end.date()
    text = f"{start:{filters.SHORT_DATE}} to {end:{'%H:%MZ' if is_one_day else filters.SHORT_DATE}}"
    return text if len(pieces) == 1 else f"{filters.number(len(pieces))} pieces from {text}"
