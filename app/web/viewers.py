"""Viewers and producers as pages name them: each name a link, each with what is known of it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.core.arn import account_text
from app.core.lineage.behind import BehindKind
from app.core.model.event import ActorKind
from app.core.model.media_call import MediaCall
from app.core.query.cursor import reference
from app.core.query.filter import NONE, encoded
from app.core.query.listing import EVENTS
from app.core.query.moment import iso
from app.core.timeline.outcome import CallOutcome
from app.core.viewing.viewer import Viewer
from app.db.queries.stream_pages import StreamRow
from app.web.identity_links import KEY, key_href
from app.web.names import short

CERTIFICATE = "certificate "
_STOPPABLE = frozenset({ActorKind.ROLE, ActorKind.USER, ActorKind.ROOT})
_SHOWN = 12
Pairs = list[tuple[str, str]]
_MOMENT = timedelta(microseconds=1)
_OUTCOMES = {
    CallOutcome.OK: [("outcome", "ok")],
    CallOutcome.DENIED: [("outcome", "denied")],
    # A refusal is an error too.
    CallOutcome.ERROR: [("outcome", "error"), ("outcome!", "denied")],
}
_PLACES = {name: place for place, name in enumerate((*(field.name for field in EVENTS.fields), "from", "to"))}


@dataclass(frozen=True, slots=True)
class Who:
    """A name with its link. `title` is the name in full; `role` is the principal that was acted as, "" where it is it.

    `kind` says what it is, and `why` how that is known.
    """

    name: str
    title: str
    href: str
    role: str
    role_href: str
    kind: str
    why: str


def who(viewer: Viewer, call: MediaCall) -> Who:
    """Return how a viewer is named; `call` is one that counts for it."""
    name = _name(viewer)
    page = f"/principals/{call.principal_id}"
    role = "" if name == short(call.principal) else short(call.principal)
    return Who(name, viewer.name, _href(viewer, call, page), role, page if role else "", _kind(viewer), viewer.why)


def _name(viewer: Viewer) -> str:
    if viewer.kind is None:
        return f"Unknown, through {_through(viewer.through)}" if viewer.through else "Unknown"
    if viewer.kind is BehindKind.DEVICE:
        digits = viewer.name.removeprefix(CERTIFICATE)
        return f"{CERTIFICATE}{digits[:_SHOWN]}…" if viewer.name.startswith(CERTIFICATE) else viewer.name
    return short(viewer.name)


def _through(principal: str) -> str:
    """Return a role's name; of a caller of whom no more is known the account."""
    kind, _, rest = principal.partition("/")
    return f"account {rest.partition('/')[0]}" if kind == "account" else short(principal)


def _kind(viewer: Viewer) -> str:
    if viewer.kind is None:
        return "not observable"
    return f"{viewer.kind} of {viewer.through}" if viewer.through else viewer.kind.value


def _href(viewer: Viewer, call: MediaCall, page: str) -> str:
    if call.person and call.person == viewer.name:
        return to_timeline([("person", call.person)])
    if viewer.kind is BehindKind.DEVICE and call.session_name:
        return to_timeline([("principal", call.principal), ("session", call.session_name)])
    return page


def to_event(call: MediaCall) -> str:
    """Return the address of a call's drawer."""
    return f"/events?event={reference(call.key)}&own=no&own=yes"


def to_lineage(call: MediaCall) -> str:
    """Return the page of the key that a call was signed with; of a call without one its drawer tells what is known."""
    return key_href(call.access_key) if call.access_key else to_event(call)


def to_stop(call: MediaCall) -> str:
    """Return how to stop the key that a call was signed with, of a call without one its principal; "" of a service."""
    if call.access_key and KEY.fullmatch(call.access_key):
        return f"{key_href(call.access_key)}/stop"
    return f"/principals/{call.principal_id}/stop" if call.kind in _STOPPABLE else ""


def to_timeline(pairs: Pairs) -> str:
    """Return the timeline's one address for a filter: fields in their order, values in theirs, the range behind them.

    It is what `parse` and `url` make of the pairs, without reading each of the many links of a page as a question.
    """
    asked = set(pairs) - {("from", EVENTS.default_from), ("to", "now")}
    ordered = sorted(asked, key=lambda pair: (_PLACES[pair[0].rstrip("!~")], pair))
    return f"/events?{encoded(ordered)}"


def on_stream(stream_arn: str | None, name: str, region: str) -> Pairs:
    """Return the filter "on this stream", whatever calls name it by; without a name that of calls on none.

    A name alone is of one Region; of an ARN calls are asked for wherever they were made, as they are counted.
    """
    if stream_arn or not name:
        return [("stream", stream_arn or NONE)]
    return [("stream", name), ("region", region)]


def of_stream(row: StreamRow) -> Pairs:
    """Return the filter of all calls on a stream of a list, our own among them."""
    return [
        ("account", account_text(row.account_id)),
        *on_stream(row.arn, row.name, row.region),
        ("own", "no"),
        ("own", "yes"),
    ]


def of_actions(actions: Collection[str]) -> Pairs:
    """Return the filter "one of these calls"."""
    return [("action", action) for action in sorted(actions)]


def by_callers(calls: Collection[MediaCall]) -> Pairs:
    """Return the filter "by those who made these calls", who may be one person through several roles."""
    return [
        *(("principal", principal) for principal in sorted({call.principal for call in calls})),
        *(("person", person) for person in sorted({call.person or NONE for call in calls})),
    ]


def with_keys(calls: Collection[MediaCall]) -> Pairs:
    """Return the filter "with the keys of these calls"."""
    return [("key", key) for key in sorted({call.access_key or NONE for call in calls})]


def between(first: datetime, last: datetime) -> Pairs:
    """Return the filter "from `first` to `last`, that moment included"."""
    return [("from", iso(first)), ("to", iso(last + _MOMENT))]


def exactly(row: StreamRow, calls: Collection[MediaCall]) -> Pairs:
    """Return the filter that selects the calls of one session, oldest first, and no other call.

    Its sessions of the same viewer, place, way and outcome are of other times: see core.viewing.sessions.
    """
    ordered = tuple(calls)
    first, last = ordered[0], ordered[-1]
    return [
        *of_stream(row),
        *of_actions({call.action for call in ordered}),
        *by_callers(ordered),
        ("address", first.address or NONE),
        *with_keys(ordered),
        *_OUTCOMES[first.outcome],
        *between(first.at, last.at),
    ]
