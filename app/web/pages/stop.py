"""`…/stop` below a principal, key or session: what of it is alive, what stops it, and whom that would hit."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from itertools import chain
from typing import TypeVar

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from app.core import arn
from app.core.assumptions._assumption import Rests
from app.core.lineage.device import is_certificate_id, is_of_device
from app.core.model.account import AccountKind
from app.core.model.principal import AccessKey
from app.core.parts import AccessKeys
from app.core.query.filter import Problem
from app.core.stopping.callers import with_taken
from app.core.stopping.measure import Caller, Entrant, Target
from app.db.engine import all_at_most, at_most
from app.db.errors import TooSlow
from app.db.queries import accounts, lineage, principal_pages, snapshots, still_alive
from app.db.queries.activity import Asked, accounts_called
from app.db.queries.callers import NOBODY, Played, callers, streams_of
from app.db.queries.followed_keys import followed_keys
from app.db.queries.lineage import LONGEST_SESSION
from app.db.queries.principal_pages import ids_of
from app.db.queries.still_alive import LONGEST
from app.db.queries.taken_roles import AliveTaken, alive_taken, entrants
from app.services.read_taken import Asker, TakenRoles, read_taken
from app.web import filters, words
from app.web.assumed import Resting, resting
from app.web.identity_links import key_href
from app.web.known_key import KnownKey, read_key
from app.web.names import short
from app.web.shell import with_query
from app.web.span import range_asked
from app.web.stopping import (
    NOTHING_CUT,
    AliveGroup,
    Cut,
    Itself,
    StepView,
    alive_keys,
    alive_session_group,
    alive_sessions_group,
    alive_taken_group,
    alive_untold_group,
    alive_urls_group,
    called_itself,
    step_views,
    took_itself,
    ways_in,
)
from app.web.used_by_iam import unrecorded
from app.web.viewers import to_timeline
from app.web.visit import LONGEST_TOLD, Visit, first_of, visiting
from app.web.whole_days import EVERY_CALL

T = TypeVar("T")
router = APIRouter()
SPAN = "now-30d"
MOST_PLAYED = 5_000
"""So many calls are played back with the page; where there are more, all are when that is asked for."""
WHOLE_S = 4.5
"""A statement of a page ends after 5 s; those of all calls together before, so that the page says so itself."""
ALIVE_S, ALL_ALIVE_S = 3.0, 4.5
"""What was taken by somebody who took hundreds of thousands of sessions is not worth the page: a question, and all."""
PLAY, ALL = "play", "all"
"""The parameter that asks for all calls to be played back, and its one value."""
MOST_TAKEN, MOST_TAKEN_OF_ALL = 200, 10_000
"""So many AssumeRole calls are followed with the page, and where all calls are asked for."""
MOST_ENTRANTS, MOST_ENTRANTS_OF_ALL = 2_000, 100_000
"""So many sessions that were asked for of the role are looked at: a fleet takes one a device and hour."""
FRAGMENTS = frozenset({"measures"})
_MINUTE = "%Y-%m-%d %H:%MZ"
_RESTS = (
    Rests.KEY, Rests.KEPT, Rests.COVERAGE, Rests.DEVICE, Rests.URL, Rests.REFUSED, Rests.SERVICE, Rests.ONCE,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class StopView:
    """What the page prints.

    `played` says by which calls it is judged; where these are not all, `all_calls` is the (text, href) of the others,
    and `whole_href` the page that plays all of them back, "" where that took too long.
    """

    title: str
    name: str
    back: str
    summary: str
    itself: Itself | None
    assumed: Resting | None
    unrecorded: str
    steps: tuple[StepView, ...]
    barred: tuple[StepView, ...]
    alive: tuple[AliveGroup, ...]
    played: str
    note: str
    all_calls: tuple[str, str] | None
    whole_href: str
    whole_text: str
    has_entrants: bool


@dataclass(frozen=True, slots=True)
class _Judged:
    """By what the page judges: calls with whose they are, roles that were taken, and who took the target's.

    `is_shut`: not all that asked for the target's role was looked at. `is_too_slow`: all calls were asked for, and it
    took too long.
    """

    calls: tuple[tuple[str, Played], ...]
    taken: TakenRoles
    entrants: tuple[Entrant, ...]
    is_shut: bool
    is_too_slow: bool = False

    @property
    def cut(self) -> tuple[Played, ...]:
        """Those of which there are older calls that were not played back."""
        return tuple(calls for _, calls in self.calls if calls.is_cut)

    @property
    def what_is_cut(self) -> Cut:
        """Of what older ones were not looked at."""
        return Cut(bool(self.cut), self.taken.is_cut, self.is_shut)

    @property
    def is_cut(self) -> bool:
        """Whether something older was not looked at."""
        return self.what_is_cut != NOTHING_CUT

    @property
    def callers(self) -> tuple[Caller, ...]:
        """Who called, and who took roles."""
        return with_taken(chain.from_iterable(calls.callers for _, calls in self.calls), self.taken.taken)

    @property
    def uses(self) -> tuple[tuple[str | None, datetime], ...]:
        """Keys with which Kinesis Video Streams was called, and when last: a role that was taken later is none."""
        found = (one for _, calls in self.calls for one in calls.callers)
        return tuple((one.key, one.kvs_at) for one in found if one.kvs_at)

    @property
    def parts(self) -> tuple[str, ...]:
        """What was played back, in words."""
        parts = [_part(whose, calls) for whose, calls in self.calls if calls.callers]
        if self.taken.is_cut:
            parts.append(f"the newest {filters.plural(len(self.taken.taken), 'AssumeRole call')}, with what followed")
        if self.is_shut:
            count = sum(one.calls for one in self.entrants)
            parts.append(f"the newest {filters.plural(count, 'session')} asked for of the role")
        return tuple(parts)


@dataclass(frozen=True, slots=True)
class _Subject:
    """What the page is about: its name and page, what is to be stopped, and the calls by which that is judged.

    `account` is where it called last, or lives. `asker` is who took other roles. `column` and `value` name
    its calls, for playback URLs. `noun`: "session" or "key" where it is one, `issued_at` and `ends_at` by its record.
    """

    name: str
    back: str
    target: Target
    account: int | None
    judged: "_Judged"
    asker: Asker
    column: str
    value: str | int
    keys: tuple[AccessKey, ...] | None = None
    noun: str = ""
    issued_at: datetime | None = None
    ends_at: datetime | None = None


@router.get("/principals/{principal_id:int}/stop", include_in_schema=False)
def stop_principal(request: Request, principal_id: int) -> Response:
    """Show how to stop a role or user."""
    with visiting(request, SPAN, takes=(PLAY,)) as visit:
        row = None
        if principal_id < 2**31:
            row = principal_pages.principal_row(visit.connection, visit.scope, principal_id)
        if row is None:
            raise HTTPException(404, f"There is no principal {principal_id} here.")
        keys = _keys_of(visit, row.account_id, row.arn)
        target, asker = Target(row.arn, row.account_id or None), Asker(row.id, row.arn)
        judged = _judged(visit, target, asker, _Lot(f"the {_kind(target)}", "principal_id", row.id))
        about = _Subject(
            name=short(row.name),
            back=f"/principals/{row.id}",
            target=replace(target, keys=_to_stop(keys, judged.callers)),
            account=row.account_id,
            judged=judged,
            asker=asker,
            column="principal_id",
            value=row.id,
            keys=keys,
        )
        return _page(_asking(visit), about)


@router.get("/keys/{key:access_key}/stop", include_in_schema=False)
@router.get("/sessions/{key:access_key}/stop", include_in_schema=False)
def stop_key(request: Request, key: str) -> Response:
    """Show how to stop a key or session."""
    with visiting(request, SPAN, takes=(PLAY,)) as visit:
        known = read_key(visit, key, lineage.records_of(visit.connection, visit.scope, key))
        ids = ids_of(visit.connection, visit.scope, [known.principal]) if known.principal else {}
        target, listed = _target(known), known.listings.listed
        keys: tuple[AccessKey, ...] | None = (listed.key,) if listed else None
        if keys is None and target.kind == "user" and target.account is not None:
            # With those of the user another session can be had; a long-term key that is not among them is gone.
            whose = _keys_of(visit, target.account, target.principal)
            keys = None if whose is None else whose if known.is_session else ()
        noun = "session" if known.is_session else "key"
        itself = _Lot(f"the {noun}", "access_key", key)
        whole = _Lot(f"its {_kind(target)}", "principal_id", ids.get(known.principal, 0), key)
        asker = Asker(ids.get(known.principal, 0), known.principal, key)
        about = _Subject(
            name=_name(known, target),
            back=key_href(key),
            target=target,
            account=known.account,
            judged=_judged(visit, target, asker, itself, whole),
            asker=asker,
            column="access_key",
            value=key,
            keys=keys,
            noun=noun,
            issued_at=known.issued.event_time if known.issued else None,
            ends_at=known.ends_at,
        )
        return _page(_asking(visit), about)


def _asking(visit: Visit) -> Visit:
    """Return the visit with what is wrong with `play=`."""
    given = first_of(visit.request, PLAY) or ALL
    return visit if given == ALL else visit.complaining(Problem(PLAY, given[:LONGEST_TOLD], f"is not {ALL}"))


@dataclass(frozen=True, slots=True)
class _Lot:
    """Calls that are played back together: whose they are, by a column of them; those with `without_key` are others."""

    whose: str
    column: str
    value: str | int
    without_key: str | None = None


def _judged(visit: Visit, target: Target, asker: Asker, *lots: _Lot) -> _Judged:
    """Return by what the page judges: all calls where that was asked for and is quick enough, else the newest."""
    is_asked = first_of(visit.request, PLAY) == ALL
    if is_asked:
        with suppress(TooSlow), all_at_most(visit.connection, WHOLE_S):
            return _looked_at(visit, target, asker, lots, is_whole=True)
    return replace(_looked_at(visit, target, asker, lots, is_whole=False), is_too_slow=is_asked)


def _looked_at(visit: Visit, target: Target, asker: Asker, lots: tuple[_Lot, ...], *, is_whole: bool) -> _Judged:
    connection, scope, start, end = visit.connection, visit.scope, visit.span.start, visit.span.end
    most = None if is_whole else MOST_PLAYED
    into: tuple[Entrant, ...] = ()
    is_shut = False
    if target.kind == "role":
        most_into = MOST_ENTRANTS_OF_ALL if is_whole else MOST_ENTRANTS
        into, is_shut = entrants(connection, scope, target.principal, target.session, start, end, most_into)
    return _Judged(
        tuple((lot.whose, _callers(visit, target, lot, most)) for lot in lots),
        read_taken(connection, scope, asker, start, end, MOST_TAKEN_OF_ALL if is_whole else MOST_TAKEN),
        into,
        is_shut,
    )


def _callers(visit: Visit, target: Target, lot: _Lot, most: int | None) -> Played:
    start, end = visit.span.start, visit.span.end
    if not lot.value:
        return NOBODY
    called = accounts_called(visit.connection, visit.scope, lot.column, lot.value, start, end)
    asked = Asked(lot.column, lot.value, start, end, called)
    return callers(visit.connection, visit.scope, asked, target, most, lot.without_key) if called else NOBODY


def _kind(target: Target) -> str:
    return {"root": "root user", "": "principal"}.get(target.kind, target.kind)


def _target(known: KnownKey) -> Target:
    newest, issued = known.newest, known.issued
    is_device = any(is_of_device(one) for one in known.records)
    lives_in = arn.account_id(known.principal)
    session = known.session_name
    seen = newest or known.asked
    # A device sends to the Region of its stream; its certificate and the role alias are where AWS IoT issued.
    region = issued.region if issued and (is_device or not newest) else seen.region if seen else ""
    return Target(
        principal=known.principal,
        # It is stopped where it lives, wherever it called last: an SCP of another account does not bind it.
        account=known.account if lives_in is None else lives_in,
        keys=() if known.is_session else (known.key,),
        session=session,
        certificate=session if is_device and session and is_certificate_id(session) else None,
        is_device=is_device,
        person=known.person,
        region=region,
    )


def _name(known: KnownKey, target: Target) -> str:
    if not known.principal:
        return known.key
    whose = short(known.principal)
    return f"session {target.session or known.key} of {whose}" if known.is_session else f"the key of {whose}"


def _page(visit: Visit, about: _Subject) -> Response:
    # Of an account that is not read nothing is observed: its principals call in those that are.
    account = about.account if about.account in dict(visit.accounts) else None
    seen = visit.observability(account)
    view = _view(visit, about, seen.sentence)
    return visit.page("pages/stop.html", view, account=account, horizon=seen, fragments=FRAGMENTS)


def _view(visit: Visit, about: _Subject, observed: str) -> StopView:
    alive, target = _alive(visit, about)
    judged = about.judged
    called, is_whole = judged.callers, first_of(visit.request, PLAY) == ALL
    whole = replace(target, is_of_management=_is_management(visit, target))
    names = partial(streams_of, visit.connection, visit.scope)
    found = step_views(whole, called, visit.now, judged.entrants, judged.what_is_cut, names)
    return StopView(
        title=f"Stop {about.name}",
        name=about.name,
        back=about.back,
        summary=f"{_ended(about, visit.now)}{_summary(alive)}",
        itself=_itself(visit, about) if about.noun else None,
        assumed=resting(visit, *_RESTS),
        unrecorded=unrecorded(about.keys or (), judged.uses, visit.span.start, visit.now),
        steps=tuple(step for step in found if step.tabs),
        barred=tuple(step for step in found if not step.tabs),
        alive=alive,
        played=_played(visit, judged),
        note=_note(judged, observed),
        all_calls=_all_calls(visit, about) if judged.is_cut else None,
        whole_href=with_query(visit.request, **{PLAY: ALL}) if judged.is_cut and not is_whole else "",
        whole_text=f"Play back all calls, {visit.span.label}",
        has_entrants=bool(judged.entrants),
    )


def _played(visit: Visit, judged: _Judged) -> str:
    """Say by which calls it is judged."""
    if not judged.is_cut:
        return f"{visit.span.label} played back"
    if len(judged.parts) > 1 or not judged.cut:
        return f"of {words.listed(judged.parts, len(judged.parts))}"
    (only,) = judged.cut
    return f"of the newest {only.calls:,} calls, since {only.since:{_MINUTE}}"


def _part(whose: str, calls: Played) -> str:
    if not calls.is_cut:
        return f"all calls of {whose}"
    return f"the newest {calls.calls:,} calls of {whose} (since {calls.since:{_MINUTE}})"


def _note(judged: _Judged, observed: str) -> str:
    """Say by what it is judged: what nobody could see nobody can play back."""
    said = f"{observed} What was not recorded is not counted."
    if not judged.is_cut:
        return said
    left = "Whoever called only before that is not among the callers, and each number may be higher."
    slow = " All of them took too long: try a shorter range." if judged.is_too_slow else ""
    return f"{said} Played back are {words.listed(judged.parts, len(judged.parts))}. {left}{slow}"


def _all_calls(visit: Visit, about: _Subject) -> tuple[str, str]:
    """Return the list of all calls of the role or user, else of the key, in the page's range."""
    whose = about.target.principal
    who = ("principal", whose) if whose else ("key", str(about.value))
    return f"All calls, {visit.span.label}", to_timeline([who, *range_asked(visit.span), *EVERY_CALL])


def _itself(visit: Visit, about: _Subject) -> Itself:
    """Return what the one session or key did, beside what the measures are about."""
    key, (_, calls) = str(about.value), about.judged.calls[0]
    sessions = [one.session for one in about.judged.taken.taken if one.session.caller_key == key]
    cut = Cut(calls.is_cut, about.judged.taken.is_cut)
    return Itself(
        lead=f"With this {about.noun} itself, {visit.span.label}:",
        calls=called_itself(calls.callers, cut),
        href=to_timeline([("key", key), *range_asked(visit.span), *EVERY_CALL]) if calls.callers else "",
        taken=took_itself(len(sessions), cut),
        last_at=max([*(one.last_at for one in calls.callers), *(one.event_time for one in sessions)], default=None),
        reach=_reach(about, visit.now),
    )


def _reach(about: _Subject, now: datetime) -> str:
    """Say how far the measures reach beyond the one session or key: they are about its role or user."""
    whole = _kind(about.target)
    if not about.target.kind:
        return ""
    others = "sessions" if about.target.kind == "role" else "keys and sessions"
    if _is_over(about, now):
        also = f"the measures below are about other {others} of its {whole}, and those to come."
        return f"It ended, so stopping it breaks nothing: {also}"
    if about.noun == "session":
        return f"The numbers below count all that a measure stops: other sessions of its name, or of its {whole}, too."
    return f"Measures below that are about its {whole} reach further: their numbers count all its {others}."


def _is_over(about: _Subject, now: datetime) -> bool:
    return about.ends_at is not None and about.ends_at <= now


def _ended(about: _Subject, now: datetime) -> str:
    """Say of a session that is over when it ended."""
    if about.ends_at is None or not _is_over(about, now):
        return ""
    return f"The session ended at {about.ends_at:%Y-%m-%d %H:%M:%SZ}: AWS takes no call with its key any more. "


def _summary(alive: tuple[AliveGroup, ...]) -> str:
    """Answer in the first sentence: what is alive."""
    counts = [group.count for group in alive if group.lines or group.is_untold]
    said = (
        f"Alive now: {words.listed(counts, len(counts))}."
        if counts
        else "Nothing of it that was recorded is alive now."
    )
    return f"{said} kvswatch changes nothing in AWS: each text below is for you to run."


def _alive(visit: Visit, about: _Subject) -> tuple[tuple[AliveGroup, ...], Target]:
    """Return what is alive, and the target with what its trust policy tells."""
    target = about.target
    # No statement is outside of `_in_time`: where no time is left each question is answered by "perhaps".
    with all_at_most(visit.connection, ALL_ALIVE_S):
        own, behind = _own(visit, about), _behind(visit, about)
    if target.kind != "role" or target.account is None:
        return (*own, *behind), target
    trust, has_devices = ways_in(visit, target)
    is_device = target.is_device or (has_devices and target.session is None)
    return (*own, trust, *behind), replace(target, is_device=is_device)


def _own(visit: Visit, about: _Subject) -> tuple[AliveGroup, ...]:
    """Return the keys and sessions of its own that are alive."""
    target = about.target
    noun = f"this {about.noun}" if about.noun else "sessions"
    if target.kind in {"user", "root"}:
        why = _why_alive(visit, about)
        perhaps = alive_untold_group(why, "this session" if about.noun == "session" else "sessions")
        return (_keys_group(visit, about), *([perhaps] if why else []))
    if target.kind != "role" or target.account is None:
        untold = "No role or user of it is known here, so nobody looked for its sessions and keys: they may be alive."
        return (alive_untold_group(untold, noun),)
    asked = partial(still_alive.alive_sessions, visit.connection, visit.scope, target.principal, visit.now)
    is_one = about.column == "access_key"
    found = _in_time(visit, lambda: asked(str(about.value)) if is_one else asked())
    if found is None and not _is_over(about, visit.now):
        whether = "it is alive takes too long to find: it" if is_one else "any is alive takes too long to find: one"
        return (alive_untold_group(f"Whether {whether} may be, for 12 hours.", noun),)
    why = "" if found else _why_alive(visit, about)
    if not is_one:
        return (alive_sessions_group(visit, found or (), why),)
    return (alive_session_group(visit, found or (), _in_time(visit, asked), why),)


def _behind(visit: Visit, about: _Subject) -> tuple[AliveGroup, ...]:
    """Return the sessions that it took and the playback URLs that are alive, those behind further hops as well."""
    connection, scope, now, asker = visit.connection, visit.scope, visit.now, about.asker
    followed = _in_time(visit, lambda: followed_keys(connection, scope, asker.principal_id, asker.key, now))
    onward = followed.keys if followed else frozenset[str]()
    # A principal's own sessions stand with those of the role; with a key its own role can be taken again.
    own = "" if asker.key else asker.arn
    # Where it led to no key of late, and all is known, nothing that was taken is alive.
    taken: tuple[AliveTaken, ...] | None = ()
    if onward or followed is None or not followed.is_whole:
        taken = _in_time(visit, lambda: alive_taken(connection, scope, asker.principal_id, own, asker.key, now, onward))
    urls = _in_time(visit, lambda: still_alive.alive_urls(connection, scope, about.column, about.value, now, onward))
    of_taken, of_urls = alive_taken_group(visit, taken, followed, asker), alive_urls_group(visit, urls, followed)
    # What AWS services take is not looked for: nothing is said of it.
    return (of_taken, of_urls) if asker.key or about.target.kind else (of_urls,)


def _why_alive(visit: Visit, about: _Subject) -> str:
    """Return why a session of it may be alive though no record says so; "" where each that called lately ended."""
    longest = LONGEST if about.target.kind == "role" else LONGEST_SESSION
    since, judged = visit.now - longest, about.judged
    if about.noun == "session":
        known = [at for at in (about.issued_at, judged.calls[0][1].since) if at]
        is_over = _is_over(about, visit.now) if about.ends_at else bool(known) and min(known) <= since
        return "" if is_over else "No record tells when it ends: it may be alive."
    looked_at = [visit.span.start, *(calls.since for calls in judged.cut if calls.since)]
    if visit.span.end < visit.now or max(looked_at) > since:
        return f"Not all calls of the last {filters.duration(longest)} were looked at: one may be alive."
    whose, now, of_late = about.target.principal, visit.now, f"of the last {filters.duration(longest)}"
    is_untold = _in_time(visit, lambda: still_alive.may_be_alive(visit.connection, visit.scope, whose, since, now))
    if is_untold is None:
        return f"Whether each {of_late} ended takes too long to find: one may be alive."
    return f"Of a session {of_late}, used or taken, no record tells that it ended." if is_untold else ""


def _in_time(visit: Visit, ask: Callable[[], T]) -> T | None:
    """Return an answer; None where that takes too long to tell."""
    with suppress(TooSlow), at_most(visit.connection, ALIVE_S):
        return ask()
    return None


def _keys_group(visit: Visit, about: _Subject) -> AliveGroup:
    if about.keys is None:
        return alive_keys(None)
    active = [key for key in about.keys if key.is_active]
    return alive_keys((key.id, _used(key, about.judged.callers, visit.now)) for key in active)


def _used(key: AccessKey, called: tuple[Caller, ...], now: datetime) -> str:
    """Say when a key was used last by IAM, and by a record that is later: IAM is read seldom."""
    at = key.last_used_at
    by_iam = f"used {filters.age(at, now)} ago, by IAM" if at else "never used, by IAM"
    recorded = max((one.last_at for one in called if one.key == key.id), default=None)
    if recorded is None or (at and at >= recorded):
        return by_iam
    return f"used {filters.age(recorded, now)} ago, by a recorded call; {by_iam}"


def _keys_of(visit: Visit, account: int, user: str) -> tuple[AccessKey, ...] | None:
    contents = snapshots.contents_of(visit.connection, visit.scope, account, names=["access_keys"])
    listed: AccessKeys | None = contents.get(("access_keys", ""))
    # Of a user who came after that reading nobody knows any.
    return None if listed is None else dict(listed.users).get(user)


def _to_stop(keys: tuple[AccessKey, ...] | None, called: tuple[Caller, ...]) -> tuple[str, ...]:
    """Return the keys that are active; of a user whose keys were not read those that records tell of."""
    if keys is not None:
        return tuple(key.id for key in keys if key.is_active)
    return tuple(sorted({one.key for one in called if one.key and one.is_long_term}))


def _is_management(visit: Visit, target: Target) -> bool:
    if target.account is None:
        return False
    known = accounts.account(visit.connection, visit.scope, target.account)
    is_told = known is not None and known.kind is AccountKind.MANAGEMENT
    # An organization may be listed by a delegated administrator, and its management account not be read.
    return is_told or snapshots.is_management_account(visit.connection, visit.scope, target.account)
