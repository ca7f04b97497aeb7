"""`/assumptions`: what kvswatch takes to be so without AWS having written it, and what records have shown of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.core.assumptions._assumption import OfSessions
from app.core.ledger.catalogue import chosen
from app.core.ledger.standing import CallStanding, Standing, State, standings
from app.core.model.sighting import RecordKey, Sighting, Verdict
from app.core.query.cursor import EventKey, reference
from app.core.query.filter import Filter, Problem, Verb, url, with_values
from app.core.query.listing import ASSUMPTIONS
from app.core.rules.catalogue import catalogue
from app.db.queries.assumptions import sightings
from app.web import filters, words
from app.web.assumed import PATH, WORST_FIRST, state_counts
from app.web.visit import LONGEST_TOLD, Visit, asking, visiting

router = APIRouter()
_SAY = {Verdict.CONFIRMS: "Confirmed", Verdict.REFUTES: "Refuted"}


@dataclass(frozen=True, slots=True)
class Shown:
    """One record that showed it. `href` is empty where no event is kept of it: of AssumeRole* only the session is."""

    text: str
    href: str


@dataclass(frozen=True, slots=True)
class Proof:
    """What records showed: in words, then the newest and, where it is another one, the first of them."""

    text: str
    is_bad: bool
    records: tuple[Shown, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """One assumption."""

    name: str
    sentence: str
    source: str
    limits: str
    state: State
    proofs: tuple[Proof, ...]
    rests: str
    rules: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Group:
    """The assumptions that stand alike."""

    title: str
    badge: str
    is_open: bool
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Assumptions:
    """What the page prints."""

    title: str
    summary: str
    csv: str
    jsonl: str
    demo: str
    narrowed: str
    all_href: str
    groups: tuple[Group, ...]


@router.get(PATH, include_in_schema=False)
def assumptions(request: Request) -> Response:
    """Show how the assumptions stand."""
    with visiting(request, takes=None) as visit:
        asked, query = asking(visit, ASSUMPTIONS)
        _, unknown = chosen(query.values("assumption"))
        problems = (Problem("assumption", name[:LONGEST_TOLD], "is not an assumption here") for name in unknown)
        return asked.complaining(*problems).page("pages/assumptions.html", _view(visit, query))


def _view(visit: Visit, query: Filter) -> Assumptions:
    every = standings(sightings(visit.connection, visit.scope))
    names, _ = chosen(query.values("assumption"))
    found = tuple(one for one in every if one.name in names)
    return Assumptions(
        title="Assumptions",
        summary=state_counts([one.state for one in found]),
        csv=url("/assumptions.csv", query),
        jsonl=url("/assumptions.jsonl", query),
        demo=_DEMO if visit.site.demo else "",
        narrowed=f"{len(found)} of {len(every)} assumptions are shown." if len(found) < len(every) else "",
        all_href=url(PATH, with_values(query, "assumption", Verb.IS, [])),
        groups=tuple(_groups(visit, found)),
    )


def _groups(visit: Visit, found: tuple[Standing, ...]) -> Iterator[Group]:
    for state in WORST_FIRST:
        alike = tuple(_row(visit, one) for one in found if one.state is state)
        if alike:
            yield Group(state.capitalize(), _BADGES[state], state is State.NOT_SEEN, alike)


_BADGES = {State.REFUTED: " bad", State.NOT_SEEN: " unknown", State.CONFIRMED: " good"}
_DEMO = (
    "This is the demo: its records are made by kvswatch and say so. They follow the assumptions because kvswatch wrote "
    "them so, which proves nothing about AWS: nothing counts as confirmed or refuted by them."
)


def _row(visit: Visit, one: Standing) -> Row:
    assumption = one.assumption
    rules = catalogue().rules
    return Row(
        name=one.name,
        sentence=assumption.sentence,
        source=assumption.source,
        limits=assumption.limits,
        state=one.state,
        proofs=tuple(_proofs(visit, one)),
        rests="; ".join(assumption.rests),
        rules=tuple((rules[name].code, f"/findings?rule={name}") for name in assumption.rules if name in rules),
    )


def _proofs(visit: Visit, one: Standing) -> Iterator[Proof]:
    has_event = not isinstance(one.assumption, OfSessions)
    for each in one.calls:
        for seen in (each.refuting, each.confirming):
            if seen is not None:
                yield Proof(_said(seen), seen.verdict is Verdict.REFUTES, _records(visit, seen, has_event=has_event))
    if missing := _missing(one):
        yield Proof(missing, is_bad=False)
    yield from _of_the_demo(visit, one.calls, has_event=has_event)


def _missing(one: Standing) -> str:
    """Return for which calls nothing was seen, which is nothing to list where it is all of them."""
    missing = [each.call for each in one.calls if each.state is State.NOT_SEEN]
    if not one.assumption.calls or not missing:
        return ""
    if len(missing) == len(one.calls):
        return f"No record yet of any of {filters.plural(len(missing), 'call')}: {words.listed(missing, most=4)}"
    return f"Not seen yet for {', '.join(missing)}"


def _said(seen: Sighting) -> str:
    return f"{_SAY[seen.verdict]} for {seen.call}" if seen.call else _SAY[seen.verdict]


def _records(visit: Visit, seen: Sighting, *, has_event: bool) -> tuple[Shown, ...]:
    keys = dict.fromkeys((seen.newest, seen.first))
    return tuple(_record(visit, key, has_event=has_event) for key in keys)


def _record(visit: Visit, key: RecordKey, *, has_event: bool) -> Shown:
    text = f"{visit.account_name(key.account)}, {key.event_time:%Y-%m-%d %H:%M:%SZ}"
    if not has_event:
        return Shown(f"{text}, record {key.event_id}", "")
    named = reference(EventKey(key.event_time, UUID(key.event_id), key.account))
    return Shown(text, f"/events?event={named}&own=no&own=yes")


def _of_the_demo(visit: Visit, calls: tuple[CallStanding, ...], *, has_event: bool) -> Iterator[Proof]:
    """Yield what the demo's records follow and what they contradict: one of each is enough, it counts for nothing."""
    seen = [one for each in calls for one in each.emulated]
    for verdict, verb in ((Verdict.CONFIRMS, "follow it"), (Verdict.REFUTES, "contradict it")):
        of = [one for one in seen if one.verdict is verdict]
        if of:
            named = words.listed([one.call for one in of if one.call])
            text = f"Records of kvswatch's own demo {verb}{f', of {named}' if named else ''}: no proof"
            newest = max(of, key=lambda one: one.newest)
            yield Proof(text, is_bad=False, records=(_record(visit, newest.newest, has_event=has_event),))
