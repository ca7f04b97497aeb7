"""How numbers, times and names are written, everywhere the same."""

import json
import unicodedata
from datetime import UTC, datetime, timedelta, timezone

from markupsafe import Markup

from app.core import arn
from app.core.query.moment import zone_text
from app.web.escaping import escape

HEAD, TAIL = 26, 22
MINUTE, HOUR, DAY = 60, 3600, 86400
SHORT_DATE, LONG_DATE, CLOCK = "%m-%d %H:%MZ", "%Y-%m-%d %H:%M:%SZ", "%H:%M:%S"


_TWO_DIGITS = 10


def number(value: int) -> str:
    """Return 1,204 for 1204."""
    return f"{value:,}"


def size(value: int) -> str:
    """Return 1.2 GB for 1234567890: in powers of a thousand, as S3 and disks count."""
    amount = float(value)
    for unit in ("bytes", "kB", "MB", "GB"):
        if amount < 1000:  # noqa: PLR2004 - the next unit
            return f"{amount:.1f} {unit}" if unit != "bytes" and amount < _TWO_DIGITS else f"{amount:.0f} {unit}"
        amount /= 1000
    return f"{amount:,.1f} TB"


def duration(length: timedelta) -> str:
    """Return "6 h 25 min": the two largest units, rounded towards less."""
    seconds = max(0, int(length.total_seconds()))
    if seconds < MINUTE:
        return f"{seconds} s"
    if seconds < HOUR:
        return f"{seconds // MINUTE} min"
    if seconds < 2 * DAY:
        minutes = seconds % HOUR // MINUTE
        return f"{seconds // HOUR} h {minutes} min" if minutes else f"{seconds // HOUR} h"
    return f"{seconds // DAY} d"


def age(at: datetime | None, now: datetime) -> str:
    """Return how long ago `at` was in one unit: "4 min", "6 h", "41 d"; "never" for None."""
    if at is None:
        return "never"
    seconds = max(0, int((now - at).total_seconds()))
    for unit, name in ((2 * DAY, "d"), (2 * HOUR, "h"), (MINUTE, "min")):
        if seconds >= unit:
            return f"{seconds // {'d': DAY, 'h': HOUR, 'min': MINUTE}[name]} {name}"
    return f"{seconds} s"


def _time(at: datetime, pattern: str, zone: timezone = UTC) -> Markup:
    exact, shown = f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}", f"{at.astimezone(zone):{pattern}}"
    return Markup(f'<time datetime="{exact}">{shown}</time>')  # noqa: S704 - digits, in patterns of ours


def time(at: datetime | None) -> Markup:
    """Return a time as lists show it, month to minute; the script adds the browser's zone to its title."""
    return Markup("never") if at is None else _time(at, SHORT_DATE)


def full_time(at: datetime | None, zone: timezone = UTC) -> Markup:
    """Return the time of a single record, to the second."""
    return Markup("never") if at is None else _time(at, LONG_DATE.replace("Z", zone_mark(zone)), zone)


def clock_time(at: datetime, zone: timezone = UTC) -> Markup:
    """Return the time of a row under a day heading."""
    return _time(at, CLOCK, zone)


def zone_mark(zone: timezone) -> str:
    """Return what follows a time of a zone: Z, or +02:00."""
    return "Z" if zone == UTC else zone_text(zone)


def day(at: datetime, zone: timezone = UTC) -> str:
    """Return "23 November"."""
    local = at.astimezone(zone)
    return f"{local.day} {local:%B}"


def ago(at: datetime | None, now: datetime) -> Markup:
    """Return the age of `at` with the time itself in its title."""
    if at is None:
        return Markup("never")
    exact, shown = f"{at:%Y-%m-%dT%H:%M:%SZ}", f"{at:{LONG_DATE}}"
    return Markup(f'<time datetime="{exact}" title="{shown}">{age(at, now)}</time>')  # noqa: S704 - no text of others


def cut(text: str, head: int = HEAD, tail: int = TAIL) -> Markup:
    """Return an ARN or key with its middle cut; the whole stays in the title."""
    if len(text) <= head + tail + 1:
        return Markup('<bdi class="arn">{}</bdi>').format(text)
    return Markup('<bdi class="arn" title="{}">{}<span>…</span>{}</bdi>').format(text, text[:head], text[-tail:])


def bdi(text: str | None) -> Markup:
    """Return a name that a caller chose, isolated so that it cannot turn the line around."""
    # Not by Markup.format, which takes three times as long: a page has hundreds of names.
    return Markup(f"<bdi>{escape(text or '')}</bdi>")  # noqa: S704 - escaped in the same line


def linked(text: str | None, href: str) -> Markup:
    """Return such a name as the link to its page, or alone where that has none."""
    return Markup('<a href="{}">{}</a>').format(href, bdi(text)) if href else bdi(text)


def digits(account: int) -> str:
    """Return the 12 digits of an account."""
    return arn.account_text(account)


def visible(text: str) -> str:
    """Return text with its invisible and direction-turning characters written as JSON's escapes; lines stay lines."""
    return "".join(_visible(character) for character in text.replace("\r\n", "\n"))


def _visible(character: str) -> str:
    if character in "\n\t" or (unicodedata.category(character)[0] != "C" and character not in "\u2028\u2029\x85"):
        return character
    return json.dumps(character)[1:-1]


def lines(text: str, marked: tuple[int, ...] = (), label: str = "") -> Markup:
    """Return numbered lines of code to read, those of `marked` (1-based) standing out; nothing in them is invisible."""
    rows = Markup("").join(
        Markup('<span{} data-n="{}">{}</span>').format(Markup(' class="hit"') if n in marked else "", n, line or " ")
        for n, line in enumerate(visible(text).splitlines(), 1)
    )
    return _code(rows, label, "code")


def bare(text: str, label: str = "") -> Markup:
    """Return lines without numbers: commands and snippets to paste."""
    # Joined, not formatted one by one: a list has the text to copy of each of its links.
    rows = Markup("</span><span>").join(line or " " for line in text.splitlines())
    return _code(Markup("<span>{}</span>").format(rows) if rows else rows, label, "code bare")


def _code(rows: Markup, label: str, kind: str) -> Markup:
    return Markup('<pre class="{}" role="region" tabindex="0" aria-label="{}">{}</pre>').format(kind, label, rows)


LEVELS = {"critical": 4, "high": 3, "medium": 2, "low": 1, "info": 0}


def severity(level: str) -> Markup:
    """Return four bars, filled from the left, and the word."""
    off = 'class="off" '
    bars = "".join(
        f'<rect {"" if i < LEVELS[level] else off}x="{i * 5}" width="3.5" height="12" rx="1"/>' for i in range(4)
    )
    return Markup(  # noqa: S704 - `level` is a key of LEVELS
        f'<span class="sev {level}"><svg viewBox="0 0 19 12" aria-hidden="true">{bars}</svg>{level.capitalize()}</span>'
    )


def glyph(state: str, *, is_warm: bool = False) -> Markup:
    """Return the mark of a cell state: a letter of U G B C D X R ?."""
    # As above: a page has hundreds of cells.
    return Markup(f'<span class="g{" w" if is_warm else ""}" data-s="{escape(state)}"></span>')  # noqa: S704 - escaped


def plural(count: int, one: str, many: str = "") -> str:
    """Return "1 stream", "2 streams"."""
    return f"{number(count)} {one if count == 1 else many or one + 's'}"


def failed(calls: int, errors: int) -> str:
    """Return "2 failed", "all failed", "" where none did: below the number of calls, where a phone has no column."""
    if not errors:
        return ""
    return f"{number(errors) if errors < calls else 'all'} failed"


def text_of(value: object) -> str:
    """Return any value escaped, for joining by hand."""
    return str(escape(value))
