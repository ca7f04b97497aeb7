"""`/findings/{id}`: one finding, its proof, its fix, its history, and what can be done with it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Request
from markupsafe import Markup
from starlette.convertors import Convertor, register_url_convertor
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from app.auth.current_user import User
from app.core import arn
from app.core.errors import InvalidInput
from app.core.kvs.actions import ACTIONS
from app.core.ledger.catalogue import below_rule
from app.core.ledger.standing import standings
from app.core.model.finding import Evidence, Finding, FindingState
from app.core.query.filter import Problem
from app.core.rules.catalogue import AnyRule, catalogue
from app.core.rules.fix import fix_texts
from app.core.rules.names import name_of, principal_of
from app.core.rules.rule import Reference
from app.db.queries import finding_pages, findings
from app.db.queries.assumptions import sightings
from app.db.queries.findings import FindingChange, FindingRow
from app.services import change_finding
from app.web import filters, words
from app.web.assumed import Unproven, unproven_rule
from app.web.fix_tabs import FixTab, fix_tabs
from app.web.identity_links import key_href
from app.web.site import Site
from app.web.visit import LONGEST_TOLD, Visit, first_of, visiting


class FindingId(Convertor[str]):
    """The 16 hex digits of a finding: so `/findings/cannot-tell` is free for another page."""

    regex = "[0-9a-f]{16}"

    def convert(self, value: str) -> str:
        """Return the id as it is."""
        return value

    def to_string(self, value: str) -> str:
        """Return the id as it is."""
        return value


register_url_convertor("finding_id", FindingId())
router = APIRouter()
MUTE_DAYS = 90


@dataclass(frozen=True, slots=True)
class Proof:
    """One piece of evidence: where it was found, the thing itself with its deciding lines marked, where to look on."""

    element_id: str
    kind: str
    where: str
    code: Markup
    text: str
    link: str


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the history."""

    at: datetime
    text: str
    note: str


@dataclass(frozen=True, slots=True)
class FindingView:
    """What the page prints."""

    title: str
    id: str
    now: datetime
    finding: Finding
    severity: str
    state: str
    rule: str
    rule_href: str
    code: str
    practice: str
    why: str
    account: str
    account_href: str
    digits: str
    subject: str
    subject_name: str
    subject_href: str
    cell: str
    cell_href: str
    is_late: str
    proofs: tuple[Proof, ...]
    calls: tuple[Proof, ...]
    calls_href: str
    fix: str
    tabs: tuple[FixTab, ...]
    references: tuple[Reference, ...]
    assumed: tuple[Unproven, ...]
    history: tuple[Step, ...]
    can_acknowledge: bool
    can_mute: bool
    can_reopen: bool
    mute_until: str
    complaint: str
    done: str
    next: str


DONE = {"acknowledge": "Acknowledged.", "mute": "Muted.", "reopen": "Open again."}


@router.get("/findings/{finding_id:finding_id}", include_in_schema=False)
def show(request: Request, finding_id: str) -> Response:
    """Show one finding."""
    return _shown(request, finding_id)


@router.post("/findings/{finding_id:finding_id}/acknowledge", include_in_schema=False)
def acknowledge(request: Request, finding_id: str, note: Annotated[str, Form()] = "") -> Response:
    """Mark it as known."""
    return _changed(
        request,
        finding_id,
        "acknowledge",
        lambda site, user, now: change_finding.acknowledge(
            site.writer, user.scope, finding_id, by=user.name, note=note, now=now
        ),
    )


@router.post("/findings/{finding_id:finding_id}/mute", include_in_schema=False)
def mute(
    request: Request, finding_id: str, reason: Annotated[str, Form()] = "", until: Annotated[str, Form()] = ""
) -> Response:
    """Accept it for a reason, until a day: its end, UTC."""
    return _changed(
        request,
        finding_id,
        "mute",
        lambda site, user, now: change_finding.mute(
            site.writer, user.scope, finding_id, by=user.name, reason=reason, until=_end_of(until), now=now
        ),
    )


@router.post("/findings/{finding_id:finding_id}/reopen", include_in_schema=False)
def reopen(request: Request, finding_id: str, note: Annotated[str, Form()] = "") -> Response:
    """Open it again."""
    return _changed(
        request,
        finding_id,
        "reopen",
        lambda site, user, now: change_finding.reopen(
            site.writer, user.scope, finding_id, by=user.name, note=note, now=now
        ),
    )


def _changed(
    request: Request, finding_id: str, verb: str, change: Callable[[Site, User, datetime], Finding]
) -> Response:
    """Make the change and go back to the page, or show the page with what was wrong."""
    site: Site = request.app.state.site
    try:
        change(site, site.user(), site.clock())
    except InvalidInput as error:
        return _shown(request, finding_id, str(error))
    return RedirectResponse(f"/findings/{finding_id}?done={verb}", 303)


def _end_of(day: str) -> datetime:
    """Return the end of a day that a form gives.

    Raises:
        InvalidInput: it is no day. A mute without an end would be forgotten.
    """
    try:
        return datetime.strptime(day, "%Y-%m-%d").replace(tzinfo=UTC) + timedelta(days=1)
    except (ValueError, OverflowError):  # the last day of the calendar has no end
        raise InvalidInput(f"cannot mute until {day[:LONGEST_TOLD]!r}: give a day as 2027-02-21") from None


def _shown(request: Request, finding_id: str, complaint: str = "") -> Response:
    with visiting(request, "now-90d", takes=("done",)) as visit:
        row = findings.finding(visit.connection, visit.scope, finding_id)
        if row is None:
            raise HTTPException(404, f"There is no finding {finding_id} here.")
        done = first_of(request, "done") or next(iter(DONE))
        wrong = [Problem("done", done[:LONGEST_TOLD], "is nothing that was done")] if done not in DONE else []
        view = _view(visit, row, complaint)
        return visit.complaining(*wrong).page(
            "pages/finding.html", view, account=row.finding.account, status=422 if complaint else 200
        )


def _view(visit: Visit, row: FindingRow, complaint: str) -> FindingView:
    found = row.finding
    rule = catalogue().rules.get(found.rule)
    about = principal_of(found.subject)
    places = finding_pages.subject_places(visit.connection, visit.scope, (about,))
    history = findings.history(visit.connection, visit.scope, row.id)
    proofs = tuple(_proof(n, evidence, found.account) for n, evidence in enumerate(found.evidence))
    cell, cell_href = _cell(found, places.get(about, ""))
    return FindingView(
        title=found.message,
        id=row.id,
        now=visit.now,
        finding=found,
        severity=found.severity.value,
        state=words.FINDING_STATES[found.state],
        rule=rule.title if rule else found.rule,
        rule_href=f"/findings?rule={found.rule}",
        code=rule.code if rule else found.rule,
        practice=f"{rule.practice.value}, {words.PRACTICES[rule.practice]}" if rule else "not of this release",
        why=rule.why if rule else "",
        account=row.account_name or "no longer onboarded",
        account_href=visit.account_page(found.account),
        digits=arn.account_text(found.account),
        subject=found.subject,
        subject_name=name_of(found.subject),
        subject_href=places.get(about, "") or (key_href(about) if _is_key(about) else ""),
        cell=cell,
        cell_href=cell_href,
        is_late=_lateness(found, visit.now),
        proofs=tuple(proof for proof in proofs if proof.kind != "event"),
        calls=tuple(proof for proof in proofs if proof.kind == "event"),
        calls_href=_calls_href(found),
        fix=rule.fix.text if rule else "",
        tabs=_tabs(rule, found),
        references=rule.references if rule else (),
        assumed=unproven_rule(
            standings(sightings(visit.connection, visit.scope, names=below_rule(found.rule))), found.rule
        ),
        history=tuple(_step(change) for change in history),
        can_acknowledge=found.state in {FindingState.OPEN, FindingState.MUTED},
        can_mute=found.state in {FindingState.OPEN, FindingState.ACKNOWLEDGED},
        can_reopen=found.state in {FindingState.ACKNOWLEDGED, FindingState.MUTED},
        mute_until=f"{visit.now + timedelta(days=MUTE_DAYS):%Y-%m-%d}",
        complaint=complaint,
        done=DONE.get(first_of(visit.request, "done"), ""),
        next=f"/findings/{row.id}",
    )


def _lateness(found: Finding, now: datetime) -> str:
    """Say how long it has been so, and since when it no longer is."""
    if found.state is FindingState.RESOLVED and found.resolved_at:
        return f"resolved after {filters.duration(found.resolved_at - found.first_seen_at)}"
    return f"there for {filters.age(found.first_seen_at, now)}"


def _is_key(subject: str) -> bool:
    return subject.startswith(("AKIA", "ASIA"))


def _calls_href(found: Finding) -> str:
    """Return the list of all calls of the finding's subject from the first to the last that shows it."""
    about, _, person = found.subject.partition(" ")
    if _is_key(about):
        subject = {"key": about}
    elif ":kinesisvideo:" in about:
        subject = {"stream": about}
    elif ":iam:" in about or ":sts:" in about:
        subject = {"principal": principal_of(about)} | ({"person": person} if person else {})
    else:  # a trail calls nobody: all of its account is better than a list of none
        subject = {}
    until = found.last_seen_at + timedelta(seconds=1)
    when = {"from": f"{found.first_seen_at:%Y-%m-%dT%H:%M:%SZ}", "to": f"{until:%Y-%m-%dT%H:%M:%SZ}"}
    return f"/events?{urlencode({'account': arn.account_text(found.account)} | subject | when)}"


def _cell(found: Finding, place: str) -> tuple[str, str]:
    """Return what of the matrix the finding is about, and its address: a call of a role or user, or its row.

    Of several calls it is the first that reads media: the others lead up to it.
    """
    if not place.startswith("/principals/"):
        return "", ""
    ident = place.removeprefix("/principals/")
    calls = [one.text.partition(" ")[0] for one in found.evidence if one.kind == "event"]
    known = [name for name in calls if name in ACTIONS]
    action = next((name for name in known if ACTIONS[name].exposes_media), known[0] if known else "")
    name = name_of(principal_of(found.subject))
    asked = {"account": arn.account_text(found.account), "cell": f"{ident},{action}" if action else ident}
    return f"{action} of {name}" if action else f"all actions of {name}", f"/matrix?{urlencode(asked)}"


def _proof(place: int, evidence: Evidence, account: int) -> Proof:
    is_code = evidence.kind == "statement"
    return Proof(
        element_id=f"proof-{place}",
        kind=evidence.kind,
        where=evidence.where,
        code=filters.lines(evidence.text, evidence.marked, evidence.where) if is_code else Markup(""),
        text="" if is_code else evidence.text,
        # Only paths within kvswatch: a rule's text must not lead elsewhere.
        link=_within(evidence.link, account) if evidence.link and evidence.link.startswith("/") else "",
    )


def _within(link: str, account: int) -> str:
    return f"{link}?account={arn.account_text(account)}" if link == "/coverage" else link


def _tabs(rule: AnyRule | None, found: Finding) -> tuple[FixTab, ...]:
    if rule is None:
        return ()
    return fix_tabs(fix_texts(rule, found), "fix", "Fix")


def _step(change: FindingChange) -> Step:
    by = "" if change.from_state is None or "_" in change.by else f"{change.by}: "
    state = words.FINDING_STATES[change.to_state].lower()
    same = change.from_state is change.to_state
    text = "opened" if change.from_state is None else "still so" if same else state
    return Step(change.changed_at, f"{by}{text}", "" if change.note == text else change.note or "")
