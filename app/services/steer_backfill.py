"""Stop reading an account's past, or go on with it: what is new is read in any case, and nothing is read twice."""

from datetime import datetime

from sqlalchemy import Engine

from app.core import arn
from app.core.model.scope import Scope
from app.db.engine import transaction
from app.db.queries import audit, feeds


def steer_backfill(engine: Engine, scope: Scope, account_id: int, *, is_wanted: bool, actor: str, now: datetime) -> int:
    """Let the backfill of an account's logs go on or stop; return how many feeds have one: 0 outside of the scope.

    A run that is under way ends within the minute. What was read stays, and where it stopped it goes on.
    """
    with transaction(engine) as connection:
        count = feeds.steer_backfill(connection, scope, account_id, None if is_wanted else now)
        if count:
            if is_wanted:
                feeds.make_due(connection, scope, account_id, now)
            audit.append(
                connection,
                actor=actor,
                action="backfill.resume" if is_wanted else "backfill.stop",
                subject=f"account:{arn.account_text(account_id)}",
                detail={"feeds": count},
                now=now,
            )
    return count
