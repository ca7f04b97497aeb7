"""What can be stated of one stream or channel and an interval, from all that is stored."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from sqlalchemy import Connection

from app.core.assumptions._assumption import Rests
from app.core.assumptions.players_leave_no_record import PLAYER_CALLS
from app.core.coverage.history import Stretch as Held
from app.core.coverage.history import Strip
from app.core.coverage.observe import ActionClass
from app.core.coverage.seen import Seen, seen_over
from app.core.integrity.timeline import Stretch
from app.core.kvs.actions import ACTIONS, Group
from app.core.ledger.catalogue import asked_below, below, catalogue
from app.core.ledger.standing import State, states
from app.core.model.media_call import LONGEST_URL, MediaCall
from app.core.model.scope import Scope
from app.core.model.stream import ResourceKind, Stream
from app.core.query.interval import asked_since
from app.core.statement.counts import Compared, compared
from app.core.statement.evidence import MOST_BESIDE, Beside, Evidence, Judgement
from app.core.statement.footage import LONGEST_CALL, Asked, asked_for
from app.core.statement.hours import carriers, hours_of, reading_actions
from app.core.statement.readers import Reader, readers
from app.core.statement.rejected import may_be_of
from app.core.statement.verdict import judged
from app.core.timeline.outcome import CallOutcome
from app.db.queries import integrity
from app.db.queries import statement as queries
from app.db.queries.assumptions import shown
from app.db.queries.coverage_page import CoverageInputs, coverage_inputs
from app.db.queries.media_calls import media_calls
from app.db.queries.retention import dropped
from app.db.queries.statement import Interval, Names
from app.db.queries.stream_pages import StreamRow
from app.services.read_coverage import strips_of_streams_by
from app.services.read_viewing import who_of

_CLASSES = {
    ResourceKind.STREAM: frozenset({ActionClass.READ}),
    ResourceKind.CHANNEL: frozenset({ActionClass.SIGNALING}),
}
_HIDES = (Rests.KEPT, Rests.COVERAGE, Rests.STREAM, Rests.REFUSED, Rests.FOOTAGE)
"""Were any of them otherwise, there may have been a read that nobody sees."""
_RESTS = (*_HIDES, Rests.ONCE, Rests.DEVICE, Rests.PERSON, Rests.APP_USER, Rests.KEY)


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: of the calls of [start, end), or, with `footage`, of those that asked for video of that interval.

    `onboarded` are the accounts that are read.
    """

    row: StreamRow
    start: datetime
    end: datetime
    now: datetime
    onboarded: frozenset[int]
    footage: Interval | None = None


@dataclass(frozen=True, slots=True)
class Looked:
    """What was observable of some reading actions; none are named where it is the same of all."""

    actions: tuple[str, ...]
    strip: Strip


@dataclass(frozen=True, slots=True)
class Statement:
    """The answer, with all that it rests on.

    `maybe` are the readers of whom it is not known what they asked for, `listed` those who asked which fragments there
    are of the video in question: that shows none, and whoever fetches fragments by number does it before. `trails` are
    those that log reads. `assumed` is how the assumptions stand that it rests on, for its reading calls, by their ids.
    `is_cut`: the lists of readers are, their number is not.
    """

    question: Question
    judgement: Judgement
    evidence: Evidence
    readers: tuple[Reader, ...]
    listed: tuple[Reader, ...]
    maybe: tuple[Reader, ...]
    refused: tuple[Reader, ...]
    looked: tuple[Looked, ...]
    trails: tuple[str, ...]
    assumed: Mapping[str, State]
    is_cut: bool

    @property
    def rests(self) -> tuple[Rests, ...]:
        """What of it rests on assumptions."""
        return _rests(self.question)

    @property
    def may_count_twice(self) -> bool:
        """Whether a record refutes that a read is counted once."""
        return any(self.assumed.get(name) is State.REFUTED for name in below(Rests.ONCE))


def make_statement(connection: Connection, scope: Scope, question: Question) -> Statement:
    """Return what can be stated, by one state of the database."""
    row, kind = question.row, ResourceKind(question.row.kind)
    actions = reading_actions(kind)
    names = queries.names_of(connection, scope, row)
    told = _Told(connection, scope, question, names, actions)
    found = told.calls()
    stream = _stream(row, question.start)
    inputs = coverage_inputs(connection, scope.narrowed(frozenset({row.account_id})), question.start)
    looked = _looked(inputs, stream, question, actions)
    strips = tuple(one.strip for one in looked)
    carried = (
        carriers(inputs.histories[0], inputs.organizations, stream, question.start, question.end)
        if (stream is not None and inputs.histories)
        else ()
    )
    asked = asked_below(_rests(question), actions)
    assumed = states(asked, shown(connection, scope, asked))
    evidence = Evidence(
        start=question.start,
        end=question.end,
        now=question.now,
        reads=found.answered,
        seen=seen_over(strips, question.start, min(question.end, question.now)) if strips else Seen((), ()),
        hours=hours_of(told.integrity(), carried, question.start, question.end, question.now),
        compared=told.counts(),
        unsure=sum(one.calls for one in found.maybe),
        unsure_listed=sum(one.listed for one in found.maybe),
        unnamed=queries.unnamed_reads(connection, scope, row.account_id, row.region, actions, told.times),
        alive=told.alive(),
        lasting=told.lasting(),
        rejected=told.rejected(),
        refuted=tuple(_refuted(assumed)),
        images_to=", ".join(told.images()),
        is_cut=found.is_cut and question.footage is not None,
        unlooked=_unlooked(question),
        counted=told.counted(),
    )
    return Statement(
        question,
        judged(evidence),
        evidence,
        found.readers,
        found.listed,
        found.maybe,
        found.refused,
        looked,
        tuple(sorted({trail for one in carried for trail in one.whole | one.partly})),
        assumed,
        found.is_cut,
    )


def _unlooked(question: Question) -> str:
    """Return which calls may have asked for the video and are left out by the range of the calls."""
    if question.footage is None:
        return ""
    before = f"before {question.start:%Y-%m-%d %H:%MZ}" if question.start > asked_since(question.footage) else ""
    # An end that was asked for as "now" has whole seconds, as records have.
    after = f"from {question.end:%Y-%m-%d %H:%MZ} on" if question.end < question.now.replace(microsecond=0) else ""
    return " and ".join(filter(None, (before, after)))


def _stream(row: StreamRow, since: datetime) -> Stream | None:
    """Return the stream as coverage asks of it; None where nobody ever told its ARN."""
    if row.arn is None:
        return None
    return Stream(row.arn, row.name, row.region, ResourceKind(row.kind), row.status or "", row.created_at or since)


def _looked(
    inputs: CoverageInputs, stream: Stream | None, question: Question, actions: Collection[str]
) -> tuple[Looked, ...]:
    """Return what was observable of `actions`, apart where selectors tell them apart."""
    until = min(question.end, question.now)
    if stream is None or question.start >= until:
        return ()
    found = strips_of_streams_by(inputs, (stream,), question.start, until)
    return tuple(
        one for strip in found if strip.kind in _CLASSES[stream.kind] for one in _of_actions(strip, frozenset(actions))
    )


def _of_actions(strip: Strip, actions: frozenset[str]) -> tuple[Looked, ...]:
    alike: dict[tuple[Held, ...], set[str]] = {}
    for action in actions:
        alike.setdefault(strip.of(action).stretches, set()).add(action)
    if len(alike) == 1:
        return (Looked((), strip.of(min(actions))),)
    return tuple(Looked(tuple(sorted(names)), strip.of(min(names))) for names in alike.values())


def _rests(question: Question) -> tuple[Rests, ...]:
    return tuple(what for what in _RESTS if what is not Rests.FOOTAGE or question.footage is not None)


def _refuted(assumed: Mapping[str, State]) -> Iterator[str]:
    """Yield the sentences that a record refutes, of those by which a read may be hidden."""
    for name, state in assumed.items():
        one = catalogue()[name]
        if state is State.REFUTED and not set(_HIDES).isdisjoint(one.rests):
            yield one.sentence


@dataclass(frozen=True, slots=True)
class _Calls:
    answered: int
    readers: tuple[Reader, ...]
    listed: tuple[Reader, ...]
    maybe: tuple[Reader, ...]
    refused: tuple[Reader, ...]
    is_cut: bool


@dataclass(frozen=True, slots=True)
class _Told:
    """What the database tells of one question."""

    connection: Connection
    scope: Scope
    question: Question
    names: Names
    actions: tuple[str, ...]

    @property
    def account(self) -> int:
        return self.question.row.account_id

    @property
    def times(self) -> Interval:
        return self.question.start, self.question.end

    def calls(self) -> _Calls:
        """Return who read, who may have, and who was refused."""
        wanted = self.question.footage
        found = self._calls(self.actions)
        listings = self._calls(_LISTINGS).calls if wanted is not None else ()
        every = [one.first for one in (*found.calls, *listings)]
        viewers = who_of(self.connection, self.scope, every, self.question.onboarded)
        refused = [one for one in found.calls if one.first.outcome is not CallOutcome.OK]
        answered = [one for one in found.calls if one.first.outcome is CallOutcome.OK]
        if wanted is None:
            return _Calls(found.answered, readers(answered, viewers), (), (), readers(refused, viewers), found.is_cut)
        sure = [one for one in answered if asked_for(one.first.footage, *wanted) is Asked.YES]
        maybe = [one for one in answered if asked_for(one.first.footage, *wanted) is Asked.MAYBE]
        not_another = [
            one for one in refused if asked_for(one.first.footage, *wanted, is_answered=False) is not Asked.NO
        ]
        listed = [one for one in listings if _is_listed(one.first, wanted)]
        keys = {one.first.access_key for one in listed if one.first.access_key is not None}
        return _Calls(
            sum(one.n for one in sure),
            readers(sure, viewers),
            readers(listed, viewers),
            readers(maybe, viewers, keys),
            readers(not_another, viewers),
            found.is_cut,
        )

    def _calls(self, actions: Collection[str]) -> queries.Found:
        own, wanted = self.names.own, self.question.footage
        return queries.read_calls(self.connection, self.scope, self.account, own, actions, self.times, wanted)

    def integrity(self) -> Mapping[str, list[Stretch]]:
        """Return the verdicts of the Region's hours by trail."""
        start, end = self.times
        scope = self.scope.narrowed(frozenset({self.account}))
        found = integrity.runs(self.connection, scope, start, end + timedelta(hours=1))
        own = sorted((run for run in found if run.region == self.question.row.region), key=lambda run: run.trail)
        return {trail: [run.stretch for run in runs] for trail, runs in groupby(own, key=lambda run: run.trail)}

    def counts(self) -> Compared:
        """Return CloudWatch's counts beside the stored calls; CloudWatch counts nothing of channels by that name."""
        row, (start, end) = self.question.row, self.times
        is_stream = ResourceKind(row.kind) is ResourceKind.STREAM
        read = (
            queries.request_counts(self.connection, self.scope, self.account, row.region, row.name, self.times)
            if is_stream
            else ()
        )
        days = start.date(), end.date()
        names, wanted = self.names.alike, {*self.actions, *PLAYER_CALLS}
        stored = queries.stored_by_day(self.connection, self.scope, self.account, names, wanted, days) if read else {}
        return compared(read, stored, row.name, self.actions, start, end, self.question.now)

    def counted(self) -> int:
        """Return how many reads are counted of days whose calls are gone."""
        start, end = self.times
        gone = dropped(self.connection, "event")
        if gone is None or start >= gone.before:
            return 0
        days = start.date(), (end - timedelta(microseconds=1)).date()
        own = self.names.own
        return queries.counted_reads(self.connection, self.scope, self.account, own, self.actions, days)

    def alive(self) -> tuple[Beside, ...]:
        """Return the playback URLs of before that were good when the interval began; asked for video has its own."""
        if self.question.footage is not None:
            return ()
        urls = [name for name in self.actions if ACTIONS[name].group is Group.PLAYBACK_URL]
        start = self.question.start
        found = self._beside(urls, start - LONGEST_URL, start, open_at=start)
        return tuple(_beside(call, call.url_ends_at or call.at + LONGEST_URL) for call in found)

    def lasting(self) -> tuple[Beside, ...]:
        """Return the calls beside the interval that may have lasted into it, or begun in it."""
        if self.question.footage is not None:
            return ()
        lasting = [name for name in self.actions if ACTIONS[name].group in _LASTING]
        start, end = self.times
        calls = (
            *self._beside(lasting, start - LONGEST_CALL, start),
            *self._beside(lasting, end, end + LONGEST_CALL),
        )
        return tuple(_beside(call, None) for call in calls)

    def _beside(
        self, actions: Collection[str], since: datetime, until: datetime, open_at: datetime | None = None
    ) -> Sequence[MediaCall]:
        """Return the answered calls, the newest first, and one more of them at most than are looked at."""
        row, most = self.question.row, MOST_BESIDE + 1
        return media_calls(
            self.connection, self.scope, row, actions, since, until, most, is_answered=True, open_at=open_at
        ).calls

    def rejected(self) -> int:
        """Return how many rejected records may be of the interval."""
        start, end = self.times
        found = queries.rejected_origins(self.connection, self.scope, self.account, start)
        region = self.question.row.region
        return sum(n for origin, n in found if may_be_of(origin, self.account, region, start, end))

    def images(self) -> tuple[str, ...]:
        """Return where the stream's images went."""
        row = self.question.row
        if row.arn is None:
            return ()
        return queries.image_destinations(self.connection, self.scope, self.account, row.region, row.arn, self.times)


def _is_listed(call: MediaCall, wanted: Interval) -> bool:
    return call.outcome is CallOutcome.OK and asked_for(call.footage, *wanted) is Asked.YES


_LISTINGS = ("ListFragments",)
_LASTING = frozenset({Group.MEDIA_READ_LIVE, Group.SIGNALING_VIEWER, Group.STORAGE_SESSION})


def _beside(call: MediaCall, until: datetime | None) -> Beside:
    return Beside(call.action, call.person or call.principal, call.at, until)
