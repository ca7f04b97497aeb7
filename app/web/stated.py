"""Parts of a statement as pages show them: who read, and what could be seen."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from markupsafe import Markup

from app.core.coverage.seen import share_of
from app.core.query.interval import interval_text
from app.core.query.moment import iso
from app.core.statement.readers import Reader, fits
from app.core.viewing.keys import keys_text
from app.core.viewing.sessions import MOST_KEYS
from app.services.make_statement import Statement
from app.web import charts, filters, viewers, words
from app.web.identity_links import address_href, key_href
from app.web.series import series_of
from app.web.span import Span
from app.web.viewers import Who


@dataclass(frozen=True, slots=True)
class ReaderRow:
    """One reader as a table prints it. `is_gap`: nobody can tell who it was, and `who.why` says so.

    `address` is one that the calls came from, `more_addresses` says how many more there are.
    """

    who: Who
    is_gap: bool
    series: str
    action: str
    note: str
    outcome: str
    address: str
    address_href: str
    more_addresses: str
    key: str
    key_href: str
    calls: str
    calls_href: str
    first: datetime
    last: datetime


@dataclass(frozen=True, slots=True)
class Cover:
    """A strip with its share and the reason of what is missing."""

    label: str
    strip: Markup
    share: str
    reason: str


def second(at: datetime) -> datetime:
    """Return a moment as records have it: CloudTrail tells whole seconds."""
    return at.replace(microsecond=0)


def range_of(span: Span) -> list[tuple[str, str]]:
    """Return a range as its two moments: a statement is of one time, also when its link is opened later."""
    return [("from", iso(second(span.start))), ("to", iso(second(span.end)))]


def reader_row(found: Statement, one: Reader, asked: str = "footage") -> ReaderRow:
    """Return one reader with the calls that it made, from its first to its last.

    `asked` is the field that selects them where the statement is about video, "" where none does.
    """
    series = series_of(one.action)
    footage = found.question.footage
    pairs = [*viewers.of_stream(found.question.row), ("action", one.action), *viewers.by_callers(one.keys)]
    # A camera's or a task's are hundreds; where they are few they tell it from others of its role.
    signed = viewers.with_keys(one.keys)
    pairs += signed if len(signed) <= MOST_KEYS else []
    pairs += [(asked, interval_text(footage))] if footage is not None and asked else []
    pairs += [("outcome", one.error_code or "ok"), *viewers.between(one.first.at, one.last_at)]
    address, others = (one.addresses or ("",))[0], len(one.addresses) - 1
    keys = {call.access_key for call in one.keys}
    key = one.first.access_key if len(keys) == 1 else None
    return ReaderRow(
        who=viewers.who(one.viewer, one.first),
        is_gap=one.viewer.kind is None,
        series=series,
        action=one.action,
        note="; ".join(_notes(found, one)),
        outcome=one.error_code or "",
        address=address,
        address_href=address_href(address) if address else "",
        more_addresses=f"and {'≥ ' if one.has_more_addresses else ''}{others} more" if others > 0 else "",
        key=keys_text(one.keys),
        key_href=key_href(key) if key else "",
        calls=filters.number(one.calls),
        calls_href=f"/events?{urlencode(pairs)}",
        first=one.first.at,
        last=one.last_at,
    )


def _notes(found: Statement, one: Reader) -> Iterator[str]:
    """Yield what was asked for, where the statement is about video, and what of it nobody can know."""
    if found.question.footage is not None:
        asked = fits(one, *found.question.footage)
        yield ", ".join(f"{count:,} of {fit}" if len(asked) > 1 else fit for fit, count in asked.items())
    if one.listed:
        yield f"{one.listed:,} with an access key that listed fragments of it"
    if series_of(one.action) == "url" and one.error_code is None:
        until = f", the last good until {one.url_until:%Y-%m-%d %H:%M:%SZ}" if one.url_until else ""
        yield f"URL issued{until}; who opened it is not logged"


def covers(found: Statement, span: Span) -> Iterator[Cover]:
    """Yield what was observable of the reading actions, apart where selectors tell them apart."""
    for one in found.looked:
        strip, share = one.strip, share_of(one.strip)
        name = words.listed(one.actions) or words.CLASSES[strip.kind]
        drawn = charts.strip(charts.stretches(strip, span), label=f"{name}: {share} observed")
        reasons = dict.fromkeys(hole.reason for hole in strip.holes)
        yield Cover(name, drawn, share, "; ".join(list(reasons)[:3]))
