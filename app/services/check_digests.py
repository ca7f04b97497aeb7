"""Reads the digests of a bucket and judges the log files that were read from it: the verdict of each hour.

It is a feed of its own beside that of the log files, and neither waits for the other: a file may be read before its
digest comes or after, and each of the two is remembered until the other is there. What cannot be read of the digests
leaves hours unverified and stops no log file.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from time import monotonic
from typing import Any

from sqlalchemy import Connection, Engine

from app.aws.session import AccountSession, AwsSettings
from app.aws.sources._bucket import Bucket
from app.aws.trail_archive import TrailBucket, public_keys
from app.core import parts as core_parts
from app.core.errors import CouldNotLook, InvalidInput
from app.core.integrity.place import Place as Facts
from app.core.integrity.place import Unopened, findings
from app.core.integrity.writers import writers
from app.core.model.account import Account
from app.core.model.feed import Feed, FeedKey
from app.core.model.integrity import PlaceKey
from app.core.model.scope import EVERYTHING
from app.core.model.trail import Trail
from app.core.normalise.trail_file import arrival_of_file
from app.core.trailfile.cursor import BucketCursor, from_json
from app.core.trailfile.digest.breaks import Break
from app.core.trailfile.digest.chain import Digest, Stored, opened
from app.core.trailfile.digest.names import DigestName, digest_name
from app.core.trailfile.digest.signing import PublicKey
from app.core.trailfile.keys import file_key
from app.db.queries import accounts, digests, feeds, snapshots
from app.db.queries.coverage_page import LOG_FILES
from app.db.queries.ingest import EventStore, Step
from app.services.counted_session import counted
from app.services.find_silences import find_silences
from app.services.trail_places import Place, places

AT_ONCE = 96
"""Digests that are read together, and stored in one transaction."""
LIVE = timedelta(days=3)
"""How far back digests are looked for each time: backfill digests come late, and log files too."""
READ_EVERY = timedelta(minutes=10)
"""Digests come once an hour, and to ask for them is a call for each account and Region. In between only log files that
came are judged, so that their hours are told as soon as they are read."""
BACKFILL_S = 45.0
"""For how long a run goes back in time before it looks for new digests again."""
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
_FUTURE = timedelta(hours=2)
_SETTLED = timedelta(hours=3)
"""How old a log file that no digest lists is told so at once; of a newer one the next look for digests tells."""
_OVERDUE = timedelta(minutes=30)
"""How long after its delivery a log file that its digest lists is asked for by name: until then its feed finds it."""
MOST_WAITING = 5_000
"""Log files of a place that are looked through for such ones."""


def check_digests(
    engine: Engine,
    account: Account,
    feed: Feed,
    *,
    owner: str,
    aws: AwsSettings,
    since: datetime,
    clock: Callable[[], datetime],
    backfill_s: float = BACKFILL_S,
    is_stopping: Callable[[], bool] = lambda: False,
) -> bool:
    """Read what is new among the digests of the account's log bucket, and judge the hours that this decides on.

    The last days come first, then the past back to `since`. Each transaction is fenced by `owner`; what is stored is
    not read again. Return whether there is more to do at once.

    Raises:
        LeaseLost: another worker holds the feed by now.
        CouldNotLook: the role cannot be assumed, or the bucket is not there.
    """
    if account.log_bucket is None:
        raise InvalidInput(f"account {account.id:012d} has no log bucket: set log_bucket")
    name = feed.key.region or account.log_bucket
    with counted(engine, account, aws) as (session, count), Bucket(session, name, count) as bucket:
        run = _Run(engine, feed, owner, session, TrailBucket(bucket, account.log_prefix), since, clock, is_stopping)
        return run.all(backfill_s)


@dataclass(slots=True)
class _Run:
    """One reading of a bucket's digests."""

    engine: Engine
    feed: Feed
    owner: str
    session: AccountSession
    archive: TrailBucket
    since: datetime
    clock: Callable[[], datetime]
    is_stopping: Callable[[], bool]
    begun: float = field(default_factory=monotonic)
    _trails: dict[int, tuple[Trail, ...]] = field(default_factory=dict)
    _keys: dict[tuple[str, datetime, datetime], tuple[Sequence[PublicKey] | None, str]] = field(default_factory=dict)

    def all(self, backfill_s: float) -> bool:
        """Check all places: what is new, then the past, then what was touched; return whether some is left."""
        now = self.clock()
        cursor = _Cursor.of(self.feed)
        # After a standstill all hours of it are new.
        live = max(_floor(min(now - LIVE, cursor.run_at or now)), _floor(self.since))
        if cursor.run_at is not None and now - cursor.run_at < READ_EVERY and not cursor.is_behind:
            return self._touched(backfill_s)
        if cursor.run_at is None or cursor.run_at.date() < now.date():
            # What was silent shows against whole days: more often would find no more.
            find_silences(
                self.engine, self.archive.bucket or "", self.feed.key, owner=self.owner, is_stopping=self.is_stopping
            )
        found, problem = self._places(now)
        if cursor.run_at is None or now - cursor.run_at >= READ_EVERY:
            for place in found:
                if self.is_stopping():
                    return True
                self.place(place, live, now + LIVE, problem)
            cursor.run_at, cursor.is_behind = now, True
            self._advance(cursor)
        return self._past(found, cursor, problem, backfill_s) or self._touched(backfill_s)

    def _past(self, found: Sequence[PlaceKey], cursor: "_Cursor", problem: str, backfill_s: float) -> bool:
        """Check all of the places whose past was not, one by one; return whether some are left."""
        for place in found:
            name = place.folder + place.region
            if name in cursor.done:
                continue
            if self.is_stopping() or monotonic() - self.begun > backfill_s:
                return True
            # With its last days: it may be new since they were read of the others.
            if self.place(place, _floor(self.since), self.clock() + LIVE, problem):
                cursor.done.add(name)
                self._advance(cursor)
        for place in found:
            if self.is_stopping() or monotonic() - self.begun > backfill_s or self._ask(place, cursor):
                return True
        cursor.is_behind = False
        self._advance(cursor)
        return False

    def place(self, place: PlaceKey, start: datetime, end: datetime, problem: str = "") -> bool:
        """Read the digests of these hours that are new, and judge the hours; return whether all of them came."""
        if start >= end:
            return True
        try:
            new = list(self._new(place, start, end))
        except CouldNotLook as error:
            new, problem = [], problem or str(error)
        refused = 0
        for batch in (new[at : at + AT_ONCE] for at in range(0, len(new), AT_ONCE)):
            of_batch = self._store(place, batch)
            refused += of_batch
            if of_batch == len(batch):
                # Each refusal is a call: when none of so many comes, the rest waits for another run.
                break
        self.judge(place, start, end, problem)
        return not problem and not refused

    def judge(self, place: PlaceKey, start: datetime, end: datetime, problem: str = "") -> None:
        """Judge the hours of a place by all that is known of them."""
        with self.engine.connect() as connection:
            read, unopened = digests.digests_of(connection, place, start, end)
        # Asked before the transaction: no lock is held while AWS answers. Nobody else stores digests of this bucket.
        keys, no_keys = self._public_keys(place.region, read, start, end)
        with self.engine.begin() as connection:
            feeds.hold(connection, self.feed.key, self.owner)
            digests.take_new(connection, place, start, end)
            reach, origins = digests.reach(connection, place), [f"s3://{place.bucket}/{digest.key}" for digest in read]
            facts = Facts(
                bucket=place.bucket,
                now=self.clock(),
                start=start,
                end=end,
                since=self.since,
                digests=read,
                unopened=unopened,
                keys=keys,
                no_keys=no_keys,
                files=digests.listed_files(connection, place, origins),
                wrong=digests.wrong_files(connection, place, origins),
                unlisted=digests.unlisted_files(connection, place, start, end),
                first_at=reach.first_at,
                last_at=reach.last_at,
                problem=problem,
                trails=self._trails_of(connection, place),
            )
            digests.store_findings(connection, place, start, end, findings(facts), facts.now)

    def _touched(self, backfill_s: float) -> bool:
        """Judge again the hours of which log files came meanwhile; return whether some are left."""
        with self.engine.connect() as connection:
            left = digests.touched(connection, self.archive.bucket or "", self.clock() - _SETTLED)
        for one in left:
            if self.is_stopping() or monotonic() - self.begun > backfill_s:
                return True
            self.judge(one.place, _floor(one.first_at) - _HOUR, _floor(one.last_at) + 2 * _HOUR)
        return False

    # ---------------------------------------------------------------- reading

    def _places(self, now: datetime) -> tuple[list[PlaceKey], str]:
        """Return the accounts' Regions of the bucket, and why its folders cannot be listed.

        Where log files were read there is a place too: a denied or deleted folder of digests must not hide it.
        """
        bucket = self.archive.bucket or ""
        with self.engine.connect() as connection:
            read = digests.places_of(connection, bucket, now - LIVE)
        try:
            listed, problem = [_place_key(bucket, place) for place in places(self.archive)], ""
        except CouldNotLook as error:
            listed, problem = [], str(error)
        return sorted({*read, *listed}), problem

    def _new(self, place: PlaceKey, start: datetime, end: datetime) -> Iterator[tuple[str, DigestName]]:
        """Yield the digests of these hours that were not read yet."""
        folder = _folder(place).digests
        with self.engine.connect() as connection:
            known = digests.known_digests(connection, place, start - _HOUR)
        for key in self.archive.keys(folder, f"{folder}{start - _HOUR:%Y/%m/%d}"):
            name = digest_name(key)
            if name is None or name.ends_at < start or f"s3://{place.bucket}/{key}" in known:
                continue
            if name.ends_at < end:
                yield key, name

    def _store(self, place: PlaceKey, batch: Sequence[tuple[str, DigestName]]) -> int:
        """Read some digests and remember them; return how many did not come."""
        answers = self.archive.read([key for key, _ in batch])
        with self.engine.begin() as connection:
            feeds.hold(connection, self.feed.key, self.owner)
            now = self.clock()
            for (key, name), answer in zip(batch, answers, strict=True):
                digests.store_digest(connection, place, self._opened(key, name, answer, now), now)
        return sum(not isinstance(answer, Stored) for answer in answers)

    def _ask(self, place: PlaceKey, cursor: "_Cursor") -> bool:
        """Ask for log files that a digest lists and that were not read though their turn is over: some are gone.

        Others came too late for their feed, were given up by it, or read before hashes were remembered: they are stored
        as it stores them. Return whether there are more.
        """
        with self.engine.connect() as connection:
            before, limit = self.clock() - _OVERDUE, self.session.settings.max_file_bytes
            waiting = digests.waiting_files(connection, place, before, limit, MOST_WAITING)
            position = _position(connection, self.feed.key)
        if position is None:
            return False
        overdue = [file.origin for file in waiting if position.has_passed(_key(file.origin))]
        wanted = overdue[:AT_ONCE]
        answers = self.archive.read([_key(origin) for origin in wanted])
        gone = [origin for origin, answer in zip(wanted, answers, strict=True) if answer is None]
        there = [
            arrival_of_file(answer.blob, origin, limit, is_hashed=True)
            for origin, answer in zip(wanted, answers, strict=True)
            if isinstance(answer, Stored)
        ]
        with self.engine.begin() as connection:
            feeds.hold(connection, self.feed.key, self.owner)
            digests.mark_missing(connection, place.account, gone)
        if there:
            step = Step(self.feed.key, self.owner, cursor.to_json())
            EventStore(self.engine).store(there, now=self.clock(), step=step)
        return bool(gone or there) and len(overdue) > AT_ONCE

    def _opened(
        self, key: str, name: DigestName, answer: Stored | CouldNotLook | None, now: datetime
    ) -> Digest | Unopened:
        if name.ends_at > now + _FUTURE:
            return Unopened(key, name, "its name is of the future", is_damaged=True)
        match answer:
            case Stored():
                found = opened(key, self.archive.bucket, answer)
                return Unopened(key, name, found.what, is_damaged=True) if isinstance(found, Break) else found
            case CouldNotLook():
                return Unopened(key, name, str(answer), is_damaged=False)
            case None:
                return Unopened(key, name, "it went away while it was read", is_damaged=False)

    # ---------------------------------------------------------------- what is known

    def _trails_of(self, connection: Connection, place: PlaceKey) -> tuple[Trail, ...] | None:
        """Return the trails that write here; None: the account's trails were never read."""
        if place.account not in self._trails:
            self._trails[place.account] = _trails(connection, place.account, self.clock())
        known = self._trails[place.account]
        return writers(known, place) if known else None

    def _public_keys(
        self, region: str, found: Sequence[Digest], start: datetime, end: datetime
    ) -> tuple[Sequence[PublicKey] | None, str]:
        """Return CloudTrail's public keys of these hours, or why there are none.

        By whole days, so that the hours of a day ask once; and by our own reckoning: what digests say of their times
        may be forged. A backfill digest is signed when it is made, which may be any time after its hour.
        """
        if not found:
            return None, ""
        now = self.clock()
        last = now if any(digest.name.chain.is_backfill for digest in found) else min(end, now)
        asked = region, _midnight(start) - _DAY, _midnight(last) + 2 * _DAY
        if asked not in self._keys:
            try:
                self._keys[asked] = public_keys(self.session, *asked), ""
            except (CouldNotLook, InvalidInput) as error:
                self._keys[asked] = None, f"CloudTrail's public keys could not be read: {error}"
        return self._keys[asked]

    def _advance(self, cursor: "_Cursor") -> None:
        with self.engine.begin() as connection:
            feeds.advance(connection, self.feed.key, self.owner, cursor.to_json(), None)


@dataclass(slots=True)
class _Cursor:
    """How far the digests were read: `done` are the places whose past was, `run_at` when the last run looked.

    `is_behind`: a place may be left whose past was not.
    """

    done: set[str]
    run_at: datetime | None
    is_behind: bool

    @staticmethod
    def of(feed: Feed) -> "_Cursor":
        """Return a feed's cursor."""
        stored = feed.cursor or {}
        run_at = stored.get("run_at")
        known = None if run_at is None else datetime.fromisoformat(run_at)
        return _Cursor(set(stored.get("done", ())), known, bool(stored.get("is_behind", True)))

    def to_json(self) -> dict[str, Any]:
        """Return the cursor as it is stored with the feed."""
        run_at = None if self.run_at is None else self.run_at.isoformat()
        return {"done": sorted(self.done), "run_at": run_at, "is_behind": self.is_behind}


def _place_key(bucket: str, place: Place) -> PlaceKey:
    key = file_key(f"{place.logs}2000/01/01/x")
    return PlaceKey(0 if key is None else key.account, f"s3://{bucket}/{place.folder}", place.region)


def _folder(place: PlaceKey) -> Place:
    return Place(place.folder.removeprefix(f"s3://{place.bucket}/"), place.region)


def _position(connection: Connection, key: FeedKey) -> BucketCursor | None:
    """Return how far the log files of the bucket of these digests were read; None: nothing was yet."""
    wanted = replace(key, source=LOG_FILES)
    found = next((feed for feed in feeds.feeds(connection, EVERYTHING, key.account_id) if feed.key == wanted), None)
    return None if found is None or found.cursor is None else from_json(found.cursor)


def _key(origin: str) -> str:
    return origin.removeprefix("s3://").partition("/")[2]


def _trails(connection: Connection, account_id: int, now: datetime) -> tuple[Trail, ...]:
    """Return the trails of an account as they were read last; none when they never were."""
    account = accounts.account(connection, EVERYTHING, account_id)
    if account is None:
        return ()
    contents = snapshots.contents_of(connection, EVERYTHING, account_id, names=core_parts.OF_SOURCE["cloudtrail"])
    return core_parts.assemble(
        account,
        now,
        (),
        contents,
        organization=None,
        organization_selectors={},
        known_accounts=frozenset(),
    ).trails


def _floor(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)


def _midnight(moment: datetime) -> datetime:
    return datetime.combine(moment.date(), time(), UTC)
