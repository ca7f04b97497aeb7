"""Statements that the server parses and plans once a connection, instead of for each page.

They are those whose plan hardly hangs on their values. What reads calls is planned for the values that it is asked
with: a plan that fits most principals would read all calls of the busiest one to show its newest fifty.
"""

import re
from functools import lru_cache
from typing import Any

from psycopg import ServerCursor
from sqlalchemy import Engine
from sqlalchemy.engine.interfaces import ExecutionContext
from sqlalchemy.event import listens_for

from app.db.sql import ONE_PLAN
from app.db.tables import event, event_raw, roll_day, roll_dim, roll_hour, roll_use

MOST = 200
"""Statements that a connection keeps: some 100 kB of the server's memory each, at the most."""
_GROWING = (event, event_raw, roll_day, roll_dim, roll_hour, roll_use)
_READS_GROWING = re.compile(rf"\b(?:{'|'.join(table.name for table in _GROWING)})\b").search


def prepare_statements(engine: Engine) -> None:
    """Let connections of `engine` keep what they are asked a second time, but for statements about growing tables.

    The driver forgets them all with a rollback: transactions that only read end with a commit.
    """

    @listens_for(engine, "connect")
    def set_up(driver: Any, _record: object) -> None:
        driver.prepare_threshold = 1
        driver.prepared_max = MOST

    @listens_for(engine, "do_execute")
    def execute(cursor: Any, statement: str, parameters: Any, context: ExecutionContext) -> bool:
        is_kept = ONE_PLAN in context.execution_options or not hangs_on_values(statement)
        if is_kept or isinstance(cursor, ServerCursor):  # rows that are taken in turn are never prepared
            return False
        cursor.execute(statement, parameters, prepare=False)
        return True


@lru_cache(2 * MOST)
def hangs_on_values(statement: str) -> bool:
    """Return whether a statement is better planned anew each time."""
    return _READS_GROWING(statement) is not None
