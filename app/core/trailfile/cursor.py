"""How far a bucket has been read: per account and Region forwards from two days ago, and backwards to the start.

The newest hours come first, so that a new account is of use at once; the backfill then goes day by day into the past.
Names of log files sort by the time of delivery, to the minute. A file may turn up behind one with a later name: so the
last half hour is listed again each time, and the last days are compared with what was read of them (`Tally`).
A file that was listed but did not come is kept by name (`Place.unread`) and asked for again, with growing pauses, until
it comes or is given up by name. A file whose name is out of that order (without a time, of a time to come) is read, and
moves nothing: whoever may write into the bucket would else hide behind one file all that is delivered after it.
"""

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

from app.core.trailfile import backfill
from app.core.trailfile.backfill import Pace
from app.core.trailfile.keys import WrittenTo, file_key, written_to

LIVE_DAYS = 2
"""What is read first."""
LOOK_BACK = timedelta(minutes=30)
"""How far behind the last file a new one may still turn up, found at the next listing."""
AHEAD = timedelta(minutes=15)
"""How far ahead of our clock a name may be: S3 serves no clock that is further off (S3 API Reference, "Error
responses", RequestTimeTooSkewed). Less than `LOOK_BACK`, so that such a name hides nothing either."""
MOST_STRAY = 1_000
"""Files with names out of order that are remembered of a folder: more are read when their day is compared."""
MOST_RECENT = 5_000
"""Files of the last half hour whose names are kept: of more, only the newest are listed again."""
TALLIED_DAYS = 3
"""How far behind one is found by comparing tallies: so many days before the newest, which is still growing. Of more
days than that the tallies wait for one comparison: nobody may have looked for days."""
FIRST_PAUSE = timedelta(minutes=1)
"""Before a file that did not come is asked for again: about one run. Each further pause is twice the one before."""
LONGEST_PAUSE = timedelta(hours=1)
"""So that a permission that was given back shows within the hour, and a file costs no more than 30 calls a day."""
GIVEN_UP_AFTER = timedelta(hours=24)
"""A denied key or bucket is noticed and mended within a working day; what then still does not come rarely ever does."""
_GOLDEN = 0.618034
"""Its multiples are spread evenly over the unit interval, however many there are (Weyl)."""
LEAST_TRIES = 5
"""Before a file is given up, whatever time went by: a worker that stood still for a day has not asked."""


def mark(key: str) -> int:
    """Return a number for a key, small enough for JSON and for a cursor of many."""
    return int.from_bytes(hashlib.blake2b(key.encode("utf-8", "replace"), digest_size=6).digest(), "big")


@dataclass(slots=True)
class Tally:
    """Which files of one day were read or are kept as unread, as their number and the exclusive or of their marks."""

    count: int = 0
    marks: int = 0

    def add(self, key: str) -> None:
        """Count one file."""
        self.add_marked(mark(key))

    def add_marked(self, marked: int) -> None:
        """Count the file of a mark."""
        self.count += 1
        self.marks ^= marked


@dataclass(frozen=True, slots=True)
class Unread:
    """A file that did not come: its size, as listed, how often it was asked for, since when, and why in short.

    It is asked for again at `next_at`.
    """

    size: int
    tries: int
    first_at: datetime
    next_at: datetime
    reason: str


@dataclass(slots=True)
class Place:
    """How far one folder `…/CloudTrail/<region>/` has been read. Keys are relative to it.

    `last` is the greatest key read forwards, `recent` the marks of the keys of the half hour before it, `stray` those
    of keys that were read out of order, with their day. `backfill_day` is the next day into the past, None when the
    start is reached; `backfill_after` the last key read of it. `unread` are the files that all of these have gone past,
    and that must be tried again; `crowded` the days whose listing was ended, because of too much else in it, and that
    must be listed again. `listed_at` is when all that the folder then had behind `last` was read or kept as unread.
    """

    first_day: date
    last: str = ""
    recent: dict[int, datetime] = field(default_factory=dict)
    stray: dict[int, date] = field(default_factory=dict)
    backfill_day: date | None = None
    backfill_after: str = ""
    tallies: dict[date, Tally] = field(default_factory=dict)
    unread: dict[str, Unread] = field(default_factory=dict)
    crowded: set[date] = field(default_factory=set)
    listed_at: datetime | None = None

    def list_after(self, prefix: str) -> str:
        """Return the key behind which new files are looked for."""
        found = file_key(prefix + self.last)
        if not self.last or found is None or found.delivered_at is None:
            return prefix + (self.last or f"{self.first_day:%Y/%m/%d}")
        back_to = found.delivered_at - LOOK_BACK
        if len(self.recent) >= MOST_RECENT:
            back_to = max(back_to, min(self.recent.values()))
        if back_to.date() < self.first_day:
            return prefix + f"{self.first_day:%Y/%m/%d}"
        name = f"{found.account:012d}_CloudTrail_{found.region}_{back_to:%Y%m%dT%H%MZ}"
        return prefix + f"{back_to:%Y/%m/%d}/{name}"

    def last_at(self, prefix: str) -> datetime | None:
        """Return when the last file that was read forwards was delivered; None: none was, or it does not tell."""
        found = file_key(prefix + self.last)
        return None if found is None else found.delivered_at

    def is_new(self, prefix: str, key: str, now: datetime) -> bool:
        """Return whether the file of the relative `key` has not been read forwards yet."""
        if key > self.last and _in_order(prefix, key, now):
            return True
        marked = mark(key)
        return marked not in self.recent and marked not in self.stray

    def is_one_too_many(self, prefix: str, key: str, clock: Callable[[], datetime]) -> bool:
        """Return whether a file is left to the comparison of its day: so many are out of order already."""
        is_full = len(self.stray) >= MOST_STRAY
        return is_full and mark(key) not in self.stray and not _in_order(prefix, key, clock())

    def read(self, prefix: str, key: str, now: datetime) -> None:
        """Note that a file was read forwards by `now`, or is kept as unread."""
        delivered_at = _in_order(prefix, key, now)
        if delivered_at is None:
            found = file_key(prefix + key)
            if found is not None:
                self._read_stray(found.day, key, now)
            return
        marked = mark(key)
        self.last = max(self.last, key)
        self._tally(delivered_at.date(), marked)
        before = next(reversed(self.recent.values()), None)
        self.recent[marked] = delivered_at
        if before != delivered_at or len(self.recent) > 2 * MOST_RECENT:
            self._forget()

    def _read_stray(self, day: date, key: str, now: datetime) -> None:
        marked = mark(key)
        self.stray[marked] = day
        if day <= (now + AHEAD).date():
            self._tally(day, marked)

    def put_in_order(self, prefix: str, now: datetime) -> None:
        """Go back to where nothing is hidden from a position that an earlier release took from a name out of order."""
        if not self.last or _in_order(prefix, self.last, now):
            return
        found = file_key(prefix + self.last)
        self.last = "" if found is None or found.day > now.date() else f"{found.day:%Y/%m/%d}/"
        self.recent.clear()

    def _forget(self) -> None:
        """Let go of what need not be known any more; of a crowd of files in the same minute some are read again."""
        oldest = max(self.recent.values()) - 2 * LOOK_BACK
        kept = [(number, at) for number, at in self.recent.items() if at >= oldest]
        self.recent = dict(kept[-MOST_RECENT:])
        # Listed are only keys behind the last half hour.
        self.stray = {number: day for number, day in self.stray.items() if day >= oldest.date()}

    def due(self, now: datetime) -> Iterator[tuple[str, Unread]]:
        """Yield the files that did not come and that are to be asked for again by now."""
        return ((key, kept) for key, kept in self.unread.items() if kept.next_at <= now)

    def failed(self, key: str, size: int, reason: str, now: datetime) -> None:
        """Keep a file that did not come, to be asked for again after a pause."""
        before = self.unread.get(key)
        tries, first_at = (1, now) if before is None else (before.tries + 1, before.first_at)
        pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(tries - 1, 10))
        self.unread[key] = Unread(size, tries, first_at, now + pause, reason)

    def is_given_up(self, key: str, now: datetime) -> bool:
        """Whether a file that does not come now either is asked for no more."""
        kept = self.unread.get(key)
        # The try that is under way counts.
        return kept is not None and kept.tries + 1 >= LEAST_TRIES and now - kept.first_at >= GIVEN_UP_AFTER

    def settled(self, key: str) -> None:
        """Note that a file need not be tried again: it came, or it was given up by name."""
        self.unread.pop(key, None)

    def days_to_compare(self, today: date) -> tuple[date, ...]:
        """Return the last days that files came of, with those between and before that may have none yet; not today.

        So are the days before that were not compared since they were the last. Today is still growing, and the listing
        of new files covers its last half hour.
        """
        newest = max(self.tallies, default=None)
        last = () if newest is None else (newest - timedelta(days=n) for n in range(TALLIED_DAYS + 1))
        days = sorted({*self.tallies, *last}, reverse=True)
        return tuple(day for day in days if day < today and (self.first_day <= day or self._is_backfilled(day)))

    def _is_backfilled(self, day: date) -> bool:
        return day in self.tallies and (self.backfill_day is None or self.backfill_day < day)

    def backfilled(self, day: date, key: str) -> None:
        """Note that a file of a day of the past was read, or is kept as unread."""
        self._tally(day, mark(key))

    def _tally(self, day: date, marked: int) -> None:
        """Count a file of one of the last days."""
        self.expect(day)
        if day in self.tallies:
            self.tallies[day].add_marked(marked)

    def expect(self, day: date) -> None:
        """Count the files of a day if it is one of the last; none so far."""
        if day not in self.tallies and day >= self._first_of_last(day):
            self.tallies[day] = Tally()

    def compared(self) -> None:
        """Let go of the days before the last."""
        self.tallies = {day: tally for day, tally in self.tallies.items() if day >= self._first_of_last(day)}

    def _first_of_last(self, day: date) -> date:
        return max(self.tallies, default=day) - timedelta(days=TALLIED_DAYS)


_IN_ORDER = re.compile(
    r"(\d{4})/(\d\d)/(\d\d)/(?P<account>\d{12})_CloudTrail_(?P<region>[a-z0-9-]+)_(?P<time>\1\2\3T\d{4})(?:\d\d)?Z_",
    re.ASCII,
)


def _in_order(prefix: str, key: str, now: datetime) -> datetime | None:
    """Return when a file was delivered by whose time its relative key sorts; None: by no time, or by one to come."""
    found = _IN_ORDER.match(key)
    if found is None or not prefix.endswith(f"/{found['account']}/CloudTrail/{found['region']}/"):
        return None
    minute = _minute(found["time"])
    return minute if minute is not None and minute <= now + AHEAD else None


@lru_cache(maxsize=4096)
def _minute(text: str) -> datetime | None:
    # Kept: it is asked twice of each file, and the files of all accounts have the same minutes.
    try:
        return datetime.fromisoformat(f"{text}Z")
    except ValueError:
        return None


@dataclass(slots=True)
class BucketCursor:
    """How far a bucket has been read. `start` is the first day that is wanted; `places` by their prefix."""

    start: date
    places: dict[str, Place] = field(default_factory=dict)
    discovered_at: datetime | None = None
    compared_at: datetime | None = None
    pace: Pace = field(default_factory=Pace)

    def discover(self, prefixes: Iterable[str], now: datetime) -> None:
        """Take note of the folders that there are; new ones begin two days ago and go back from there."""
        for prefix in prefixes:
            if prefix not in self.places:
                first = max(self.start, (now - timedelta(days=LIVE_DAYS)).date())
                before = first - timedelta(days=1)
                self.places[prefix] = Place(first, backfill_day=before if before >= self.start else None)
        self.discovered_at = now

    def end_backfill_at(self, day: date) -> None:
        """Want nothing of before `day` any more: it is not kept."""
        self.start = max(self.start, day)
        for place in self.places.values():
            if place.backfill_day is not None and place.backfill_day < self.start:
                place.backfill_day, place.backfill_after = None, ""
            place.crowded = {one for one in place.crowded if one >= self.start}

    def has_passed(self, key: str) -> bool:
        """Whether the log file at `key` would have been read by now if it were there."""
        found = file_key(key)
        if found is None:
            return True
        prefix = f"{found.folder}{found.kind}/{found.region}/"
        place = self.places.get(prefix)
        if place is None:
            # No such folder was found: whatever was there is gone with it.
            return self.discovered_at is not None
        name = key.removeprefix(prefix)
        if name in place.unread or found.day in place.crowded:
            return False
        if found.day >= place.first_day:
            return name <= place.last
        return place.backfill_day is None or found.day > place.backfill_day

    def n_unread(self) -> int:
        """Return how many files are to be tried again, all places together."""
        return sum(len(place.unread) for place in self.places.values())

    def read_until(self) -> Mapping[WrittenTo, datetime | None]:
        """Return for each folder when the last of its places was listed to its end, None when one never was.

        The feed's last success would not do: it stands still while the backfill fails.
        """
        times: dict[WrittenTo, list[datetime | None]] = {}
        for prefix, place in self.places.items():
            times.setdefault(written_to(prefix), []).append(place.listed_at)
        return {folder: None if None in found else min(filter(None, found)) for folder, found in times.items()}

    def next_backfill(self) -> str | None:
        """Return the prefix of the place that has come least far into the past, None when all is read."""
        waiting = {prefix: place.backfill_day for prefix, place in self.places.items() if place.backfill_day}
        return min(waiting, key=lambda prefix: (-waiting[prefix].toordinal(), prefix)) if waiting else None

    def backfilled(self, prefix: str) -> None:
        """Note that the day that is being backfilled is complete."""
        place = self.places[prefix]
        if place.backfill_day is not None:
            # A file of it may still come late.
            place.expect(place.backfill_day)
            before = place.backfill_day - timedelta(days=1)
            place.backfill_day = before if before >= self.start else None
            place.backfill_after = ""

    def backfill_sample(self, least: int) -> list[str]:
        """Return folders of days that are still to be backfilled: so many at least if there are, and one of each place.

        Those of each place are spread over all of its time, or a place that grew, or is young, would be taken for what
        it is now; and one place may have more files than all others.
        """
        waiting = sorted((prefix, place.backfill_day) for prefix, place in self.places.items() if place.backfill_day)
        each, over = divmod(max(least, len(waiting)), max(1, len(waiting)))
        found = []
        for number, (prefix, newest) in enumerate(waiting):
            span = (newest - self.start).days + 1
            n = min(each + (number < over), span)
            # Of many places with one day each, no two are to tell of the same time.
            offset = number * _GOLDEN % 1
            days = (newest - timedelta(days=int((turn + offset) * span / n)) for turn in range(n))
            found += [f"{prefix}{day:%Y/%m/%d}/" for day in days]
        return found

    def backfill_progress(self) -> tuple[int, int]:
        """Return how many days of how many have been backfilled, all places together."""
        # A place that was found long ago may lie before the start: days that are not kept end the backfill later.
        total = sum(max(0, (place.first_day - self.start).days) for place in self.places.values())
        left = sum((place.backfill_day - self.start).days + 1 for place in self.places.values() if place.backfill_day)
        return total - left, total


def to_json(cursor: BucketCursor) -> dict[str, Any]:
    """Return the cursor as it is stored with the feed."""
    return {
        "start": cursor.start.isoformat(),
        "discovered_at": _iso(cursor.discovered_at),
        "compared_at": _iso(cursor.compared_at),
        "places": {prefix: _place_to_json(place) for prefix, place in cursor.places.items()},
        "pace": backfill.to_json(cursor.pace),
    }


def from_json(stored: Mapping[str, Any]) -> BucketCursor:
    """Return a stored cursor."""
    return BucketCursor(
        date.fromisoformat(stored["start"]),
        {prefix: _place_from_json(place) for prefix, place in stored["places"].items()},
        _time(stored["discovered_at"]),
        _time(stored["compared_at"]),
        backfill.from_json(stored.get("pace")),
    )


def _place_to_json(place: Place) -> dict[str, Any]:
    return {
        "first_day": place.first_day.isoformat(),
        "last": place.last,
        "recent": [[number, _iso(at)] for number, at in place.recent.items()],
        "stray": [[number, day.isoformat()] for number, day in place.stray.items()],
        "backfill_day": place.backfill_day.isoformat() if place.backfill_day else None,
        "backfill_after": place.backfill_after,
        "tallies": {day.isoformat(): [tally.count, tally.marks] for day, tally in place.tallies.items()},
        "unread": {key: _unread_to_json(kept) for key, kept in place.unread.items()},
        "crowded": [day.isoformat() for day in sorted(place.crowded)],
        "listed_at": _iso(place.listed_at),
    }


def _place_from_json(stored: Mapping[str, Any]) -> Place:
    return Place(
        date.fromisoformat(stored["first_day"]),
        stored["last"],
        {number: datetime.fromisoformat(at) for number, at in stored["recent"]},
        {number: date.fromisoformat(day) for number, day in stored.get("stray", ())},
        date.fromisoformat(stored["backfill_day"]) if stored["backfill_day"] else None,
        stored["backfill_after"],
        {date.fromisoformat(day): Tally(*values) for day, values in stored["tallies"].items()},
        {key: _unread_from_json(values) for key, values in stored["unread"].items()},
        {date.fromisoformat(day) for day in stored.get("crowded", ())},
        _time(stored["listed_at"]),
    )


def _unread_to_json(kept: Unread) -> list[Any]:
    return [kept.size, kept.tries, kept.first_at.isoformat(), kept.next_at.isoformat(), kept.reason]


def _unread_from_json(stored: Sequence[Any]) -> Unread:
    size, tries, first_at, next_at, reason = stored
    return Unread(size, tries, datetime.fromisoformat(first_at), datetime.fromisoformat(next_at), reason)


def _iso(time: datetime | None) -> str | None:
    return None if time is None else time.isoformat()


def _time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
