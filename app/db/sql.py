"""Statements as SQLAlchemy takes them."""

from functools import lru_cache

from sqlalchemy import TextClause
from sqlalchemy import text as made

_MOST_KEPT = 1_024


@lru_cache(_MOST_KEPT)
def text(sql: str) -> TextClause:
    """Return the statement `sql`, made once: finding its parameters and comparing it with others is a tenth of a page.

    It is never changed: what SQLAlchemy makes of one is another.
    """
    return made(sql)


ONE_PLAN = "kvswatch_one_plan"
"""Option of a statement about calls whose best plan is the same for all values (`app/db/prepared.py`)."""


@lru_cache(_MOST_KEPT)
def one_plan(sql: str) -> TextClause:
    """Return the statement `sql`, of which it is known that one plan is good for whatever it is asked with."""
    return made(sql).execution_options(**{ONE_PLAN: True})
