"""Checks the log files of trails against their digests, wherever both lie: in S3 or copied to a disk.

An account and Region at a time, so that what lies in memory is one place's: its keys and one chain's digests.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from time import monotonic

from sqlalchemy import Engine

from app.aws.session import AwsSettings
from app.aws.sources._bucket import Bucket
from app.aws.trail_archive import TrailBucket, public_keys
from app.core.errors import CouldNotLook, InvalidInput
from app.core.model.account import Account
from app.core.trailfile.digest.breaks import Break, BreakKind
from app.core.trailfile.digest.chain import (
    Digest,
    Stored,
    check_chain,
    opened,
    signed_between,
    tail_break,
)
from app.core.trailfile.digest.content import LogEntry
from app.core.trailfile.digest.logs import Span, Unlisted, log_break, missing, unlisted, unlisted_break
from app.core.trailfile.digest.names import ChainName, DigestName, digest_name, from_root
from app.core.trailfile.digest.signing import PublicKey
from app.core.trailfile.gunzip import MAX_BYTES, FileTooLarge
from app.core.trailfile.keys import FileKind, file_key
from app.files.trail_tree import trail_trees
from app.services.counted_session import counted
from app.services.trail_places import Archive, Place, places

AT_ONCE = 96
"""Files that are read together, and lie in memory together."""
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Unread:
    """A file, or the public keys of a Region, that could not be read: nothing is said of it."""

    where: str
    why: str


@dataclass(frozen=True, slots=True)
class Verified:
    """What was checked; the names are the contract of the last line of `kvswatch verify`.

    `unsigned` digests hang in the chain of hashes alone: there was no signature, or no public key to check it with.
    `uncovered` log files are older than the first digest of their account and Region, `outstanding` ones are newer
    than the last.
    """

    digests: int = 0
    signed: int = 0
    unsigned: int = 0
    log_files: int = 0
    breaks: int = 0
    unread: int = 0
    uncovered: int = 0
    outstanding: int = 0
    first: str | None = None
    last: str | None = None
    seconds: float = 0.0


KeysOf = Callable[[str, datetime, datetime], Sequence[PublicKey] | None]
"""Gives CloudTrail's public keys of a Region between two times; None: there are none to check with."""
Tell = Callable[[Break | Unread], None]
Report = Callable[[Verified, float, str], None]
"""Told what was checked so far, the share that is done (0 to 1), and where."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """The time that is looked at: what was delivered after `since` and up to `until`; None: all there is."""

    since: datetime | None = None
    until: datetime | None = None

    def __contains__(self, moment: datetime) -> bool:
        return (self.since is None or moment > self.since) and (self.until is None or moment <= self.until)


def verify_paths(
    paths: Iterable[Path],
    *,
    keys: Sequence[PublicKey] | None,
    stretch: Stretch,
    tell: Tell,
    report: Report = lambda _done, _share, _where: None,
    limit: int = MAX_BYTES,
) -> Verified:
    """Check copies on disk with the public keys at hand; None: only the chain of hashes can be checked.

    Without `stretch.until` the newest file of a copy says up to when digests are due. Of log files of more than `limit`
    bytes nothing is said.

    Raises:
        InvalidInput: a path is not there or holds no file of CloudTrail, or metadata beside a digest cannot be read.
    """
    trees = trail_trees(paths, limit)
    return verify_archives(trees, lambda *_: keys, stretch, stretch.until, tell, report, limit)


def verify_bucket(
    engine: Engine,
    account: Account,
    bucket: str,
    prefix: str,
    *,
    aws: AwsSettings,
    stretch: Stretch,
    tell: Tell,
    report: Report = lambda _done, _share, _where: None,
) -> Verified:
    """Check a bucket with the role of `account`. Our calls are counted, whatever comes of them.

    Raises:
        InvalidInput: there is no file of CloudTrail below `prefix`.
        CouldNotLook: the role cannot be assumed, or the bucket cannot be listed.
    """
    with counted(engine, account, aws) as (session, count), Bucket(session, bucket, count) as opened_bucket:

        def keys_of(region: str, start: datetime, end: datetime) -> Sequence[PublicKey]:
            return public_keys(session, region, start, end)

        archive = TrailBucket(opened_bucket, prefix)
        until = stretch.until or aws.now()
        return verify_archives([archive], keys_of, stretch, until, tell, report, aws.max_file_bytes)


# ---------------------------------------------------------------- checking


def verify_archives(
    archives: Sequence[Archive],
    keys_of: KeysOf,
    stretch: Stretch,
    until: datetime | None,
    tell: Tell,
    report: Report = lambda _done, _share, _where: None,
    limit: int = MAX_BYTES,
) -> Verified:
    """Check archives, wherever they lie; `until` None: the newest file of each says up to when digests are due.

    Raises:
        InvalidInput: there is no file of CloudTrail in them.
    """
    found = [(archive, place) for archive in archives for place in places(archive)]
    if not found:
        raise InvalidInput(f"no file of CloudTrail below {', '.join(archive.name for archive in archives)}")
    run = _Run(keys_of, stretch, until, tell, report, limit, len(found))
    for number, (archive, place) in enumerate(found):
        run.begin(number, archive)
        run.check(archive, place)
    return run.summary()


@dataclass(slots=True)
class _Run:
    """One verification under way."""

    keys_of: KeysOf
    stretch: Stretch
    until: datetime | None
    tell_outside: Tell
    report: Report
    limit: int
    places: int
    done: Verified = field(default_factory=Verified)
    started: float = field(default_factory=monotonic)
    _place: int = 0
    _first: datetime | None = None
    _last: datetime | None = None
    _newest: dict[str, datetime] = field(default_factory=dict)
    """Archive -> the time of its newest file, where nothing else says up to when digests are due."""

    def summary(self) -> Verified:
        """Return what was checked."""
        first, last = (f"{each:%Y-%m-%dT%H:%M:%SZ}" if each else None for each in (self._first, self._last))
        return replace(self.done, first=first, last=last, seconds=round(monotonic() - self.started, 3))

    def begin(self, number: int, archive: Archive) -> None:
        """Go on to the next place."""
        self._place = number
        if self.until is None and archive.name not in self._newest:
            times = (_time_of(key) for key in archive.keys(archive.prefix))
            self._newest[archive.name] = max((each for each in times if each in self.stretch), default=_never())

    def check(self, archive: Archive, place: Place) -> None:
        """Check all chains of one place, the log files that they list, and those that none lists."""
        chains = self._digests(archive, place)
        logs = [key for key in archive.keys(place.logs, _after(place.logs, self.stretch.since)) if self._is_log(key)]
        if not chains and logs:
            what = f"no digest lists the {len(logs)} log files of this account and Region"
            self.tell(Break(BreakKind.NO_DIGESTS, place.logs, what))
        seen = _Seen(self.until or self._newest[archive.name])
        total, done = sum(map(len, chains.values())), 0
        for _, names in sorted(chains.items()):
            for digest in self._chain(archive, place, names, seen):
                seen.listed.update(from_root(entry.s3_object) for entry in digest.content.log_files)
                self._check_logs(archive, digest)
                done += 1
                self.report(self.done, (self._place + done / total) / self.places, f"{place.folder}{place.region}")
        self._check_unlisted(logs, seen)

    def tell(self, found: Break | Unread) -> None:
        """Count and pass on one finding."""
        match found:
            case Break():
                self.done = replace(self.done, breaks=self.done.breaks + 1)
            case Unread():
                self.done = replace(self.done, unread=self.done.unread + 1)
        self.tell_outside(found)

    def _digests(self, archive: Archive, place: Place) -> dict[ChainName, dict[str, DigestName]]:
        """Return the keys of the place's digests by chain, of the stretch that is looked at."""
        found: dict[ChainName, dict[str, DigestName]] = defaultdict(dict)
        for key in archive.keys(place.digests, _after(place.digests, self.stretch.since)):
            name = digest_name(key)
            if name is not None and name.ends_at in self.stretch:
                found[name.chain][key] = name
        return found

    def _is_log(self, key: str) -> bool:
        named = file_key(key)
        if named is None or named.kind is not FileKind.LOG:
            return False
        return named.delivered_at is None or named.delivered_at in self.stretch

    def _chain(self, archive: Archive, place: Place, names: dict[str, DigestName], seen: "_Seen") -> list[Digest]:
        """Read and check one chain."""
        digests: list[Digest] = []
        unopened: list[str] = []
        damaged: list[str] = []
        for key, stored in _read(archive, list(names)):
            found = _opened(archive, key, stored)
            if isinstance(found, Digest):
                digests.append(found)
                continue
            unopened.append(key)
            if isinstance(found, Unread):
                seen.unread.append(names[key].ends_at)
            else:
                damaged.append(key)
            self.tell(found)
        self.done = replace(self.done, digests=self.done.digests + len(names))
        if digests:
            self._judge(place, digests, unopened, damaged, seen)
        return digests

    def _judge(
        self,
        place: Place,
        digests: Sequence[Digest],
        unopened: Sequence[str],
        damaged: Sequence[str],
        seen: "_Seen",
    ) -> None:
        keys = self._keys(place.region, digests)
        chain = check_chain(digests, keys=keys, unopened=unopened, damaged=damaged, since=self.stretch.since)
        tail = tail_break(digests, seen.until, set(unopened).difference(damaged))
        for found in (*chain.breaks, *((tail,) if tail else ())):
            self.tell(found)
        done = self.done
        self.done = replace(done, signed=done.signed + chain.signed, unsigned=done.unsigned + chain.unsigned)
        self._first = min(chain.starts_at, self._first or chain.starts_at)
        self._last = max(chain.ends_at, self._last or chain.ends_at)
        seen.spans.append((chain.starts_at, chain.ends_at))

    def _keys(self, region: str, digests: Sequence[Digest]) -> Sequence[PublicKey] | None:
        times = [signed_between(digest) for digest in digests]
        try:
            return self.keys_of(region, min(start for start, _ in times), max(end for _, end in times))
        except CouldNotLook as error:
            self.tell(Unread(f"public keys of {region}", str(error)))
            return None

    def _check_logs(self, archive: Archive, digest: Digest) -> None:
        entries = {_key_in(archive, entry): entry for entry in digest.content.log_files}
        for key, stored in _read(archive, list(entries)):
            found = _log_finding(archive, digest, entries[key], stored, self.limit)
            if found is not None:
                self.tell(found)
        self.done = replace(self.done, log_files=self.done.log_files + len(entries))

    def _check_unlisted(self, logs: Sequence[str], seen: "_Seen") -> None:
        if not seen.spans:
            return
        span = Span(min(start for start, _ in seen.spans), max(end for _, end in seen.spans), seen.until)
        for key, what in unlisted(logs, seen.listed, span):
            # Newer than a digest that could not be read, its own is still to come; of all else that one may tell.
            reach = timedelta() if what is Unlisted.OUTSTANDING else _HOUR
            if _may_be_listed(key, seen.unread, reach):
                self.tell(Unread(key, "the digest that may list it could not be read"))
                continue
            match what:
                case Unlisted.UNCOVERED:
                    self.done = replace(self.done, uncovered=self.done.uncovered + 1)
                case Unlisted.OUTSTANDING:
                    self.done = replace(self.done, outstanding=self.done.outstanding + 1)
                case Unlisted.BREAK:
                    self.tell(unlisted_break(key))


@dataclass(slots=True)
class _Seen:
    """What was learnt of one place: which log files are listed, what its chains span, which digests were unread."""

    until: datetime
    listed: set[str] = field(default_factory=set)
    spans: list[tuple[datetime, datetime]] = field(default_factory=list)
    unread: list[datetime] = field(default_factory=list)


def _opened(archive: Archive, key: str, stored: Stored | CouldNotLook | None) -> Digest | Break | Unread:
    match stored:
        case Stored():
            return opened(key, archive.bucket, stored)
        case CouldNotLook():
            return Unread(key, str(stored))
        case None:
            return Unread(key, "it went away while the files were read")


def _log_finding(
    archive: Archive, digest: Digest, entry: LogEntry, stored: Stored | CouldNotLook | None, limit: int
) -> Break | Unread | None:
    if archive.bucket not in {None, entry.s3_bucket}:
        return missing(entry, f"{digest.key}, in the bucket {entry.s3_bucket},")
    match stored:
        case Stored():
            try:
                return log_break(entry, stored.blob, limit)
            except FileTooLarge as error:
                return Unread(entry.s3_object, str(error))
        case CouldNotLook():
            return Unread(entry.s3_object, str(stored))
        case None:
            return missing(entry, digest.key)


def _read(archive: Archive, keys: Sequence[str]) -> Iterator[tuple[str, Stored | CouldNotLook | None]]:
    for start in range(0, len(keys), AT_ONCE):
        some = keys[start : start + AT_ONCE]
        yield from zip(some, archive.read(some), strict=True)


def _after(folder: str, since: datetime | None) -> str:
    """Return the key behind which a folder is listed: nothing of the days before `since`."""
    return "" if since is None else f"{folder}{since - _HOUR:%Y/%m/%d}"


def _key_in(archive: Archive, entry: LogEntry) -> str:
    """Return the key by which an archive has a log file: a copy's keys begin at AWSLogs."""
    return entry.s3_object if archive.bucket is not None else from_root(entry.s3_object)


def _may_be_listed(key: str, unread: Iterable[datetime], reach: timedelta) -> bool:
    named = file_key(key)
    at = None if named is None else named.delivered_at
    return any(at is None or end - 2 * _HOUR <= at <= end + reach for end in unread)


def _time_of(key: str) -> datetime:
    name = digest_name(key)
    named = file_key(key)
    return (name.ends_at if name else named.delivered_at if named else None) or _never()


def _never() -> datetime:
    return datetime.fromisoformat("1970-01-01T00:00:00+00:00")
