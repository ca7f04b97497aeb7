"""Why a cell of the matrix is what it is: each set of streams with the statements that decide on it."""

from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from app.core.errors import InvalidInput
from app.core.iam.alike import Alike, Decided
from app.core.iam.evaluate import LayerKind
from app.core.iam.explain import Explanation, caller, explain
from app.core.iam.layers import Binding
from app.core.iam.matrix import Table
from app.core.iam.reasons import Reason, ReasonCode
from app.core.iam.resources import ANY_RESOURCE
from app.core.kvs.actions import Action
from app.core.model.grant import Outcome
from app.core.model.snapshot import Snapshot
from app.core.model.stream import ResourceKind
from app.core.rules.names import name_of
from app.db.queries.matrix_cell import CellGrant
from app.web import filters, words
from app.web.explain_links import explain_link

MOST_PARTS = 20
"""Parts of one grant that are explained; grants.csv has them all."""
IN_HEADING, MOST_NAMED = 2, 40
LONG, AROUND, CUT = 24, 2, "\N{MIDLINE HORIZONTAL ELLIPSIS}"
"""Lines from which a statement is cut, and how many stay on both sides of each that decides."""
STALE = "What was read last no longer says so: the next evaluation will."
_OUTCOMES = {
    Outcome.ALLOW: "Allowed",
    Outcome.CONDITIONAL: "Allowed under conditions",
    Outcome.PER_DEVICE: "Allowed to each device on its own streams",
    Outcome.DENY: "Denied",
    Outcome.UNKNOWN: "Not known",
}
_NOT_GRANTED = "Not granted"


@dataclass(frozen=True, slots=True)
class Step:
    """One reason in the order of evaluation; `code` is the statement, its deciding lines marked.

    `is_guardrail`: an SCP or RCP that allows the call like all others do; it decides nothing by itself.
    """

    sentence: str
    change: str
    is_guardrail: bool
    policy: str
    place: str
    code: Markup | None


@dataclass(frozen=True, slots=True)
class Why:
    """What holds for one set of resources, and why.

    `example` is the one whose lines are marked. `streams` are their names where the heading does not hold them all,
    `more` counts those behind them. `json` is the address of the same reasons as JSON, for the example.
    """

    heading: str
    keys: str = ""
    example: str = ""
    steps: tuple[Step, ...] = ()
    trouble: str = ""
    guardrails: str = ""
    streams: tuple[str, ...] = ()
    more: str = ""
    json: str = ""


class AskedCell:
    """One principal and action of an account as it was read last, on all that the action could be called on.

    `within` are the ARNs of streams that a filter narrows the matrix to; None: it takes all. `at` is the time as of
    which the account was read, as a URL has it; "": now.
    """

    def __init__(
        self, snapshot: Snapshot, principal: str, action: Action, within: Container[str] | None, at: str = ""
    ) -> None:
        """Find what the action could be called on."""
        self.snapshot = snapshot
        self.principal = principal
        self.action = action
        self.is_narrowed = within is not None
        self.at = at
        taken = {ResourceKind.STREAM: action.on_stream, ResourceKind.CHANNEL: action.on_channel}
        listed = [one for one in snapshot.streams if taken[one.kind] and (within is None or one.arn in within)]
        self.resources = (ANY_RESOURCE,) if action.is_wildcard_only else tuple(sorted(one.arn for one in listed))

    def on(self, resources: Sequence[str]) -> str:
        """Return "on gate", "on all 44 streams", "on 6 of 44 streams"; of a call without resource "on everything"."""
        if ANY_RESOURCE in resources:
            return "on everything"
        everything = len(self.resources)
        kind = words.resources(self.action)
        if len(resources) == everything > 1:
            return f"on all {everything:,} {kind}"
        if len(resources) == 1 or everything < len(resources):
            return f"on {words.listed([name_of(one) for one in resources])}"
        return f"on {len(resources):,} of {everything:,} {kind}"


def whys(cell: AskedCell, grants: Sequence[CellGrant]) -> Iterator[Why]:
    """Yield why each grant of a cell holds; where it has none, why nothing is granted.

    Under a filter also why nothing is granted of the other streams that it names.
    """
    explainer = _Explainer(cell)
    for grant in grants:
        yield from explainer.whys(grant.resources, grant.outcome, _OUTCOMES[grant.outcome], grant.condition_keys)
    granted = {resource for grant in grants for resource in grant.resources}
    left = tuple(resource for resource in cell.resources if resource not in granted)
    if left and (not grants or cell.is_narrowed):
        yield from explainer.whys(left, Outcome.DENY, _NOT_GRANTED)
    elif not grants:
        whose = "The filter leaves" if cell.is_narrowed else "The account has"
        yield Why(_NOT_GRANTED, trouble=f"{whose} nothing that {cell.action.name} is called on.")


class _Explainer:
    """Explains one cell, each part of streams with the same reasons once."""

    def __init__(self, cell: AskedCell) -> None:
        self._cell = cell
        self._table = Table(Binding(cell.snapshot))

    def whys(self, resources: Sequence[str], outcome: Outcome, said: str, keys: Iterable[str] = ()) -> Iterator[Why]:
        """Yield what is `said` of resources that the matrix stores `outcome` of, part by part."""
        depends_on = ", ".join(keys)
        try:
            parts, decided = self._decided(resources)
        except InvalidInput as error:
            text = f"It cannot be explained from what was read last: {error}."
            yield _why(self._cell, resources, said, depends_on, None, text)
            return
        for one in decided:
            stale = "" if one.explanation.outcome is outcome else STALE
            yield _why(self._cell, one.resources, said, depends_on, one.explanation, stale)
        told = {resource for part in parts for resource in part}
        gone = tuple(resource for resource in resources if resource not in told)
        if gone:
            yield _why(self._cell, gone, said, depends_on, None, STALE)
        rest = tuple(resource for part in parts[MOST_PARTS:] for resource in part)
        if rest:
            text = "Other statements decide on these: the file of grants with reasons names them."
            yield _why(self._cell, rest, said, depends_on, None, text)

    def _decided(self, resources: Sequence[str]) -> tuple[tuple[tuple[str, ...], ...], tuple[Decided, ...]]:
        """Return the parts of the resources that are still listed, and the first of them with their reasons.

        Raises:
            InvalidInput: what was read last has no such principal.
        """
        cell = self._cell
        if cell.snapshot.iam is None:
            found = explain(cell.snapshot, cell.principal, cell.action.name, resources[0])
            return (tuple(resources),), (Decided(tuple(resources), found),)
        principal = caller(self._table.binding, cell.principal)
        alike = Alike(self._table)
        parts = alike.parts(principal, cell.action.name, resources)
        return parts, alike.decided(principal, cell.action.name, parts[:MOST_PARTS])


def _why(
    cell: AskedCell, resources: Sequence[str], said: str, keys: str, found: Explanation | None, trouble: str
) -> Why:
    steps = tuple(_step(reason, found) for reason in found.reasons) if found else ()
    guardrails = sum(step.is_guardrail and step.code is not None for step in steps)
    names = [name_of(resource) for resource in resources] if len(resources) > 1 else []
    return Why(
        heading=said
        if said == _NOT_GRANTED and len(resources) == len(cell.resources)
        else f"{said} {cell.on(resources)}",
        keys=keys,
        example="" if found is None or found.resource == ANY_RESOURCE else found.resource,
        steps=steps,
        trouble=trouble,
        guardrails=f"{filters.plural(guardrails, 'statement')} of SCPs and RCPs" if guardrails else "",
        streams=tuple(names[:MOST_NAMED]),
        more=f"{len(names) - MOST_NAMED:,} more" if len(names) > MOST_NAMED else "",
        json=explain_link(cell.principal, cell.action.name, found.resource, cell.at) if found else "",
    )


def _step(reason: Reason, found: Explanation) -> Step:
    policy = f"{reason.policy} {reason.policy_version or ''}".strip() if reason.policy else ""
    has_text = bool(reason.text and reason.first_line)
    allows = reason.code in {ReasonCode.ALLOWED, ReasonCode.ALLOWED_IF}
    # What allows decides nothing where the answer is no: what is missing does, and has no lines.
    is_deciding = not (allows and found.outcome is Outcome.DENY)
    return Step(
        sentence=reason.sentence,
        change=reason.change if found.decides(reason) else "",
        is_guardrail=allows and reason.layer in {LayerKind.SCP, LayerKind.RCP},
        policy=policy,
        place=reason.via or "",
        code=statement(reason.text, reason.first_line or 1, reason.marked, is_deciding=is_deciding)
        if has_text
        else None,
    )


def statement(text: str, first_line: int, marked: tuple[int, ...], *, is_deciding: bool = True) -> Markup:
    """Return a statement with the line numbers of its document, the deciding lines standing out.

    Of a long one (ReadOnlyAccess has two thousand lines) only what stands around those is shown, cuts shown as such.
    """
    lines = dict(enumerate(filters.visible(text).splitlines(), first_line))
    near = {line + step for line in marked for step in range(-AROUND, AROUND + 1)}
    near |= {first_line, first_line + len(lines) - 1}
    kept = [line for line in lines if len(lines) <= LONG or line in near]
    rows, last = [], first_line - 1
    for line in kept:
        if line != last + 1:
            rows.append(Markup('<span class="cutline" data-n="{}"> </span>').format(CUT))
        css = Markup(' class="hit"') if is_deciding and line in marked else ""
        rows.append(Markup('<span{} data-n="{}">{}</span>').format(css, line, lines[line] or " "))
        last = line
    body = Markup("").join(rows)
    return Markup('<pre class="code" role="region" tabindex="0" aria-label="Statement">{}</pre>').format(body)
