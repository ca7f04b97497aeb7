"""Log files in S3: account trails and organization trails, under any prefix, in one bucket.

Source: CloudTrail User Guide, "Finding your CloudTrail log files". A trail writes a folder for each account and Region;
each is listed from its own last key, so a poll asks for what is new and never for the whole bucket. A file that does
not come is kept in the cursor and asked for again, after pauses that grow, before what is new; a day later it is given
up by name.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import chain, islice
from time import monotonic

from app.aws.errors import Denied, NotThere, TooLarge, in_short
from app.aws.session import AccountSession
from app.aws.sources._bucket import Bucket
from app.aws.sources._log_file import log_file, may_come
from app.aws.sources._s3_listing import Listed
from app.aws.sources._source import Batch, Fetched, Request, Source
from app.core.digits import account_number
from app.core.errors import CouldNotLook
from app.core.model.account import AccountKind
from app.core.model.feed import Cursor, Progress
from app.core.trailfile.backfill import MOST_SAMPLED, SAMPLES
from app.core.trailfile.cursor import BucketCursor, Place, Tally, from_json, to_json
from app.core.trailfile.gunzip import MAX_BYTES
from app.core.trailfile.keys import FileKind, file_key, is_log_file

FILES = 400
"""Files a batch: what a kill costs to read again."""
BYTES = 32 << 20
"""Compressed bytes a batch: what lies in memory."""
MOST_UNREAD = 1000
"""Files that wait to be tried again, of one bucket: more than a batch has, so that one batch always finds room."""
PASS_FILES = 4_000
"""New files of one folder that are read before the others have their turn."""
MOST_STRANGE = 100_000
"""Objects of a folder that are no log files, after which its listing ends: each page is a call that costs."""
_EMPTY_DAYS = 50
"""Days without a file that may be looked for again after a kill, rather than a transaction for each."""
_NEVER = datetime.min.replace(tzinfo=UTC)
_DISCOVER_EVERY = timedelta(hours=1)
_COMPARE_EVERY = timedelta(hours=6)

_Files = list[tuple[str, Listed]]
_Answers = Mapping[str, bytes | CouldNotLook]


@dataclass(slots=True)
class _Run:
    """One reading of a bucket, begun at `now`; `position` moves with it.

    `is_let_in`: a file came; what is refused then is not the whole bucket. `crowded` are folders whose listing was
    ended because of what else lies there; the next batch says so. `waiting` have more new files than one pass reads.
    Of a file more than `most_bytes` are not read.
    """

    bucket: Bucket
    position: BucketCursor
    now: datetime
    most_bytes: int = MAX_BYTES
    is_let_in: bool = False
    crowded: list[str] = field(default_factory=list)
    waiting: set[str] = field(default_factory=set)
    begun: float = field(default_factory=monotonic)

    def batch(self, fetched: tuple[Fetched, ...] = (), *, is_live: bool = True, has_more: bool = False) -> Batch:
        """Return a batch with the position behind it."""
        done, total = self.position.backfill_progress()
        backfill = self.position.pace.backfill(done, total)
        progress = Progress(done, total, "days of log files", backfill)
        fetched += tuple(_crowded(self.bucket, folder) for folder in self.crowded)
        self.crowded.clear()
        return Batch(fetched, to_json(self.position), progress, is_live=is_live, has_more=has_more)

    def clock(self) -> datetime:
        """Return the time by the clock that `now` was read from."""
        return self.now + timedelta(seconds=monotonic() - self.begun)


def read(session: AccountSession, cursor: Cursor | None, request: Request) -> Iterator[Batch]:
    """Yield what did not come the last time, new files, late ones, the backfill, and last what a lower limit refused.

    The backfill goes from the newest day to the oldest.

    Raises:
        CouldNotLook: the bucket cannot be listed, no file comes and new ones are refused, or more than can be kept.
    """
    name = session.account.log_bucket
    if name is None:
        raise NotThere(f"account {session.account.id:012d} has no log bucket: set log_bucket", "NoBucket")
    position = BucketCursor(request.since.date()) if cursor is None else from_json(cursor)
    position.end_backfill_at(request.kept_from)
    with Bucket(session, name, request.count) as bucket:
        _discover(bucket, session.account.log_prefix, position, request.now)
        for prefix, place in position.places.items():
            place.put_in_order(prefix, request.now)
        run = _Run(bucket, position, request.now, session.settings.max_file_bytes)
        yield from _again(run)
        yield from _forward(run)
        yield from _late(run)
        if request.wants_backfill:
            yield from _backfill(run)
        # Last: behind a file that a worker has no memory for nothing else is to wait.
        yield from _larger(run, request)


SOURCE = Source(
    permissions=("s3:ListBucket", "s3:GetBucketLocation", "s3:GetObject"),
    kinds=frozenset(AccountKind),
    read=read,
)


# ---------------------------------------------------------------- where to look


def _discover(bucket: Bucket, prefix: str, position: BucketCursor, now: datetime) -> None:
    """Find the folders of accounts and Regions, once an hour: new ones are rare, and asking is a call an account."""
    if position.discovered_at is not None and now - position.discovered_at < _DISCOVER_EVERY:
        return
    base = f"{prefix.strip('/')}/AWSLogs/".lstrip("/")
    found = list(_places(bucket, base))
    if not found and not position.places:
        where = f"s3://{bucket.name}/{base}"
        raise NotThere(f"no log files below {where}: check log_bucket and log_prefix of the account", "NoSuchPrefix")
    position.discover(found, now)


def _places(bucket: Bucket, base: str) -> Iterator[str]:
    for folder in bucket.folders(base):
        if account_number(folder) is not None:
            yield from _regions(bucket, f"{base}{folder}/")
        elif folder.startswith("o-"):
            accounts = [name for name in bucket.folders(f"{base}{folder}/") if account_number(name) is not None]
            yield from chain.from_iterable(_regions(bucket, f"{base}{folder}/{account}/") for account in accounts)


def _regions(bucket: Bucket, account: str) -> Iterator[str]:
    logs = f"{account}{FileKind.LOG}/"
    return (f"{logs}{region}/" for region in bucket.folders(logs))


# ---------------------------------------------------------------- what to read


def _larger(run: _Run, request: Request) -> Iterator[Batch]:
    """Read the files that were too large for the limit of another day; what does not come is asked for again."""
    keys = (origin.removeprefix(f"s3://{run.bucket.name}/") for origin in request.again)
    found = ((key, key_) for key in keys if (key_ := file_key(key)) is not None and key_.day >= request.kept_from)
    places = ((f"{key_.folder}{key_.kind}/{key_.region}/", key) for key, key_ in found)
    for prefix, key in places:
        place = run.position.places.get(prefix)
        if place is not None and key.removeprefix(prefix) not in place.unread:
            # Alone, and later too if it does not come: it may be as large as the limit.
            yield run.batch(_fetch(run, [(prefix, Listed(key, run.most_bytes))]), is_live=False)


def _again(run: _Run) -> Iterator[Batch]:
    """Ask again for the files that did not come; a run that gets none of them goes on to the others all the same."""
    kept = [
        (prefix, Listed(prefix + key, unread.size))
        for prefix, place in sorted(run.position.places.items())
        for key, unread in place.due(run.now)
    ]
    for files in _chunks(iter(kept)):
        yield run.batch(_fetch(run, files))


def _forward(run: _Run) -> Iterator[Batch]:
    """Read what is new. As long as no file comes the position stays: the source itself may be at fault."""
    run.waiting = set(run.position.places)
    while run.waiting:
        yield from _pass(run)


def _pass(run: _Run) -> Iterator[Batch]:
    asked: list[tuple[_Files, _Answers]] = []
    for files in _chunks(_new_files(run)):
        asked.append((files, _ask(run, files)))
        if run.is_let_in or sum(len(answers) for _, answers in asked) >= MOST_UNREAD:
            yield _go_past(run, asked, has_more=True)
            asked = []
    # Nothing new is news too: each place tells when it was found out.
    yield _go_past(run, asked, has_more=bool(run.waiting))


def _go_past(run: _Run, asked: list[tuple[_Files, _Answers]], *, has_more: bool) -> Batch:
    """Return a batch of what came forwards, with the position behind it.

    Raises:
        CouldNotLook: files are refused, and no file of the run came: the source itself is at fault.
    """
    refused = [answer for _, answers in asked for answer in answers.values() if may_come(answer)]
    if refused and not run.is_let_in:
        raise refused[0]
    fetched: list[Fetched] = []
    now = run.clock()
    for files, answers in asked:
        fetched += _settle(run, files, answers, gives_up=True)
        for prefix, listed in files:
            run.position.places[prefix].read(prefix, listed.key.removeprefix(prefix), now)
    return run.batch(tuple(fetched), has_more=has_more)


def _new_files(run: _Run) -> Iterator[tuple[str, Listed]]:
    # What is furthest behind comes first: a run that was broken off is not to begin with the same folders again.
    waiting = sorted((run.position.places[prefix].last_at(prefix) or _NEVER, prefix) for prefix in run.waiting)
    places = [(prefix, run.position.places[prefix]) for _, prefix in waiting]
    run.waiting.clear()
    listings = run.bucket.keys_of_each([(prefix, place.list_after(prefix)) for prefix, place in places])
    for (prefix, place), listing in zip(places, listings, strict=True):
        new = _new_of(run, prefix, place, listing)
        yield from ((prefix, listed) for listed in islice(new, PASS_FILES))
        if next(new, None) is not None:
            run.waiting.add(prefix)
        elif prefix not in run.crowded:
            # Stored with the next batch, which has the last of the files.
            place.listed_at = run.now


def _new_of(run: _Run, prefix: str, place: Place, listing: Iterable[Listed]) -> Iterator[Listed]:
    """Yield the log files of a listing that were not read yet; too many with names out of order count as strange."""

    def is_log(listed: Listed) -> bool:
        return _is_log(listed) and not place.is_one_too_many(prefix, listed.key.removeprefix(prefix), run.clock)

    logs = _logs(run, prefix, listing, is_log)
    return (one for one in logs if place.is_new(prefix, one.key.removeprefix(prefix), run.clock()))


def _late(run: _Run) -> Iterator[Batch]:
    """Read the days again whose listing is not what was read of them: a file came with the name of an earlier time.

    So are the days whose listing was ended; they stay crowded until it comes to its end.
    """
    position = run.position
    if position.compared_at is not None and run.now - position.compared_at < _COMPARE_EVERY:
        return
    for prefix, place in sorted(position.places.items()):
        for day in sorted({*place.crowded, *place.days_to_compare(run.now.date())}):
            tallied = place.tallies.get(day, Tally())
            if day in place.crowded or _tally(prefix, _of_day(run, prefix, day)) != tallied:
                tally = Tally()
                for files in _chunks((prefix, item) for item in _of_day(run, prefix, day)):
                    yield run.batch(_fetch(run, files))
                    tally = _tally(prefix, (item for _, item in files), tally)
                if day in place.days_to_compare(run.now.date()):
                    place.tallies[day] = tally
    for place in position.places.values():
        place.compared()
    position.compared_at = run.now
    yield run.batch()


def _tally(prefix: str, listed: Iterable[Listed], tally: Tally | None = None) -> Tally:
    """Return a tally with these files counted too. What was listed is not kept: a day may have any number of files."""
    tally = tally or Tally()
    for item in listed:
        tally.add(item.key.removeprefix(prefix))
    return tally


def _backfill(run: _Run) -> Iterator[Batch]:
    position = run.position
    if position.next_backfill() is None:
        return
    if position.pace.sample is None:
        position.pace.sampled(list(_sample(run)))
        yield run.batch(is_live=False)
    empty_days = 0
    while (prefix := position.next_backfill()) is not None:
        place = position.places[prefix]
        day = place.backfill_day or position.start
        after = f"{prefix}{place.backfill_after}" if place.backfill_after else ""
        empty_days += 1
        for files in _chunks((prefix, listed) for listed in _of_day(run, prefix, day, after)):
            fetched = _fetch(run, files)
            for _, listed in files:
                place.backfilled(day, listed.key.removeprefix(prefix))
            place.backfill_after = files[-1][1].key.removeprefix(prefix)
            position.pace.took(len(files), sum(listed.size for _, listed in files), run.clock())
            yield run.batch(fetched, is_live=False)
            empty_days = 0
        position.backfilled(prefix)
        if empty_days % _EMPTY_DAYS == 0:
            yield run.batch(is_live=False)
    # Nothing is left to break off.
    yield run.batch()


def _sample(run: _Run) -> Iterator[tuple[int, int]]:
    """Yield how many files and bytes some days have that are still to be backfilled."""
    folders = [(folder, "") for folder in run.position.backfill_sample(SAMPLES)]
    for listing in run.bucket.keys_of_each(folders):
        sampled = list(islice(listing, MOST_SAMPLED))
        files = [listed for listed in sampled if _is_log(listed)]
        share = _share_of_day(files) if len(sampled) == MOST_SAMPLED else 1.0
        yield round(len(files) / share), round(sum(listed.size for listed in files) / share)


def _share_of_day(files: Sequence[Listed]) -> float:
    """Return up to which part of their day the first files of it reach; 1.0 where their names do not tell."""
    last = file_key(files[-1].key) if files else None
    if last is None or last.delivered_at is None or last.delivered_at.date() != last.day:
        return 1.0
    since_midnight = last.delivered_at - datetime.combine(last.day, time(), UTC)
    return max(since_midnight, timedelta(minutes=1)) / timedelta(days=1)


def _of_day(run: _Run, prefix: str, day: date, after: str = "") -> Iterator[Listed]:
    """Yield the log files of a day behind `after`; a day whose listing was ended is to be listed again."""
    place, folder = run.position.places[prefix], f"{prefix}{day:%Y/%m/%d}/"
    yield from _logs(run, folder, run.bucket.keys(folder, after))
    if folder in run.crowded:
        place.crowded.add(day)
    elif not after:
        place.crowded.discard(day)


def _logs(
    run: _Run, folder: str, listing: Iterable[Listed], is_log: Callable[[Listed], bool] | None = None
) -> Iterator[Listed]:
    """Yield the log files of a listing; among too many other objects it ends, and the run says so of the folder."""
    strange = 0
    for listed in listing:
        if (is_log or _is_log)(listed):
            yield listed
            continue
        strange += 1
        if strange > MOST_STRANGE:
            run.crowded.append(folder)
            return


def _crowded(bucket: Bucket, folder: str) -> Fetched:
    problem = (
        f"over {MOST_STRANGE:,} objects here are no log files: the listing ended; move them out of the trail's folder"
    )
    return Fetched(f"s3://{bucket.name}/{folder}", problem=problem)


def _is_log(listed: Listed) -> bool:
    return is_log_file(listed.key, listed.size)


# ---------------------------------------------------------------- reading


def _chunks(files: Iterator[tuple[str, Listed]]) -> Iterator[_Files]:
    chunk: _Files = []
    size = 0
    for item in files:
        chunk.append(item)
        size += item[1].size
        if len(chunk) >= FILES or size >= BYTES:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def _fetch(run: _Run, files: _Files) -> tuple[Fetched, ...]:
    """Ask for files of days that were passed, and settle them; a run stays where too many of them are refused."""
    return _settle(run, files, _ask(run, files), gives_up=False)


def _ask(run: _Run, files: _Files) -> _Answers:
    """Return the answer for each file; one that is too big is not asked for."""
    limit = run.most_bytes
    wanted = [listed.key for _, listed in files if listed.size <= limit]
    answers = run.bucket.read(wanted)
    run.is_let_in |= any(isinstance(answer, bytes) for answer in answers)
    too_big = {listed.key: TooLarge(listed.size, limit) for _, listed in files if listed.size > limit}
    return too_big | dict(zip(wanted, answers, strict=True))


def _settle(run: _Run, files: _Files, answers: _Answers, *, gives_up: bool) -> tuple[Fetched, ...]:
    """Return the files that came and those that are given up, by name; the others are kept, to be asked for again.

    `gives_up`: what is refused when no more can be kept is given up at once, as new files are while others come. Days
    that were passed wait instead: a permission may come back.

    Raises:
        CouldNotLook: more files fail than can be kept.
    """
    settled: list[Fetched] = []
    for prefix, listed in files:
        answer, place, key = answers[listed.key], run.position.places[prefix], listed.key.removeprefix(prefix)
        if may_come(answer) and not place.is_given_up(key, run.now):
            if key in place.unread or run.position.n_unread() < MOST_UNREAD:
                place.failed(key, listed.size, in_short(answer), run.now)
                continue
            if not (gives_up and isinstance(answer, Denied)):
                raise answer
        place.settled(key)
        settled.append(log_file(run.bucket.name, listed.key, answer))
    return tuple(settled)
