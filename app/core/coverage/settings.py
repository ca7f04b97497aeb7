"""The settings of an account's trails as they held at a moment of the past, from the versions that were kept.

A version says what one poll found and later ones found unchanged. What happened between two polls is told by the later
one, as far as AWS dates it: GetTrailStatus gives the last start and the last stop of a trail, nothing before them
(CloudTrail API Reference, GetTrailStatus).
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from app.core.model.account import Account
from app.core.model.snapshot import Part
from app.core.model.trail import AdvancedSelector, BasicSelector, TrailStatus
from app.core.parts import EventSelectors, Selectors, TrailStatuses

SELECTORS = "event_selectors"
SETTINGS = ("trails", "trail_status", SELECTORS)
"""The parts whose versions decide what a trail logs."""
DELIVERY_AGE = timedelta(hours=24)
READ_AGE = timedelta(hours=24)
"""So long after settings were read last, nobody knows whether they still hold."""


@dataclass(frozen=True, slots=True)
class Version:
    """What a part of a Region held from `start` to `end` (None: it still does).

    `seen_at` is when it was last found so; None: until its end.
    """

    part: str
    region: str
    start: datetime
    end: datetime | None
    content: Any
    seen_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class AccountHistory:
    """An account with the state of its parts, and the versions of its trail settings and streams."""

    account: Account
    parts: tuple[Part, ...]
    versions: tuple[Version, ...]


@dataclass(frozen=True, slots=True)
class Doubt:
    """A part of a Region's settings was read at `start`, and not again before `end` (None: until now)."""

    part: str
    region: str
    start: datetime
    end: datetime | None

    @property
    def reason(self) -> str:
        """Why the answer is not certain, in words."""
        since = f"{self.start:%Y-%m-%d %H:%MZ}"
        if self.end is None:
            return f"the settings were last read at {since}"
        return f"the settings were not read between {since} and {self.end:%Y-%m-%d %H:%MZ}"


Found = dict[tuple[str, str], Any]
"""(part, Region) → content."""
Settings = Callable[[Iterable[Version], datetime, datetime], Found]
"""Which settings of some versions to take, of a moment as seen from now."""


def selectors_of(histories: Iterable[AccountHistory]) -> tuple[frozenset[AdvancedSelector], frozenset[BasicSelector]]:
    """Return all advanced and basic selectors that the trails of some accounts had, at any time."""
    found = {
        read
        for history in histories
        for version in history.versions
        if isinstance(version.content, EventSelectors)
        for read in version.content.trails
    }
    return (
        frozenset(selector for read in found for selector in read.advanced),
        frozenset(selector for read in found for selector in read.basic),
    )


def settings_at(versions: Iterable[Version], at: datetime, now: datetime) -> Found:
    """Return the settings as they held at `at`; the first version of a part reaches back to the beginning."""
    found: Found = {}
    for version, later in _standing_at(versions, at):
        content = version.content
        if isinstance(content, TrailStatuses):
            content = _statuses_at(content, later, at, version.end or now, now)
        found[version.part, version.region] = content
    return found


def doubts_at(versions: Iterable[Version], at: datetime, now: datetime) -> tuple[Doubt, ...]:
    """Return of which Regions the settings may have been others already at `at`: it came after they were read last."""
    return tuple(
        Doubt(version.part, version.region, version.seen_at, None if later is None else version.end)
        for version, later in _standing_at(versions, at)
        if version.seen_at is not None and at >= version.seen_at and (later is not None or is_stale(version, now))
    )


def is_stale(version: Version, now: datetime) -> bool:
    """Whether what a version says was read too long ago to be taken to hold still."""
    return version.end is None and version.seen_at is not None and now - version.seen_at > READ_AGE


def settings_after(parts: Collection[str], versions: Iterable[Version], at: datetime, now: datetime) -> Found:
    """Return the settings at `at` as if what was found changed later of `parts` had changed right after it was read."""
    kept = tuple(versions)
    over = {
        (version.part, version.region, version.start)
        for version, later in _standing_at(kept, at)
        if version.part in parts and later is not None and version.seen_at is not None and at >= version.seen_at
    }
    return settings_at((v for v in kept if (v.part, v.region, v.start) not in over), at, now)


def settings_apart(
    parts: Collection[str], trails: Collection[str], versions: Iterable[Version], at: datetime, now: datetime
) -> Found:
    """Return what `settings_after` does, as if of the selectors those of `trails` alone had changed right after it."""
    kept = tuple(versions)
    after = settings_after((SELECTORS,), kept, at, now)
    return {
        key: _apart(content, after[key], trails) if key[0] == SELECTORS else content
        for key, content in settings_after(parts, kept, at, now).items()
    }


def changed_selectors(versions: Iterable[Version], at: datetime, now: datetime) -> frozenset[str]:
    """Return the ARNs of the trails whose selectors at `at` were found changed later."""
    kept = tuple(versions)
    before, after = settings_at(kept, at, now), settings_after((SELECTORS,), kept, at, now)
    differ = (set(content.trails) ^ set(after[key].trails) for key, content in before.items() if key[0] == SELECTORS)
    return frozenset(one.trail for found in differ for one in found)


def _apart(before: EventSelectors, after: EventSelectors, trails: Collection[str]) -> EventSelectors:
    old = (one for one in before.trails if one.trail not in trails)
    return EventSelectors((*old, *(one for one in after.trails if one.trail in trails)))


def shared_selectors(
    organizations: Iterable[AccountHistory], settings: Settings, at: datetime, now: datetime
) -> dict[str, Selectors]:
    """Return the selectors by trail ARN that the accounts of `organizations` read at `at`; none that are lost."""
    return {
        read.trail: read
        for one in organizations
        for (part, _), content in without_lost(one, settings(one.versions, at, now), at, now).items()
        if part == "event_selectors"
        for read in content.trails
    }


def doubts_of_shared(organizations: Iterable[AccountHistory], at: datetime, now: datetime) -> tuple[Doubt, ...]:
    """Return the doubts about shared selectors that were found changed; those read too long ago are lost."""
    doubts = (doubt for one in organizations for doubt in doubts_at(one.versions, at, now))
    return tuple(doubt for doubt in doubts if doubt.end is not None)


def settings_of(region: str, found: Found) -> Found:
    """Return settings as one Region tells them: the trails that it lists, with their status there.

    A trail that only another Region still lists may be gone. Selectors are read where a trail is at home, so they are
    those of all Regions.
    """
    lists = ("trails", region) in found
    kept = {key: content for key, content in found.items() if _is_told(key, region, is_listed=lists)}
    statuses = {key[1]: dict(content.statuses) for key, content in found.items() if key[0] == "trail_status"}
    return kept | {("trail_status", region): TrailStatuses(tuple(_statuses_in(region, statuses)))}


def _is_told(key: tuple[str, str], region: str, *, is_listed: bool) -> bool:
    part, where = key
    return part == "event_selectors" or (part == "trails" and (where == region or not is_listed))


def _statuses_in(region: str, found: Mapping[str, Mapping[str, TrailStatus]]) -> Iterator[tuple[str, TrailStatus]]:
    """Yield the status of each trail in a Region, that of its home where the Region's own was not read.

    The last delivery is that of any Region: one in which nobody calls delivers nothing, and that is no fault.
    """
    for arn in sorted({arn for statuses in found.values() for arn in statuses}):
        there = {where: statuses[arn] for where, statuses in found.items() if arn in statuses}
        home = next((status for where, status in there.items() if f":{where}:" in arn), None)
        status = there.get(region) or home or next(iter(there.values()))
        delivered = max(filter(None, (one.latest_delivery_at for one in there.values())), default=None)
        yield arn, replace(status, latest_delivery_at=delivered)


def without_lost(history: AccountHistory, found: Found, at: datetime, now: datetime) -> Found:
    """Return settings without the selectors that nobody can vouch for at `at`: they could not be read any more.

    A trail's selectors are read in its home Region and hold in all that it logs.
    """
    lost = {part.region: part.seen_at for part in history.parts if part.name == "event_selectors" and not part.is_fresh}
    lost |= {v.region: v.seen_at for v in history.versions if v.part == "event_selectors" and is_stale(v, now)}
    gone = {("event_selectors", region) for region, seen_at in lost.items() if seen_at is not None and at >= seen_at}
    return {key: content for key, content in found.items() if key not in gone}


def _standing_at(versions: Iterable[Version], at: datetime) -> list[tuple[Version, Version | None]]:
    """Return the version of each part that stood at `at`, with the one that followed it."""
    found: dict[tuple[str, str], tuple[Version, Version | None]] = {}
    for version in sorted(versions, key=lambda v: v.start, reverse=True):
        key = (version.part, version.region)
        if version.part in SETTINGS and (version.end is None or version.end > at):
            later, _ = found.get(key, (None, None))
            found[key] = (version, later)
    return list(found.values())


def _statuses_at(
    content: TrailStatuses, later: Version | None, at: datetime, until: datetime, now: datetime
) -> TrailStatuses:
    after: dict[str, TrailStatus] = {} if later is None else dict(later.content.statuses)
    return TrailStatuses(
        tuple((arn, _as_of(_dated(status, after.get(arn), at), at, until, now)) for arn, status in content.statuses)
    )


def _dated(status: TrailStatus, later: TrailStatus | None, at: datetime) -> TrailStatus:
    """Return a status with the start and stop that a later reading tells of, where `at` is not before both of them."""
    if later is None or not _tells_of(later, at):
        return status
    is_started = not status.is_logging and later.started_at is not None and at >= later.started_at
    return replace(
        status,
        is_logging=later.is_logging,
        started_at=later.started_at,
        stopped_at=later.stopped_at,
        # That nothing came while it was stopped is no fault of what began since.
        latest_delivery_at=later.latest_delivery_at if is_started else status.latest_delivery_at,
    )


def _tells_of(status: TrailStatus, at: datetime) -> bool:
    """Whether the last start and the last stop that a status gives say if the trail logged at `at`."""
    known = [moment for moment in (status.started_at, status.stopped_at) if moment is not None]
    return bool(known) and at >= min(known) and not _is_undated(status)


def _is_undated(status: TrailStatus) -> bool:
    """Whether a trail is stopped and AWS does not say since when."""
    started, stopped = status.started_at, status.stopped_at
    return not status.is_logging and (stopped is None or (started is not None and stopped < started))


def _as_of(status: TrailStatus, at: datetime, until: datetime, now: datetime) -> TrailStatus:
    """Return a trail's status as it was at `at`, from a reading that stood until `until`."""
    delivered = status.latest_delivery_at
    if delivered is not None and (delivered > at or until - delivered <= DELIVERY_AGE):
        delivered = now
    then = replace(status, is_logging=_was_logging(status, at), latest_delivery_at=delivered)
    # An error of now says nothing about what was delivered before it.
    is_past = status.latest_delivery_at is not None and status.latest_delivery_at > at
    return replace(then, latest_delivery_error=None, log_group_error=None) if is_past else then


def _was_logging(status: TrailStatus, at: datetime) -> bool:
    """Return whether a trail logged at `at`: AWS remembers its last start and its last stop, nothing before them.

    One that is stopped since nobody knows when counts as stopped all along.
    """
    started, stopped = status.started_at, status.stopped_at
    if _is_undated(status):
        return False
    if started is None:
        return status.is_logging if stopped is None else at < stopped
    if stopped is None:
        return at >= started
    if stopped < started:
        return at < stopped or at >= started
    return started <= at < stopped
