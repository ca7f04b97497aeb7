"""Points in time as a URL writes them: `now-24h`, `2026-11-23T03:12Z`, `2026-11-23`."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

from app.core.errors import InvalidInput

_RELATIVE = re.compile(r"now(?:-(\d{1,6})([smhdw]))?")
# Zones end at +14:00.
_ZONE = re.compile(r"([+-])(0\d|1[0-4]):?([0-5]\d)")
_UNITS = {
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}
EARLIEST = datetime(2006, 1, 1, tzinfo=UTC)
_LATEST = datetime(2200, 1, 1, tzinfo=UTC)
_LONGEST = 40
HELP = "write now-24h, 2026-11-23 or 2026-11-23T03:12Z"


@dataclass(frozen=True, slots=True)
class Moment:
    """One point in time: `text` is how the URL keeps it, `at` is what it means (aware, UTC).

    A relative text stays relative, so that a bookmark of "the last day" stays the last day.
    """

    text: str
    at: datetime


def zone(text: str) -> timezone:
    """Return the zone that `UTC` or `+02:00` names.

    A plus sign that came unescaped through a query string is a space; it is read as the plus that was meant.

    Raises:
        InvalidInput: when `text` is neither.
    """
    if text.strip().upper() in {"UTC", "Z"}:
        return UTC
    if text == "local":
        raise InvalidInput("the zone of a browser is known to its script alone: times are in UTC; write +02:00")
    found = _ZONE.fullmatch(f"+{text[1:]}" if text.startswith(" ") else text)
    if found is None:
        raise InvalidInput(f"{_told(text)} is not a time zone: write UTC or +02:00")
    offset = timedelta(hours=int(found[2]), minutes=int(found[3]))
    return timezone(-offset if found[1] == "-" else offset)


def zone_text(area: timezone) -> str:
    """Return a zone as `zone` reads it: UTC or +02:00."""
    return "UTC" if area == UTC else str(area).removeprefix("UTC")


def moment(text: str, *, now: datetime, naive_zone: timezone = UTC) -> Moment:
    """Return the moment that `text` means at `now`; a time without a zone is in `naive_zone`.

    Raises:
        InvalidInput: when `text` is not a moment, or lies outside the years 2006 (the first of AWS) to 2199.
    """
    relative = _RELATIVE.fullmatch(text)
    at = _ago(now, relative[1], relative[2]) if relative else _absolute(text, naive_zone)
    if not is_moment(at):
        raise InvalidInput(f"{_told(text)} is outside the years 2006 to 2199")
    return Moment(text if relative else iso(at), at)


def past(text: str, *, now: datetime, naive_zone: timezone = UTC) -> Moment:
    """Return the moment that `text` means, which is not after `now`.

    Raises:
        InvalidInput: it is, or as `moment` does.
    """
    if len(text) > _LONGEST:
        raise InvalidInput(f"{_told(text)} is not a time: {HELP}")
    found = moment(text, now=now, naive_zone=naive_zone)
    if found.at > now:
        raise InvalidInput(f"{text!r} is yet to come")
    return found


def _told(text: str) -> str:
    """Return a text that is none as messages quote it, however long it is."""
    return f"{text[:_LONGEST]!r}…" if len(text) > _LONGEST else repr(text)


def is_moment(at: datetime) -> bool:
    """Return whether a URL can name a time: whether it lies in the years that `moment` takes."""
    return EARLIEST <= at < _LATEST


def _ago(now: datetime, count: str | None, unit: str | None) -> datetime:
    try:
        return now - int(count) * _UNITS[unit] if count and unit else now
    except OverflowError:
        raise InvalidInput(f"now-{count}{unit} is before time began; {HELP}") from None


def _absolute(text: str, naive_zone: timezone) -> datetime:
    # "+02:00" unescaped in a query string arrives as " 02:00".
    mended = re.sub(r" (\d{2}:\d{2})$", r"+\1", text) if "T" in text else text
    try:
        at = datetime.fromisoformat(mended)
        return (at if at.tzinfo else at.replace(tzinfo=naive_zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise InvalidInput(f"{_told(text)} is not a time: {HELP}") from None


def iso(at: datetime) -> str:
    """Return an aware time as the URL writes it: UTC with `Z`, no more digits than it needs."""
    text = at.astimezone(UTC).replace(tzinfo=None).isoformat()
    return f"{text.removesuffix(':00')}Z" if at.second == 0 and at.microsecond == 0 else f"{text}Z"
