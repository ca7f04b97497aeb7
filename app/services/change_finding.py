"""What people do with a finding: acknowledge, mute, reopen. Each leaves its entry in the audit log."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Engine

from app.core.errors import InvalidInput
from app.core.findings import lifecycle
from app.core.model.finding import Finding
from app.core.model.scope import Scope
from app.db.queries import audit, evaluation, findings


def acknowledge(engine: Engine, scope: Scope, finding_id: str, *, by: str, note: str = "", now: datetime) -> Finding:
    """Mark a finding as known to `by`.

    Raises:
        InvalidInput: there is no such finding in scope, or it is resolved.
    """
    return _change(
        engine, scope, finding_id, lambda finding: lifecycle.acknowledged(finding, note), "acknowledge", by, now
    )


def mute(
    engine: Engine, scope: Scope, finding_id: str, *, by: str, reason: str, until: datetime | None, now: datetime
) -> Finding:
    """Accept a finding for a reason, until then or for good.

    Raises:
        InvalidInput: there is no such finding in scope, it is resolved, the reason is empty or `until` has passed.
    """
    return _change(
        engine, scope, finding_id, lambda finding: lifecycle.muted(finding, reason, until, now), "mute", by, now
    )


def reopen(engine: Engine, scope: Scope, finding_id: str, *, by: str, note: str = "", now: datetime) -> Finding:
    """Open an acknowledged or muted finding again.

    Raises:
        InvalidInput: there is no such finding in scope, or it is neither acknowledged nor muted.
    """
    return _change(engine, scope, finding_id, lambda finding: lifecycle.reopened(finding, note), "reopen", by, now)


def _change(
    engine: Engine,
    scope: Scope,
    finding_id: str,
    change: Callable[[Finding], Finding],
    verb: str,
    by: str,
    now: datetime,
) -> Finding:
    with engine.begin() as connection:
        before = findings.lock_finding(connection, scope, finding_id)
        if before is None:
            raise InvalidInput(f"there is no finding {finding_id}: it may belong to an account that you may not see")
        after = change(before)
        evaluation.store_finding(connection, after, before, by, now)
        detail = {
            "rule": after.rule,
            "subject": after.subject,
            "from": before.state.value,
            "to": after.state.value,
            "note": after.note,
            "until": after.muted_until.isoformat() if after.muted_until else None,
        }
        subject = f"finding:{after.account:012d}:{finding_id}"
        audit.append(connection, actor=by, action=f"finding.{verb}", subject=subject, detail=detail, now=now)
    return after
