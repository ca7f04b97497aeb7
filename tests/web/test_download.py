import asyncio
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime
from threading import BoundedSemaphore
from typing import Any

import httpx
import pytest
import uvicorn
from fastapi import FastAPI
from sqlalchemy import Engine, text
from starlette.responses import Response
from starlette.testclient import TestClient
from starlette.types import Message

from app.core.query.filter import Problem, parse
from app.core.query.listing import EVENTS
from app.core.tally import Tally
from app.services.export_data import Chunks
from app.web.download import MOST_DOWNLOADS, Patience, announced, download, refusal
from tests.builders.events import event, store
from tests.builders.waiting import eventually

QUERY = parse([], EVENTS, datetime(2026, 11, 23, 12, 0, tzinfo=UTC)).filter
COPIES = "select count(*) from pg_stat_activity where datname = current_database() and query ilike 'copy (%'"
MANY = 60_000
"""Calls that are no less than 12 MB as CSV: several times what the sockets of this machine hold."""


def failing() -> Chunks:
    raise LookupError("the database is away")
    yield b""


def told(closed: list[str]) -> Chunks:
    """Yield two lines, and write down that the end was reached or that it was closed before."""
    try:
        yield b"a,b\n"
        yield b"1,2\n"
    finally:
        closed.append("closed")


def test_a_file_is_sent_whole_under_its_name():
    app, closed, places = FastAPI(), [], BoundedSemaphore(1)

    @app.get("/file")
    def file() -> Response:
        return download(told(closed), QUERY, "csv", places, Tally())

    with TestClient(app) as client:
        answer = client.get("/file")
    assert answer.content == b"a,b\n1,2\n"
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"].startswith('attachment; filename="kvs-events_20261116T1200Z_')
    assert closed == ["closed"]
    assert places.acquire(blocking=False)


def test_what_fails_before_the_first_byte_is_an_error_and_not_an_empty_file():
    places = BoundedSemaphore(1)
    with pytest.raises(LookupError):
        download(failing(), QUERY, "csv", places, Tally())
    assert places.acquire(blocking=False)


def test_one_more_download_than_there_may_be_is_told_to_come_again():
    closed: list[str] = []
    answer = download(told(closed), QUERY, "csv", BoundedSemaphore(0), Tally())
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "60")
    assert b"Try again in a minute" in answer.body
    assert closed == []


def test_what_is_announced_is_what_a_download_begins_with():
    closed: list[str] = []
    places = BoundedSemaphore(1)
    answer = announced(told(closed), QUERY, "csv", places, Tally())
    assert closed
    begun = download(told([]), QUERY, "csv", places, Tally())
    assert dict(answer.headers) == dict(begun.headers)


@pytest.mark.parametrize("patience", [Patience(chunk_s=0.01), Patience(file_s=0.01)])
def test_a_client_that_takes_too_long_is_given_up(patience: Patience):
    closed: list[str] = []
    answer = download(told(closed), QUERY, "csv", BoundedSemaphore(1), Tally(), patience=patience)

    async def never(*_: Message) -> Any:
        await asyncio.get_running_loop().create_future()

    with pytest.raises(TimeoutError):
        asyncio.run(answer({"type": "http", "asgi": {"spec_version": "2.3"}}, never, never))
    assert closed == ["closed"]


def test_downloads_that_were_broken_off_leave_nothing_in_the_database(web_app: FastAPI, engine: Engine):
    store_many(engine)
    with serving(web_app) as port:
        for _ in range(25):  # more than the pool holds: with one that is kept, the last ones get no connection
            assert beginning_of("/events.csv", port).startswith(b"HTTP/1.1 200 OK")
        assert eventually(lambda: copies(engine) == 0)
        assert httpx.get(f"http://127.0.0.1:{port}/", timeout=20).status_code == 200


def test_downloads_broken_off_at_one_time_leave_nothing_in_the_database(web_app: FastAPI, engine: Engine):
    store_many(engine)
    with serving(web_app) as port:
        clients = [asking("/events.jsonl", port) for _ in range(MOST_DOWNLOADS)]
        for client in clients:
            assert client.recv(1_000).startswith(b"HTTP/1.1 200 OK")
        assert copies(engine) == MOST_DOWNLOADS  # the files are larger than what lies between here and Postgres
        for client in clients:
            client.close()
        assert eventually(lambda: copies(engine) == 0)
        assert httpx.get(f"http://127.0.0.1:{port}/", timeout=20).status_code == 200


def test_slow_readers_leave_the_pages_their_connections(web_app: FastAPI, engine: Engine):
    store_many(engine)
    with serving(web_app) as port, ExitStack() as readers:
        clients = [readers.enter_context(closing(asking("/events.csv", port))) for _ in range(MOST_DOWNLOADS)]
        for client in clients:
            assert client.recv(1_000).startswith(b"HTTP/1.1 200 OK")
        for _ in range(20):
            assert beginning_of("/events.csv", port).startswith(b"HTTP/1.1 503 Service Unavailable")
        with ThreadPoolExecutor(12) as pages:
            answers = pages.map(lambda _: httpx.get(f"http://127.0.0.1:{port}/accounts", timeout=20), range(24))
            assert {answer.status_code for answer in answers} == {200}
        clients[0].close()
        assert eventually(lambda: beginning_of("/events.csv", port).startswith(b"HTTP/1.1 200 OK"))


def store_many(engine: Engine) -> None:
    """Store one call through the builder, and many more that differ from it in id and time alone."""
    with engine.begin() as connection:
        store(connection, [event()])
        columns = connection.execute(
            text("""select attname from pg_attribute
                    where attrelid = 'event'::regclass and attnum > 0 and attgenerated = ''""")
        ).scalars()
        kept = ", ".join(name for name in columns if name not in {"event_id", "event_time"})
        connection.execute(
            text(f"""insert into event (event_id, event_time, {kept})
                     select gen_random_uuid(), event_time - n * interval '1 second', {kept}
                     from event, generate_series(1, :n) n"""),
            {"n": MANY},
        )


def copies(engine: Engine) -> int:
    """Return how many connections are in a COPY, or were when they were given back."""
    with engine.connect() as connection:
        return int(connection.execute(text(COPIES)).scalar_one())


def asking(path: str, port: int) -> socket.socket:
    """Return a connection that has asked for `path` and read nothing yet; it takes little at a time."""
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    client.settimeout(20)
    client.connect(("127.0.0.1", port))
    client.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode())
    return client


def beginning_of(path: str, port: int) -> bytes:
    """Return the first bytes of an answer, and go away."""
    with closing(asking(path, port)) as client:
        return client.recv(1_000)


@contextmanager
def serving(app: FastAPI) -> Iterator[int]:
    """Serve on a free port of this machine, in a thread; gives the port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:  # listens from here on: no request comes too early
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, timeout_graceful_shutdown=5))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join(20)


def test_a_refusal_names_each_problem():
    answer = refusal((Problem("colour", "red", "is not a field of events"), Problem("from", "x", "is not a time")))
    assert answer.status_code == 400
    assert bytes(answer.body).decode().splitlines() == [
        "Nothing was exported:",
        "colour=red is not a field of events",
        "from=x is not a time",
    ]
