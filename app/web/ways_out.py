"""The ways out of a stream, as its page prints them: how video leaves it, who may use the way, who did."""

from collections.abc import Iterator

from app.core.coverage.gaps import REACH
from app.core.coverage.observe import ActionClass, ObservableState
from app.core.kvs.actions import MEDIA_READ
from app.core.model.grant import Outcome
from app.core.model.media_call import LONGEST_URL, MediaCall
from app.core.viewing.asked import united, within
from app.core.viewing.viewer import told
from app.db.queries.grants import holders_of
from app.db.queries.media_calls import media_calls
from app.db.queries.stream_pages import StreamRow
from app.db.queries.stream_settings import stream_settings
from app.services.read_viewing import who_of
from app.web import filters, viewers
from app.web.visit import Visit
from app.web.way_out import NOT_OBSERVED, Asked, Inputs, Link, Way
from app.web.ways_services import services
from app.web.ways_set import SET_BY, edge, images, notifications, storage

URLS = frozenset({"GetHLSStreamingSessionURL", "GetDASHStreamingSessionURL"})
MOST_URLS, MOST_SHOWN = 200, 5


def ways_out(visit: Visit, row: StreamRow, known: Inputs) -> tuple[Way, ...]:
    """Return the ways out of a stream or channel, the direct ones first."""
    actions = {**SET_BY, "urls": URLS}
    may = holders_of(visit.connection, visit.scope, row.account_id, row.id, actions) if known.is_judged else None
    asked = Asked(visit, row, known, may)
    settings = stream_settings(visit.connection, visit.scope, row)
    found = [_readers(asked)]
    if row.kind == "stream":
        found += [
            _urls(asked),
            images(asked, settings["stream_images"]),
            notifications(asked, settings["stream_notifications"]),
            edge(asked, settings["stream_edge"]),
        ]
    return (*found, storage(asked, settings["channel_storage"]), services(asked))


def _readers(asked: Asked) -> Way:
    outcomes = [held.outcome for held in asked.known.watchers.values()]
    unknown = outcomes.count(Outcome.UNKNOWN)
    may, conditional = len(outcomes) - unknown, outcomes.count(Outcome.CONDITIONAL)
    did = asked.who_did(MEDIA_READ, ActionClass.READ if asked.row.kind == "stream" else ActionClass.SIGNALING)
    if asked.may is None or asked.row.status is None:
        return Way("Readers by IAM", NOT_OBSERVED, note="no policies were judged on it yet", did=did, is_unseen=True)
    notes = [f"{conditional:,} of them conditionally"] if conditional else []
    notes += [f"of {unknown:,} more it is not known"] if unknown else []
    return Way(
        "Readers by IAM",
        f"{filters.plural(may, 'principal')} may watch",
        note="; ".join(notes),
        may=(Link("Matrix", asked.matrix(("show", "media"))),),
        did=did,
    )


def _urls(asked: Asked) -> Way:
    """Return the playback URLs that are alive now, whatever the page's range is."""
    visit, now = asked.visit, asked.visit.now
    found = media_calls(
        visit.connection, visit.scope, asked.row, URLS, now - LONGEST_URL, now, MOST_URLS, is_answered=True, open_at=now
    )
    alive = [call for call in found.calls if call.url_ends_at is not None and call.url_ends_at > now]
    alive.sort(key=lambda call: (call.url_ends_at or now, call.key), reverse=True)
    more = len(alive) - MOST_SHOWN
    rest = [Link(f"{more:,} more", asked.timeline(URLS, ("outcome", "ok")))] if more > 0 else []
    count = f"{len(alive):,}{' or more' if found.has_more else ''} still alive" if alive else "none seen alive"
    return Way(
        "Playback URLs",
        count,
        shown=(*_owners(asked, alive[:MOST_SHOWN]), *rest),
        note="; ".join(part for part in (_blind(asked), "KVS has no call that ends one" if alive else "") if part),
        may=asked.who_may("urls", "may draw one", URLS),
        did=asked.who_did(URLS, ActionClass.READ),
    )


def _owners(asked: Asked, calls: list[MediaCall]) -> Iterator[Link]:
    known = dict(asked.known.viewing.viewers)
    new = [call for call in calls if told(call) not in known]
    if new:
        onboarded = frozenset(account for account, _ in asked.visit.accounts)
        known |= who_of(asked.visit.connection, asked.visit.user.scope, new, onboarded)
    for call in calls:
        until, most = call.url_ends_at, " at most" if call.is_url_life_untold else ""
        who = viewers.who(known[told(call)], call).name
        ends = f"until {until:{filters.SHORT_DATE}}{most}" if until else ""
        yield Link(f"issued to {who}", viewers.to_event(call), ends)


def _blind(asked: Asked) -> str:
    """Return how much of the last twelve hours could be looked at, "" when all of it."""
    now, span, seen = asked.visit.now, asked.visit.span, asked.seen(ActionClass.READ)
    if span.start > now - LONGEST_URL or span.end < now:
        return "how much of the last 12 h was observed is told by a range that holds them"
    looked = united(
        (stretch.start, stretch.end)
        for strip in seen.strips
        for stretch in strip.of("GetHLSStreamingSessionURL").stretches
        if stretch.state is ObservableState.OBSERVED
    )
    observed = within(looked, now - LONGEST_URL, now)
    # The newest calls are always to come.
    if observed >= LONGEST_URL - REACH:
        return ""
    return (
        f"of the last 12 h {filters.duration(observed)} were observed"
        if observed
        else "the last 12 h were not observed"
    )
