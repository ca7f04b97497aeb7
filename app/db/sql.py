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
