"""Connections that broke while they lay in the pool: each is replaced before its use.

SQLAlchemy's own `pool_pre_ping` tries every connection every time: a way to the server and back before every page.
"""

import math
import time
from select import POLLIN, poll
from typing import Any

from psycopg import Error
from sqlalchemy import Engine
from sqlalchemy.event import listens_for
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.pool import ConnectionPoolEntry

RESTED_S = 30
"""A connection that lay there for longer is tried: a network may have lost it without a word."""
_LAY_DOWN = "kvswatch_lay_down"


def replace_broken(engine: Engine) -> None:
    """Let `engine` try a connection where it may have broken, and take a new one where it has."""

    @listens_for(engine, "checkin")
    def lie_down(_driver: object, record: ConnectionPoolEntry) -> None:
        record.info[_LAY_DOWN] = time.monotonic()

    @listens_for(engine, "checkout")
    def get_up(driver: Any, record: ConnectionPoolEntry, _proxy: object) -> None:
        rested_s = time.monotonic() - record.info.get(_LAY_DOWN, math.inf)
        if rested_s < RESTED_S and not _has_news(driver.fileno()):
            return
        try:
            engine.dialect.do_ping(driver)
        except Error as error:  # what broke this one has broken its neighbours
            raise InvalidatePoolError from error


def _has_news(socket: int) -> bool:
    """Return whether a connection that waits for nothing was told something: mostly that the server has closed it."""
    told = poll()
    told.register(socket, POLLIN)
    return bool(told.poll(0))
