"""One way out of a stream, and what the page knows when it asks for it: who may use it, and who did."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from operator import itemgetter
from urllib.parse import urlencode

from app.core.arn import account_text
from app.core.coverage.observe import ActionClass
from app.core.iam.paths import Ways
from app.core.model.grant import Held, Known
from app.db.queries.stream_pages import DayUse, StreamRow
from app.services.read_viewing import Viewing
from app.web import filters, viewers
from app.web.horizon import Observability, narrowed
from app.web.names import short
from app.web.visit import Visit

MOST_NAMES = 3
NOT_OBSERVED = "not observed by kvswatch"


@dataclass(frozen=True, slots=True)
class Link:
    """A name, what leads to it ("" where nothing does), and what is said of it."""

    name: str
    href: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Way:
    """One way out. `is_unseen`: nobody could look, and `state` says why; `shown` are what it consists of now.

    `may` are those who may use or set it, `did` those who did.
    """

    name: str
    state: str
    shown: tuple[Link, ...] = ()
    note: str = ""
    may: tuple[Link, ...] = ()
    did: tuple[Link, ...] = ()
    is_unseen: bool = False


@dataclass(frozen=True, slots=True)
class Inputs:
    """What the page knows already: who may and did, through which roles, and what was observable.

    `uses` are those that AWS answered in the page's range, the days at its ends included as far as they lie within.
    `is_judged`: whether the account's policies were ever judged. `since`: only later days were looked through for them.
    """

    viewing: Viewing
    uses: tuple[DayUse, ...]
    watchers: Mapping[str, Held]
    ways: Ways
    everything: Observability
    is_judged: bool
    since: date | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """What every way is made of. `may` None: nobody's policies were judged."""

    visit: Visit
    row: StreamRow
    known: Inputs
    may: Mapping[str, Known] | None

    def matrix(self, *pairs: tuple[str, str]) -> str:
        """Return the matrix of this stream."""
        of_stream = (("account", account_text(self.row.account_id)), ("stream", self.row.arn or self.row.name))
        return f"/matrix?{urlencode((*of_stream, *pairs))}"

    def timeline(self, actions: Collection[str], *more: tuple[str, str]) -> str:
        """Return the calls of `actions` on this stream over the page's range."""
        span = self.visit.span
        upto = [("to", span.to_text)] if span.to_text else []
        pairs = [*viewers.of_stream(self.row), *viewers.of_actions(actions), *more, ("from", span.from_text), *upto]
        return viewers.to_timeline(pairs)

    def who_may(self, name: str, verb: str, actions: Collection[str]) -> tuple[Link, ...]:
        """Return how many may call one of `actions`."""
        if self.may is None or self.row.status is None:
            return (Link("not known", "", "no policies were judged on it"),)
        count = self.may.get(name, Known())
        text = f"{verb}{f'; {count.unknown:,} not known' if count.unknown else ''}"
        href = self.matrix(*(("action", action) for action in sorted(actions)))
        return (Link(filters.plural(count.granted, "principal"), href, text),)

    def seen(self, kind: ActionClass) -> Observability:
        """Return what was observable of one class of calls on this stream."""
        return narrowed(self.known.everything, self.row.account_id, self.row.region, frozenset({kind}))

    def who_did(self, actions: Collection[str], kind: ActionClass) -> tuple[Link, ...]:
        """Return who called one of `actions` with success in the page's range, the last one first."""
        last: dict[int, tuple[datetime, DayUse]] = {}
        for use in self.known.uses:
            if use.action in actions and use.last_answered is not None:
                known = last.get(use.principal_id)
                if known is None or known[0] < use.last_answered:
                    last[use.principal_id] = use.last_answered, use
        users = sorted(last.values(), key=itemgetter(0), reverse=True)
        if not users:
            return (Link(self.nobody(kind)),)
        named = tuple(
            Link(short(use.principal), f"/principals/{use.principal_id}", f"{at:{filters.SHORT_DATE}}")
            for at, use in users[:MOST_NAMES]
        )
        rest = len(users) - MOST_NAMES
        return (*named, Link(f"{rest:,} more", self.timeline(actions))) if rest > 0 else named

    def nobody(self, kind: ActionClass) -> str:
        """Return what it means that no call was seen."""
        found, label = self.seen(kind), self.visit.span.label
        if found.is_dark:
            return "not observable"
        if self.known.since:
            return f"none seen since {self.known.since}"
        return f"nobody in {label}" if found.is_whole else f"none seen in {label}; {found.share} observed"
