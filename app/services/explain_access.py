"""Why a principal may or may not call an action, of what was read last: for the command line and pages alike."""

from dataclasses import dataclass

from sqlalchemy import Connection

from app.core.arn import account_id
from app.core.errors import InvalidInput
from app.core.iam.as_json import explanation_json
from app.core.iam.asked import asked_action, asked_resource
from app.core.iam.explain import Explanation, explain
from app.core.iam.explain_entry import explain_entry
from app.core.iam.layers import Binding
from app.core.iam.trust import ASSUME
from app.core.model.scope import Scope
from app.core.model.snapshot import Snapshot
from app.db.queries.snapshots import load_snapshot


@dataclass(frozen=True, slots=True)
class Explained:
    """An explanation; `note` says what is not known of the resource, empty when the inventory holds it."""

    explanation: Explanation
    note: str = ""

    def as_json(self) -> dict[str, object]:
        """Return what `kvswatch iam explain --json` prints."""
        return explanation_json(self.explanation) | ({"note": self.note} if self.note else {})


def explain_access(connection: Connection, scope: Scope, principal: str, action: str, resource: str) -> Explained:
    """Return why `principal` may or may not call `action`, one of KVS or sts:AssumeRole, on `resource`.

    `principal` is the ARN of a role or user, `resource` that of a stream, a channel or a role, or "*".

    Raises:
        InvalidInput: one of the three is not there, or no such thing, or of an account that is not in the scope.
    """
    if action.lower().removeprefix("sts:") == ASSUME.lower().removeprefix("sts:"):
        its, home = (Binding(snapshot_of(connection, scope, arn)) for arn in (principal, resource))
        return Explained(explain_entry(its, principal, home, resource))
    wanted = asked_action(action)
    snapshot = snapshot_of(connection, scope, resource if account_id(resource) is not None else principal)
    asked = asked_resource(snapshot, wanted, resource)
    return Explained(explain(snapshot, principal, wanted.name, asked.resource), asked.note)


def snapshot_of(connection: Connection, scope: Scope, arn: str) -> Snapshot:
    """Return the account of an ARN as it was read last.

    Raises:
        InvalidInput: the ARN names no account, or one that is not in the scope.
    """
    account = account_id(arn)
    if account is None:
        raise InvalidInput(f"{arn!r} names no account; write a whole ARN")
    return load_snapshot(connection, scope, account)
