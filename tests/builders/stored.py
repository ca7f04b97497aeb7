"""Records on their way into the database, and what is there then."""

from typing import Any

from sqlalchemy import Engine, text

from app.core.model.batch import Arrival
from app.core.normalise.trail_file import arrival_of_file
from tests.builders.trail import log_text


def arrival(*records: dict[str, Any], origin: str = "s3://archive/a.json.gz") -> Arrival:
    """Return what a file of these records brings."""
    return arrival_of_file(log_text(*records), origin)


def rows(engine: Engine, sql: str) -> list[tuple[Any, ...]]:
    """Return what a query answers."""
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(sql))]


def one(engine: Engine, sql: str) -> Any:
    """Return the one value that a query answers."""
    ((value,),) = rows(engine, sql)
    return value
