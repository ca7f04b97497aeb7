"""Why a principal may or may not call an action, now or as of a time: for the command line and pages alike."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

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
from app.core.query.moment import iso
from app.core.readings import AsOf
from app.db.queries.readings import readings
from app.db.queries.snapshots import load_snapshot


@dataclass(frozen=True, slots=True)
class Explained:
    """An explanation; `note` says what is not known of the resource, empty when the inventory holds it.

    `as_of` tells the readings around the time that it is of; None: it is of now.
    """

    explanation: Explanation
    note: str = ""
    as_of: AsOf | None = None

    def as_json(self) -> dict[str, object]:
        """Return what `kvswatch iam explain --json` prints."""
        note = {"note": self.note} if self.note else {}
        as_of = {} if self.as_of is None else {"as_of": self.as_of.as_json()}
        return explanation_json(self.explanation) | note | as_of


def explain_access(
    connection: Connection, scope: Scope, principal: str, action: str, resource: str, at: datetime | None = None
) -> Explained:
    """Return why `principal` may or may not call `action`, one of KVS or sts:AssumeRole, on `resource`.

    `principal` is the ARN of a role or user, `resource` that of a stream, a channel or a role, or "*". With `at` the
    answer is of what was read before that time.

    Raises:
        InvalidInput: one of the three is not there, or no such thing, or of an account that is not in the scope.
    """
    if action.lower().removeprefix("sts:") == ASSUME.lower().removeprefix("sts:"):
        its, home = (snapshot_of(connection, scope, arn, at) for arn in (principal, resource))
        as_of = as_of_of(connection, scope, (its, home), at)
        with _telling(as_of):
            found = explain_entry(Binding(its), principal, Binding(home), resource)
        return Explained(found, as_of=as_of)
    wanted = asked_action(action)
    snapshot = snapshot_of(connection, scope, resource if account_id(resource) is not None else principal, at)
    as_of = as_of_of(connection, scope, (snapshot,), at)
    with _telling(as_of):
        asked = asked_resource(snapshot, wanted, resource)
        return Explained(explain(snapshot, principal, wanted.name, asked.resource), asked.note, as_of)


def snapshot_of(connection: Connection, scope: Scope, arn: str, at: datetime | None = None) -> Snapshot:
    """Return the account of an ARN as it was read last, or last before `at`.

    Raises:
        InvalidInput: the ARN names no account, or one that is not in the scope.
    """
    account = account_id(arn)
    if account is None:
        raise InvalidInput(f"{arn!r} names no account; write a whole ARN")
    return load_snapshot(connection, scope, account, at)


def as_of_of(connection: Connection, scope: Scope, snapshots: Iterable[Snapshot], at: datetime | None) -> AsOf | None:
    """Return the readings around `at` of all that decides in the accounts of some snapshots; None: they are of now."""
    if at is None:
        return None
    accounts = {one.account.id: one.account for one in snapshots}
    found = (one for account in accounts.values() for one in readings(connection, scope, account, at))
    return AsOf(at, tuple(dict.fromkeys(found)))


@contextmanager
def _telling(as_of: AsOf | None) -> Iterator[None]:
    """Say with what cannot be answered as of when it was asked: a role may be there now that was not there then."""
    try:
        yield
    except InvalidInput as error:
        if as_of is None:
            raise
        raise InvalidInput(f"as of {iso(as_of.at)}: {error}\n" + "\n".join(as_of.sentences())) from error
