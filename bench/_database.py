"""A Postgres of the benchmark's own, filled with calls."""

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from app.db.embedded import EmbeddedPostgres
from app.db.engine import create_engine
from app.db.migrate import migrate
from bench.fill import PRINCIPALS, fill

NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_wal_size": "8GB"}


@contextmanager
def empty(settings: Mapping[str, str] = NOT_DURABLE) -> Iterator[str]:
    """Yield the URL of a database with the schema and nothing in it, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="kvswatch-bench-") as folder:
        Path(folder).chmod(0o711)  # passable for the server's user
        with EmbeddedPostgres(Path(folder) / "postgres", settings=settings) as server:
            engine = create_engine(server.url)
            migrate(engine)
            engine.dispose()
            yield server.url


@contextmanager
def filled(events: int, principals: int = PRINCIPALS) -> Iterator[str]:
    """Yield the URL of a database that holds `events` calls, gone afterwards."""
    with empty() as url:
        engine = create_engine(url)
        fill(engine, events, principals=principals)
        engine.dispose()
        yield url
