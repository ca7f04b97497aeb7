"""The log archive: what each trail would have delivered to S3, log files and digests, written in-process.

Old log files hold half a day, newer ones less, so that thirty days fit in 4,000 objects.
"""

import hashlib
import math
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from isal import igzip

from app.demo.actors import iso
from app.demo.digests import Chain, LogFile, Signer
from app.demo.gate.store import StoredObject
from app.demo.gate.world import TrailState, World
from app.demo.happening import Happening, selected, selected_by_basic
from app.demo.identifiers import digest
from app.demo.nouns import Trail
from app.demo.stories import DAY_S

DIGEST_DAYS = 7
_HOUR_S = 3600
_DELAY_S = 300
"""How long after a file's last event it is delivered: about five minutes, as AWS says."""
_DIGEST_DELAY_S = 480
_SLOTS = ((2, 7200), (7, 21_600), (10_000, 43_200))
"""(age in days, length of a slot): how much time a log file of that age covers."""

_ARN_FIELDS = frozenset({"resources.ARN", "userIdentity.arn"})
Place = tuple[str, str, str]
"""Trail ARN, account, Region: what a log file is about."""


@dataclass(slots=True)
class Archive:
    """Writes log files and digests of the estate's trails into the world's buckets."""

    world: World
    signer: Signer
    start: int
    """Nothing that happened before is written."""
    now: int
    """When the archive was begun: slots are cut by their age then."""
    _files: defaultdict[tuple[str, str, str, int], list[LogFile]] = field(default_factory=lambda: defaultdict(list))
    """(place, hour of delivery) -> files that the hour's digest lists."""
    _chains: dict[Place, Chain] = field(default_factory=dict)
    _digested: dict[Place, int] = field(default_factory=dict)
    """The end of the last hour that each place has a digest of."""
    _reach: dict[tuple[str, str], list[tuple[TrailState, bool]]] = field(default_factory=dict)
    _verdicts: dict[tuple[object, ...], bool] = field(default_factory=dict)
    written: int = 0

    def slot_end(self, at: int) -> int:
        """Return the end of the slot of an event that happened before the archive was begun."""
        age_days = (self.now - at) / DAY_S
        length = next(length for days, length in _SLOTS if age_days < days)
        return min(at - at % length + length, self.now)

    def write_past(self, happenings: Iterable[Happening]) -> None:
        """Write log files of what happened before the start, slot by slot; `happenings` come in order of time."""
        batch: list[Happening] = []
        end = 0
        for happening in happenings:
            if batch and self.slot_end(happening.at) != end:
                self.write(batch, min(end + _DELAY_S, self.now))
                batch = []
            end = self.slot_end(happening.at)
            batch.append(happening)
        self.write(batch, min(end + _DELAY_S, self.now))

    def write(self, happenings: list[Happening], delivered_at: int) -> int:
        """Write one log file for each trail, account and Region that has something; return how many."""
        places: defaultdict[Place, list[Happening]] = defaultdict(list)
        for happening in happenings:
            for state in self._logging(happening):
                places[state.trail.arn, happening.account, happening.region].append(happening)
        for place, logged in places.items():
            self._write_file(place, logged, delivered_at)
        return len(places)

    def write_digests(self, until: int) -> None:
        """Write the digests that are delivered up to `until`, one an hour, for places that ever had a log file."""
        for place in sorted({key[:3] for key in self._files}):
            state = self.world.trails[place[0]]
            if not state.trail.validates:
                continue
            first = max(self.start, self.now - DIGEST_DAYS * DAY_S) // _HOUR_S * _HOUR_S + _HOUR_S
            for end in range(
                self._digested.get(place, first - _HOUR_S) + _HOUR_S, until - _DIGEST_DELAY_S + 1, _HOUR_S
            ):
                self._write_digest(place, state, end)
                self._digested[place] = end

    def _logging(self, happening: Happening) -> Iterator[TrailState]:
        for state, by_kind in self._reaching(happening.account, happening.region):
            if self._takes(state.trail, happening, by_kind=by_kind) and self._is_logging(state, happening.at):
                yield state

    def _takes(self, trail: Trail, happening: Happening, *, by_kind: bool) -> bool:
        """Tell whether a trail's selectors take an event; where its kind alone decides, a kind is judged once."""
        if not by_kind:
            return _logs(trail, happening)
        kind = (trail.arn, happening.resource_type, happening.action, happening.is_data, happening.is_read_only)
        if kind not in self._verdicts:
            self._verdicts[kind] = _logs(trail, happening)
        return self._verdicts[kind]

    def _reaching(self, account: str, region: str) -> list[tuple[TrailState, bool]]:
        """Return the trails that see an account's Region at all, and whether the kind of an event decides for them."""
        if (account, region) not in self._reach:
            self._reach[account, region] = [
                (state, not _looks_at_arns(state.trail))
                for state in self.world.trails.values()
                if (state.trail.is_organization or state.trail.account == account)
                and (state.trail.is_multi_region or state.trail.home_region == region)
            ]
        return self._reach[account, region]

    def _is_logging(self, state: TrailState, at: int) -> bool:
        return not any(begin <= at < end for begin, end in self._stops(state))

    def _stops(self, state: TrailState) -> Iterator[tuple[float, float]]:
        """Yield from when to when a trail was stopped: by its story, and by a caller, which lasts."""
        today = self.now - self.now % DAY_S
        for stop in state.trail.stops:
            begin = today + stop.day * DAY_S + stop.hour * _HOUR_S
            yield begin, begin + stop.hours * _HOUR_S
        if not state.is_logging and state.stopped_at is not None:
            yield state.stopped_at.timestamp(), math.inf

    def _delivery(self, state: TrailState, last_event: int, planned: int) -> int:
        """Return when a file is delivered: one of a trail that was stopped, while there is still a digest to list it.

        The last digest covers the hour of StopLogging (CloudTrail User Guide, "CloudTrail digest file structure").
        """
        for stopped_at, _ in self._stops(state):
            if last_event < stopped_at < planned:
                hour_end = int(stopped_at) // _HOUR_S * _HOUR_S + _HOUR_S
                return min(planned, int(stopped_at) + _DELAY_S, hour_end - 1)
        return planned

    def _write_file(self, place: Place, logged: list[Happening], planned: int) -> None:
        state = self.world.trails[place[0]]
        delivered_at = self._delivery(state, logged[-1].at, planned)
        bucket = self.world.buckets[state.trail.bucket]
        at = datetime.fromtimestamp(delivered_at, UTC)
        key = _log_key(self.world.estate.organization_id, state.trail, place, at, logged)
        raw = b'{"Records":[' + b",".join(happening.raw for happening in logged) + b"]}"
        body = igzip.compress(raw, 1, mtime=0)
        bucket.put(key, StoredObject(body, at, content_encoding="gzip"))
        self.written += 1
        state.delivered_at = max(filter(None, (state.delivered_at, at)))
        file = LogFile(key, hashlib.sha256(raw).hexdigest(), iso(logged[0].at), iso(logged[-1].at))
        self._files[*place, delivered_at // _HOUR_S].append(file)

    def _write_digest(self, place: Place, state: TrailState, end: int) -> None:
        chain = self._chains.get(place)
        if chain is None:
            chain = self._chains[place] = self._chain(place, state.trail)
        if not self._is_logging(state, end - _HOUR_S):
            chain.restart()
            return
        moment = datetime.fromtimestamp(end, UTC)
        delivered_at = moment + timedelta(seconds=_DIGEST_DELAY_S)
        chain.put(moment, delivered_at, self._files.get((*place, end // _HOUR_S - 1), []))
        state.digest_delivered_at = max(filter(None, (state.digest_delivered_at, delivered_at)))

    def _chain(self, place: Place, trail: Trail) -> Chain:
        base = _base(self.world.estate.organization_id, trail, place[1])
        bucket = self.world.buckets[trail.bucket]
        return Chain(self.signer, bucket, base, place[1], place[2], trail.name, trail.home_region)


def _looks_at_arns(trail: Trail) -> bool:
    return any(part["Field"] in _ARN_FIELDS for selector in trail.selectors for part in selector["FieldSelectors"])


def _logs(trail: Trail, happening: Happening) -> bool:
    if trail.selectors:
        return selected(happening, trail.selectors)
    return selected_by_basic(happening, trail.basic_selectors or ({"ReadWriteType": "All"},))


def _base(organization_id: str, trail: Trail, account: str) -> str:
    """Return the folder of an account's files (CloudTrail User Guide, "Finding your CloudTrail log files")."""
    prefix = f"{trail.prefix}/" if trail.prefix else ""
    return f"{prefix}AWSLogs/{organization_id + '/' if trail.is_organization else ''}{account}"


def _log_key(organization_id: str, trail: Trail, place: Place, at: datetime, logged: list[Happening]) -> str:
    _, account, region = place
    unique = digest("log file", *place, logged[0].at, len(logged), at.timestamp(), size=8).hex()
    stamp = at.strftime("%Y%m%dT%H%MZ")
    name = f"{account}_CloudTrail_{region}_{stamp}_{unique}.json.gz"
    return f"{_base(organization_id, trail, account)}/CloudTrail/{region}/{at:%Y/%m/%d}/{name}"
