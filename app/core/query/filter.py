"""The filter grammar: what a query string asks for, what was wrong with it, and the one URL of a view.

    field=v         is; repeated: or               field!=v    is not
    field~=text     contains, letters of any case  field=__none__    is empty
    footage=A..B    of calls: that asked for video of this interval; from is then when it may first have been asked for
    from, to        half-open [from, to): now-24h, 2026-11-23T03:12Z       tz    UTC or +02:00
    at              as of which time in the past; from and to count from there
    sort, cols, group, stack, limit, after, before        how it is shown; after and before are opaque

Nothing of a query string is ever dropped in silence: what cannot be used becomes a `Problem`,
which pages show as a chip and exports refuse. Equal views have equal URLs.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timezone
from enum import StrEnum
from functools import lru_cache
from urllib.parse import quote
from uuid import UUID

from app.core.arn import account_text
from app.core.digits import ACCOUNT_DIGITS, number
from app.core.errors import InvalidInput
from app.core.query.interval import asked_since, filmed, interval_of, interval_text
from app.core.query.listing import Field, Listing
from app.core.query.moment import Moment, iso, moment, past, zone, zone_text

NONE = "__none__"
LIMITS = (50, 25, 100, 200)
"""Rows a page; the first is the default."""
_LONGEST_VALUE = 2_048
_MOST_VALUES = 200
_MOST_QUOTED = 4_096
"""Texts that are kept as addresses have them: a page has hundreds of links to itself that differ in one value."""


class Verb(StrEnum):
    """How a field is compared: the mark between its name and the equals sign."""

    IS = ""
    IS_NOT = "!"
    CONTAINS = "~"


@dataclass(frozen=True, slots=True)
class Condition:
    """One field compared with values, sorted: any of them holds, or with `IS_NOT` none of them."""

    field: str
    verb: Verb
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """A parameter that could not be used: what was given, and why it was not."""

    parameter: str
    value: str
    message: str

    def __str__(self) -> str:
        return f"{self.parameter}={self.value} {self.message}"


@dataclass(frozen=True, slots=True)
class Filter:
    """What a list is asked for. `since` and `until` are always there: a query on events names its range.

    `conditions` hold the defaults of the listing too. `cursor` is the opaque text of `after=` (on in the
    order of the list) or, with `is_back`, of `before=`. `at`: the list as it was then, and nothing after; None: now.
    """

    listing: Listing
    conditions: tuple[Condition, ...]
    since: Moment
    until: Moment
    zone: timezone = UTC
    sort: str = ""
    columns: tuple[str, ...] = ()
    group: str = ""
    stack: str = ""
    limit: int = LIMITS[0]
    cursor: str | None = None
    is_back: bool = False
    extras: tuple[tuple[str, str], ...] = ()
    at: Moment | None = None

    def of(self, field: str) -> tuple[Condition, ...]:
        """Return the conditions on one field."""
        return tuple(condition for condition in self.conditions if condition.field == field)

    def values(self, field: str, verb: Verb = Verb.IS) -> tuple[str, ...]:
        """Return the values that one field is compared with, empty when it is free."""
        return next((c.values for c in self.conditions if c.field == field and c.verb == verb), ())

    def kept(self, name: str) -> str | None:
        """Return one of the page's own parameters."""
        return dict(self.extras).get(name)


@dataclass(frozen=True, slots=True)
class Parsed:
    """A filter that can be run, and all that was wrong with the question."""

    filter: Filter
    problems: tuple[Problem, ...]


def parse(pairs: Iterable[tuple[str, str]], listing: Listing, now: datetime) -> Parsed:
    """Return the filter that the decoded pairs of a query string ask for; never raises.

    A parameter that cannot be used leaves its default in force and a problem in the answer.
    """
    reader = _Reader(listing, now)
    for name, value in pairs:
        reader.take(name, value)
    return reader.parsed()


class _Reader:
    """Reads one query string, pair by pair."""

    def __init__(self, listing: Listing, now: datetime) -> None:
        self.listing = listing
        self.now = now
        self.default_from = listing.default_from
        self.values: dict[tuple[str, Verb], set[str]] = {}
        self.single: dict[str, str] = {}
        self.problems: list[Problem] = []

    def take(self, name: str, value: str) -> None:
        """Take one pair into account, or into the problems."""
        name, value = _harmless(name), _harmless(value)
        message = self._refusal(name, value)
        if message:
            self.problems.append(Problem(name[:80], value[:80], message))

    def _refusal(self, name: str, value: str) -> str | None:
        if len(value) > _LONGEST_VALUE:
            return f"is longer than {_LONGEST_VALUE:,} characters"
        if name in _SINGLE or name in self.listing.extras or (name == AT and self.listing.has_at):
            return self._take_single(name, value)
        bare, verb = _verb(name)
        field = self.listing.field(bare)
        if field is None:
            return f"is not a field of {self.listing.name}"
        return self._take_value(field, verb, value)

    def _take_single(self, name: str, value: str) -> str | None:
        if name == "cols" and self.single.get(name):
            value = f"{self.single.pop(name)},{value}"  # the boxes of a form, one by one
        if name in self.single and self.single[name] != value:
            return "was given twice; the first one holds"
        self.single[name] = value
        return None

    def _take_value(self, field: Field, verb: Verb, value: str) -> str | None:
        if not value:
            return None  # an empty box of a form asks for nothing
        refused = _refused(field, verb, value)
        if refused:
            return refused
        if field.name == "account" and verb is not Verb.CONTAINS:
            account = number(value, ACCOUNT_DIGITS)
            value = value if account is None else account_text(account)
        held = self.values.setdefault((field.name, verb), set())
        if field.is_single and held - {value}:
            return "was given twice; the first one holds"
        if len(held) >= _MOST_VALUES:
            return f"has more than {_MOST_VALUES} values"
        held.add(value)
        return None

    def parsed(self) -> Parsed:
        """Return the filter, once all pairs are taken."""
        area = self._zone()
        self._write_alike(area)
        at = self._past(area)
        if at is not None:
            # What is asked as of a time is asked as if it were that time.
            self.now = at.at
        conditions = self._conditions()
        self.default_from = default_from(self.listing, conditions)
        since, until = self._range(area, is_past=at is not None)
        limit = self._chosen("limit", tuple(map(str, LIMITS)))
        query = Filter(
            listing=self.listing,
            conditions=conditions,
            since=since,
            until=until,
            zone=area,
            sort=self._chosen("sort", self.listing.sorts),
            columns=self._columns(),
            group=self._chosen("group", self.listing.groups),
            stack=self._chosen("stack", self.listing.stacks),
            limit=int(limit),
            cursor=self.single.get("after") or self.single.get("before") or None,
            is_back=bool(self.single.get("before")) and not self.single.get("after"),
            extras=tuple((name, self.single[name]) for name in self.listing.extras if self.single.get(name)),
            at=at,
        )
        return Parsed(query, tuple(self.problems))

    def _write_alike(self, area: timezone) -> None:
        """Write intervals, times and IDs as they mean the same everywhere; what is none becomes a problem."""
        for (name, verb), given in list(self.values.items()):
            field = self.listing.field(name)
            if field is None or not (field.is_interval or field.is_time or field.is_id):
                continue
            alike = set()
            for text in given:
                try:
                    alike.add(text if text == NONE else _written(field, text, self.now, area))
                except InvalidInput as error:
                    self.problems.append(Problem(name, text[:80], f"is not used: {error}"))
            self.values[name, verb] = alike

    def _conditions(self) -> tuple[Condition, ...]:
        for field in self.listing.fields:
            if field.default and not any(name == field.name for name, _ in self.values):
                self.values[field.name, Verb.IS] = set(field.default)
        return tuple(
            Condition(field.name, verb, tuple(sorted(self.values[field.name, verb])))
            for field in self.listing.fields
            for verb in Verb
            if self.values.get((field.name, verb))
        )

    def _zone(self) -> timezone:
        try:
            return zone(self.single.get("tz") or "UTC")
        except InvalidInput as error:
            self._problem("tz", str(error))
            return UTC

    def _past(self, area: timezone) -> Moment | None:
        if not self.single.get(AT):
            return None
        try:
            return past(self.single[AT], now=self.now, naive_zone=area)
        except InvalidInput as error:
            self._problem(AT, str(error))
            return None

    def _range(self, area: timezone, *, is_past: bool) -> tuple[Moment, Moment]:
        since = self._moment("from", self.default_from, area)
        until = self._moment("to", "now", area)
        if is_past and until.at > self.now:
            self._problem("to", f"{until.text} is after the time that is asked for; all until then is shown")
            until = self._default("to")
        if since.at < until.at:
            return since, until
        name = "from" if self.single.get("from") else "to"
        self._problem(name, f"from {since.text} is not before to {until.text}")
        return self._default("from"), self._default("to")

    def _moment(self, name: str, default: str, area: timezone) -> Moment:
        try:
            return moment(self.single.get(name) or default, now=self.now, naive_zone=area)
        except InvalidInput as error:
            self._problem(name, str(error))
            return moment(default, now=self.now)

    def _default(self, name: str) -> Moment:
        return moment(self.default_from if name == "from" else "now", now=self.now)

    def _chosen(self, name: str, choices: tuple[str, ...]) -> str:
        value = self.single.get(name) or ""
        if not value or value in choices:
            return value or (choices[0] if choices else "")
        self._problem(
            name,
            f"is not one of {', '.join(choices)}" if choices else f"is nothing that {self.listing.name} know",
        )
        return choices[0] if choices else ""

    def _columns(self) -> tuple[str, ...]:
        asked = [name for name in (self.single.get("cols") or "").split(",") if name]
        for name in asked:
            if name not in self.listing.columns:
                self._problem("cols", f"{name[:40]} is not a column of {self.listing.name}")
        return tuple(dict.fromkeys(name for name in asked if name in self.listing.columns))

    def _problem(self, name: str, message: str) -> None:
        self.problems.append(Problem(name, self.single.get(name, "")[:80], message))


def default_from(listing: Listing, conditions: Iterable[Condition]) -> str:
    """Return where the range begins when nothing else is asked for: who asked for video may have asked long ago."""
    for condition in conditions:
        field = listing.field(condition.field)
        if field is not None and field.is_interval:
            return iso(asked_since(interval_of(condition.values[0])))
    return listing.default_from


AT = "at"
SHOWN = ("cols", "limit", "after", "before")
"""What not every page of a list has a use for."""
_SINGLE = ("from", "to", "tz", "sort", "cols", "group", "stack", "limit", "after", "before")


def _verb(name: str) -> tuple[str, Verb]:
    if name[-1:] in {"!", "~"}:
        return name[:-1], Verb(name[-1])
    return name, Verb.IS


def _refused(field: Field, verb: Verb, value: str) -> str | None:
    if field.is_plain and verb is not Verb.IS:
        return f"is only asked as {field.name}="
    if verb is Verb.CONTAINS and not field.can_contain:
        return "cannot be searched, only compared: write = or !="
    if value == NONE and (verb is Verb.CONTAINS or not field.can_be_none):
        return "is never empty"
    if field.choices and value not in {*field.choices, NONE}:
        return f"is not one of {', '.join(field.choices)}"
    return None


def _written(field: Field, text: str, now: datetime, area: timezone) -> str:
    if field.is_interval:
        return interval_text(filmed(text, now, area))
    if field.is_time:
        return iso(moment(text, now=now, naive_zone=area).at)
    try:
        return str(UUID(text))
    except ValueError:
        raise InvalidInput("it is no ID of a record, such as 6f0b2f1e-93c1-4d0a-9d52-0f4b1a77c300") from None


def _harmless(text: str) -> str:
    """Return text that Postgres can take: no NUL, no lone surrogates."""
    return text.replace("\0", "�").encode("utf-8", "replace").decode()


def pairs(query: Filter) -> list[tuple[str, str]]:
    """Return the filter as the pairs of its canonical query string: fields in order, defaults left out."""
    listing = query.listing
    out: list[tuple[str, str]] = []
    for condition in query.conditions:
        field = listing.field(condition.field)
        if (
            field is None
            or condition.verb is not Verb.IS
            or condition.values != field.default
            or query.of(field.name) != (condition,)
        ):
            out += [(condition.field + condition.verb, value) for value in condition.values]
    single = [
        ("from", query.since.text, default_from(listing, query.conditions)),
        ("to", query.until.text, "now"),
        (AT, query.at.text if query.at else "", ""),
        ("tz", zone_text(query.zone), "UTC"),
        ("sort", query.sort, listing.sorts[0]),
        ("cols", ",".join(query.columns), ""),
        ("group", query.group, listing.groups[0] if listing.groups else ""),
        ("stack", query.stack, listing.stacks[0] if listing.stacks else ""),
        ("limit", str(query.limit), str(LIMITS[0])),
        ("before" if query.is_back else "after", query.cursor or "", ""),
    ]
    return out + [(name, value) for name, value, default in single if value != default] + list(query.extras)


def query_string(query: Filter, **changes: str | None) -> str:
    """Return the canonical query string, with `changes` to its extras; empty when all is default."""
    changed = replace(query, extras=_changed(query, changes)) if changes else query
    return encoded(pairs(changed))


def encoded(pairs: Iterable[tuple[str, str]]) -> str:
    """Return pairs as a query string: a page has hundreds, and few names and values among them."""
    return "&".join([f"{quoted(name)}={quoted(value)}" for name, value in pairs])


@lru_cache(_MOST_QUOTED)
def quoted(text: str) -> str:
    """Return a name or a value as a query string has it: what needs no escape stays readable."""
    return quote(text, safe=":/,*@!~")


def url(path: str, query: Filter, **changes: str | None) -> str:
    """Return the one URL of this view below `path`."""
    text = query_string(query, **changes)
    return f"{path}?{text}" if text else path


def range_pairs(query: Filter) -> list[tuple[str, str]]:
    """Return `from` and `to` as a list without `at` is asked for them: there "now" is not the time that is meant."""
    since, until = (iso(each.at) if query.at else each.text for each in (query.since, query.until))
    return [("from", since), ("to", until)]


def _changed(query: Filter, changes: dict[str, str | None]) -> tuple[tuple[str, str], ...]:
    merged: dict[str, str | None] = {**dict(query.extras), **changes}
    return tuple((name, value) for name in query.listing.extras if (value := merged.get(name)))


def first_page(query: Filter) -> Filter:
    """Return the filter at its first page, with no drawer open; what its files follow stays."""
    kept = tuple((name, value) for name, value in query.extras if name in query.listing.filed_by)
    return replace(query, cursor=None, is_back=False, extras=kept)


def with_values(query: Filter, field: str, verb: Verb, values: Iterable[str]) -> Filter:
    """Return the filter with one field's condition replaced (no values: dropped), at its first page."""
    kept = {(c.field, c.verb): c.values for c in query.conditions}
    kept[field, verb] = tuple(sorted(set(values)))
    ordered = tuple(
        Condition(spec.name, each, kept[spec.name, each])
        for spec in query.listing.fields
        for each in Verb
        if kept.get((spec.name, each))
    )
    return replace(first_page(query), conditions=ordered)


def with_range(query: Filter, since: Moment, until: Moment) -> Filter:
    """Return the filter over another range of time, at its first page."""
    return replace(first_page(query), since=since, until=until)
