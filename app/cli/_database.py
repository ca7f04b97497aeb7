"""The database that the settings name: a server by URL, or the embedded one, which lives as long as the block."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from app.config import Settings
from app.core.errors import KvswatchError
from app.db import migrate
from app.db.embedded import EmbeddedPostgres
from app.db.engine import APP, create_engine, wait_until_reachable
from app.db.errors import DatabaseUnreachable, in_one_line, is_servers


@contextmanager
def database_url(settings: Settings) -> Iterator[str]:
    """Yield the URL of a reachable database.

    Raises:
        KvswatchError: it is not reachable, its data folder cannot be used, or it goes away while the block works with
            it; the message says what to do.
    """
    if settings.database_url is None:
        embedded = EmbeddedPostgres(settings.data_dir / "postgres")
        with _in_words(embedded), embedded:
            yield embedded.url
        return
    with _in_words():
        url = settings.database_url.get_secret_value()
        engine = create_engine(url)
        wait_until_reachable(engine, timeout_s=settings.database_wait_seconds)
        engine.dispose()
        yield url


@contextmanager
def _in_words(embedded: EmbeddedPostgres | None = None) -> Iterator[None]:
    """Tell the database's own troubles in one line; what is a defect of ours keeps its trace."""
    try:
        yield
    except DBAPIError as error:
        if not is_servers(error):
            raise
        said = embedded.said_at_its_end() if embedded is not None else ""
        ended = f"; it ended: {said}" if said else ""
        raise DatabaseUnreachable(f"the database refuses: {in_one_line(error)}{ended}") from error


@contextmanager
def app_engine(settings: Settings) -> Iterator[Engine]:
    """Yield an engine on a database of this release's schema, migrated first when it is the embedded one."""
    with database_url(settings) as url:
        bring_up_to_date(url, may_migrate=settings.database_url is None)
        engine = create_engine(url, role=APP)
        try:
            yield engine
        finally:
            engine.dispose()


def bring_up_to_date(url: str, *, may_migrate: bool) -> None:
    """Migrate, or refuse to work on another release's schema.

    Raises:
        KvswatchError: the schema is not this release's, or the database refuses to change it.
    """
    engine = create_engine(url)
    try:
        if may_migrate:
            migrate.migrate(engine)
        migrate.require_current_schema(engine)
    except DBAPIError as error:
        raise KvswatchError(f"cannot bring the database's schema up to date: {in_one_line(error)}") from error
    finally:
        engine.dispose()
