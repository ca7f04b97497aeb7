"""Mark which stored calls are kvswatch's own, and unmark what no longer agrees."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine

from app.aws.session import AwsSettings
from app.core.model.scope import EVERYTHING
from app.core.own import HOUR, LEARNT_FOR, Ownership, RoleCall, ownership
from app.db.queries import accounts, own_events
from app.db.queries.install import installed


@dataclass(frozen=True, slots=True)
class Marked:
    """How many calls changed their mark."""

    own: int = 0
    not_own: int = 0


def mark_own_calls(engine: Engine, account_id: int, hours: Sequence[datetime]) -> Marked:
    """Judge the calls of an account's role around `hours`, those that ingest has touched since they were last judged.

    It depends on what is stored alone: run again, or in another order of arrival, it ends the same.
    """
    with engine.begin() as connection:
        account = accounts.account(connection, EVERYTHING, account_id)
        session_name = session_name_of(connection)
        begun = own_events.ledger_since(connection, account_id)
        if not hours or account is None or not account.role_arn or session_name is None or begun is None:
            return Marked()
        # Older hours have no ledger to compare with; a backfill touches years of them.
        first, last = max(min(hours), begun), max(hours)
        return _mark(connection, account_id, account.role_arn, session_name, first, last) if first <= last else Marked()


def session_name_of(connection: Connection) -> str | None:
    """Return the session name under which this installation calls; None before its first start."""
    install = installed(connection)
    return None if install is None else AwsSettings(install.id).session_name


def _mark(
    connection: Connection, account_id: int, role_arn: str, session_name: str, first: datetime, last: datetime
) -> Marked:
    # A session that arrives late tells from where calls of the next day were ours.
    since, until = first - HOUR, last + LEARNT_FOR + 2 * HOUR
    # One more hour on either side takes part, because calls at its border share the ledger, and keeps its mark.
    found = own_events.calls_of_role(connection, account_id, role_arn, since - HOUR, until + HOUR)
    work = own_events.own_work(connection, account_id, role_arn, session_name, since - HOUR, until + HOUR)
    verdicts = ownership((marked.call for marked in found if marked.is_of_role), work)
    ours: list[RoleCall] = []
    others: list[RoleCall] = []
    for marked in found:
        if since <= marked.call.at < until:
            is_own = verdicts.get(marked.call.key) is Ownership.OWN
            if is_own != marked.is_own:
                (ours if is_own else others).append(marked.call)
    return Marked(
        own_events.mark(connection, account_id, ours, is_own=True),
        own_events.mark(connection, account_id, others, is_own=False),
    )
