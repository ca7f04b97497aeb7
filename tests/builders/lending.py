"""One database that is lent to test after test: each finds it as it was made, and sessions that know its tables.

What a test leaves is looked at in the database itself. Rows, months and the next values of sequences are put back;
after anything else (a table changed, a session left open, a lock held) the database is dropped and another one made.
Sessions live on from test to test, as they do in life: a test changes a setting for a transaction only.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from typing import Any

import psycopg
from sqlalchemy import Connection, Engine, text

from app.db.engine import Role, create_engine

# What a test may have changed and does not put back: tables with columns and rights, functions, settings. Sessions keep
# their temporary tables.
SHAPE = """
select array[
  (select md5(string_agg(concat_ws(' ', oid, relname, relkind, relowner, relacl, relrowsecurity, relhastriggers,
                                   relhasrules, reloptions, relpersistence), ',' order by oid))
   from pg_class where oid >= 16384 and relpersistence <> 't'),
  (select md5(string_agg(concat_ws(' ', attrelid, attnum, attname, atttypid, atttypmod, attnotnull, atthasdef,
                                   attisdropped, attacl, attoptions), ',' order by attrelid, attnum))
   from pg_attribute where attrelid in (select oid from pg_class where oid >= 16384 and relpersistence <> 't')),
  (select md5(string_agg(concat_ws(' ', oid, conname, convalidated), ',' order by oid)) from pg_constraint),
  (select md5(string_agg(concat_ws(' ', adrelid, adnum, adbin), ',' order by oid)) from pg_attrdef),
  (select md5(string_agg(concat_ws(' ', oid, proname, proowner, proacl, prosrc, proconfig), ',' order by oid))
   from pg_proc where oid >= 16384),
  (select md5(string_agg(concat_ws(' ', oid, nspname, nspowner, nspacl), ',' order by oid))
   from pg_namespace where nspname !~ '^pg_(toast_)?temp_'),
  (select string_agg(concat_ws(' ', tgname, tgenabled), ',' order by oid) from pg_trigger),
  (select string_agg(concat_ws(' ', defaclobjtype, defaclacl), ',' order by oid) from pg_default_acl),
  (select string_agg(setconfig::text, ',') from pg_db_role_setting
   where setdatabase in (0, (select oid from pg_database where datname = current_database()))),
  (select string_agg(extname, ',' order by extname) from pg_extension),
  (select string_agg(concat_ws(' ', datname, datacl), ',') from pg_database where datname = current_database()),
  (select string_agg(concat_ws(' ', rolname, rolsuper, rolcanlogin, rolconfig), ',' order by oid) from pg_roles),
  (select count(*)::text from pg_event_trigger), (select count(*)::text from pg_policy),
  (select count(*)::text from pg_statistic where starelid >= 16384), (select count(*)::text from pg_statistic_ext),
  (select count(*)::text from pg_largeobject_metadata), (select count(*)::text from pg_prepared_xacts)]
"""
MONTHS = "select oid::regclass::text from pg_class where relispartition and relkind = 'r' and oid <> all(:known)"
WITH_ROWS = """
select oid::regclass::text from pg_class
where relnamespace = 'public'::regnamespace and relkind = 'r' and pg_relation_size(oid) > 0 order by 1
"""
NEXT_VALUES = """
select schemaname || '.' || sequencename, coalesce(last_value, start_value), last_value is not null from pg_sequences
"""
IN_USE = """
select (select count(*) from pg_stat_activity
        where datname = current_database() and backend_type = 'client backend' and pid <> pg_backend_pid()),
       (select count(*) from pg_locks where pid <> pg_backend_pid()
        and database = (select oid from pg_database where datname = current_database()))
"""


class Lender:
    """Has at most one database, made when it is asked for."""

    def __init__(self, make: Callable[[], AbstractContextManager[str]]) -> None:
        """Take a function that makes a database, gives its URL and drops it."""
        self._make = make
        self._held = ExitStack()
        self._url = ""
        self._engines: dict[Role | None, Engine] = {}

    def lend(self) -> str:
        """Return the URL of a database that is as it was made."""
        if not self._url:
            self._url = self._held.enter_context(self._make())
            self._own = create_engine(self._url, pool_size=1)
            with self._own.begin() as connection:
                self._shape = _first(connection, SHAPE)
                self._known = connection.execute(text("select oid from pg_class")).scalars().all()
                self._next_values = _next_values(connection)
                self._rows = {table: _rows(connection, table) for table in _names(connection, WITH_ROWS)}
                digests = (f"(select md5(string_agg(row::text, ',')) from {table} row)" for table in self._rows)
                self._digests = f"select array[{', '.join(digests)}]"
                self._as_made = _first(connection, self._digests)
        return self._url

    def engine(self, url: str, role: Role | None) -> Engine | None:
        """Return an engine on the database if it is the one with that URL. Listeners to it hear of no other's."""
        if url != self._url:
            return None
        if role not in self._engines:
            self._engines[role] = create_engine(url, role=role)
        return self._engines[role].execution_options()

    def take_back(self) -> None:
        """Make the database again what it was, or drop it."""
        if self._url and not self._is_as_made():
            self.drop()

    def drop(self) -> None:
        """End what is held."""
        for engine in (*self._engines.values(), self._own) if self._url else ():
            engine.dispose()
        self._engines.clear()
        self._url = ""
        self._held.close()

    def _is_as_made(self) -> bool:
        if any(engine.pool.checkedout() for engine in self._engines.values()):
            return False
        with self._own.begin() as connection:
            sessions, locks = connection.execute(text(IN_USE)).one()
            if locks or sessions > sum(engine.pool.checkedin() for engine in self._engines.values()):
                return False
            if months := _names(connection, MONTHS, known=self._known):
                connection.execute(text(f"drop table {', '.join(months)}"))
            if _first(connection, SHAPE) != self._shape:
                return False
            self._put_back(connection)
            return True

    def _put_back(self, connection: Connection) -> None:
        """Make rows and sequences what they were."""
        changed = set(_names(connection, WITH_ROWS)) - self._rows.keys()
        digests = zip(self._rows, _first(connection, self._digests), self._as_made, strict=True)
        changed |= {table for table, digest, as_made in digests if digest != as_made}
        if changed:
            connection.execute(text(f"truncate {', '.join(sorted(changed))}"))
        for table in changed & self._rows.keys():
            with _driver(connection).cursor() as cursor, cursor.copy(f"copy {table} from stdin") as copy:
                copy.write(self._rows[table])
        moved = self._next_values.items() - _next_values(connection).items()
        if moved:
            calls = (f"setval('{name}', {value}, {is_used})" for name, (value, is_used) in moved)
            connection.execute(text(f"select {', '.join(calls)}"))


def _names(connection: Connection, sql: str, **params: Any) -> list[str]:
    return list(connection.execute(text(sql), params).scalars())


def _first(connection: Connection, sql: str) -> list[str]:
    found: list[str] = connection.execute(text(sql)).scalar_one()
    return found


def _next_values(connection: Connection) -> dict[str, tuple[int, bool]]:
    """Return what each sequence is at, and whether that was handed out."""
    return {name: (value, called) for name, value, called in connection.execute(text(NEXT_VALUES))}


def _rows(connection: Connection, table: str) -> bytes:
    with _driver(connection).cursor() as cursor, cursor.copy(f"copy {table} to stdout") as copy:
        return b"".join(copy)


def _driver(connection: Connection) -> psycopg.Connection[Any]:
    driver = connection.connection.driver_connection
    assert isinstance(driver, psycopg.Connection)
    return driver
