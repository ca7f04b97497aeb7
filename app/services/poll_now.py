"""Poll an account now: its feeds become due, the worker does the rest."""

from datetime import datetime

from sqlalchemy import Engine

from app.core import arn
from app.core.model.scope import Scope
from app.db.engine import transaction
from app.db.queries import audit, feeds


def poll_now(engine: Engine, scope: Scope, account_id: int, *, actor: str, now: datetime) -> int:
    """Make the feeds of an account due and return how many: 0 when it has none or is outside of the scope."""
    with transaction(engine) as connection:
        count = feeds.make_due(connection, scope, account_id, now)
        if count:
            audit.append(
                connection,
                actor=actor,
                action="poll_now",
                subject=f"account:{arn.account_text(account_id)}",
                detail={"feeds": count},
                now=now,
            )
    return count
