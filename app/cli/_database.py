"""The database that the settings name: a server by URL, or the embedded one, which lives as long as the block."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine

from app.config import Settings
from app.db import migrate
from app.db.embedded import EmbeddedPostgres
from app.db.engine import APP, create_engine, wait_until_reachable


@contextmanager
def database_url(settings: Settings) -> Iterator[str]:
    """Yield the URL of a reachable database.

    Raises:
        KvswatchError: when it is not reachable or its data folder cannot be used; the message says what to do.
    """
    if settings.database_url is not None:
        url = settings.database_url.get_secret_value()
        engine = create_engine(url)
        wait_until_reachable(engine, timeout_s=settings.database_wait_seconds)
        engine.dispose()
        yield url
        return
    embedded = EmbeddedPostgres(settings.data_dir / "postgres")
    try:
        yield embedded.start()
    finally:
        embedded.stop()


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
    """Migrate, or refuse to work on another release's schema."""
    engine = create_engine(url)
    try:
        if may_migrate:
            migrate.migrate(engine)
        migrate.require_current_schema(engine)
    finally:
        engine.dispose()
