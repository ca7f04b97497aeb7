"""Connections: one engine a database role, writing and reading transactions, advisory locks."""

import time
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any, Literal, TypeVar

from sqlalchemy import URL, ColumnElement, Connection, Engine, event, func, make_url, select
from sqlalchemy import create_engine as sqlalchemy_engine
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError

from app.core.errors import InvalidInput
from app.db.errors import QUERY_CANCELED, DatabaseUnreachable, TooSlow
from app.db.numbers import write_numbers_at_once
from app.db.pool import replace_broken
from app.db.prepared import prepare_statements
from app.db.sql import text

T = TypeVar("T")
Role = Literal["kvswatch_owner", "kvswatch_app", "kvswatch_read"]

DRIVER = "postgresql+psycopg"
OWNER: Role = "kvswatch_owner"  # migrations and partitions
APP: Role = "kvswatch_app"  # services and the worker
READ: Role = "kvswatch_read"  # pages and exports
READ_S = 5
IDLE_S = 600  # how long a reading transaction may lie there without a statement: it keeps vacuum from its work
LOCK_S = 10
READ_LOCK_S = 4  # less than a statement of a page has: so that it is a lock that is told of, not a slow query
PLANNING = {
    "jit": "off",  # the statements are short: compiling them would cost more than it saves
    # A page of a disk without arms, or of memory, costs as much out of turn. Where it counts four times, the planner
    # fetches all calls of a principal in the order of the disk and sorts them, to show the newest.
    "random_page_cost": "1.1",
}

_READS_S = "kvswatch_reads_s"
"""Option of an engine whose transactions are those of `read_only` by themselves: their timeout."""
_LIMIT_S = "kvswatch_limit_s"
"""Option of a connection of `read_only`: the timeout of its statements."""
_ANSWERED = "kvswatch_answered"
"""Option of a connection: the answers of its one state, by question."""
_SAVEPOINTS = "kvswatch_savepoints"
"""Option of a connection of `read_only`: the numbers of its savepoints, none of which another one has."""


def create_engine(url: str, *, role: Role | None = None, pool_size: int = 10) -> Engine:
    """Return an engine whose connections act as `role`, in UTC, and wait at most 10 s for a lock, pages 4 s.

    A connection that broke while it lay in the pool (the database was started again) is replaced before its use. The
    transactions of the role that reads are what `read_only` makes of others, without a word to the server.

    Raises:
        InvalidInput: the URL is none of ours; its password is not shown.
    """
    settings = {"timezone": "UTC", "lock_timeout": f"{LOCK_S}s", **PLANNING} | ({"role": role} if role else {})
    if role == READ:
        settings |= {
            "default_transaction_isolation": r"repeatable\ read",
            "default_transaction_read_only": "on",
            "statement_timeout": f"{READ_S}s",
            "lock_timeout": f"{min(LOCK_S, READ_LOCK_S)}s",
            "idle_in_transaction_session_timeout": f"{IDLE_S}s",
        }
    engine = sqlalchemy_engine(
        checked_url(url),
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_use_lifo=True,  # the connection that was used last has what it needs at hand
        connect_args={
            "options": " ".join(f"-c {name}={value}" for name, value in settings.items()),
            "application_name": f"kvswatch {role or 'login'}",
            "connect_timeout": 10,
        },
        execution_options={_READS_S: READ_S} if role == READ else {},
    )
    replace_broken(engine)
    write_numbers_at_once(engine)
    if role == READ:
        prepare_statements(engine)
    return engine


def checked_url(url: str) -> URL:
    """Return `url` parsed; `postgresql://` and `postgres://` are taken for our driver's.

    Raises:
        InvalidInput: it is not the URL of a Postgres database.
    """
    example = f"{DRIVER}://user@host/database"
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise InvalidInput(f"KVSWATCH_DATABASE_URL is not a URL: write it as {example}") from None
    if parsed.drivername not in {DRIVER, "postgresql", "postgres"}:
        raise InvalidInput(f"KVSWATCH_DATABASE_URL begins with {parsed.drivername}: write it as {example}")
    return parsed.set(drivername=DRIVER)


@contextmanager
def transaction(engine: Engine) -> Iterator[Connection]:
    """Yield a connection whose writes are committed together, or not at all when the block raises."""
    with engine.begin() as connection:
        yield connection


@contextmanager
def read_only(engine: Engine, *, timeout_s: float = READ_S) -> Iterator[Connection]:
    """Yield a connection that cannot write, sees one state of the database, and ends a statement after `timeout_s`.

    One state: what a page says in its heading agrees with what its table shows, while the worker writes on.
    """
    is_set_up = engine.get_execution_options().get(_READS_S) == timeout_s
    with engine.connect().execution_options(**{_ANSWERED: {}, _LIMIT_S: timeout_s, _SAVEPOINTS: count()}) as connection:
        if not is_set_up:
            connection.exec_driver_sql(
                "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY; "
                f"{_limit(timeout_s)}; "
                f"SET LOCAL idle_in_transaction_session_timeout = {round(max(timeout_s, IDLE_S) * 1000)}"
            )
        yield connection
        # Nothing was written; a rollback would have the driver forget the statements that it prepared.
        if not _is_gone(connection):
            connection.commit()


def _is_gone(connection: Connection) -> bool:
    """Return whether the server can be told nothing any more: whoever read has the error, or wanted no more rows."""
    if connection.invalidated:
        return True
    driver = connection.connection.driver_connection
    return driver is None or bool(driver.closed)


def _limit(timeout_s: float) -> str:
    return f"SET LOCAL statement_timeout = {round(timeout_s * 1000)}"


@contextmanager
def at_most(connection: Connection, timeout_s: float) -> Iterator[None]:
    """End each statement of the block after `timeout_s`; the transaction goes on, with its own limit, either way.

    The transaction is one of `read_only`.

    Raises:
        TooSlow: a statement was ended.
    """
    # Of two of one name, one within the other, going back is to the inner one, which may be left without its release.
    name = f"limited_{next(connection.get_execution_options()[_SAVEPOINTS])}"
    connection.exec_driver_sql(f"SAVEPOINT {name}; {_limit(timeout_s)}")
    try:
        yield
    except BaseException as error:
        if not connection.invalidated:
            connection.exec_driver_sql(f"ROLLBACK TO SAVEPOINT {name}; RELEASE SAVEPOINT {name}")
        if isinstance(error, DBAPIError) and getattr(error.orig, "sqlstate", None) == QUERY_CANCELED:
            raise TooSlow(f"a statement took longer than {timeout_s:g} s") from error
        raise
    # Going back to the savepoint would do, but have the driver forget the statements that it prepared.
    own_s = connection.get_execution_options()[_LIMIT_S]
    connection.exec_driver_sql(f"RELEASE SAVEPOINT {name}; {_limit(own_s)}")


@contextmanager
def all_at_most(connection: Connection, timeout_s: float) -> Iterator[None]:
    """End the block after `timeout_s`, however many statements it has; for the rest as `at_most`.

    Raises:
        TooSlow: a statement was ended, or no time was left for it.
    """
    deadline = time.monotonic() + timeout_s
    # A shorter limit of a statement's own holds. The time is a parameter, so that the driver keeps one statement of it.
    shorten = text("""SELECT set_config('statement_timeout', least(:left_ms,
                        1000 * extract(epoch from current_setting('statement_timeout')::interval))::int::text, true)""")

    def give_the_rest(_connection: Connection, _cursor: object, statement: str, *_told: object) -> None:
        # Nothing else can be said in a transaction that an `at_most` within is about to set right.
        if "set_config('statement_timeout'" in statement or statement.startswith("ROLLBACK TO SAVEPOINT"):
            return
        left_ms = int((deadline - time.monotonic()) * 1000)
        # A timeout of 0 is none.
        if left_ms < 1:
            raise TooSlow(f"statements took longer than {timeout_s:g} s together")
        connection.execute(shorten, {"left_ms": left_ms})

    with at_most(connection, timeout_s):
        event.listen(connection, "before_cursor_execute", give_the_rest)
        try:
            yield
        finally:
            event.remove(connection, "before_cursor_execute", give_the_rest)


def once(connection: Connection, question: Hashable, answer: Callable[[], T]) -> T:
    """Return what `answer` finds; within `read_only` the same question is answered once, for it sees one state."""
    known: dict[Hashable, T] | None = connection.get_execution_options().get(_ANSWERED)
    if known is None:
        return answer()
    if question not in known:
        known[question] = answer()
    return known[question]


def look_up(connection: Connection, sql: str, **params: Any) -> list[Any]:
    """Return the first column of what `sql` finds; within `read_only` it is asked once.

    A page counts, lists and charts under one filter, and its names mean the same ids each time.
    """
    question = sql, repr(params)
    return [*once(connection, question, lambda: tuple(connection.execute(text(sql), params).scalars()))]


def lock(connection: Connection, name: str) -> None:
    """Wait for the advisory lock `name` and hold it until the transaction ends."""
    connection.execute(select(func.pg_advisory_xact_lock(_key(name))))


def lock_shared(connection: Connection, name: str) -> None:
    """Wait until nobody holds the advisory lock `name` alone, and hold it beside others until the transaction ends."""
    connection.execute(select(func.pg_advisory_xact_lock_shared(_key(name))))


def _key(name: str) -> ColumnElement[int]:
    return func.hashtextextended(f"kvswatch:{name}", 0)


def wait_until_reachable(engine: Engine, *, timeout_s: float = 30, pause_s: float = 0.5) -> None:
    """Return when the database answers.

    Raises:
        DatabaseUnreachable: it does not within `timeout_s`; names the address, the reason and what to check.
    """
    deadline = time.monotonic() + timeout_s
    while True:
        try:
            with engine.connect():
                return
        except OperationalError as error:
            if time.monotonic() + pause_s > deadline:
                raise DatabaseUnreachable(_complaint(engine.url, error)) from error
        time.sleep(pause_s)


def _complaint(url: URL, error: OperationalError) -> str:
    lines = str(error.orig).strip().splitlines()
    return (
        f"cannot reach the database {url.render_as_string(hide_password=True)}: {lines[-1] if lines else 'no answer'}; "
        "check KVSWATCH_DATABASE_URL (host, port, user, password, database), "
        "and that the server runs and lets this machine in"
    )
