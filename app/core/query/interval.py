"""An interval as one value of a URL: 2026-11-21T14:00Z..2026-11-21T15:00Z, or as people type it."""

import re
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone

from app.core.errors import InvalidInput
from app.core.model.media_call import LONGEST_URL
from app.core.query.moment import EARLIEST, iso, moment

Interval = tuple[datetime, datetime]
_BETWEEN = ".."
_TYPED_BETWEEN = re.compile(r" ?(?:\.\.|\N{EN DASH}) ?| (?:to|-) ")
_BEFORE_ZONE = re.compile(r" (?=(?:Z|[+-]\d\d:?\d\d)$)")
_TIME_ALONE = re.compile(r"\d\d:\d\d(?::\d\d)?(Z|[+-]\d\d:?\d\d)?")
_DAY = r"(?:\d{4}-)?\d\d-\d\d"
_DAY_ALONE = re.compile(_DAY)
_DAY_AND_TIME = re.compile(rf"({_DAY})[T ][\d:.]+(.*)")
_NO_YEAR = re.compile(r"(\d\d-\d\d)(?:[T ][\d:.]+(.*))?")
# Of more than one dash behind a day, or behind a T or seconds, nobody can tell which is that of a zone like -05:00.
_TIGHT_ZONE = r"(?: ?(?:Z|\+\d\d:?\d\d))?"
_TIGHT = re.compile(rf"({_DAY} \d\d:\d\d{_TIGHT_ZONE})-(\d\d:\d\d{_TIGHT_ZONE})")
_YEAR = timedelta(days=365)
_FAR = timedelta(days=183)
"""What would end so far ahead in another year was rather typed the wrong way round."""
_LONGEST_WITHOUT_29TH = 8  # years, 1896 to 1904 and 2096 to 2104


def interval(text: str, now: datetime, naive_zone: timezone = UTC) -> Interval:
    """Return the half-open interval that two moments of the filter grammar, with two dots between, mean at `now`.

    `to` or a dash may stand for the dots, with spaces around it or between two times of a day, a space for the T, and
    an end may be a time of the day on which it begins, in its zone: 2026-11-21 14:00 to 15:00. A day without a year is
    the newest one that has begun, at the end the first one behind the beginning, a day alone all of it. A time without
    a zone is in `naive_zone`.

    Raises:
        InvalidInput: it is none, or does not begin before it ends.
    """
    match _parts(" ".join(text.split())):
        case [first, second]:
            ends = _of_one_day(first, second)
        case [day] if _DAY_ALONE.fullmatch(day):
            begins = moment(_dated(day, now, naive_zone), now=now, naive_zone=naive_zone).at
            return begins, begins + timedelta(days=1)
        case _:
            raise InvalidInput("write an interval: 2026-11-21T14:00Z..2026-11-21T15:00Z, or 2026-11-21 14:00 to 15:00")
    start = moment(_dated(ends[0], now, naive_zone), now=now, naive_zone=naive_zone).at
    end = _end(ends[1], start, now, naive_zone)
    if start >= end:
        raise InvalidInput("it does not begin before it ends")
    return start, end


def _parts(text: str) -> list[str]:
    tight = _TIGHT.fullmatch(_with_z(text))
    return [_tidy(each) for each in (tight.groups() if tight else _TYPED_BETWEEN.split(text))]


def _tidy(text: str) -> str:
    """Return a moment with its zone as `moment` takes it."""
    return _BEFORE_ZONE.sub("", _with_z(text))


def _with_z(text: str) -> str:
    return f"{text[:-3].rstrip()}Z" if text[-3:].upper() == "UTC" else text


def _of_one_day(first: str, second: str) -> tuple[str, str]:
    """Return both ends, where the second is a time alone with the day of the first, and with the zone that one has."""
    time, begun = _TIME_ALONE.fullmatch(second), _DAY_AND_TIME.fullmatch(first)
    if time is None or begun is None:
        return first, second
    zone = begun[2] or time[1] or ""
    return (first if begun[2] else f"{first}{zone}"), f"{begun[1]}T{second}{'' if time[1] else zone}"


def _dated(text: str, now: datetime, naive_zone: timezone) -> str:
    """Return a moment with the year of the newest such day that has begun at `now`, where it tells none."""
    found = _NO_YEAR.fullmatch(text)
    if found is None:
        return text
    day, zone = found.groups("")
    for year in range(now.year + 1, now.year - _LONGEST_WITHOUT_29TH, -1):
        try:
            begins = moment(f"{year}-{day}T00:00{zone}", now=now, naive_zone=naive_zone).at
        except InvalidInput:
            continue
        if begins <= now:
            return f"{year}-{text}"
    return text


def _end(text: str, start: datetime, now: datetime, naive_zone: timezone) -> datetime:
    """Return the moment `text`, without a year the first one behind `start`: `start` where that is none."""
    found = _NO_YEAR.fullmatch(text)
    if found is None:
        return moment(text, now=now, naive_zone=naive_zone).at
    begun = _year_of(start, found[2] or "", now, naive_zone)
    ends = []
    for year in (begun, begun + 1):
        with suppress(InvalidInput):
            ends.append((year, moment(f"{year}-{text}", now=now, naive_zone=naive_zone).at))
    if not ends:
        raise InvalidInput(f"{text!r} is no time of {begun} or {begun + 1}")
    near = (at for year, at in ends if year == begun or at - start < (_YEAR if at <= now else _FAR))
    return next((at for at in near if at > start), start)


def _year_of(at: datetime, zone: str, now: datetime, naive_zone: timezone) -> int:
    """Return the year in which `at` lies in the zone of a text, which is not that of UTC at New Year."""
    local, there = (moment(f"2008-01-01T00:00{z}", now=now, naive_zone=naive_zone).at for z in ("Z", zone))
    return (at + (local - there)).year


def filmed(text: str, now: datetime, naive_zone: timezone = UTC) -> Interval:
    """Return the interval of video that `text` means at `now`, as far as there can be any.

    Raises:
        InvalidInput: it lies ahead, or as `interval` does.
    """
    footage = interval(text, now, naive_zone)
    if footage[0] >= now:
        raise InvalidInput("it is not filmed yet")
    return footage


def interval_text(footage: Interval) -> str:
    """Return an interval as `interval` reads it at any time."""
    return _BETWEEN.join(map(iso, footage))


def interval_of(text: str) -> Interval:
    """Return the interval that `interval_text` wrote."""
    start, end = map(datetime.fromisoformat, text.split(_BETWEEN))
    return start, end


def asked_since(footage: Interval) -> datetime:
    """Return from when on video may have been asked for: when a playback URL was issued that could be alive in it."""
    return max(footage[0] - LONGEST_URL, EARLIEST)
