"""What the tests of the pages share: the application over a database of the test's own."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from fastapi import FastAPI
from sqlalchemy import Connection, Engine
from starlette.testclient import TestClient

from app.db.engine import Role, create_engine
from app.web.app import create_app
from app.web.site import Site
from tests.builders.accounts import make_account
from tests.builders.events import event, store
from tests.conftest import copied

NOW = datetime(2026, 11, 23, 9, 41, tzinfo=UTC)


_ROLES: tuple[Role | None, ...] = (None, "kvswatch_read", "kvswatch_app")


@pytest.fixture
def web_app(read_engine: Engine, app_engine: Engine) -> FastAPI:
    """The application with the rights that it has in life, at a fixed time."""
    return create_app(Site(reader=read_engine, writer=app_engine, demo=False, clock=lambda: NOW))


@pytest.fixture
def stored(engine: Engine) -> Engine:
    """A database with 120 calls of an account, every other one a read."""
    with engine.begin() as connection:
        make_account(connection)
        store(connection, [event(n, action=("GetClip", "PutMedia")[n % 2]) for n in range(120)])
    return engine


@pytest.fixture
def client(web_app: FastAPI) -> Iterator[TestClient]:
    """A browser without JavaScript. `http://127.0.0.1` is what the cross-origin guard sees as its host."""
    with TestClient(web_app, base_url="http://127.0.0.1") as client:
        yield client


@contextmanager
def serving(
    postgres_url: str, template_url: str, fill: Callable[[Connection], dict[str, str]]
) -> Iterator[tuple[TestClient, dict[str, str]]]:
    """Give a browser before the application over a database that is filled once, and what `fill` returned."""
    with copied(postgres_url, template_url) as url:
        engines = [create_engine(url, role=role) for role in _ROLES]
        with engines[0].begin() as connection:
            names = fill(connection)
        app = create_app(Site(reader=engines[1], writer=engines[2], demo=False, clock=lambda: NOW))
        with TestClient(app, base_url="http://127.0.0.1", raise_server_exceptions=False) as client:
            yield client, names
        for engine in engines:
            engine.dispose()
