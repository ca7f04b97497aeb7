"""Grants, of now or as of a time, as files have them: each with the sentences that the page prints of why it is so."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from operator import attrgetter

from sqlalchemy import Connection

from app.core.arn import account_text
from app.core.errors import InvalidInput
from app.core.iam.alike import Alike, Decided
from app.core.iam.layers import Binding
from app.core.iam.matrix import Table
from app.core.iam.reasons import Reason
from app.core.matrix.cells import TAKEN
from app.core.matrix.then import Then
from app.core.model.grant import Grant
from app.core.model.principal import Principal
from app.core.model.scope import Scope
from app.core.model.stream import ResourceKind
from app.core.query.filter import Filter
from app.core.query.moment import iso
from app.core.readings import AsOf
from app.db.queries import grants as queries
from app.db.queries.snapshots import load_snapshot
from app.db.queries.unjudged import unjudged_actions
from app.services.export_lists import NOT_EVALUATED, Row, narrowed_to
from app.services.look_back import look_back

NONE = "none"
"""Of what a statement lacks: an inline policy has no version."""
NOT_LISTED = {kind: f"{kind}s not listed" for kind in ResourceKind}
"""As an outcome: what is granted on streams, or on channels, is not known."""
CHANGED = "what was read last no longer says so: the next evaluation will"


def grants(connection: Connection, scope: Scope, query: Filter, _now: datetime) -> Iterator[Row]:
    """Yield the grants account by account, in the order of principals and actions.

    A grant whose resources have it for different reasons has a row for each of these: `resources` counts those of the
    row, and `example` is the first of them. `policy` to `sid` are of the statements that `why` names, in its order and
    parted by blanks; what one of them lacks is NONE. As of a time AS_OF stands behind.
    """
    narrowed, names = narrowed_to(connection, scope, query)
    contained = [text.lower() for text in query.values("name")]
    outcomes = query.values("outcome")
    unjudged = unjudged_actions(connection, narrowed, query, None) if query.at is None else {}
    for account in sorted(number for number in names if narrowed.holds(number)):
        then = look_back(connection, narrowed, account, query.at.at) if query.at else None
        of_account: Row = {"account": account_text(account), "account_name": names[account], **_as_of(then)}
        found = queries.grants(connection, narrowed, account) if then is None else _grants_then(then)
        nothing = dict.fromkeys(_COLUMNS, "")
        if found is None:
            yield {**nothing, **of_account, "outcome": NOT_EVALUATED}
            continue
        if then is not None:
            unjudged = unjudged_actions(connection, narrowed, query, None, {account: then})
        for kind, taken in TAKEN.items():
            if unjudged.get(account, 0) & taken == taken:
                yield {**nothing, **of_account, "outcome": NOT_LISTED[kind]}
        explainer = _Explainer(connection, narrowed, account, query.at.at if query.at else None)
        for grant in found:
            is_named = all(text in grant.principal.lower() for text in contained)
            if is_named and (not outcomes or grant.outcome in outcomes):
                for row in explainer.rows(grant):
                    yield {**of_account, **row}


AS_OF = ("as_of", "readings")
"""The columns of a file that is of a time in the past."""


def as_of_cells(as_of: AsOf) -> tuple[str, str]:
    """Return the time that an answer is of, and what the readings around it say."""
    return iso(as_of.at), " ".join(as_of.sentences())


def _as_of(then: Then | None) -> Row:
    return {} if then is None else dict(zip(AS_OF, as_of_cells(then.as_of), strict=True))


def _grants_then(then: Then) -> tuple[Grant, ...] | None:
    """Return the grants in the order of the stored ones; None: nobody had read who may do what."""
    if not then.is_evaluated:
        return None
    return tuple(sorted(then.matrix.grants, key=attrgetter("principal", "action", "outcome", "condition_keys")))


_PLACES = ("policy", "policy_version", "statement_index", "sid")
_COLUMNS = ("principal", "action", "condition_keys", "resources", "example", "why", "change", *_PLACES)


class _Explainer:
    """Explains the grants of an account from what was read of it last, or last before a time."""

    def __init__(self, connection: Connection, scope: Scope, account: int, at: datetime | None) -> None:
        self._trouble = ""
        self._alike: Alike | None = None
        self._callers: Mapping[str, Principal] = {}
        try:
            binding = Binding(load_snapshot(connection, scope, account, at))
        except InvalidInput as error:
            self._trouble = f"it cannot be explained: {error}"
        else:
            self._alike = Alike(Table(binding))
            self._callers = {principal.arn: principal for principal in binding.callers}

    def rows(self, grant: Grant) -> Iterator[Row]:
        """Yield a row for each reason that resources of a grant have, then one for those that have none any more."""
        found = self._explained(grant)
        for one in found:
            deciding = [reason for reason in one.explanation.reasons if one.explanation.decides(reason)]
            why = " ".join(reason.sentence for reason in deciding)
            yield _row(grant, one.resources, why or CHANGED, deciding)
        explained = {resource for one in found for resource in one.resources}
        left = tuple(resource for resource in grant.resources if resource not in explained)
        if left or not found:
            yield _row(grant, left, self._trouble or CHANGED, ())

    def _explained(self, grant: Grant) -> list[Decided]:
        principal = self._callers.get(grant.principal)
        if self._alike is None or principal is None:
            return []
        parts = self._alike.parts(principal, grant.action, grant.resources)
        decided = self._alike.decided(principal, grant.action, parts)
        return [one for one in decided if one.explanation.outcome is grant.outcome]


def _row(grant: Grant, resources: tuple[str, ...], why: str, deciding: Sequence[Reason]) -> Row:
    return {
        "principal": grant.principal,
        "action": grant.action,
        "outcome": grant.outcome.value,
        "condition_keys": " ".join(grant.condition_keys),
        "resources": str(len(resources)),
        "example": resources[0] if resources else "",
        "why": why,
        "change": " ".join(reason.change for reason in deciding),
        **dict(zip(_PLACES, _places(deciding), strict=True)),
    }


def _places(deciding: Iterable[Reason]) -> Iterator[str]:
    """Yield policies, their versions, the places of the statements (from 0) and their Sids; a name has no blanks."""
    found = [reason for reason in deciding if reason.statement is not None]
    yield " ".join(reason.policy_arn or reason.policy or NONE for reason in found)
    yield " ".join(reason.policy_version or NONE for reason in found)
    yield " ".join(str(reason.statement) for reason in found)
    yield " ".join(reason.sid or NONE for reason in found)
