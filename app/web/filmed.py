"""Who filmed a stream, as its page prints it: producers, their runs, and what of them stands out."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from operator import itemgetter

from markupsafe import Markup

from app.core.coverage.observe import ActionClass, ObservableState
from app.core.model.media_call import MediaCall
from app.core.viewing.asked import Interval, united
from app.core.viewing.producers import Producer, Silence, Together, producers, together
from app.core.viewing.sessions import MOST_KEYS
from app.db.queries.stream_pages import StreamRow
from app.services.read_viewing import Viewing
from app.web import charts, filters, time_axis, viewers
from app.web.charts import Blind
from app.web.horizon import Observability
from app.web.identity_links import address_href
from app.web.series import series_of
from app.web.span import Span
from app.web.viewers import Who
from app.web.visit import Visit

MOST_PRODUCERS, MOST_NOTES = 20, 12
NO_ADDRESS = "no address"
_SENT_BY = {ActionClass.WRITE: "PutMedia", ActionClass.SIGNALING: "ConnectAsMaster"}
CANNOT_TELL = (
    "Whether two connections overlapped cannot be told: a record has one time, and when its connection ended is not "
    "logged."
)


@dataclass(frozen=True, slots=True)
class ProducerRow:
    """One producer: `href` is the timeline of its records, `last_href` the drawer of the newest.

    `lineage` and `stop_href` are of the key that signed the newest one that AWS answered, or else refused.

    `calls` counts refused ones too, and `refused` says how many they are.
    """

    who: Who
    addresses: str
    address_href: str
    chart: Markup
    usual: str
    last: datetime | None
    last_href: str
    calls: str
    refused: str
    href: str
    lineage: str
    stop_href: str


@dataclass(frozen=True, slots=True)
class Note:
    """Something that stands out: what it is called, of whom, what it is, and the record or timeline that shows it."""

    label: str
    who: Who
    text: str
    href: str
    link: str


@dataclass(frozen=True, slots=True)
class FilmedView:
    """What templates/partials/_filmed.html prints."""

    note: str
    producers: tuple[ProducerRow, ...]
    more: str
    notes: tuple[Note, ...]
    more_notes: str
    cannot_tell: tuple[str, ...]
    older: str
    older_href: str
    href: str
    none: str


def filmed_view(visit: Visit, row: StreamRow, found: Viewing, seen: Observability) -> FilmedView:
    """Return the producers of a stream; `seen` is what was observable of it over the page's range."""
    span = visit.span
    times = observed(seen)
    made = producers(found.sends.calls, found.viewers, times, span.start, min(span.end, seen.until))
    shown = made[:MOST_PRODUCERS]
    at_once = together(shown)
    charts_of = partial(_chart, span, seen.blinds, [tick.at for tick in time_axis.ticks(span)])
    found_notes = sorted(_notes(row, shown, at_once), key=itemgetter(0), reverse=True)
    return FilmedView(
        note=f"{span.label}, each bar from the first to the last record of a run",
        producers=tuple(_row(row, one, charts_of) for one in shown),
        more=f"{filters.plural(len(made) - len(shown), 'more producer')}" if len(made) > len(shown) else "",
        notes=tuple(note() for _, note in found_notes[:MOST_NOTES]),
        more_notes=filters.number(len(found_notes) - MOST_NOTES) if len(found_notes) > MOST_NOTES else "",
        cannot_tell=tuple(_cannot_tell(times, made, at_once)),
        older=_older(found, span.start),
        older_href=_older_href(visit, row, found),
        href=viewers.to_timeline(_sends(row, _range(span))),
        none=f"No producer was seen. {seen.sentence}",
    )


def observed(seen: Observability) -> tuple[Interval, ...]:
    """Return when every sending call on a stream was observable: what was so in part says nothing of silence."""
    return united(
        (stretch.start, stretch.end)
        for strip in seen.strips
        if strip.kind in _SENT_BY
        for stretch in strip.of(_SENT_BY[strip.kind]).stretches
        if stretch.state is ObservableState.OBSERVED
    )


def _row(row: StreamRow, one: Producer, chart: Callable[[Producer, str], Markup]) -> ProducerRow:
    newest = one.last or one.refused[-1]
    who = viewers.who(one.viewer, newest)
    addresses = _addresses(one)
    return ProducerRow(
        who=who,
        addresses=addresses[0] if len(addresses) == 1 else filters.plural(len(addresses), "address", "addresses"),
        address_href=address_href(addresses[0]) if len(addresses) == 1 and addresses[0] != NO_ADDRESS else "",
        chart=chart(one, who.name),
        usual=f"every {filters.duration(one.usual)}" if one.usual is not None else "",
        last=one.last.at if one.last is not None else None,
        last_href=viewers.to_event(one.last) if one.last is not None else "",
        calls=filters.number(len(one.calls) + len(one.refused)),
        refused=f"{len(one.refused):,} refused" if one.refused else "",
        href=viewers.to_timeline(_of(row, one)) if one.calls or one.refused else "",
        lineage=viewers.to_lineage(newest),
        stop_href=viewers.to_stop(newest),
    )


def _chart(span: Span, blinds: Sequence[Blind], lines: Sequence[float], one: Producer, name: str) -> Markup:
    key = series_of((one.last or one.refused[-1]).action)
    bars = [(span.fraction(run.start), span.fraction(run.end), key) for run in one.runs]
    label = f"{name}: {filters.plural(len(one.calls), 'record')} in {filters.plural(len(one.runs), 'run')}"
    return charts.lane(bars, label=label, blinds=blinds, lines=lines, height=36)


def _addresses(one: Producer) -> list[str]:
    calls = (*one.calls, *one.refused) or ((one.last,) if one.last is not None else ())
    return list(dict.fromkeys(_place(call.address) for call in calls))


def _sends(row: StreamRow, times: viewers.Pairs) -> viewers.Pairs:
    actions = ("PutMedia",) if row.kind == "stream" else ("ConnectAsMaster", "JoinStorageSession")
    return [*viewers.of_stream(row), *viewers.of_actions(actions), *times]


def _range(span: Span) -> viewers.Pairs:
    return [("from", span.from_text), *([("to", span.to_text)] if span.to_text else [])]


def _of(row: StreamRow, one: Producer) -> viewers.Pairs:
    """Return the filter of a producer's records in the range: what AWS refused of it is among them."""
    calls = (*one.calls, *one.refused)
    times = sorted(call.at for call in calls)
    pairs = viewers.by_callers(calls)
    sessions = {call.session_name for call in calls}
    if len(sessions) == 1 and (session := next(iter(sessions))):
        pairs.append(("session", session))
    # A camera renews its key every hour; where they are few they tell it from others of its role.
    keys = viewers.with_keys(calls)
    pairs += keys if len(keys) <= MOST_KEYS else []
    actions = {call.action for call in calls}
    base = [*viewers.of_stream(row), *viewers.of_actions(actions), *pairs]
    return [*base, *viewers.between(times[0], times[-1])]


# ---------------------------------------------------------------- what stands out
def _notes(
    row: StreamRow, found: Iterable[Producer], at_once: Iterable[Together]
) -> Iterator[tuple[datetime, Callable[[], Note]]]:
    """Yield each note with its time; of many only the newest are written out."""
    for both in at_once:
        yield both.calls[-1].at, partial(_two, row, both)
    for one in found:
        if one.last is None:
            continue
        if one.silent is not None:
            yield one.silent.start, partial(_silent, one, one.last, one.silent)
        for silence in one.silences:
            yield silence.end, partial(_gap, row, one, one.last, silence)
        if one.moves:
            # The newest alone: of a camera on a mobile network there are as many as records.
            yield one.moves[-1].call.at, partial(_moved, one)


def _two(row: StreamRow, both: Together) -> Note:
    calls = both.calls
    first, last = calls[0].at, calls[-1].at
    when = f"at {first:{filters.SHORT_DATE}}"
    if first != last:
        when = f"from {first:{filters.SHORT_DATE}} to {last:{filters.SHORT_DATE}}"
    main = viewers.who(both.main.viewer, both.main.calls[0])
    text = f"{filters.plural(len(calls), 'record')} {when}, in the midst of those of {main.name}"
    reach = timedelta(hours=1)
    pairs = [*viewers.of_stream(row), *viewers.of_actions({call.action for call in calls})]
    href = viewers.to_timeline([*pairs, *viewers.between(first - reach, last + reach)])
    return Note("Two at once", viewers.who(both.other.viewer, calls[0]), text, href, "timeline")


def _silent(one: Producer, last: MediaCall, silence: Silence) -> Note:
    text = f"nothing since {silence.start:{filters.SHORT_DATE}}, {_seen_text(silence)}; {_usual_text(one)}"
    return Note("Silent", viewers.who(one.viewer, last), text, viewers.to_event(last), "last record")


def _gap(row: StreamRow, one: Producer, last: MediaCall, silence: Silence) -> Note:
    start, end = f"{silence.start:{filters.SHORT_DATE}}", f"{silence.end:{filters.SHORT_DATE}}"
    text = f"no record from {start} to {end}, {_seen_text(silence)}; {_usual_text(one)}"
    reach = timedelta(minutes=1)
    pairs = [*viewers.of_stream(row), *viewers.between(silence.start - reach, silence.end + reach)]
    return Note("Gap", viewers.who(one.viewer, last), text, viewers.to_timeline(pairs), "timeline")


def _moved(one: Producer) -> Note:
    newest, count = one.moves[-1], len(one.moves)
    times = "" if count == 1 else f"; {filters.number(count)} changes in all"
    at = f"{newest.call.at:{filters.SHORT_DATE}}"
    text = f"from {_place(newest.before)} to {_place(newest.call.address)} at {at}{times}"
    return Note("Address", viewers.who(one.viewer, newest.call), text, viewers.to_event(newest.call), "record")


def _seen_text(silence: Silence) -> str:
    return f"{filters.duration(silence.seen)} of it observed"


def _usual_text(one: Producer) -> str:
    if one.usual is None:
        return "too few records to tell what is usual"
    return f"usually one every {filters.duration(one.usual)}"


def _place(address: str | None) -> str:
    return address or NO_ADDRESS


def _cannot_tell(
    times: tuple[Interval, ...], found: tuple[Producer, ...], at_once: tuple[Together, ...]
) -> Iterator[str]:
    if at_once:
        yield CANNOT_TELL
    if found and not times:
        yield "Whether any of them fell silent cannot be told: at no time would every record have been seen."
    unknown = sum(len(one.calls) for one in found if one.viewer.kind is None)
    if unknown:
        yield (
            f"Who sent {filters.plural(unknown, 'record')} is not known: the beginning of the session was not seen, "
            "and it may be one of the others."
        )


def _older(found: Viewing, start: datetime) -> str:
    if not found.sends.has_more:
        return ""
    looked, oldest = f"the newest {filters.number(len(found.sends.calls))} records", found.sends.calls[-1].at
    if oldest >= start:
        return f"Only {looked} were looked through."
    since = f"{oldest:{filters.SHORT_DATE}}"
    return f"Only {looked} were looked through: who sent before {since} and not after it is not told."


def _older_href(visit: Visit, row: StreamRow, found: Viewing) -> str:
    """Return the records of the range and of as long before it, as far as they are older than those looked through."""
    if not found.sends.has_more:
        return ""
    span = visit.span
    return viewers.to_timeline(_sends(row, viewers.between(span.start - span.length, found.sends.calls[-1].at)))
