"""What is observable now, for each stream and class of calls, and which trail and selector decide it.

Never a false "nothing": what no trail logs, what a trail could not deliver, what kvswatch did not read, and what
nobody could find out are four different answers.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from app.core.arn import parsed
from app.core.coverage.selectors import Taken, call, taken
from app.core.kvs.actions import ACTIONS, CHANNEL_EVENTS, STREAM_EVENTS, AccessLevel, Action, Logging
from app.core.model.snapshot import Snapshot
from app.core.model.stream import ResourceKind, Stream
from app.core.model.trail import Trail
from app.core.trailfile.keys import WrittenTo

DELIVERY_AGE = timedelta(hours=24)
"""A trail in use delivers every few minutes: a day of silence is a fault, not a quiet night."""
COLLECTION_AGE = timedelta(hours=24)
"""So long after kvswatch last read a bucket, what a trail delivered there counts as not collected."""


class ActionClass(StrEnum):
    """The classes in which coverage is told: the calls that a selector is usually written for."""

    READ = "read"
    WRITE = "write"
    SIGNALING = "signaling"
    MANAGEMENT = "management"


class ObservableState(StrEnum):
    """How much of a class reaches kvswatch, best first. EXPIRED: it may have, and is not kept any more."""

    OBSERVED = "observed"
    PARTLY = "partly"
    NOT_COLLECTED = "not_collected"
    NOT_DELIVERED = "not_delivered"
    NOT_LOGGED = "not_logged"
    EXPIRED = "expired"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class LogSource:
    """A bucket from which kvswatch reads log files, or the ARN of a log group that it reads.

    `read_until` is when it last read all there was; None: never.

    `gap` says which of its files were not read, "" when they all were; `silence` why some may never have come.
    `folder` is which of the bucket's folders it is: another trail may write into another one. None: whichever there is.
    """

    bucket: str
    read_until: datetime | None
    gap: str = ""
    folder: WrittenTo | None = None
    silence: str = ""


@dataclass(frozen=True, slots=True)
class Observable:
    """The answer for one stream and class. `reason` says it in words; `missing` names the actions that are not seen.

    `trail` is the ARN of the trail that decides, `selector` its selector's name; None where none takes anything.
    """

    state: ObservableState
    reason: str
    trail: str | None = None
    selector: str | None = None
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Coverage:
    """What is observable of each stream: one answer for each class that the stream has."""

    answers: Mapping[tuple[str, ActionClass], Observable]

    def of(self, stream: str, kind: ActionClass) -> Observable:
        """Return the answer for a stream's ARN; UNKNOWN for a stream that the snapshot does not have."""
        return self.answers.get((stream, kind), _UNKNOWN_STREAM)


_ARN = "resources.ARN"
_UNKNOWN_STREAM = Observable(ObservableState.UNKNOWN, "the stream is in no inventory")
CLASSES = {
    ResourceKind.STREAM: (ActionClass.READ, ActionClass.WRITE, ActionClass.MANAGEMENT),
    ResourceKind.CHANNEL: (ActionClass.SIGNALING, ActionClass.MANAGEMENT),
}
"""The classes of calls that a stream or channel has."""


def class_of(action: Action) -> ActionClass:
    """Return the class of an action."""
    if action.logging is Logging.MANAGEMENT:
        return ActionClass.MANAGEMENT
    if action.event_type == CHANNEL_EVENTS:
        return ActionClass.SIGNALING
    return ActionClass.READ if action.level in {AccessLevel.READ, AccessLevel.LIST} else ActionClass.WRITE


def _actions(kind: ResourceKind) -> dict[ActionClass, tuple[Action, ...]]:
    event_type = STREAM_EVENTS if kind is ResourceKind.STREAM else CHANNEL_EVENTS
    fits = [a for a in ACTIONS.values() if a.logging is Logging.MANAGEMENT or a.event_type == event_type]
    return {wanted: tuple(a for a in fits if class_of(a) is wanted) for wanted in CLASSES[kind]}


_ACTIONS = {kind: _actions(kind) for kind in ResourceKind}


ACTIONS_OF: Mapping[ActionClass, tuple[Action, ...]] = {
    kind: tuple(action for action in ACTIONS.values() if class_of(action) is kind) for kind in ActionClass
}
"""The actions of each class."""


def observable(
    snapshot: Snapshot, sources: Iterable[LogSource], now: datetime, only: frozenset[str] | None = None
) -> Coverage:
    """Return what is observable of each stream and channel of an account.

    `sources` are all buckets that kvswatch reads, whichever account they lie in: an organization trail of the
    management account counts for its members. `only` are the actions that the answers are about; None: all of a class.
    """
    by_folder = _by_folder(sources)
    names_streams = any(field.field == _ARN for trail in snapshot.trails for s in trail.advanced for field in s.fields)
    known: dict[tuple[str, ResourceKind, ActionClass, str], Observable] = {}
    answers: dict[tuple[str, ActionClass], Observable] = {}
    for stream in snapshot.streams:
        for kind, of_class in _ACTIONS[stream.kind].items():
            actions = of_class if only is None else tuple(action for action in of_class if action.name in only)
            # Ten thousand streams share a few answers, unless a selector names streams one by one.
            alike = "" if kind is ActionClass.MANAGEMENT or not names_streams else stream.arn
            key = (stream.region, stream.kind, kind, alike)
            if key not in known:
                known[key] = _observable(stream, actions, snapshot, by_folder, now)
            answers[stream.arn, kind] = known[key]
    return Coverage(answers)


def trails_of(snapshot: Snapshot, region: str) -> tuple[Trail, ...]:
    """Return the trails that log for a Region, each once."""
    found = {trail.arn: trail for trail in snapshot.trails if trail.is_multi_region or trail.home_region == region}
    return tuple(found.values())


def fault(trail: Trail, now: datetime) -> str:
    """Return why a trail's log does not arrive in its bucket, "" when it does as far as AWS tells."""
    status = trail.status
    if status is None:
        return "its status could not be read"
    if not status.is_logging:
        return _stopped(status.stopped_at, status.started_at)
    if status.latest_delivery_error:
        return f"it cannot deliver: {status.latest_delivery_error}"
    if status.latest_delivery_at is None:
        return "it has not delivered yet"
    if now - status.latest_delivery_at > DELIVERY_AGE:
        return f"it delivered nothing{_since(status.latest_delivery_at)}"
    return ""


def _observable(
    stream: Stream,
    actions: tuple[Action, ...],
    snapshot: Snapshot,
    sources: tuple[LogSource, ...],
    now: datetime,
) -> Observable:
    trails = trails_of(snapshot, stream.region)
    part = snapshot.part("trails", stream.region)
    if part.seen_at is None:
        return Observable(
            ObservableState.UNKNOWN, f"the trails of {stream.region} were never read: {part.message or part.state}"
        )
    answers = [_by_trail(trail, actions, stream, sources, now) for trail in trails]
    if not answers:
        return Observable(ObservableState.NOT_LOGGED, f"no trail logs in {stream.region}", missing=_names(actions))
    return _together(answers)


def _together(answers: list[Observable]) -> Observable:
    """Return the answer of several trails: the best of them, or what two that each log a part log between them."""
    best = min(answers, key=_rank)
    partly = [answer for answer in answers if answer.state is ObservableState.PARTLY]
    if best.state is not ObservableState.PARTLY or len(partly) == 1:
        return best
    missing = tuple(name for name in best.missing if all(name in answer.missing for answer in partly))
    if missing:
        return replace(best, missing=missing)
    return replace(
        best, state=ObservableState.OBSERVED, reason=f"{len(partly)} trails log them between them", missing=()
    )


def _rank(answer: Observable) -> tuple[int, int]:
    """Order answers by how much they promise; a trail that could not be read may log, so UNKNOWN beats a clear no."""
    order = (
        ObservableState.OBSERVED,
        ObservableState.PARTLY,
        ObservableState.UNKNOWN,
        ObservableState.NOT_COLLECTED,
        ObservableState.NOT_DELIVERED,
        ObservableState.NOT_LOGGED,
    )
    return order.index(answer.state), len(answer.missing)


def _by_trail(
    trail: Trail,
    actions: tuple[Action, ...],
    stream: Stream,
    sources: tuple[LogSource, ...],
    now: datetime,
) -> Observable:
    if not trail.selectors_seen:
        return Observable(ObservableState.UNKNOWN, f"the event selectors of {trail.name} could not be read", trail.arn)
    answers = {action.name: taken(trail, call(action, stream.arn)) for action in actions}
    missing = tuple(name for name, (much, _) in answers.items() if much is not Taken.ALL)
    selector = next((name for _, name in answers.values() if name), None)
    if selector is None:
        return Observable(
            ObservableState.NOT_LOGGED, f"no selector of {trail.name} takes these calls", trail.arn, None, missing
        )
    broken = fault(trail, now)
    if broken:
        state = ObservableState.UNKNOWN if trail.status is None else ObservableState.NOT_DELIVERED
        return Observable(state, f"{trail.name} would log them, but {broken}", trail.arn, selector, missing)
    hindered = _hindered(trail, sources, now)
    if hindered is not None:
        return Observable(*hindered, trail.arn, selector, missing)
    if missing:
        is_sure = all(answers[name][0] is Taken.NONE for name in missing)
        leave = "leave out" if is_sure else "may leave out"
        reason = f"{trail.name} logs a part of these calls; its selectors {leave} {_listed(missing)}"
        return Observable(ObservableState.PARTLY, reason, trail.arn, selector, missing)
    return Observable(ObservableState.OBSERVED, f"{trail.name} logs them, by {selector}", trail.arn, selector)


def _hindered(trail: Trail, sources: tuple[LogSource, ...], now: datetime) -> tuple[ObservableState, str] | None:
    """Return why a trail's log is not here, None when its folder or its log group is."""
    reasons = []
    group = next((source for source in sources if source.bucket == trail.log_group), None)
    if group is not None:
        broken = trail.status.log_group_error if trail.status else None
        told = f"{trail.name} cannot deliver to {group.bucket}: {broken}" if broken else ""
        reasons.append(told or _not_read(trail, group.bucket, group, now, _buckets(sources)))
        if not reasons[0]:
            return None
    folder = _source_of(trail, sources)
    place = "/".join(filter(None, (trail.bucket, _prefix(trail))))
    if folder is not None or not reasons:
        reasons.append(_not_read(trail, place, folder, now, _buckets(sources)))
    if "" not in reasons:
        return ObservableState.NOT_COLLECTED, reasons[0]
    silence = "" if folder is None else folder.silence
    return (ObservableState.NOT_DELIVERED, f"{trail.name} logs them into {place}; {silence}") if silence else None


def _source_of(trail: Trail, sources: tuple[LogSource, ...]) -> LogSource | None:
    """Return the source that holds what a trail writes.

    Organization trails of old wrote below no id of the organization: where there is no folder with it, they may.
    """
    folders = {source.folder: source for source in sources if source.bucket == trail.bucket}
    own = folders.get(WrittenTo(_prefix(trail), trail.is_organization_trail))
    return own or folders.get(WrittenTo(_prefix(trail), False)) or folders.get(None)


def _prefix(trail: Trail) -> str:
    return trail.prefix.strip("/")


def _buckets(sources: tuple[LogSource, ...]) -> frozenset[str]:
    return frozenset(source.bucket for source in sources)


def _not_read(trail: Trail, place: str, source: LogSource | None, now: datetime, buckets: frozenset[str]) -> str:
    logs = f"{trail.name} logs them into {place}"
    if source is None and trail.bucket in buckets:
        return f"{logs}; of that bucket kvswatch reads other folders alone"
    if source is None:
        return f"{logs}, which kvswatch does not read"
    if source.read_until is None:
        return f"{logs}, of which kvswatch has read nothing of that time yet"
    if now - source.read_until > COLLECTION_AGE:
        return f"{logs}, which kvswatch read last on {source.read_until:%Y-%m-%d at %H:%MZ}"
    return f"{logs}; {source.gap}" if source.gap else ""


def _by_folder(sources: Iterable[LogSource]) -> tuple[LogSource, ...]:
    """Return one source for each folder of a bucket: read as far as the best of its readers, with the gap of any."""
    found: dict[tuple[str, WrittenTo | None], LogSource] = {}
    for source in sources:
        known = found.setdefault((source.bucket, source.folder), source)
        until = max(filter(None, (known.read_until, source.read_until)), default=None)
        gap, silence = known.gap or source.gap, known.silence or source.silence
        found[source.bucket, source.folder] = replace(known, read_until=until, gap=gap, silence=silence)
    return tuple(found.values())


def _names(actions: tuple[Action, ...]) -> tuple[str, ...]:
    return tuple(action.name for action in actions)


def _listed(names: tuple[str, ...], most: int = 4) -> str:
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")


def _stopped(stopped: datetime | None, started: datetime | None) -> str:
    """Return since when a trail is stopped, or, of a time that is past, from when to when it was."""
    if stopped is not None and started is not None and started > stopped:
        return f"it was stopped from {stopped:%Y-%m-%d %H:%MZ} to {started:%Y-%m-%d %H:%MZ}"
    return f"it is stopped{_since(stopped)}"


def _since(moment: datetime | None) -> str:
    return f" since {moment:%Y-%m-%d %H:%MZ}" if moment else ""


def account_of_trail(trail: Trail) -> str:
    """Return the 12 digits of the account that owns a trail, "" when its ARN does not tell."""
    arn = parsed(trail.arn)
    return arn.account if arn else ""
