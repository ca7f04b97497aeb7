"""Pages over many calls: server time of each kind of view, in process, median and 95th percentile.

The application is asked as a server asks it (ASGI), without a client: what is measured is from the request to the last
byte of the answer. Each view comes a second after the one before, so that what is kept for half a minute grows old.
A store of few calls and one of many stand side by side and are asked in turn, so that what else the machine does
slows both. Run it by itself with `python -m bench.pages [--quick] [FEW MANY]`.
"""

import asyncio
import gc
import json
import random
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import median, quantiles
from typing import Any

from fastapi import FastAPI
from starlette.types import Message

from app.db.engine import create_engine
from app.services.collected_seldom import collected_seldom
from app.web.app import create_app
from app.web.facets import FACETS
from app.web.site import Site
from bench._database import empty
from bench.fill import ACCOUNTS, FIRST_ACCOUNT, NOW, PEOPLE, PRINCIPALS, RARE, STREAMS, fill

FULL, QUICK = (1_000_000, 10_000_000), (50_000, 200_000)
ROUNDS, QUICK_ROUNDS = 40, 6
BARS = {"median_ms": 30.0, "p95_ms": 100.0}
BAR_GROWTH, BAR_GROWTH_BEFORE, SLACK = 1.3, 2.0, 1.2
"""The rollups of hours, and of days by one dimension, double from one million calls to ten; that of all combinations
grows with the calls. Below a million, and with the few rounds of a quick run, only the medians say something.
"""
FRAGMENT = ((b"hx-request", b"true"), (b"hx-request-type", b"partial"), (b"hx-target", b"details#facet-"))
BROWSER = ((b"host", b"127.0.0.1"), (b"accept-encoding", b"gzip, deflate, br, zstd"))
ASKED = {"type": "http", "http_version": "1.1", "method": "GET", "scheme": "http", "root_path": "", "client": None}
OPEN_FACETS = tuple(field for field, _, is_open in FACETS if is_open)

VIEWS: dict[str, Callable[[random.Random], str]] = {
    "newest calls": lambda _: "/events",
    "calls of an account, 90 days": lambda r: f"/events?from=now-90d&account={_account(r)}",
    "calls of an account, 24 hours": lambda r: f"/events?from=now-24h&account={_account(r)}",
    "calls of all accounts, 90 days": lambda _: "/events?from=now-90d",
    "calls on a stream, 90 days": lambda r: f"/events?from=now-90d&stream=cam-{r.randint(1, STREAMS)}",
    "calls of a principal, 30 days": lambda r: f"/events?from=now-30d&principal=role-{r.randint(1, PRINCIPALS)}",
    "calls of a rare principal, 90 days": lambda _: f"/events?from=now-90d&principal=role-{RARE}",
    "calls of a person, 90 days": lambda r: f"/events?from=now-90d&person=person-{r.randint(1, 40) * PEOPLE}",
    "one action, 30 days": lambda _: "/events?from=now-30d&action=GetMedia",
    "deep page": lambda r: f"/events?from=now-90d&to=now-{r.randint(1, 80)}d",
    "matrix of an account": lambda r: f"/matrix?account={_account(r)}",
    "a session": lambda r: f"/sessions/ASIA{r.randint(1, 900):016d}",
    "an address": lambda r: f"/addresses/10.{r.randrange(20)}.{r.randrange(250)}.7",
    "how to stop a role": lambda r: f"/principals/{r.randint(1, PRINCIPALS)}/stop",
    "matrix of a stream": lambda r: f"/matrix?stream=cam-{r.randint(1, STREAMS)}",
    "matrix of a role by streams": lambda r: f"/matrix?view=streams&principal=role-{r.randint(1, PRINCIPALS)}",
    "a cell of the matrix": lambda r: _cell(r.randint(1, PRINCIPALS)),
    "overview": lambda _: "/",
    "playback URLs": lambda _: "/urls",
    "findings": lambda _: "/findings",
    "streams": lambda _: "/streams",
    "a stream": lambda r: f"/streams/{r.randint(1, STREAMS)}",
    "statement on a stream": lambda r: f"/streams/{r.randint(1, STREAMS)}/statement",
    "review of a stream": lambda r: f"/streams/{r.randint(1, STREAMS)}/review",
    "principals": lambda _: "/principals",
    "a role": lambda r: f"/principals/{r.randint(1, PRINCIPALS)}",
    "how to stop a session": lambda r: f"/sessions/ASIA{r.randint(1, 900):016d}/stop",
    "accounts": lambda _: "/accounts",
    "an account": lambda r: f"/accounts/{_account(r)}",
    "coverage": lambda _: "/coverage",
    "coverage of an account": lambda r: f"/coverage?account={_account(r)}",
    "assumptions": lambda _: "/assumptions",
    "search": lambda r: f"/search?q=cam-{r.randint(1, STREAMS)}",
    "exports": lambda _: "/exports",
}


def _cell(principal: int) -> str:
    return f"/matrix?account={FIRST_ACCOUNT + principal % ACCOUNTS:012d}&cell={principal},GetMedia"


def _account(rng: random.Random) -> str:
    return f"{FIRST_ACCOUNT + rng.randrange(ACCOUNTS):012d}"


def run(*, quick: bool, events: tuple[int, int] | None = None) -> dict[str, Any]:
    """Return milliseconds on two stores of calls, and how much they grow when one is several times as large."""
    sizes = events or (QUICK if quick else FULL)
    with ExitStack() as stack:
        urls = [stack.enter_context(empty()) for _ in sizes]
        with ThreadPoolExecutor() as pool:  # each server fills its own with a processor of its own
            list(pool.map(_filled, urls, sizes))
        stores = [stack.enter_context(_store(url, size)) for url, size in zip(urls, sizes, strict=True)]
        gc.freeze()  # as `kvswatch web` does
        with collected_seldom():
            asyncio.run(_ask_in_turn(stores, QUICK_ROUNDS if quick else ROUNDS))
        few, many = (store.summary() for store in stores)
    growth = {name: round(many[name] / few[name], 2) for name in BARS}
    bars = {"median_ms": BAR_GROWTH_BEFORE * SLACK} if quick else {"p95_ms": BAR_GROWTH}
    missed = [f"{name} grew {growth[name]} times, bar {most}" for name, most in bars.items() if growth[name] > most]
    if not quick:
        missed += [f"{name} {many[name]}, bar {most}" for name, most in BARS.items() if many[name] > most]
    return {"few": few, "many": many, "growth": growth, "bars": {**BARS, "growth": bars}, "missed": missed}


@dataclass(slots=True)
class _Clock:
    """A clock that goes on by a second with each view."""

    ticks: int = 0

    def __call__(self) -> datetime:
        return NOW + timedelta(seconds=self.ticks)


@dataclass(slots=True)
class _Store:
    """The pages over so many calls, and the milliseconds that each view took."""

    events: int
    app: FastAPI
    clock: "_Clock"
    times: dict[str, list[float]] = field(default_factory=lambda: {name: [] for name in VIEWS})
    facets: list[float] = field(default_factory=list)

    def summary(self) -> dict[str, Any]:
        everything = sorted(taken for all_taken in self.times.values() for taken in all_taken)
        return {
            "events": self.events,
            "views_ms": {name: _summary(taken) for name, taken in self.times.items()},
            "median_ms": round(median(everything), 1),
            "p95_ms": round(quantiles(everything, n=20)[-1], 1),
            "facets_ms": _summary(self.facets),
        }


def _filled(url: str, events: int) -> None:
    engine = create_engine(url)
    fill(engine, events)
    engine.dispose()


@contextmanager
def _store(url: str, events: int) -> Iterator[_Store]:
    reader, writer = create_engine(url, role="kvswatch_read"), create_engine(url, role="kvswatch_app")
    clock = _Clock()
    yield _Store(events, create_app(Site(reader=reader, writer=writer, demo=False, clock=clock)), clock)
    reader.dispose()
    writer.dispose()


async def _ask_in_turn(stores: list[_Store], rounds: int) -> None:
    """Ask for the same views of each store, one after the other so that none has the caches for itself."""
    rng = random.Random(7)
    for number in range(rounds + 1):
        for name, address in [(name, view(rng)) for name, view in VIEWS.items()]:
            for store in stores:
                taken = await _timed(store, address)
                if number:  # the first round warms up
                    store.times[name].append(taken)
        facets = [f"/events?account={_account(rng)}&facets={field}" for field in OPEN_FACETS]
        for store in stores:
            taken = sum([await _timed(store, address, FRAGMENT) for address in facets])
            if number:
                store.facets.append(taken)


async def _timed(store: _Store, address: str, headers: Iterable[tuple[bytes, bytes]] = ()) -> float:
    """Return the milliseconds until the last byte of the answer."""
    path, _, query = address.partition("?")
    asked = {**ASKED, "path": path, "query_string": query.encode(), "headers": [*BROWSER, *headers]}
    answers: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request"}

    async def send(message: Message) -> None:
        answers.append(message)

    store.clock.ticks += 1
    started = time.perf_counter()
    await store.app(asked, receive, send)
    taken = 1000 * (time.perf_counter() - started)
    # A search that finds one thing leads to its page, which is a view of its own.
    assert answers[0]["status"] in {200, 303}, (address, answers[0]["status"])
    return taken


def _summary(taken: list[float]) -> dict[str, float]:
    return {"median": round(median(taken), 1), "worst": round(max(taken), 1)}


if __name__ == "__main__":
    numbers = [int(word) for word in sys.argv[1:] if word.isdecimal()]
    sizes = (numbers[0], numbers[1]) if numbers else None
    print(json.dumps(run(quick="--quick" in sys.argv, events=sizes), indent=2))
