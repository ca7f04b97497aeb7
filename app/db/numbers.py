"""Lists of whole numbers on their way to Postgres, written at once: the IDs of thousands of principals are one list.

psycopg takes each element through a dumper and a search for what must be quoted.
"""

from typing import Any

from psycopg.types.array import ListDumper
from sqlalchemy import Engine
from sqlalchemy.event import listens_for


def write_numbers_at_once(engine: Engine) -> None:
    """Let connections of `engine` write lists of whole numbers as one text."""

    @listens_for(engine, "connect")
    def set_up(driver: Any, _record: object) -> None:
        driver.adapters.register_dumper(list, NumbersDumper)


class NumbersDumper(ListDumper):
    """Writes a list whose elements are all whole numbers at once, any other as psycopg does."""

    def dump(self, obj: list[Any]) -> Any:
        """Return the list as Postgres reads it: `{1,2,3}`."""
        try:
            return f"{{{','.join(map(int.__repr__, obj))}}}".encode()
        except TypeError:  # something in it is no number
            return super().dump(obj)
