"""All that the digests say of one account's Region in one bucket, over a stretch of time: the verdict of each hour.

What lies outside of the stretch is looked at only as far as it decides on what is within: the digest before and the
one after.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from app.core.integrity.files import file_break
from app.core.integrity.verdict import (
    BEFORE_FIRST,
    NOT_DELIVERED,
    VALIDATION_OFF,
    Files,
    broken,
    of_digest,
    of_hour,
    unverified,
    worst,
)
from app.core.model.integrity import FoundBreak, Hour, Judged, LogFile, Verdict
from app.core.model.trail import Trail
from app.core.trailfile.digest.breaks import Break, BreakKind
from app.core.trailfile.digest.chain import OUTSTANDING, Digest, check_chain, tail_break
from app.core.trailfile.digest.logs import Span, Unlisted, unlisted, unlisted_break
from app.core.trailfile.digest.names import ChainName, DigestName, digest_name
from app.core.trailfile.digest.signing import PublicKey

HOUR = timedelta(hours=1)
LATELY = timedelta(hours=24)
"""How far before the last digest that CloudTrail says it delivered one must lie here."""


@dataclass(frozen=True, slots=True)
class Unopened:
    """A digest that lies there and does not open: damaged, or (`is_damaged` False) it could not be read."""

    key: str
    name: DigestName
    problem: str
    is_damaged: bool


@dataclass(frozen=True, slots=True)
class Place:
    """What is known of one account's Region in one bucket.

    `digests`, `unopened` and the log files are those of [`start`, `end`), of digests also the one before and after.
    `files` counts what each digest lists (by origin). `wrong` are listed files that are not as listed, `unlisted` those
    that were read and that no digest lists. `first_at` and `last_at`: from when to when there are digests at all.
    `since`: nothing of before is read. `problem`: why the digests cannot be listed, `no_keys` why there are no `keys`.
    `trails` are those that write here, None: that is not known.
    """

    bucket: str
    now: datetime
    start: datetime
    end: datetime
    since: datetime
    digests: Sequence[Digest] = ()
    unopened: Sequence[Unopened] = ()
    keys: Sequence[PublicKey] | None = None
    no_keys: str = ""
    files: Mapping[str, Files] = field(default_factory=dict)
    wrong: Sequence[LogFile] = ()
    unlisted: Sequence[LogFile] = ()
    first_at: datetime | None = None
    last_at: datetime | None = None
    problem: str = ""
    trails: Sequence[Trail] | None = None

    def __contains__(self, moment: datetime) -> bool:
        return self.start <= moment < self.end


@dataclass(frozen=True, slots=True)
class Findings:
    """The verdict of each hour, of each digest (by origin), and every break by name."""

    hours: tuple[Hour, ...]
    digests: Mapping[str, Judged]
    breaks: tuple[FoundBreak, ...]


def findings(place: Place) -> Findings:
    """Return what is to be said of a place over its stretch of time."""
    run = _Run(place)
    for chain, digests in _by_chain(place).items():
        run.chain(chain, digests)
    for damaged in place.unopened:
        run.damaged(damaged)
    run.files()
    return Findings(tuple(run.hours), run.digests, tuple(run.breaks))


def _by_chain(place: Place) -> dict[ChainName, list[Digest]]:
    found: dict[ChainName, list[Digest]] = defaultdict(list)
    for digest in place.digests:
        found[digest.name.chain].append(digest)
    return found


@dataclass(slots=True)
class _Run:
    """One judgement under way."""

    place: Place
    hours: list[Hour] = field(default_factory=list)
    digests: dict[str, Judged] = field(default_factory=dict)
    breaks: list[FoundBreak] = field(default_factory=list)

    def chain(self, chain: ChainName, digests: list[Digest]) -> None:
        """Judge the digests of one chain, and the hours that it has none of."""
        place = self.place
        digests.sort(key=lambda digest: (digest.content.ends_at, digest.key))
        report = check_chain(
            digests,
            keys=place.keys,
            unopened=[each.key for each in place.unopened],
            damaged=[each.key for each in place.unopened if each.is_damaged],
            since=place.since,
        )
        of_key: dict[str, list[Break]] = defaultdict(list)
        for found in report.breaks:
            of_key[found.where].append(found)
        for before, digest in zip([None, *digests], digests, strict=False):
            own = of_key.pop(digest.key, [])
            restarts = [found for found in own if found.kind is BreakKind.CHAIN_RESTARTED]
            if restarts and before is not None:
                self._gap(chain, before.content.ends_at, digest.content.starts_at, restarts[0])
            self._digest(chain, digest, [found for found in own if found not in restarts], report.unproven)
        for where, missing in of_key.items():
            self._missing(chain, where, missing, digests[0])
        self._tail(chain, digests)

    def _digest(self, chain: ChainName, digest: Digest, breaks: list[Break], unproven: frozenset[str]) -> None:
        # By its name: what a digest says of itself may be forged, and has to be judged all the same.
        ends_at, origin = digest.name.ends_at, self._origin(digest.key)
        if ends_at not in self.place:
            return
        own = of_digest(breaks, is_unsigned=digest.key in unproven, no_keys=self.place.no_keys)
        wrong = [(file, found) for file in self.place.wrong if file.digest == origin and (found := file_break(file))]
        files = self.place.files.get(origin, Files())
        hour = of_hour(own, breaks, files, [found for _, found in wrong])
        self.digests[origin] = own
        starts_at = digest.content.starts_at
        is_likely = ends_at - LATELY <= starts_at < ends_at
        self._add(chain, starts_at if is_likely else ends_at - HOUR, ends_at, hour, origin, files.listed)
        for found in breaks:
            self._keep(found, ends_at)
        for file, found in wrong:
            self._keep(found, file.delivered_at)

    def _gap(self, chain: ChainName, start: datetime, end: datetime, found: Break) -> None:
        if end > start and end in self.place:
            self._add(chain, start, end, broken([found]))
            self._keep(found, end)

    def _missing(self, chain: ChainName, where: str, breaks: list[Break], first: Digest) -> None:
        """Judge an hour whose digest another one names and that is not there."""
        name = digest_name(where)
        ends_at = first.content.starts_at if name is None else name.ends_at
        if ends_at not in self.place:
            return
        is_oldest = self.place.first_at is None or ends_at <= self.place.first_at + HOUR / 2
        if is_oldest and not any(ends_at - HOUR <= file.delivered_at < ends_at for file in self.place.unlisted):
            # Of that time nothing lies there: a lifecycle rule takes old digests and log files alike.
            self._add(chain, ends_at - HOUR, ends_at, unverified("digests of before are not there any more"))
            return
        self._add(chain, ends_at - HOUR, ends_at, broken(breaks))
        for found in breaks:
            self._keep(found, ends_at)

    def _tail(self, chain: ChainName, digests: list[Digest]) -> None:
        """Judge the time since the newest digest."""
        last, now = digests[-1].content.ends_at, self.place.now
        if chain.is_backfill or now > self.place.end or self._is_unread(last):
            return
        found = tail_break(digests, now)
        if found is None:
            self._add(chain, last, now, unverified(NOT_DELIVERED))
            return
        stopped = self._stopped(last)
        self._add(chain, last, now, unverified(stopped) if stopped else broken([found]))
        if not stopped:
            self._keep(found, last)

    def damaged(self, unopened: Unopened) -> None:
        """Judge the hour of a digest that does not open."""
        ends_at, origin = unopened.name.ends_at, self._origin(unopened.key)
        if ends_at not in self.place:
            return
        if unopened.is_damaged:
            found = Break(BreakKind.DIGEST_EDITED, unopened.key, unopened.problem)
            judged = broken([found])
            self._keep(found, ends_at)
        else:
            judged = unverified(f"its digest could not be read: {unopened.problem}")
        self.digests[origin] = judged
        self._add(unopened.name.chain, ends_at - HOUR, ends_at, judged, origin)

    def files(self) -> None:
        """Judge the log files that no digest lists, by the hour of their delivery."""
        by_hour: dict[datetime, list[Judged]] = defaultdict(list)
        for file in self.place.unlisted:
            if file.delivered_at not in self.place:
                continue
            found = file_break(file)
            judged = broken([found]) if found else self._unlisted(file)
            if judged.verdict is Verdict.BROKEN:
                self._keep(found or unlisted_break(self._key(file)), file.delivered_at)
            by_hour[file.delivered_at.replace(minute=0, second=0, microsecond=0)].append(judged)
        for hour, judged_files in sorted(by_hour.items()):
            decided = worst(judged_files)
            end = min(hour + HOUR, max(self.place.now, hour + timedelta(minutes=1)))
            self.hours.append(Hour("", "", hour, end, decided, files=len(judged_files)))

    def _unlisted(self, file: LogFile) -> Judged:
        """Return what holds of a log file that no digest lists."""
        place, at = self.place, file.delivered_at
        if place.problem:
            return unverified(f"the digests could not be read: {place.problem}")
        if place.first_at is None or place.last_at is None:
            return self._without_digests(at)
        span = Span(place.first_at, place.last_at, place.now)
        ((_, what),) = unlisted([self._key(file)], (), span)
        if what is Unlisted.UNCOVERED:
            return unverified(BEFORE_FIRST)
        if what is Unlisted.OUTSTANDING:
            return unverified(NOT_DELIVERED)
        return self._overdue(file)

    def _overdue(self, file: LogFile) -> Judged:
        """Return what holds of a log file that a digest should list by now."""
        place, at = self.place, file.delivered_at
        if self._is_unread(at):
            return unverified("the digest that may list it could not be read")
        if any(not trail.validates_log_files for trail in place.trails or ()):
            # It may be that trail's: several write into one folder, and their files look alike.
            return unverified(f"no digest lists it, and of a trail that writes here {VALIDATION_OFF}")
        stopped = self._stopped(place.last_at) if place.last_at is not None and at > place.last_at else ""
        return unverified(stopped) if stopped else broken([unlisted_break(self._key(file))])

    def _without_digests(self, at: datetime) -> Judged:
        """Return what holds of a log file where there is no digest at all."""
        place = self.place
        if place.trails is None or not place.trails:
            return unverified("there are no digests, and whether log file validation is on is not known")
        if not any(trail.validates_log_files for trail in place.trails):
            return unverified(VALIDATION_OFF)
        said = [trail.status.latest_digest_at for trail in place.trails if trail.status and trail.validates_log_files]
        latest = max((moment for moment in said if moment is not None), default=None)
        if latest is not None and latest - LATELY <= at <= latest - OUTSTANDING:
            what = f"CloudTrail says that it delivered a digest at {latest:%Y-%m-%dT%H:%M:%SZ}, and none lies here"
            return broken([Break(BreakKind.NO_DIGESTS, self.place.bucket, what)])
        return unverified(NOT_DELIVERED if at > place.now - OUTSTANDING else "there are no digests of that time")

    def _stopped(self, last: datetime) -> str:
        """Return why no digest follows one that ended at `last`, as far as the trails tell; "": they should go on."""
        trails = self.place.trails
        if not trails:
            return ""
        if not any(trail.validates_log_files for trail in trails):
            return VALIDATION_OFF
        is_stopped = all(trail.status is not None and not trail.status.is_logging for trail in trails)
        stops = [trail.status.stopped_at for trail in trails if trail.status and trail.status.stopped_at]
        if is_stopped and stops and max(stops) <= last + OUTSTANDING:
            return f"logging was stopped at {max(stops):%Y-%m-%dT%H:%M:%SZ}"
        return ""

    def _is_unread(self, at: datetime) -> bool:
        """Whether a digest of about that time could not be read."""
        ends = [each.name.ends_at for each in self.place.unopened if not each.is_damaged]
        return any(end - 2 * HOUR <= at <= end + HOUR for end in ends)

    def _add(
        self,
        chain: ChainName,
        start: datetime,
        end: datetime,
        judged: Judged,
        digest: str | None = None,
        files: int = 0,
    ) -> None:
        trail = f"{chain.trail} ({chain.home_region})"
        name = f"{trail} backfill" if chain.is_backfill else trail
        self.hours.append(Hour(name, trail, start, end, judged, digest, files))

    def _keep(self, found: Break, at: datetime) -> None:
        where = found.where if found.where.startswith("s3://") else self._origin(found.where)
        self.breaks.append(FoundBreak(where, found.kind.value, found.what, at))

    def _origin(self, key: str) -> str:
        return f"s3://{self.place.bucket}/{key}"

    def _key(self, file: LogFile) -> str:
        return file.origin.removeprefix(f"s3://{self.place.bucket}/")
