"""`/principals/{id}`: what one role or user is granted, who may become it, its keys, and what it did."""

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from markupsafe import Markup
from starlette.exceptions import HTTPException
from starlette.responses import Response

from app.core import arn
from app.core.assumptions._assumption import Rests
from app.core.coverage.history import Strip
from app.core.coverage.observe import ActionClass
from app.core.coverage.seen import seen_over, strips_of_action
from app.core.iam.paths import Ways
from app.core.kvs.actions import ACTIONS, IN_MATRIX_ORDER, MEDIA_READ
from app.core.matrix.cells import Cell
from app.core.matrix.then import EVERYWHERE, Then
from app.core.model.grant import Known, Outcome
from app.core.model.principal import AccessKey, Iam, Principal
from app.core.normalise import access_change
from app.core.parts import AccessKeys
from app.core.query.cursor import reference
from app.core.query.filter import AT, parse
from app.core.query.listing import MATRIX
from app.core.timeline.days import days_of
from app.core.timeline.outcome import outcome_of
from app.db.queries import access_changes, entries, findings, principal_pages, snapshots
from app.db.queries.access_changes import AccessChange
from app.db.queries.principal_pages import ActionUse, GrantRow, PrincipalRow, StreamTouch
from app.db.queries.taken_roles import TakenRole, roles_taken
from app.services.read_access import Access, access_in
from app.services.read_matrix import read_matrix
from app.services.read_principals import MEDIA
from app.services.read_unchanged import unchanged_in
from app.services.read_ways import MOST_ASKED, NO_WAYS, ways_to_principal
from app.web import filters, viewers, words
from app.web.activity import ALL, Group, asked_everywhere, asked_of, asked_whole, by_key, group_of
from app.web.as_it_was import Was, principal_then, unlisted
from app.web.as_of import AsOfView, as_of_view
from app.web.assumed import Resting, resting
from app.web.horizon import Observability, of_account
from app.web.identity_links import key_href, person_href
from app.web.names import short
from app.web.series import is_warm, series_of
from app.web.since import since_text
from app.web.visit import Visit, visiting
from app.web.ways import WaysView, ways_view
from app.web.whole_days import calls_href, days_text

router = APIRouter()
_BY_STREAM = ("view", "streams")
MOST_TOUCHES = 40
MOST_UNREAD = 5
MOST_CHANGES = 40
MOST_TAKEN = 2_000
NEWEST_CALLS = 500
"""Sessions are told by so many calls: what called last is asked for, and a fleet calls all day."""
_RESTS = (
    Rests.STREAM, Rests.KEPT, Rests.COVERAGE, Rests.REFUSED, Rests.SERVICE, Rests.DEVICE, Rests.KEY, Rests.ONCE,
)  # fmt: skip
IAM_REGION = "IAM logs its changes in one Region, us-east-1 in most partitions: they are seen where that one is read."


@dataclass(frozen=True, slots=True)
class GrantLine:
    """What the principal may do with one action, and whether it did; `none` says what none means there."""

    action: str
    state: str
    state_label: str
    is_warm: bool
    outcome: str
    on: str
    conditions: str
    calls: str
    calls_href: str
    none: str
    last_answered: datetime | None
    href: str


@dataclass(frozen=True, slots=True)
class Touch:
    """What it called on one stream."""

    stream: str
    stream_href: str
    action: str
    series: str
    calls: str
    calls_href: str
    errors: str
    failed: str
    last_seen: datetime


@dataclass(frozen=True, slots=True)
class KeyLine:
    """One access key."""

    id: str
    state: str
    is_active: bool
    created_at: datetime
    last_used: str
    href: str


@dataclass(frozen=True, slots=True)
class Policy:
    """One policy that it carries."""

    label: str
    name: str


@dataclass(frozen=True, slots=True)
class Found:
    """A finding about it."""

    severity: str
    title: str
    href: str


@dataclass(frozen=True, slots=True)
class Door:
    """A role that it may assume."""

    name: str
    href: str
    account: str
    account_href: str
    outcome: str
    conditions: str


@dataclass(frozen=True, slots=True)
class Doors:
    """The roles that it may assume, those that trust anybody (its own policies were not asked yet), and what is unread.

    `note` stands where there is none.
    """

    roles: tuple[Door, ...]
    anybody: tuple[Door, ...]
    note: str
    unread: str


@dataclass(frozen=True, slots=True)
class TakenLine:
    """A role that it asked for by AssumeRole*, as records tell."""

    name: str
    href: str
    account: str
    account_href: str
    calls: str
    failed: str
    last_at: datetime


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """One change of what it may do, or of who may be it. `behind` is "" where no record names more than `who`."""

    action: str
    what: str
    behind: str
    behind_href: str
    who: str
    who_href: str
    outcome: str
    at: datetime
    href: str


@dataclass(frozen=True, slots=True)
class PrincipalView:
    """What the page prints."""

    title: str
    name: str
    arn: str
    kind: str
    account: str
    account_href: str
    digits: str
    badges: tuple[str, ...]
    summary: str
    assumed: Resting | None
    row: PrincipalRow
    unlisted: str
    now: datetime
    span: str
    days: str
    grants: tuple[GrantLine, ...]
    grants_note: str
    touches: tuple[Touch, ...]
    touches_note: str
    blind_text: str
    trust: Markup
    trust_note: str
    through: WaysView
    doors: Doors
    taken: tuple[TakenLine, ...]
    taken_note: str
    policies: tuple[Policy, ...]
    problems: tuple[str, ...]
    keys: tuple[KeyLine, ...]
    keys_note: str
    sessions: tuple[Group, ...]
    stop_href: str
    matrix_href: str
    streams_href: str
    events_href: str
    coverage_href: str
    findings: tuple[Found, ...]
    changes: tuple[ChangeLine, ...]
    changes_note: str
    since: str
    as_of: AsOfView


@router.get("/principals/{principal_id:int}", include_in_schema=False)
def show(request: Request, principal_id: int) -> Response:
    """Show one principal."""
    with visiting(request, "now-90d", takes=(ALL,), has_at=True) as opened:
        visit = asked_whole(opened)
        row = None
        if principal_id < 2**31:
            row = principal_pages.principal_row(visit.connection, visit.scope, principal_id)
        if row is None:
            raise HTTPException(404, f"There is no principal {principal_id} here.")
        is_ours = row.account_id in dict(visit.accounts)
        return visit.page("pages/principal.html", _view(visit, row), account=row.account_id if is_ours else None)


def _view(visit: Visit, row: PrincipalRow) -> PrincipalView:
    connection, scope = visit.connection, visit.scope
    days = days_of(visit.span.start, visit.span.end)
    by_action, touches = principal_pages.did(connection, scope, row.id, days, MOST_TOUCHES, visit.past)
    uses = {use.action: use for use in by_action}
    access = access_in(connection, scope, row.account_id, visit.past)
    was = Was(row) if visit.at is None else principal_then(row, access.then)
    row = was.row
    granted = _granted_then(access.then, row) if access.then else principal_pages.grants_of(connection, scope, row)
    contents = snapshots.contents_of(connection, scope, row.account_id, visit.past, names=["iam", "access_keys"])
    known = _of_iam(contents.get(("iam", "")), row.arn)
    listed: AccessKeys | None = contents.get(("access_keys", ""))
    own_keys = dict(listed.users).get(row.arn) if listed else None
    keys = _keys(own_keys or (), visit)
    about = findings.findings_about(connection, scope, row.account_id, [row.arn, *(key.id for key in keys)])
    doors, (taken, is_cut) = _doors(visit, row), _roles_taken(visit, row)
    account, digits = visit.account_name(row.account_id), arn.account_text(row.account_id)
    return PrincipalView(
        title=short(row.name),
        name=short(row.name),
        arn=row.arn,
        kind=row.kind.replace("_", " "),
        account=account if row.account_id else "no account",
        account_href=visit.account_page(row.account_id),
        # Of an account without a name its digits are its name.
        digits="" if not row.account_id or account == digits else digits,
        badges=_badges(visit, was),
        summary=_summary(visit, was, access, uses.values(), doors),
        assumed=resting(visit, *_RESTS),
        row=row,
        unlisted=unlisted(was),
        now=visit.now,
        span=visit.span.label,
        days=days_text(visit),
        grants=_grants(visit, row, granted, uses),
        grants_note=_unlisted(visit) if access.is_unlisted else _grants_note(visit, was, granted, access),
        touches=tuple(_touch(visit, row, touch) for touch in touches),
        touches_note=f"; the newest {MOST_TOUCHES}" if len(touches) == MOST_TOUCHES else "",
        blind_text=_account_seen(visit, row).sentence,
        trust=_trust(known),
        trust_note=_trust_note(row, known),
        through=ways_view(visit, _ways(visit, row)),
        doors=doors,
        taken=tuple(_taken(visit, one) for one in taken),
        taken_note=_taken_note(row, taken, is_cut=is_cut),
        policies=_policies(known),
        problems=tuple(f"{one.policy}: {one.message}" for one in access.problems if one.principal in {"", row.arn}),
        keys=keys,
        keys_note=_keys_note(own_keys, row),
        sessions=_sessions(visit, row),
        stop_href=f"/principals/{row.id}/stop" if row.kind in {"role", "user", "root"} else "",
        matrix_href=visit.then(f"/matrix?{urlencode(_asked(visit, row, with_range=False))}"),
        streams_href="" if visit.at else f"/matrix?{urlencode([*_asked(visit, row, with_range=False), _BY_STREAM])}",
        events_href=f"/events?{urlencode(_asked(visit, row))}",
        coverage_href=visit.coverage_href(row.account_id),
        findings=tuple(Found(f.finding.severity.value, f.finding.message, f"/findings/{f.id}") for f in about),
        changes=(changed := _changes(visit, row, known)),
        since=_since(visit, row, known),
        changes_note="" if changed else _changes_note(visit, row),
        as_of=as_of_view(visit, {row.account_id: access.then.as_of} if access.then else {}),
    )


def _granted_then(then: Then, row: PrincipalRow) -> tuple[GrantRow, ...]:
    """Return what a principal was granted, as the stored grants have it."""
    return tuple(
        GrantRow(one.action, one.outcome, one.condition_keys, len(one.resources), one.resources == EVERYWHERE)
        for one in then.by_principal.get(row.arn, ())
    )


def _ways(visit: Visit, row: PrincipalRow) -> Ways:
    if row.kind != "role":
        return NO_WAYS
    return ways_to_principal(visit.connection, visit.scope, row.arn, visit.past, MOST_ASKED)


def _asked(visit: Visit, row: PrincipalRow, *, with_range: bool = True) -> list[tuple[str, str]]:
    """Return the filter "this principal" of the matrix and the timeline."""
    pairs = [("principal", row.arn)]
    if not with_range:
        # Who is of none that is watched acts in others.
        is_ours = row.account_id in dict(visit.accounts)
        return [("account", arn.account_text(row.account_id)), *pairs] if is_ours else pairs
    pairs += [("from", visit.span.from_text)]
    return pairs + ([("to", visit.span.to_text)] if visit.span.to_text else [])


def _badges(visit: Visit, was: Was[PrincipalRow]) -> tuple[str, ...]:
    row = was.row
    if visit.at is not None:
        return (was.absence or row.kind.replace("_", " "),)
    if row.listed_at is None:
        return ("named by calls only; no listing of IAM knows it",)
    badges = [row.kind.replace("_", " ")]
    if row.removed_at:
        badges.append(f"gone since {row.removed_at:%Y-%m-%d}")
    if row.kind == "user":
        badges.append({None: "MFA not read", True: "MFA", False: "no MFA"}[row.has_mfa])
    return tuple(badges)


def _unlisted(visit: Visit) -> str:
    if visit.at is not None:
        return "The streams of its account had not been listed then, so on which of them it might do what is not known."
    return "The streams of its account were never listed, so on which of them it may do what is not known."


def _summary(visit: Visit, was: Was[PrincipalRow], access: Access, uses: Iterable[ActionUse], doors: Doors) -> str:
    """Answer in the first sentence: how much it may watch, and what it did."""
    row = was.row
    first = "What it may do is not computed: its policies were not read."
    if access.is_evaluated and row.listed_at:
        may = _may(visit, row, access.then)
        watched = filters.plural(may.granted, "stream or channel", "streams and channels")
        verb = "might" if visit.at else "may"
        more = f" itself; it may also assume {filters.plural(len(doors.roles), 'role')}, listed below"
        unknown = words.unknown(may.unknown, access.problems) + words.unlisted(
            access.unlisted_regions, is_past=visit.at is not None
        )
        first = f"It {verb} watch {watched}{unknown}{more if doors.roles else ''}."
    if access.is_unlisted:
        first = _unlisted(visit)
    if was.absence:
        first = f"It was {was.absence}."
    reads = sum(use.calls - use.errors for use in uses if use.action in MEDIA_READ)
    counted = days_text(visit)
    did = f"It was seen to read media {filters.plural(reads, 'time')} ({counted})."
    if not reads:
        did = f"It was not seen to read media ({counted}). {_account_seen(visit, row).sentence}"
    return f"{first} {did}"


def _may(visit: Visit, row: PrincipalRow, then: Then | None) -> Known:
    if then is not None:
        return then.may(row.arn, MEDIA_READ)
    return principal_pages.streams_may(visit.connection, visit.scope, [row.id], MEDIA_READ).get(row.id, Known())


def _account_seen(visit: Visit, row: PrincipalRow) -> Observability:
    """Return what could be observed where it lives; of the whole scope where its account has no stream."""
    return of_account(visit.observability(), row.account_id, MEDIA)


def _grants(
    visit: Visit,
    row: PrincipalRow,
    granted: tuple[GrantRow, ...],
    uses: Mapping[str, ActionUse],
) -> tuple[GrantLine, ...]:
    """Return one line for each outcome of each action, in the order of the matrix: reading media first."""
    asked = [*_asked(visit, row), *([(AT, visit.at_text)] if visit.at else [])]
    query = parse(asked, MATRIX, visit.now).filter
    strips = visit.observability(row.account_id).strips
    matrix = read_matrix(visit.connection, visit.scope, query, strips)
    letters = dict(zip(matrix.columns, matrix.rows[0].cells, strict=True)) if matrix.rows else {}
    order = {action.name: place for place, action in enumerate(IN_MATRIX_ORDER)}
    lines = [
        _line(visit, row, grant, letters.get(grant.action, Cell.UNKNOWN), uses.get(grant.action), strips)
        for grant in sorted(granted, key=lambda grant: (order.get(grant.action, len(order)), grant.outcome))
    ]
    gone = [action for action in order if letters.get(action) == Cell.GONE and action in uses]
    return tuple(lines + [_gone(visit, row, uses[action]) for action in gone])


_OWN_LETTER = {
    Outcome.CONDITIONAL: Cell.CONDITIONAL,
    Outcome.PER_DEVICE: Cell.PER_DEVICE,
    Outcome.DENY: Cell.DENIED,
    Outcome.UNKNOWN: Cell.UNKNOWN,
}


def _line(
    visit: Visit, row: PrincipalRow, grant: GrantRow, letter: str, use: ActionUse | None, strips: Iterable[Strip]
) -> GrantLine:
    state = _OWN_LETTER.get(grant.outcome, letter)
    answered = use.calls - use.errors if use else 0
    return GrantLine(
        action=grant.action,
        state=str(state),
        state_label=words.CELLS.get(str(state), ""),
        is_warm=is_warm(grant.action),
        outcome=words.OUTCOMES[grant.outcome],
        on="no resource: the whole account" if grant.is_wildcard else _on(grant),
        conditions=", ".join(grant.condition_keys),
        calls=filters.number(answered),
        calls_href=_answered(visit, row, grant.action) if answered else "",
        none="" if answered else _none(visit, row, grant.action, strips),
        last_answered=use.last_answered if use else None,
        href=_cell(visit, row, grant.action),
    )


def _none(visit: Visit, row: PrincipalRow, action: str, strips: Iterable[Strip]) -> str:
    """Return what stands where no call was answered: 0 only where all of them would have been seen."""
    found = strips_of_action(strips, row.account_id, ACTIONS[action]) if action in ACTIONS else ()
    # Where selectors name streams, those that it may call may be others than all that was seen.
    is_sure = not any(strip.is_by_stream for strip in found)
    none = seen_over(found, visit.span.start, visit.span.end).none
    return none if is_sure or none != "0" else "none seen"


def _gone(visit: Visit, row: PrincipalRow, use: ActionUse) -> GrantLine:
    return GrantLine(
        action=use.action,
        state=Cell.GONE.value,
        state_label=words.CELLS["R"],
        is_warm=is_warm(use.action),
        outcome="not granted then" if visit.at else "not granted now",
        on=filters.plural(use.streams, "stream"),
        conditions="",
        calls=filters.number(use.calls - use.errors),
        calls_href=_answered(visit, row, use.action),
        none="",
        last_answered=use.last_answered,
        href=_cell(visit, row, use.action),
    )


def _answered(visit: Visit, row: PrincipalRow, action: str) -> str:
    return calls_href(visit, [("principal", row.arn)], [action], is_answered=True)


def _on(grant: GrantRow) -> str:
    known = ACTIONS.get(grant.action)
    kind = "channel" if known and known.on_channel and not known.on_stream else "stream"
    return filters.plural(grant.n, kind)


def _cell(visit: Visit, row: PrincipalRow, action: str) -> str:
    pairs = [*_asked(visit, row, with_range=False), ("cell", f"{row.id},{action}")]
    return visit.then(f"/matrix?{urlencode(pairs)}")


def _grants_note(visit: Visit, was: Was[PrincipalRow], granted: tuple[GrantRow, ...], access: Access) -> str:
    if not access.is_evaluated:
        read, may = ("were not read yet", "may") if visit.at is None else ("had not been read then", "might")
        return f"The policies of this account {read}, so nothing can be said about what it {may} do."
    if was.absence:
        return f"It was {was.absence}, so nothing can be said about what it might do."
    if was.row.listed_at is None:
        return "No listing of IAM knows it, so nothing can be said about what it may do."
    if granted:
        return ""
    if access.unlisted_regions and not was.row.removed_at:
        unlisted = words.unlisted(access.unlisted_regions, is_past=visit.at is not None)
        return f"No action of Kinesis Video Streams is known to be granted to it{unlisted}."
    return "None of the 46 actions of Kinesis Video Streams is granted to it."


def _touch(visit: Visit, row: PrincipalRow, touch: StreamTouch) -> Touch:
    about = [("principal", row.arn), *viewers.on_stream(touch.arn, touch.stream, touch.region)]
    return Touch(
        stream=touch.stream or "no stream",
        stream_href=f"/streams/{touch.stream_id}" if touch.stream_id else "",
        action=touch.action,
        series=series_of(touch.action),
        calls=filters.number(touch.calls),
        calls_href=calls_href(visit, about, [touch.action]),
        errors=filters.number(touch.errors) if touch.errors else "",
        failed=filters.failed(touch.calls, touch.errors),
        last_seen=touch.last_seen,
    )


def _of_iam(iam: Iam | None, wanted: str) -> Principal | None:
    return next((one for one in iam.principals if one.arn == wanted), None) if iam else None


def _trust(known: Principal | None) -> Markup:
    if known is None or known.trust is None:
        return Markup("")
    try:
        text = json.dumps(json.loads(known.trust.document), indent=2, ensure_ascii=False)
    except ValueError:
        text = known.trust.document
    return filters.lines(text, label="Trust policy")


def _trust_note(row: PrincipalRow, known: Principal | None) -> str:
    if row.kind == "user":
        return "A user is nobody's to assume: whoever holds its password or keys is it."
    if known is None:
        return "Its trust policy was not read."
    return "" if known.trust else "It has no trust policy."


def _doors(visit: Visit, row: PrincipalRow) -> Doors:
    if visit.at is not None:
        return Doors((), (), "", "Which roles it might assume then is not computed: the page of each says who might.")
    connection, scope = visit.connection, visit.user.scope
    found = entries.entries_of(connection, scope, row.id)
    named = {entry.role for entry in found}
    anybody = [role for role in entries.open_to_anybody(connection, scope, row.account_id) if role not in named]
    ids = principal_pages.ids_of(connection, scope, [*named, *anybody])
    evaluated = entries.evaluated_accounts(connection, scope)
    unread = [name for number, name in visit.accounts if number not in evaluated]
    shown = ", ".join(unread[:MOST_UNREAD]) + (" and others" if len(unread) > MOST_UNREAD else "")
    return Doors(
        tuple(_door(visit, one.role, ids, words.OUTCOMES[one.outcome], one.condition_keys) for one in found),
        tuple(_door(visit, role, ids, "trusts anybody") for role in anybody),
        _no_door(row, evaluated),
        f"Who may assume the roles of {shown} is not computed." if unread else "",
    )


def _no_door(row: PrincipalRow, evaluated: Collection[int]) -> str:
    """Say why no role is listed. Whether one lets it in hangs on its own policies, too."""
    if row.account_id and row.account_id not in evaluated:
        return "Not known: the permissions of its account are not read."
    if row.listed_at is None:
        return "Not known: no listing of IAM knows it."
    return "No role lets it in."


def _roles_taken(visit: Visit, row: PrincipalRow) -> tuple[tuple[TakenRole, ...], bool]:
    span = visit.span
    return roles_taken(visit.connection, visit.scope, row.id, span.start, span.end, MOST_TAKEN)


def _taken_note(row: PrincipalRow, taken: tuple[TakenRole, ...], *, is_cut: bool) -> str:
    """Say what the list of roles that it took leaves out."""
    if row.kind == "service":
        return "An AWS service takes roles for others. They are not listed: each session's page says who asked for it."
    if not taken:
        return "No record tells of a role that it took. Where trails log writes alone there is none."
    return f"By its newest {MOST_TAKEN:,} AssumeRole calls." if is_cut else ""


def _taken(visit: Visit, one: TakenRole) -> TakenLine:
    account = arn.account_id(one.arn)
    return TakenLine(
        name=short(one.arn) or "not named",
        href=f"/principals/{one.role_id}" if one.role_id else "",
        account=visit.account_name(account) if account is not None else "",
        account_href=visit.account_page(account) if account is not None else "",
        calls=filters.number(one.calls),
        failed=filters.number(one.failed) if one.failed else "",
        last_at=one.last_at,
    )


def _door(visit: Visit, role: str, ids: Mapping[str, int], outcome: str, keys: Iterable[str] = ()) -> Door:
    account = arn.account_id(role)
    return Door(
        name=short(role),
        href=f"/principals/{ids[role]}" if role in ids else "",
        account=visit.account_name(account) if account is not None else "",
        account_href=visit.account_page(account) if account is not None else "",
        outcome=outcome,
        conditions=", ".join(keys),
    )


def _changes(visit: Visit, row: PrincipalRow, known: Principal | None) -> tuple[ChangeLine, ...]:
    """Return the changes that were about it, a policy that it carries now, or a group that it is in."""
    own = access_change.folded(row.arn)
    named = [own, *access_change.carried(known)] if known else [own]
    found = access_changes.changes_of(
        visit.connection, visit.scope, row.account_id, named, visit.span.start, MOST_CHANGES, visit.past
    )
    ids = principal_pages.ids_of(visit.connection, visit.user.scope, {one.who for one in found if one.who})
    return tuple(_change(one, own, ids) for one in found)


def _change(one: AccessChange, own: str, ids: Mapping[str, int]) -> ChangeLine:
    return ChangeLine(
        action=one.action,
        what=", ".join(short(target) for target in one.targets if target != own),
        behind=one.person or one.session_name or "",
        behind_href=person_href(one.person) if one.person else "",
        who=short(one.who) if one.who else "somebody the record does not name",
        who_href=f"/principals/{ids[one.who]}" if one.who and one.who in ids else "",
        outcome=outcome_of(one.error_code).value if one.error_code else "",
        at=one.key.event_time,
        href=f"/events?{urlencode({'event': reference(one.key), 'from': 'now-90d'})}",
    )


def _since(visit: Visit, row: PrincipalRow, known: Principal | None) -> str:
    """Say since when its own permissions are read to be as they are; as of a time the readings around it are told."""
    if visit.at is not None or known is None:
        return ""
    told = since_text(unchanged_in(visit.connection, visit.scope, row.account_id).get(row.arn))
    made = f" It was created on {known.created_at:%Y-%m-%d}." if known.created_at else ""
    accounts = {row.account_id, *dict(visit.accounts)}
    read = principal_pages.first_read(visit.connection, visit.scope, row.id, accounts, visit.now)
    first = f" AWS answered its first known read of media, {read[0]}, on {read[1]:%Y-%m-%d}." if read else ""
    return f"Its own policies, groups and boundary: {told}.{made}{first}"


def _changes_note(visit: Visit, row: PrincipalRow) -> str:
    """Say that none was seen, and where none could be."""
    if row.account_id and row.account_id not in dict(visit.accounts):
        return f"No change was seen in {visit.span.label}, and none could be: its account is not watched."
    seen = of_account(visit.observability(), row.account_id, frozenset({ActionClass.MANAGEMENT}))
    return f"No change was seen in {visit.span.label}. {seen.sentence} {IAM_REGION}"


def _sessions(visit: Visit, row: PrincipalRow) -> tuple[Group, ...]:
    """Return the sessions and keys that it called with last."""
    if not row.account_id:  # AWS itself, or nobody knows who: it has no keys of its own
        return ()
    # Of an account that is not read no call is stored: it called in others.
    is_ours = row.account_id in dict(visit.accounts)
    found = (
        asked_of(visit, "principal_id", row.id, frozenset({row.account_id}), most=NEWEST_CALLS)
        if is_ours
        else asked_everywhere(visit, "principal_id", row.id, most=NEWEST_CALLS)
    )
    newest = f"Called last with, newest {NEWEST_CALLS} calls" if found.is_cut else "Called with"
    return (group_of(visit, newest, found.uses, by_key),)


def _policies(known: Principal | None) -> tuple[Policy, ...]:
    if known is None:
        return ()
    inline = [Policy("inline", policy.name) for policy in known.inline]
    attached = [Policy("managed", policy) for policy in known.attached]
    boundary = [Policy("boundary", known.boundary)] if known.boundary else []
    return (*inline, *attached, *boundary, *(Policy("group", group) for group in known.groups))


def _keys(keys: Iterable[AccessKey], visit: Visit) -> tuple[KeyLine, ...]:
    now = visit.past or visit.now
    return tuple(_key(key, now, is_past=visit.at is not None) for key in keys)


def _key(key: AccessKey, now: datetime, *, is_past: bool) -> KeyLine:
    used = "never used"
    if is_past:
        # A key that is used makes no version of its account's keys: when it was used last is known of now alone.
        used = "use is told as of now alone"
    elif key.last_used_at:
        service = key.last_used_service or "a service not told"
        used = f"used {filters.age(key.last_used_at, now)} ago, by IAM, for {service}"
    return KeyLine(
        id=key.id,
        state=f"{'active' if key.is_active else 'inactive'}, {filters.age(key.created_at, now)} old",
        is_active=key.is_active,
        created_at=key.created_at,
        last_used=used,
        href=key_href(key.id),
    )


def _keys_note(keys: tuple[AccessKey, ...] | None, row: PrincipalRow) -> str:
    if row.kind != "user":
        return ""
    return "Its access keys were not read." if keys is None else "It has no access key."
