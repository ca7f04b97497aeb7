"""How an identity can be stopped, ready to be printed: what is alive, each measure, and whom it would have hit."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.core.lineage.device import PROVIDER
from app.core.model.entry import TrustedKind
from app.core.model.grant import Outcome
from app.core.query.cursor import reference
from app.core.stopping.measure import Caller, Entrant, Target, nobody
from app.core.stopping.steps import Step, steps
from app.db.queries import entries
from app.db.queries.followed_keys import MOST_FOLLOWED, Followed
from app.db.queries.named import Stream
from app.db.queries.still_alive import MOST_ALIVE, AliveSession, AliveUrl
from app.db.queries.taken_roles import AliveTaken
from app.services.read_taken import Asker
from app.web import filters, words
from app.web.fix_tabs import FixTab, fix_tabs
from app.web.identity_links import address_href, key_href
from app.web.names import short
from app.web.visit import Visit

MOST_CALLERS = 6
MOST_ENTRIES = 4
MOST_STREAMS, MOST_LOOKED_UP = 3, 200
"""So many streams of a caller are named, and so many counted."""
MOST_SHOWN = 10
_AT_LEAST = "at least "
_NOT_COUNTED = (
    "Calls of other AWS services, which it stops, too. kvswatch records none of them but AssumeRole and changes of "
    "permissions and trails: what else would break is not known."
)
_WAYS_IN = "Who may take a new session"


@dataclass(frozen=True, slots=True)
class Cut:
    """Of what only the newest were looked at, so that each number is the least that it can be."""

    calls: bool = False
    taken: bool = False
    entrants: bool = False

    @property
    def callers(self) -> bool:
        """Whether there may be more callers."""
        return self.calls or self.taken


NOTHING_CUT = Cut()


@dataclass(frozen=True, slots=True)
class Hit:
    """One recorded caller that a measure would have stopped, and the streams (name, href) that it would have lost."""

    name: str
    href: str
    sub: str
    streams: tuple[tuple[str, str], ...]
    more_streams: str
    calls: str
    reads: str
    last_at: datetime


@dataclass(frozen=True, slots=True)
class StepView:
    """One measure; `bar` says why nothing is offered to paste, `not_counted` what it stops that no number tells."""

    element_id: str
    title: str
    stops: str
    leaves: str
    not_counted: str
    bar: str
    tabs: tuple[FixTab, ...]
    told: str
    calls: str
    reads: str
    callers: str
    hits: tuple[Hit, ...]
    more: str
    taken: str
    taken_failed: str
    then: str
    kept_out: str
    onward: str
    source: str
    source_href: str


@dataclass(frozen=True, slots=True)
class Itself:
    """What one session or key did in the range, and how far the measures `reach` beyond it. `last_at` None: nothing.

    `calls` counts what the list at `href` has ("": there is none), `taken` the AssumeRole calls, which it has not.
    """

    lead: str
    calls: str
    href: str
    taken: str
    last_at: datetime | None
    reach: str


@dataclass(frozen=True, slots=True)
class Alive:
    """Something that outlives the moment."""

    name: str
    href: str
    sub: str
    ends_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class AliveGroup:
    """What is alive of one kind; `note` says what nobody can know, or that there is none.

    `noun` is for one of them, `nouns` for many where an s does not make them. `is_cut`: there are more than `lines`,
    `is_untold`: nobody knows whether there are any.
    """

    title: str
    noun: str
    lines: tuple[Alive, ...]
    note: str
    is_cut: bool = False
    nouns: str = ""
    is_untold: bool = False

    @property
    def count(self) -> str:
        """How many there are, in words."""
        if self.is_untold:
            return f"perhaps {self.nouns or self.noun}"
        return f"{_AT_LEAST if self.is_cut else ''}{filters.plural(len(self.lines), self.noun, self.nouns)}"

    @property
    def shown(self) -> tuple[Alive, ...]:
        """The first of them: a fleet has as many as it has devices."""
        return self.lines[:MOST_SHOWN]

    @property
    def more(self) -> str:
        """How many of them do not stand on the page; "" where all do."""
        left = len(self.lines) - MOST_SHOWN
        return f"{_AT_LEAST if self.is_cut else ''}{left:,} more" if left > 0 else ""


# ---------------------------------------------------------------- measures
def step_views(
    target: Target,
    callers: Iterable[Caller],
    now: datetime,
    entrants: Iterable[Entrant] = (),
    cut: Cut = NOTHING_CUT,
    streams_of: Callable[[set[int]], Mapping[int, Stream]] = lambda _ids: {},
) -> tuple[StepView, ...]:
    """Return the measures that are about `target`, as they are to be taken at `now`; `streams_of` names streams."""
    found = steps(target, callers, now, entrants)
    shown = (caller for step in found for caller in step.hit[:MOST_CALLERS])
    ids = {ident for caller in shown for ident in caller.streams[:MOST_LOOKED_UP]}
    streams = streams_of(ids) if ids else {}
    return tuple(_step(n, step, target.principal, cut, streams) for n, step in enumerate(found))


def _step(place: int, step: Step, own: str, cut: Cut, streams: Mapping[int, Stream]) -> StepView:
    measure, (calls, reads) = step.measure, _sums(step)
    failed = sum(caller.taken_failed for caller in step.hit)
    return StepView(
        element_id=f"stop-{place}",
        title=measure.title,
        stops=measure.stops,
        leaves=measure.leaves,
        not_counted="" if measure.is_of_kvs else _NOT_COUNTED,
        bar=step.bar,
        tabs=fix_tabs(step.texts, f"stop-{place}", measure.title),
        told=_told(step, cut),
        calls=_number(calls, is_cut=cut.calls),
        reads=_number(reads, is_cut=cut.calls),
        callers=_number(_count(step.hit), is_cut=cut.callers),
        hits=tuple(_hit(caller, cut, streams) for caller in step.hit[:MOST_CALLERS]),
        more=_more(_count(step.hit[MOST_CALLERS:]), is_cut=cut.callers),
        taken=_number(sum(caller.taken for caller in step.hit), is_cut=cut.taken),
        taken_failed=f"{_number(failed, is_cut=cut.taken)} failed" if failed else "",
        then=_number(sum(caller.then_calls for caller in step.hit), is_cut=cut.taken),
        kept_out=_number(sum(one.calls for one in step.kept_out), is_cut=cut.entrants),
        onward=_onward(step, own, cut),
        source=measure.reference.title,
        source_href=measure.reference.url,
    )


def called_itself(callers: Sequence[Caller], cut: Cut) -> str:
    """Say how many calls there were with one key."""
    calls, reads = sum(one.calls for one in callers), sum(one.reads for one in callers)
    least = _least(is_cut=cut.calls)
    media = f", {least}{filters.plural(reads, 'read')} of media" if reads else ""
    return f"{least}{filters.plural(calls, 'call')}{media}" if calls else "no recorded call"


def took_itself(taken: int, cut: Cut) -> str:
    """Say how many roles were asked for with one key."""
    return f", {_least(is_cut=cut.taken)}{filters.plural(taken, 'AssumeRole call')}" if taken else ""


def _told(step: Step, cut: Cut) -> str:
    """Say how many of the recorded calls it would have stopped."""
    nothing = f"{'none of the newest calls' if cut.calls else 'no recorded call'} of KVS"
    if not step.hit:
        none = "none of the newest AssumeRole calls" if cut.taken else "no AssumeRole call"
        return f"Would have stopped {nothing}{'' if step.measure.is_of_kvs else f' and {none}'}"
    (calls, reads), least = _sums(step), _least(is_cut=cut.calls)
    taken = sum(caller.taken for caller in step.hit)
    took = f"{_least(is_cut=cut.taken)}{filters.plural(taken, 'AssumeRole call')}"
    failed = sum(caller.failed for caller in step.hit)
    counts = ((reads, "read media"), (failed, "failed anyway"))
    which = " and ".join(f"{least}{filters.number(count)} {what}" for count, what in counts if count)
    of_which = f", of which {which}" if which else ""
    by = f"by {_least(is_cut=cut.callers)}{filters.plural(_count(step.hit), 'caller')}"
    if not calls:
        return f"Would have stopped {nothing}, but {took}, {by}"
    also = f", and {took}" if taken else ""
    return f"Would have stopped {least}{filters.plural(calls, 'recorded call')}{of_which}{also}, {by}"


def _onward(step: Step, own: str, cut: Cut) -> str:
    """Say of the roles that were taken, and of the target's own, what becomes of them."""
    said = []
    hit = [caller for caller in step.hit if caller.taken]
    if step.taking:
        stops = "It would have refused" if hit else "It refuses none of the"
        if hit and step.measure.keeps_out is not nobody:
            stops = "Who had not got in could not have made"
        said.append(f"{stops} {_takings(hit or step.taking, own, _least(is_cut=cut.taken))}")
    if hit:
        said.append("Sessions of other roles that are alive go on until they end: this ends none of them.")
    if step.kept_out:
        least = _least(is_cut=cut.entrants)
        calls, failed = sum(one.calls for one in step.kept_out), sum(one.failed for one in step.kept_out)
        whom = words.listed([short(one.principal) or "unknown" for one in step.kept_out], MOST_ENTRIES)
        anyway = f", {least}{filters.number(failed)} of which failed anyway" if failed else ""
        many = filters.plural(calls, "AssumeRole call")
        said.append(f"It would have refused {least}{many} for the role itself{anyway}, by {whom}.")
    return " ".join(said)


def _takings(taking: Sequence[Caller], own: str, least: str) -> str:
    taken, failed = sum(one.taken for one in taking), sum(one.taken_failed for one in taking)
    roles = {role for one in taking for role in one.roles}
    others = sorted(short(role) or "unknown" for role in roles - {own})
    named = words.listed(others, MOST_ENTRIES)
    whose = f"{filters.plural(len(others), 'other role')} ({named})" if others else "itself"
    anyway = f", {least}{filters.number(failed)} of which failed anyway" if failed else ""
    calls, reads = sum(one.then_calls for one in taking), sum(one.then_reads for one in taking)
    media = f", {least}{filters.number(reads)} of which read media" if reads else ""
    then = f"in the sessions that these gave {least}{filters.plural(calls, 'call')} of KVS followed{media}."
    return f"{least}{filters.plural(taken, 'AssumeRole call')} for {whose}{anyway}; {then}"


def _count(callers: Iterable[Caller]) -> int:
    return sum(caller.many for caller in callers)


def _least(*, is_cut: bool) -> str:
    return _AT_LEAST if is_cut else ""


def _more(count: int, *, is_cut: bool) -> str:
    return f"{_least(is_cut=is_cut)}{filters.plural(count, 'more caller')}" if count > 0 else ""


def _number(value: int, *, is_cut: bool) -> str:
    return f"≥ {filters.number(value)}" if is_cut else filters.number(value)


def _sums(step: Step) -> tuple[int, int]:
    return sum(caller.calls for caller in step.hit), sum(caller.reads for caller in step.hit)


def _hit(caller: Caller, cut: Cut, streams: Mapping[int, Stream]) -> Hit:
    name, href = _named(caller)
    role = "" if caller.is_long_term else short(caller.principal)
    took = f"{_number(caller.taken, is_cut=cut.taken)} AssumeRole" if caller.taken else ""
    sub = " · ".join(part for part in (role, caller.user_agent, took) if part and part != name)
    calls, reads = (_number(each, is_cut=cut.calls) for each in (caller.calls, caller.reads))
    on, more = _on(caller, cut, streams)
    return Hit(name, href, sub, on, more, calls, reads, caller.last_at)


def _on(caller: Caller, cut: Cut, streams: Mapping[int, Stream]) -> tuple[tuple[tuple[str, str], ...], str]:
    """Return the first streams that a caller used, and how many others: one that was named in two ways is one."""
    asked = caller.streams[:MOST_LOOKED_UP]
    own = {streams[ident].own: streams[ident].name for ident in asked if ident in streams}
    shown = sorted(own.items(), key=lambda found: (found[1], found[0]))[:MOST_STREAMS]
    least = _least(is_cut=cut.calls or len(caller.streams) > MOST_LOOKED_UP)
    # What may not be named is counted.
    left = len(own) - len(shown) + sum(ident not in streams for ident in asked)
    more = f"{'and ' if shown else ''}{least}{filters.number(left)} more" if left else ""
    return tuple((name, f"/streams/{ident}") for ident, name in shown), more


def _named(caller: Caller) -> tuple[str, str]:
    if caller.many > 1:
        return f"{filters.number(caller.many)} that called less", ""
    if caller.is_long_term and caller.address:
        return caller.address, address_href(caller.address)
    href = key_href(caller.key) if caller.key else ""
    return caller.person or caller.session or short(caller.principal) or "unknown", href


# ---------------------------------------------------------------- what is alive
def alive_keys(keys: Iterable[tuple[str, str]] | None) -> AliveGroup:
    """Return the active long-term keys, each with how it was used last; None: they were not read."""
    lines = tuple(Alive(key, key_href(key), used) for key, used in keys or ())
    note = "Its access keys were not read." if keys is None else "" if lines else "None is active."
    return AliveGroup("Active keys", "active key", lines, note, nouns="active keys", is_untold=keys is None)


def alive_untold_group(why: str, noun: str) -> AliveGroup:
    """Return that something of it may be alive of which no record tells, and why."""
    return AliveGroup("Sessions", noun, (), why, is_untold=True)


def alive_sessions_group(visit: Visit, found: tuple[AliveSession, ...], why: str) -> AliveGroup:
    """Return the sessions that records say are alive. `why` another may be; "": nothing tells that."""
    is_cut = len(found) > MOST_ALIVE
    more = _more_alive(is_cut=is_cut).rstrip()
    none = f"No record tells of a session that is alive. One that was not recorded may be. {why}".rstrip()
    lines = tuple(_session(visit, one) for one in found[:MOST_ALIVE])
    is_untold = bool(why) and not lines
    return AliveGroup("Sessions", "session", lines, more if found else none, is_cut, "sessions", is_untold)


def alive_session_group(
    visit: Visit, found: tuple[AliveSession, ...], of_role: tuple[AliveSession, ...] | None, why: str
) -> AliveGroup:
    """Return one session, if records say that it is alive, and say how many others of its role are: they go on.

    None: these take too long to find.
    `why` it may be alive though none says so; "": it ended.
    """
    lines = tuple(_session(visit, one) for one in found)
    notes = [] if lines else [why or "No record tells that it is alive."]
    notes += [others] if (others := _others(found, of_role)) else []
    is_untold = bool(why) and not lines
    return AliveGroup("Session", "session", lines, " ".join(notes), nouns="this session", is_untold=is_untold)


def _others(found: tuple[AliveSession, ...], of_role: tuple[AliveSession, ...] | None) -> str:
    if of_role is None:
        return "How many others of its role are alive takes too long to find."
    count = sum(one not in found for one in of_role[:MOST_ALIVE])
    least = _AT_LEAST if len(of_role) > MOST_ALIVE else ""
    many = f"{least}{filters.plural(count, 'other session')} of its role {'is' if count == 1 else 'are'}"
    return f"By the records {many} alive." if count else ""


def _session(visit: Visit, one: AliveSession) -> Alive:
    left = filters.duration(one.expires_at - visit.now)
    by = one.person or short(one.caller)
    sub = f"{left} left, asked for by {by}" if by else f"{left} left"
    return Alive(one.session_name or one.access_key, key_href(one.access_key), sub, one.expires_at)


def alive_taken_group(
    visit: Visit, found: tuple[AliveTaken, ...] | None, followed: Followed | None, asker: Asker
) -> AliveGroup:
    """Return the sessions that were taken, hop by hop, and have not ended: what is done to the taker ends none.

    None: there are so many records of them that nobody looked. Those of its own role end with the role's others; where
    `asker` is no key they are not among `found`, for they stand with these.
    """
    title, noun, nouns = "Sessions that it took", "session that it took", "sessions that it took"
    if found is None:
        untold = "Which of those that it took are alive takes too long to find: they may be, for 12 hours."
        return AliveGroup(title, noun, (), untold, nouns=nouns, is_untold=True)
    is_cut = len(found) > MOST_ALIVE
    left_out = _left_out(followed)
    lines = tuple(_taken(visit, one) for one in found[:MOST_ALIVE])
    is_own = any(one.role_arn == asker.arn != "" for one in found)
    them = "those of other roles" if is_own else "them"
    ends = f"No measure here ends {them}: they go on until they end, up to 12 hours. Stop each on its own page."
    whose = "" if asker.key else " of another role"
    none = f"No record tells of one{whose} that is alive, nor of one behind those that ended."
    notes = [f"{_more_alive(is_cut=is_cut)}{ends}" if lines else "" if left_out else none, left_out]
    return AliveGroup(
        title=title,
        noun=noun,
        lines=lines,
        note=" ".join(note for note in notes if note),
        is_cut=is_cut or bool(left_out),
        nouns=nouns,
        is_untold=bool(left_out) and not lines,
    )


def _left_out(followed: Followed | None) -> str:
    """Say what of the sessions that were taken was not followed; "": nothing."""
    if followed is None:
        return "What was taken with those that it took takes too long to find: it may be alive."
    notes = []
    if followed.is_cut:
        newest = f"The newest {MOST_FOLLOWED:,} that it took were followed, and as many behind them"
        notes.append(f"{newest}: what others led to may be alive.")
    if followed.unnamed:
        many = filters.plural(followed.unnamed, "session")
        notes.append(f"Of {many} no record names the key: what was taken or drawn with it may be alive.")
    return " ".join(notes)


def _taken(visit: Visit, one: AliveTaken) -> Alive:
    left = f"{filters.duration(one.expires_at - visit.now)} left{' at most' if one.is_end_untold else ''}"
    href = key_href(one.access_key) if one.access_key else ""
    sub = f"{left}, of {short(one.role_arn) or 'a role that is not named'}"
    return Alive(one.session_name or one.access_key or "not named", href, sub, one.expires_at)


def _more_alive(*, is_cut: bool) -> str:
    return f"There are more than {MOST_ALIVE:,}; those that live longest are counted. " if is_cut else ""


def alive_urls_group(visit: Visit, found: tuple[AliveUrl, ...] | None, followed: Followed | None) -> AliveGroup:
    """Return the playback URLs that still open, of what was taken as well: nothing takes them back.

    None: they take too long to find.
    """
    title, noun = "Playback URLs", "playback URL"
    said = "KVS has no call that revokes a playback URL: whoever has one can watch until it ends."
    if found is None:
        untold = f"Which are alive takes too long to find: they may be, for 12 hours. {said}"
        return AliveGroup(title, noun, (), untold, nouns=f"{noun}s", is_untold=True)
    more = "Not all that it took could be followed: URLs drawn with the others may be alive."
    left_out = "" if followed and followed.is_whole else more
    lines = tuple(_url(visit, one) for one in found[:MOST_ALIVE])
    notes = ["" if lines or left_out else "None that was recorded is alive.", said, left_out]
    return AliveGroup(
        title=title,
        noun=noun,
        lines=lines,
        note=" ".join(note for note in notes if note),
        is_cut=len(found) > MOST_ALIVE or bool(left_out),
        nouns=f"{noun}s",
        is_untold=bool(left_out) and not lines,
    )


def _url(visit: Visit, one: AliveUrl) -> Alive:
    left = f"{filters.duration(one.expires_at - visit.now)} left{' at most' if one.is_life_untold else ''}"
    href = f"/events?event={reference(one.key)}&own=no&own=yes"
    return Alive(one.stream or one.action, href, f"{left}, issued to {one.issued_to}", one.expires_at)


def ways_in(visit: Visit, target: Target) -> tuple[AliveGroup, bool]:
    """Return who may take a new session of a role, and whether AWS IoT may: then devices use it."""
    found = entries.entries_into(visit.connection, visit.user.scope, [target.principal]).get(target.principal)
    if found is None:
        return AliveGroup(_WAYS_IN, "", (), "Not computed: its trust policy was not read."), False
    if any(entry.kind is TrustedKind.UNREADABLE for entry in found):
        return AliveGroup(_WAYS_IN, "", (), "Not known: its trust policy does not parse."), False
    some = " on conditions"
    let_in = [
        f"{short(entry.source)}{some if entry.outcome is Outcome.CONDITIONAL else ''}"
        for entry in found
        if entry.outcome is not Outcome.UNKNOWN
    ]
    unknown = [short(entry.source) for entry in found if entry.outcome is Outcome.UNKNOWN]
    notes = [f"Its trust policy lets {words.listed(let_in, MOST_ENTRIES)} in."] if let_in else []
    notes += [f"Of {words.listed(unknown, MOST_ENTRIES)} it is not known."] if unknown else []
    note = " ".join(notes) or "Nobody, as it stands now."
    return AliveGroup(_WAYS_IN, "", (), note), any(entry.source == PROVIDER for entry in found)
