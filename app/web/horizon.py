"""The horizon under the header of every page, and the hatched intervals of its charts: both are the same holes."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby

from sqlalchemy import Connection

from app.core import arn
from app.core.coverage.asked import strips_of_calls
from app.core.coverage.history import Moment, Strip, horizon
from app.core.coverage.observe import ActionClass, ObservableState
from app.core.coverage.seen import IN_PART, Seen, strips_of_account, strips_of_region
from app.core.model.scope import Scope
from app.core.model.stream import Stream
from app.core.query.filter import Filter
from app.core.timeline.buckets import floor
from app.db.queries.coverage_page import CoverageInputs, Shared, inputs_beside, shared_inputs
from app.services.read_coverage import Places, strips_of_streams_by, strips_over_by, with_named
from app.web import charts, filters, words
from app.web.charts import BLIND, PART, SEEN, Blind
from app.web.kept import Kept, half_minute
from app.web.shell import Horizon
from app.web.span import Span

NOT_KEPT = "not kept"
DAY = timedelta(days=1)
_READS = frozenset({ActionClass.READ, ActionClass.SIGNALING})


@dataclass(frozen=True, slots=True)
class Observability(Seen):
    """What was observable in a scope over the range of a page, ready to be drawn."""

    span: Span
    names: tuple[tuple[int, str], ...]

    @property
    def sentence(self) -> str:
        """How much of the time could be looked at, as a sentence."""
        if not self.strips:
            return "Whether calls are logged is not known."
        if self.is_whole:
            return "All of the time could be observed."
        if self.is_dark:
            return "None of the time could be observed."
        if self.share == IN_PART:
            return f"Calls could be observed in part only: {self.left_out}."
        # In several Regions each counts by its streams: one of them may be whole, and another never.
        time = "the time" if len({(s.account, s.region) for s in self.strips}) == 1 else "the time of all streams"
        return f"{self.share} of {time} could be observed{' in full' if self.left_out else ''}."

    @property
    def holes(self) -> int:
        """How many holes there are, as the coverage page lists them: one account, Region and reason is one."""
        return len({(s.account, s.region, h.state, h.reason) for s in self.strips for h in s.holes})

    def named(self, accounts: Iterable[int]) -> tuple[str, ...]:
        """Return the names of some accounts, in their order."""
        names = dict(self.names)
        return tuple(sorted(names.get(account, arn.account_text(account)) for account in accounts))

    def never_read(self, told: frozenset[int] = frozenset()) -> str:
        """Return of which accounts but `told` nobody saw a read of media at any time, where those of others were.

        Behind a comma: it is told beside a chart, which hatches intervals alone.
        """
        reads = replace(self, strips=tuple(strip for strip in self.strips if strip.kind in _READS))
        never = self.named(reads.blind - told)
        return f", and never at reads of media of {words.listed(never)}" if never else ""

    @property
    def blinds(self) -> tuple[Blind, ...]:
        """The intervals to hatch in a chart, each with the account that was blind.

        What is blind all the time is no interval: it stands in the horizon's share, and alone when nothing was seen.
        """
        most = max((moment.seen for moment in self.moments), default=0)
        if most == 0 and self.left_out:
            return self._with_parts().blinds
        if most == 0:
            return (Blind(0, 1, NOT_KEPT if self.until <= self.expired_until else "nobody could look"),)
        names, expired = dict(self.names), self.expired_until
        return tuple(
            _joined(
                (
                    self.span.fraction(m.start),
                    self.span.fraction(m.end),
                    NOT_KEPT if m.end <= expired else _label(m.blind, names),
                )
                for m in self.moments
                if m.seen < most
            )
        )

    def media_blinds(self, account: int, *, is_polled: bool) -> tuple[Blind, ...]:
        """Return when nobody could see an account's media being read: where no stream of it was observed.

        An account that was polled and has no stream has nothing to hide; one never polled may have anything.
        """
        own = tuple(strip for strip in self.strips if strip.account == account and strip.kind in _READS)
        if not own:
            return () if is_polled else (Blind(0, 1),)
        # What was seen in part is drawn as bars: hatch says that nobody could look.
        shown = tuple(_with_parts(strip) for strip in own)
        dark = [m for m in horizon(shown, self.span.start, min(self.span.end, self.until)) if m.seen == 0]
        return tuple(Blind(self.span.fraction(m.start), self.span.fraction(m.end)) for m in dark)

    def _with_parts(self) -> "Observability":
        """Return the same, with what was seen in part taken as seen: bars may stand there."""
        strips = tuple(_with_parts(strip) for strip in self.strips)
        return replace(self, strips=strips, moments=horizon(strips, self.span.start, min(self.span.end, self.until)))

    @property
    def expired_until(self) -> datetime:
        """The time before which nothing is kept, as far as it lies in the range; the range's start when all is kept."""
        gone = (x.end for s in self.strips for x in s.stretches if x.state is ObservableState.EXPIRED)
        return max(gone, default=self.span.start)

    @property
    def until(self) -> datetime:
        """The end of what was computed: a range may reach over now."""
        return max((moment.end for moment in self.moments), default=self.span.end)

    def over(self, span: Span) -> "Observability":
        """Return the same on the axis of another range: a chart's buckets may reach over the page's."""
        return replace(self, span=span)

    def shell(self, href: str) -> Horizon:
        """Return the line of the layout."""
        most = max((moment.seen for moment in self.moments), default=0)
        moments, best = (self._with_parts().moments, -1) if self.share == IN_PART else (self.moments, most)
        parts = [(self.span.fraction(m.start), self.span.fraction(m.end), _kind(m, best)) for m in moments]
        if not self.strips:
            left, right = "nothing to observe yet", "no stream is known"
            return Horizon(charts.strip([(0, 1, BLIND)], label=f"{left}, {right}", height=11), left, right, href)
        left = f"observable {IN_PART}" if self.share == IN_PART else f"{self.share} observable"
        right = filters.plural(self.holes, "hole")
        return Horizon(charts.strip(_run(parts), label=f"{left}, {right}", height=11), left, right, href)


class Observer:
    """Computes observability, and keeps it for half a minute: every page asks, and settings change by the hour.

    So it does with what it is computed from: what all accounts of a user (`whole`) share, and what is of one account,
    whose pages ask for one stream after the other. Of all accounts that would be much to hold.
    """

    def __init__(self) -> None:
        self._kept = Kept[Observability]()
        self._shared = Kept[Shared]()
        self._inputs = Kept[CoverageInputs]()

    def observability(
        self,
        connection: Connection,
        whole: Scope,
        scope: Scope,
        span: Span,
        names: tuple[tuple[int, str], ...],
        now: datetime,
    ) -> Observability:
        """Return what was observable until now, at most half a minute old: of what lies ahead nothing is told."""

        def observed() -> Observability:
            inputs = self._inputs_of(connection, whole, scope, span.start, now)
            end = max(span.start, min(span.end, now))
            found = strips_over_by(inputs, span.start, end)
            return Observability(found, horizon(found, span.start, end), span, names)

        key = (scope.accounts, half_minute(span.start), half_minute(span.end))
        return self._kept.get(key, now, observed)

    def of_stream(
        self, connection: Connection, whole: Scope, account: Scope, stream: Stream, seen: Observability, now: datetime
    ) -> Observability:
        """Return that of one stream or channel over the range of `seen`, which is that of its account."""
        inputs = self._inputs_of(connection, whole, account, seen.span.start, now)
        return _of(seen, strips_of_streams_by(inputs, (stream,), seen.span.start, min(seen.span.end, seen.until)))

    def _inputs_of(
        self, connection: Connection, whole: Scope, scope: Scope, start: datetime, now: datetime
    ) -> CoverageInputs:
        since = floor(start, DAY)
        shared = self._shared.get((whole.accounts, since), now, lambda: shared_inputs(connection, whole, since))

        def read() -> CoverageInputs:
            return inputs_beside(connection, scope, since, shared)

        is_one = scope.accounts is not None and len(scope.accounts) == 1
        return self._inputs.get((scope.accounts, since), now, read) if is_one else read()


def narrowed(seen: Observability, account: int, region: str, kinds: frozenset[ActionClass]) -> Observability:
    """Return the observability of one Region of an account and some classes: that of a stream."""
    return _of(seen, strips_of_region(seen.strips, account, region, kinds))


def of_account(seen: Observability, account: int, kinds: frozenset[ActionClass]) -> Observability:
    """Return the observability of some classes of an account; of the whole scope where the account has no stream."""
    return _of(seen, strips_of_account(seen.strips, account, kinds))


def of_calls(connection: Connection, scope: Scope, seen: Observability, query: Filter, places: Places) -> Observability:
    """Return the observability of the calls that a filter asks for; `places` are those of the streams it names."""
    strips = with_named(connection, scope, seen.strips, query, places)
    return _of(seen, strips_of_calls(strips, query, dict(seen.names), places))


def _of(seen: Observability, kept: tuple[Strip, ...]) -> Observability:
    return replace(seen, strips=kept, moments=horizon(kept, seen.span.start, min(seen.span.end, seen.until)))


def _with_parts(strip: Strip) -> Strip:
    """Return a strip that counts what was seen in part as seen."""
    observed = {ObservableState.PARTLY: ObservableState.OBSERVED}
    return replace(strip, stretches=tuple(replace(x, state=observed.get(x.state, x.state)) for x in strip.stretches))


def _kind(moment: Moment, most: int) -> str:
    if moment.seen == 0 or moment.seen < most:
        return BLIND
    if most < 0:  # nothing was seen in full
        return PART
    return SEEN if moment.seen == moment.whole else PART


def _run(parts: Iterable[tuple[float, float, str]]) -> list[tuple[float, float, str]]:
    """Return neighbours of one kind as one."""
    runs = []
    for kind, group in groupby(parts, key=lambda part: part[2]):
        members = list(group)
        runs.append((members[0][0], members[-1][1], kind))
    return runs


def _joined(found: Iterable[tuple[float, float, str]]) -> list[Blind]:
    blinds: list[Blind] = []
    for start, end, label in found:
        if blinds and blinds[-1].end == start and blinds[-1].label == label:
            blinds[-1] = Blind(blinds[-1].start, end, label)
        else:
            blinds.append(Blind(start, end, label))
    return blinds


def _label(accounts: tuple[int, ...], known: dict[int, str]) -> str:
    names = [known.get(account, arn.account_text(account)) for account in accounts]
    if not names:
        return ""
    return f"{names[0]} blind" if len(names) == 1 else f"{len(names)} accounts blind"
