"""What was observable when: coverage as strips over a time range, one for each account, Region and class of calls.

A range is cut where anything changed: a new version of a trail's settings, a trail stopped or started, a part that
could not be read any more, the ends of what was collected and of the hours whose log files were not read. Between two
cuts one answer holds.

Before kvswatch's first reading nobody wrote the settings down: the first ones read are taken to have held since the
trail was started. `Strip.first_read_at` says from when on they are known, and the page says so too.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from itertools import combinations, pairwise

from app.core.coverage.gaps import REACH, Gap
from app.core.coverage.observe import (
    CLASSES,
    ActionClass,
    LogSource,
    Observable,
    ObservableState,
    observable,
)
from app.core.coverage.selectors import alike_streams, stream_fields
from app.core.coverage.settings import (
    DELIVERY_AGE,
    SELECTORS,
    SETTINGS,
    AccountHistory,
    Doubt,
    Found,
    Settings,
    changed_selectors,
    doubts_at,
    doubts_of_shared,
    is_stale,
    selectors_of,
    settings_after,
    settings_apart,
    settings_at,
    settings_of,
    shared_selectors,
    without_lost,
)
from app.core.coverage.silence import Silence
from app.core.model.account import Account
from app.core.model.snapshot import Part, Snapshot
from app.core.model.stream import ResourceKind, Stream
from app.core.parts import Selectors, TrailStatuses, assemble
from app.core.retention import Dropped
from app.core.trailfile.keys import WrittenTo

Answers = dict[tuple[str, ActionClass], tuple[ObservableState, str]]
"""(Region, class) → the answer and its reason."""
_LISTED = {"streams": ResourceKind.STREAM, "channels": ResourceKind.CHANNEL}
INVENTORY = tuple(_LISTED)
EVENT_HISTORY_AGE = timedelta(days=90)
"""So long CloudTrail keeps the management events of every account, whatever its trails do."""
_MOST_APART = 5
"""Trails changed between two readings of which every combination is looked at: a Region has no more."""
IN_TIME = timedelta(hours=1)
"""So old the last look for new files may be: the longest pause between two, and time to read what was found."""


@dataclass(frozen=True, slots=True)
class Collected:
    """What kvswatch has read of one account and Region: all from `start` to `end` (None: nothing yet).

    `bucket` is where the log files lie; "" stands for CloudTrail's event history (LookupEvents), which holds the
    management events of 90 days whether or not there is a trail. `gaps` are the hours within of which log files, or
    records, are missing: no two of them overlap. `folder` is which of the bucket's folders was read; None where it has
    none. `silences` are the hours within in which none came.
    """

    account: int
    region: str
    bucket: str
    start: datetime | None
    end: datetime | None
    gaps: tuple[Gap, ...] = ()
    folder: WrittenTo | None = None
    silences: tuple[Silence, ...] = ()

    def covers(self, at: datetime, now: datetime) -> bool:
        """Whether what was logged at `at` has been read.

        What was read at `end` holds the calls of up to a file's reach before it. While it is read in time nothing is
        said of the newest minutes: they are always to come.
        """
        if self.end is None or (self.start is not None and at < self.start):
            return False
        return self.is_in_time(now) or at < self.end - REACH

    def is_in_time(self, now: datetime) -> bool:
        """Whether it was read within the hour."""
        return self.end is not None and now - self.end <= IN_TIME

    def gap(self, at: datetime) -> str:
        """Return which log files are missing of the hour of `at`, "" when none is."""
        return next((gap.reason for gap in self.gaps if gap.start <= at < gap.end), "")

    def silence(self, at: datetime) -> str:
        """Return why log files may be missing that nobody knows by name, "" where nothing says so."""
        return next((one.reason for one in self.silences if one.open_from <= at < one.end), "")


@dataclass(frozen=True, slots=True)
class Stretch:
    """One answer that held from `start` to `end`."""

    start: datetime
    end: datetime
    state: ObservableState
    reason: str


@dataclass(frozen=True, slots=True)
class Strip:
    """The coverage of one class of calls in one Region of an account; `streams` of them are concerned.

    `apart` has the answers of the actions that selectors tell apart, none where all of the class are alike.
    `is_by_stream`: selectors name streams, so each has an answer of its own beside this one of them all.
    """

    account: int
    region: str
    kind: ActionClass
    streams: int
    stretches: tuple[Stretch, ...]
    first_read_at: datetime | None
    apart: tuple[tuple[frozenset[str], tuple[Stretch, ...]], ...] = ()
    is_by_stream: bool = False

    def of(self, action: str) -> "Strip":
        """Return the coverage of one action of the class alone."""
        own = next((stretches for names, stretches in self.apart if action in names), self.stretches)
        return replace(self, stretches=own, apart=())

    @property
    def main_reason(self) -> str:
        """Why nobody could look for most of the time that is missing, "" where none is."""
        lengths: dict[str, timedelta] = {}
        for hole in self.holes:
            lengths[hole.reason] = lengths.get(hole.reason, timedelta()) + (hole.end - hole.start)
        return max(lengths, key=lambda reason: lengths[reason], default="")

    @property
    def observed(self) -> float:
        """The share of the time in which every call would have been seen. Seen in part is not seen."""
        whole = sum((s.end - s.start for s in self.stretches), timedelta())
        seen = sum((s.end - s.start for s in self.stretches if s.state is ObservableState.OBSERVED), timedelta())
        return seen / whole if whole else 0.0

    @property
    def holes(self) -> tuple[Stretch, ...]:
        """The stretches that were not fully observed."""
        return tuple(stretch for stretch in self.stretches if stretch.state is not ObservableState.OBSERVED)


def strips(
    history: AccountHistory,
    organizations: Iterable[AccountHistory],
    collected: Iterable[Collected],
    start: datetime,
    end: datetime,
    read_buckets: Iterable[str] = (),
    dropped: Dropped | None = None,
    regions: Iterable[str] = (),
    only: frozenset[str] | None = None,
) -> tuple[Strip, ...]:
    """Return the strips of an account over [start, end), in the order Region, class.

    `organizations` are the accounts that list one, with the selectors of the trails that they share with their members.
    `collected` may be that of all accounts. `read_buckets` are the buckets that kvswatch reads, whatever lies there.
    `dropped` is what retention took: whatever was observed before is not there any more. `regions` are told of even
    without a stream or channel, by the management class alone: there is always something to manage. `only` are the
    actions that the answers are about, some of each class; None: all of them.
    """
    sources = tuple(source for source in collected if source.account == history.account.id)
    lenders = tuple(organizations)
    borders = [start, *_cuts((history, *lenders), sources, dropped, start, end), end]
    streams = _streams(history)
    empty = set(regions) - {stream.region for stream in streams}
    fields = stream_fields(selectors_of((history, *lenders))[0])
    nothing = (_nothing_in(region, history.account, start) for region in empty)
    # Ten thousand streams share a few answers: one is asked about for all of those that selectors take alike.
    asked = {group[0]: len(group) for group in alike_streams((*streams, *nothing), fields)}
    buckets = frozenset(read_buckets)
    by_key: dict[tuple[str, ActionClass], list[Stretch]] = {}
    for a, b in pairwise(borders):
        answers = _answers(history, lenders, sources, asked, a, b, end, buckets, only)
        if dropped is not None and a < dropped.before:
            answers = dict.fromkeys(answers, (ObservableState.EXPIRED, dropped.told("calls")))
        for key, (state, reason) in answers.items():
            by_key.setdefault(key, []).append(Stretch(a, b, state, reason))
    counts = Counter((s.region, kind) for s in streams for kind in _classes(s))
    first = min((v.start for v in history.versions if v.part in SETTINGS), default=None)
    return tuple(
        Strip(
            history.account.id,
            region,
            kind,
            counts[region, kind],
            _merged(found),
            first,
            is_by_stream=bool(fields) and kind is not ActionClass.MANAGEMENT,
        )
        for (region, kind), found in sorted(
            by_key.items(), key=lambda item: (item[0][0], list(ActionClass).index(item[0][1]))
        )
    )


def _nothing_in(region: str, account: Account, at: datetime) -> Stream:
    """Return what is asked about in a Region without streams and channels: one that has no name."""
    arn = f"arn:{account.partition}:kinesisvideo:{region}:{account.id}:stream/"
    return Stream(arn, "", region, ResourceKind.STREAM, "", at)


def _classes(stream: Stream) -> tuple[ActionClass, ...]:
    return CLASSES[stream.kind] if stream.name else (ActionClass.MANAGEMENT,)


def _streams(history: AccountHistory) -> tuple[Stream, ...]:
    return tuple(
        stream for v in history.versions if v.part in INVENTORY and v.end is None for stream in v.content.streams
    )


def _cuts(
    histories: tuple[AccountHistory, ...],
    sources: tuple[Collected, ...],
    dropped: Dropped | None,
    start: datetime,
    end: datetime,
) -> list[datetime]:
    """Return the moments within the range at which an answer may change."""
    found: set[datetime | None] = {None if dropped is None else dropped.before}
    for version in (version for history in histories for version in history.versions):
        if version.part in SETTINGS:
            is_in_doubt = version.end is not None or is_stale(version, end)
            found |= {version.start, version.end, version.seen_at if is_in_doubt else None}
        if isinstance(version.content, TrailStatuses):
            for _, status in version.content.statuses:
                delivered = status.latest_delivery_at
                is_late = delivered is not None and (version.end or end) - delivered > DELIVERY_AGE
                found |= {status.started_at, status.stopped_at, delivered if is_late else None}
    parts = (part for history in histories for part in history.parts)
    found |= {part.seen_at for part in parts if part.name in SETTINGS and not part.is_fresh}
    for source in sources:
        behind = None if source.end is None or source.is_in_time(end) else source.end - REACH
        found |= {source.start, behind, None if source.bucket else end - EVENT_HISTORY_AGE}
        found |= {border for gap in source.gaps for border in (gap.start, gap.end)}
        found |= {border for one in source.silences for border in (one.open_from, one.end)}
    return sorted(moment for moment in found if moment is not None and start < moment < end)


def _answers(
    history: AccountHistory,
    organizations: tuple[AccountHistory, ...],
    sources: tuple[Collected, ...],
    streams: Mapping[Stream, int],
    start: datetime,
    end: datetime,
    now: datetime,
    buckets: frozenset[str],
    only: frozenset[str] | None,
) -> Answers:
    """Return the answer for each Region and class that held from `start` to `end`."""

    def logged(settings: Settings) -> Answers:
        found, shared = settings(history.versions, start, now), shared_selectors(organizations, settings, start, now)
        return _logged(history, found, shared, sources, streams, start, end, now, buckets, only)

    before = logged(settings_at)
    doubts = (*doubts_at(history.versions, start, now), *doubts_of_shared(organizations, start, now))
    # One part may have changed long before the other: each might have held with the other's old or new settings.
    parts = sorted({doubt.part for doubt in doubts if doubt.end is not None})
    after = [
        logged(partial(settings_after, changed)) for n in range(1, len(parts) + 1) for changed in combinations(parts, n)
    ]
    if SELECTORS in parts:
        # And so may the selectors of one trail: what two log one after the other, neither may have logged in between.
        others = [part for part in parts if part != SELECTORS]
        after += [
            logged(partial(settings_apart, changed, trails))
            for trails in _some_of(
                frozenset().union(*(changed_selectors(one.versions, start, now) for one in (history, *organizations)))
            )
            for n in range(len(others) + 1)
            for changed in combinations(others, n)
        ]
    certain = before | _doubted(before, after, doubts)
    known = certain | _lost(history, certain, start) | _unread(history, certain)
    return known | _by_event_history(known, sources, start, now)


def _some_of(trails: Collection[str]) -> Iterator[tuple[str, ...]]:
    """Yield some of the trails, neither none nor all; of many those without one, and each alone."""
    n = len(trails)
    for size in range(1, n) if n <= _MOST_APART else (1, n - 1):
        yield from combinations(sorted(trails), size)


def _logged(
    history: AccountHistory,
    found: Found,
    organization_selectors: Mapping[str, Selectors],
    sources: tuple[Collected, ...],
    streams: Mapping[Stream, int],
    start: datetime,
    end: datetime,
    now: datetime,
    buckets: frozenset[str],
    only: frozenset[str] | None,
) -> Answers:
    """Return the answer for each Region and class under the settings `found`, each Region's as it tells them itself."""
    known = without_lost(history, found, start, now)

    def assembled(settings: Found, parts: tuple[Part, ...]) -> Snapshot:
        return assemble(
            history.account,
            start,
            parts,
            settings,
            organization=None,
            organization_selectors=organization_selectors,
            known_accounts=frozenset(),
        )

    answers: dict[tuple[str, ActionClass], Counter[Observable]] = {}
    for region in sorted({stream.region for stream in streams}):
        own = tuple(stream for stream in streams if stream.region == region)
        read = [_source_at(source, start, now) for source in sources if source.region == region and source.bucket]
        snapshot = replace(assembled(settings_of(region, known), history.parts), streams=own)
        coverage = observable(snapshot, _with_empty(read, buckets), end, only)
        for stream in own:
            for kind in _classes(stream):
                answers.setdefault((region, kind), Counter())[coverage.of(stream.arn, kind)] += streams[stream]
    return {key: _summed(found) for key, found in answers.items()}


def _doubted(before: Answers, after: list[Answers], doubts: tuple[Doubt, ...]) -> Answers:
    """Return what the settings before and after times without a reading do not agree on, and what none came after.

    The settings of a trail are those of every Region that it logs: an answer that changed is in doubt in each.
    """
    open_ = {doubt.region: doubt.reason for doubt in doubts if doubt.end is None}
    between = next((doubt.reason for doubt in doubts if doubt.end is not None), "")
    stale = {key: (ObservableState.UNKNOWN, open_[key[0]]) for key in before if key[0] in open_}
    return stale | {
        key: (ObservableState.UNKNOWN, between)
        for key, (state, _) in before.items()
        if any(state is not answers[key][0] for answers in after)
    }


def _with_empty(read: list[LogSource], buckets: frozenset[str]) -> list[LogSource]:
    """Return the sources of a Region; a bucket that is read but holds no folder of it has given nothing yet."""
    found = {source.bucket for source in read}
    return [*read, *(LogSource(bucket, None) for bucket in sorted(buckets - found))]


def _by_event_history(
    answers: Answers,
    sources: tuple[Collected, ...],
    at: datetime,
    now: datetime,
) -> Answers:
    """Return the management classes that LookupEvents shows, or would show if it were read, and no log file does."""
    read = "read from CloudTrail's event history"
    unread = ObservableState.NOT_COLLECTED, "in CloudTrail's event history, of which kvswatch has not read that time"
    histories = [source for source in sources if not source.bucket]
    shown = {
        source.region: (ObservableState.NOT_COLLECTED, f"{read}; {source.gap(at)}")
        if source.gap(at)
        else (ObservableState.OBSERVED, read)
        for source in histories
        if source.covers(at, now)
    }
    kept = {source.region for source in histories if now - at <= EVENT_HISTORY_AGE}
    return {
        key: shown.get(key[0], unread)
        for key, (state, _) in answers.items()
        if key[1] is ActionClass.MANAGEMENT
        and (
            (key[0] in shown and state is not ObservableState.OBSERVED)
            or (key[0] in kept and state in {ObservableState.NOT_LOGGED, ObservableState.NOT_DELIVERED})
        )
    }


def _source_at(source: Collected, at: datetime, now: datetime) -> LogSource:
    if source.covers(at, now):
        return LogSource(source.bucket, now, source.gap(at), source.folder, source.silence(at))
    is_behind = source.end is not None and (source.start is None or at >= source.start)
    if not is_behind:
        return LogSource(source.bucket, None, folder=source.folder)
    return LogSource(source.bucket, now, f"kvswatch read it last on {source.end:%Y-%m-%d at %H:%MZ}", source.folder)


def _summed(answers: Counter[Observable]) -> tuple[ObservableState, str]:
    """Return one answer for all streams of a Region: seen is said only where it holds for every one."""
    states = {answer.state for answer in answers}
    if len(states) == 1:
        first = next(iter(answers))
        return first.state, first.reason
    holes: Counter[tuple[ObservableState, str]] = Counter()
    for answer, n in answers.items():
        if answer.state is not ObservableState.OBSERVED:
            holes[answer.state, answer.reason] += n
    ((state, reason), _), *_ = holes.most_common(1)
    if states & {ObservableState.OBSERVED, ObservableState.PARTLY}:
        state = ObservableState.PARTLY
    return state, f"{holes.total()} of {answers.total()} streams and channels: {reason}"


def _lost(history: AccountHistory, answers: Answers, at: datetime) -> Answers:
    """Return what nobody knows any more since a part could not be read: the last good settings may have changed."""
    lost: Answers = {}
    for part in history.parts:
        if part.name in SETTINGS and not part.is_fresh and part.seen_at is not None and at >= part.seen_at:
            words = {"trails": "trails", "trail_status": "state of the trails", "event_selectors": "event selectors"}
            reason = f"the {words[part.name]} could not be read since {part.seen_at:%Y-%m-%d %H:%MZ}"
            lost |= {key: (ObservableState.UNKNOWN, reason) for key in answers if key[0] == part.region}
    return lost


def _unread(history: AccountHistory, answers: Answers) -> Answers:
    """Return the Regions whose streams or channels were never listed: nobody knows what there is to observe.

    What is known of management calls is known by either listing.
    """
    return {
        (part.region, kind): (ObservableState.UNKNOWN, f"the {part.name} of {part.region} were never read")
        for part in history.parts
        if part.name in INVENTORY and part.seen_at is None
        for kind in CLASSES[_LISTED[part.name]]
        if kind is not ActionClass.MANAGEMENT or (part.region, kind) not in answers
    }


def _merged(stretches: list[Stretch]) -> tuple[Stretch, ...]:
    merged: list[Stretch] = []
    for stretch in stretches:
        last = merged[-1] if merged else None
        if last is not None and (last.state, last.reason) == (stretch.state, stretch.reason):
            merged[-1] = replace(last, end=stretch.end)
        else:
            merged.append(stretch)
    return tuple(merged)


@dataclass(frozen=True, slots=True)
class Moment:
    """A stretch of a whole scope: `seen` of all (stream, class) pairs were observed, `blind` names what was not."""

    start: datetime
    end: datetime
    seen: int
    whole: int
    blind: tuple[int, ...]


def horizon(all_strips: Iterable[Strip], start: datetime, end: datetime) -> tuple[Moment, ...]:
    """Return how much of a scope was observable when, by streams; `blind` holds the accounts with a hole then.

    What is never observed in full tells no moment from another: an account that has nothing else is not among them.
    """
    strips_ = tuple(all_strips)
    cuts = sorted({start, end} | {b for s in strips_ for x in s.stretches for b in (x.start, x.end) if start < b < end})
    found = []
    for a, b in pairwise(cuts):
        seen = whole = 0
        blind: set[int] = set()
        for strip in strips_:
            weight = max(strip.streams, 1)
            whole += weight
            if _state_at(strip, a) is ObservableState.OBSERVED:
                seen += weight
            elif any(x.state is ObservableState.OBSERVED for x in strip.stretches):
                blind.add(strip.account)
        found.append(Moment(a, b, seen, whole, tuple(sorted(blind))))
    return tuple(found)


def _state_at(strip: Strip, at: datetime) -> ObservableState:
    return next((s.state for s in strip.stretches if s.start <= at < s.end), ObservableState.UNKNOWN)
