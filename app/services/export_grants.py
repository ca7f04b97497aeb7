"""The stored grants as files have them: each with the sentences that the page prints of why it is so."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from sqlalchemy import Connection

from app.core.arn import account_text
from app.core.errors import InvalidInput
from app.core.iam.explain import Explanation, explained
from app.core.iam.layers import Binding
from app.core.model.grant import Grant
from app.core.model.principal import Principal
from app.core.model.scope import Scope
from app.core.query.filter import Filter
from app.db.queries import grants as queries
from app.db.queries.snapshots import load_snapshot
from app.services.export_lists import NOT_EVALUATED, Row, narrowed_to

CHANGED = "what was read last no longer says so: the next evaluation will"


def grants(connection: Connection, scope: Scope, query: Filter, _now: datetime) -> Iterator[Row]:
    """Yield the grants account by account, in the order of principals and actions.

    A grant on many resources is explained on the first of them: the same statements decide on all.
    """
    narrowed, names = narrowed_to(connection, scope, query)
    contained = [text.lower() for text in query.values("name")]
    outcomes = query.values("outcome")
    for account in sorted(number for number in names if narrowed.holds(number)):
        of_account: Row = {"account": account_text(account), "account_name": names[account]}
        found = queries.grants(connection, narrowed, account)
        if found is None:
            yield {**dict.fromkeys(_COLUMNS, ""), **of_account, "outcome": NOT_EVALUATED}
            continue
        explainer = _Explainer(connection, narrowed, account)
        for grant in found:
            is_named = all(text in grant.principal.lower() for text in contained)
            if is_named and (not outcomes or grant.outcome in outcomes):
                yield {**of_account, **explainer.row(grant)}


_COLUMNS = ("principal", "action", "condition_keys", "resources", "example", "why", "change")


class _Explainer:
    """Explains the grants of an account from what was read of it last."""

    def __init__(self, connection: Connection, scope: Scope, account: int) -> None:
        self._trouble = ""
        self._binding: Binding | None = None
        self._callers: Mapping[str, Principal] = {}
        try:
            self._binding = Binding(load_snapshot(connection, scope, account))
        except InvalidInput as error:
            self._trouble = f"it cannot be explained: {error}"
        else:
            self._callers = {principal.arn: principal for principal in self._binding.callers}

    def row(self, grant: Grant) -> Row:
        found = self._explained(grant)
        deciding = [] if found is None else [reason for reason in found.reasons if found.decides(reason)]
        return {
            "principal": grant.principal,
            "action": grant.action,
            "outcome": grant.outcome.value,
            "condition_keys": " ".join(grant.condition_keys),
            "resources": str(len(grant.resources)),
            "example": grant.resources[0] if grant.resources else "",
            "why": " ".join(reason.sentence for reason in deciding) or self._trouble or CHANGED,
            "change": " ".join(reason.change for reason in deciding),
        }

    def _explained(self, grant: Grant) -> Explanation | None:
        principal = self._callers.get(grant.principal)
        if self._binding is None or principal is None or not grant.resources:
            return None
        found = explained(self._binding, principal, grant.action, grant.resources[0])
        return found if found.outcome is grant.outcome else None
