"""The banner over pages whose newest calls may be missing: sources of an account that were not read of late."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection

from app.core.arn import account_text
from app.core.model.scope import Scope
from app.db.queries.shell import StaleSource, stale_sources
from app.web import filters, words

MOST = 3


def stale(connection: Connection, scope: Scope, names: Mapping[int, str], now: datetime) -> str:
    """Return which sources of calls were last read when, in words; empty when all were read of late."""
    found = stale_sources(connection, scope, now)
    if not found:
        return ""
    said = "; ".join(_said(one, names, now) for one in found[:MOST])
    more = f"; and {len(found) - MOST} more" if len(found) > MOST else ""
    return f"Newer calls may be missing. {said}{more}."


def _said(one: StaleSource, names: Mapping[int, str], now: datetime) -> str:
    return f"{names.get(one.account, account_text(one.account))}, {words.source(one.source)}: {_read(one, now)}"


def _read(one: StaleSource, now: datetime) -> str:
    where = words.listed([place or "its first bucket" for place in one.never])
    if one.read_at is None:
        return f"not yet read in {where}" if where else "never read"
    return f"last read {filters.age(one.read_at, now)} ago{f', not yet in {where}' if where else ''}"
