"""What is behind the hatching of the coverage page: each reason once, how to close it, and what that costs."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.core.coverage.cost import cost, in_all, logged_again
from app.core.coverage.history import Stretch, Strip
from app.core.coverage.observe import ActionClass, ObservableState
from app.core.coverage.seen import SEEN
from app.services.read_closing import CLOSED_BY_SELECTOR, Closed, Hidden, read_closing, usual_range
from app.web import filters, words
from app.web.fix_tabs import FixTab, fix_tabs
from app.web.kept import Kept
from app.web.span import Span
from app.web.visit import Visit

MOST = 40
_ADVICE = {
    ObservableState.OBSERVED: "",
    ObservableState.PARTLY: "Widen what the trail takes.",
    ObservableState.NOT_LOGGED: "Let a trail of this Region log them.",
    ObservableState.NOT_DELIVERED: "Start the trail again, or mend its delivery: bucket policy and KMS key. "
    "What was not logged meanwhile is lost.",
    ObservableState.NOT_COLLECTED: "The account's page says how far each bucket is read: the past comes by itself, the "
    "newest day first. A bucket that is not among them has to be named as an account's log bucket; what is denied has "
    "to be allowed. A file that did not come is asked for again for a day, and one that was rejected can be imported "
    "with kvswatch ingest.",
    ObservableState.EXPIRED: "KVSWATCH_KEEP_DAYS says how long calls are kept. Copies of older log files can be looked "
    "at with kvswatch ingest, once it is raised.",
    ObservableState.UNKNOWN: "Give kvswatch the permission that the account's page names.",
}

_DELIVERED = SEEN | {ObservableState.NOT_COLLECTED}
"""What a trail delivers: it may still have to be read."""

_Key = tuple[int, str, str, ObservableState]
"""Account, Region, reason, answer."""
_Found = list[tuple[Strip, Stretch]]


@dataclass(frozen=True, slots=True)
class Hole:
    """One reason for which nobody could look, with all that it hides. `cost` is "" where no selector closes it."""

    where: str
    account: str
    account_href: str
    state: str
    reason: str
    classes: str
    size: str
    element_id: str
    advice: str
    cost: str
    tabs: tuple[FixTab, ...]


@dataclass(frozen=True, slots=True)
class Holes:
    """How many there are, and those that are shown."""

    total: int
    shown: tuple[Hole, ...]


def holes_of(visit: Visit, strips: tuple[Strip, ...]) -> Holes:
    """Return the holes of strips, the most streams and time first; only those shown are told how to close."""
    by_reason = _by_reason(strips)
    shown = sorted(by_reason.items(), key=lambda item: (-_weight(item[1]), item[0]))[:MOST]
    hidden = {key: _hidden(key, found) for key, found in shown if key[3] in CLOSED_BY_SELECTOR}
    closed = dict(zip(hidden, _closings(visit, tuple(hidden.values())), strict=True))
    is_old = visit.span.end < visit.now and any(key[3] is ObservableState.NOT_DELIVERED for key, _ in shown)
    since = Span(visit.span.start, visit.now, "")
    by_now = by_reason | (_by_reason(visit.observed_over(since).strips) if is_old else {})
    return Holes(
        len(by_reason),
        tuple(
            _hole(visit, f"hole-{place}", key, found, closed.get(key), _over_since(key, by_now[key]))
            for place, (key, found) in enumerate(shown)
        ),
    )


def _by_reason(strips: tuple[Strip, ...]) -> dict[_Key, _Found]:
    found: dict[_Key, _Found] = {}
    for strip in strips:
        for hole in strip.holes:
            found.setdefault((strip.account, strip.region, hole.reason, hole.state), []).append((strip, hole))
    return found


def _over_since(key: _Key, found: _Found) -> datetime | None:
    """Return since when trails deliver again what is in a hole because none did; None: none does, or another hole."""
    is_over = all(strip.stretches[-1].state in _DELIVERED for strip, _ in found)
    return max(hole.end for _, hole in found) if is_over and key[3] is ObservableState.NOT_DELIVERED else None


def _closings(visit: Visit, hidden: tuple[Hidden, ...]) -> tuple[Closed, ...]:
    """Return how each hole can be closed: whichever accounts and range the page shows, the price is the same."""
    kept: Kept[tuple[Closed, ...]] = visit.request.app.state.closings

    def read() -> tuple[Closed, ...]:
        seen = visit.observed_by_user(*usual_range(visit.now))
        return read_closing(visit.connection, visit.user.scope, hidden, seen.strips, visit.now)

    return kept.get((visit.user.scope.accounts, hidden), visit.now, read)


def _weight(found: _Found) -> float:
    """Return stream-seconds; what shows or takes video weighs ten times what only administers it."""
    return sum(
        (hole.end - hole.start).total_seconds()
        * max(strip.streams, 1)
        * (1 if strip.kind is ActionClass.MANAGEMENT else 10)
        for strip, hole in found
    )


def _hidden(key: _Key, found: _Found) -> Hidden:
    return Hidden(key[0], key[1], tuple(_streams(found).items()))


def _streams(found: _Found) -> Mapping[ActionClass, int]:
    streams = {strip.kind: strip.streams for strip, _ in found}
    return {kind: streams[kind] for kind in ActionClass if kind in streams}


def _hole(
    visit: Visit, element_id: str, key: _Key, found: _Found, closed: Closed | None, over: datetime | None
) -> Hole:
    account, region, reason, state = key
    streams = _streams(found)
    longest = max((hole.end - hole.start for _, hole in found), default=timedelta())
    size = filters.plural(max(streams.values()), "stream or channel", "streams and channels")
    return Hole(
        where=f"{visit.account_name(account)}, {region}",
        account=visit.account_name(account),
        account_href=visit.account_page(account),
        state=words.OBSERVABLE[state],
        reason=reason,
        classes=words.listed([words.CLASSES[kind] for kind in streams], most=4),
        size=f"{size}, {filters.duration(longest)}",
        element_id=element_id,
        advice=_advice(state, closed, over),
        cost=_cost(state, streams, closed) if closed and closed.expected else "",
        tabs=fix_tabs(closed.closing.texts, element_id, "Advanced event selectors") if closed else (),
    )


def _advice(state: ObservableState, closed: Closed | None, over: datetime | None) -> str:
    if over is not None:
        since = f"That has been over since {over:%Y-%m-%d %H:%MZ}"
        return f"{since}: nothing needs to be started or mended. What was not logged meanwhile is lost."
    if closed is None:
        return _ADVICE[state]
    return f"{_ADVICE[state]} {closed.closing.said}" if closed.closing.logs else closed.closing.said


def _cost(state: ObservableState, streams: Collection[ActionClass], closed: Closed) -> str:
    """Return what it costs at most, with what the selectors take beside the hole."""
    beside = [words.CLASSES[kind] for kind in closed.expected if kind not in streams]
    told = cost(closed.expected, words.CLASSES, is_part=state is ObservableState.PARTLY or bool(beside))
    too = f"It has calls of {words.listed(beside)} in it, which the selector takes too." if beside else ""
    again = logged_again(closed.again, words.CLASSES)
    return " ".join(filter(None, (told, too, in_all(closed.places), again)))
