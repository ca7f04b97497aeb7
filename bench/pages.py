"""Pages over many calls: server time of each kind of view, in process, median and 95th percentile.

Run it by itself with `python -m bench.pages [--quick] [FEW MANY]`; 1000000 10000000 takes ten minutes.
"""

import json
import random
import sys
import time
from collections.abc import Callable
from statistics import median, quantiles
from typing import Any

from fastapi import FastAPI
from starlette.testclient import TestClient

from app.db.engine import create_engine
from app.web.app import create_app
from app.web.site import Site
from bench._database import filled
from bench.fill import ACCOUNTS, FIRST_ACCOUNT, NOW, PRINCIPALS, STREAMS

FULL, QUICK = (250_000, 1_000_000), (50_000, 200_000)
ROUNDS, QUICK_ROUNDS = 25, 6
BARS = {"median_ms": 30.0, "p95_ms": 100.0}
SATURATED, BAR_GROWTH, BAR_GROWTH_BEFORE, SLACK = 1_000_000, 1.3, 2.0, 1.2
"""Rollups grow with what is new until they hold every combination; from then on pages must stay as fast as they are."""
FRAGMENT = {"HX-Request": "true", "HX-Request-Type": "partial", "HX-Target": "div#facets"}

VIEWS: dict[str, Callable[[random.Random], str]] = {
    "newest calls": lambda _: "/events",
    "calls of an account, 90 days": lambda r: f"/events?from=now-90d&account={_account(r)}",
    "calls of an account, 24 hours": lambda r: f"/events?from=now-24h&account={_account(r)}",
    "calls of all accounts, 90 days": lambda _: "/events?from=now-90d",
    "calls on a stream, 90 days": lambda r: f"/events?from=now-90d&stream=cam-{r.randint(1, STREAMS)}",
    "calls of a principal, 30 days": lambda r: f"/events?from=now-30d&principal=role-{r.randint(1, PRINCIPALS)}",
    "one action, 30 days": lambda _: "/events?from=now-30d&action=GetMedia",
    "deep page": lambda r: f"/events?from=now-90d&to=now-{r.randint(1, 80)}d",
    "matrix of an account": lambda r: f"/matrix?account={_account(r)}",
    "matrix of a stream": lambda r: f"/matrix?stream=cam-{r.randint(1, STREAMS)}",
}


def _account(rng: random.Random) -> str:
    return f"{FIRST_ACCOUNT + rng.randrange(ACCOUNTS):012d}"


def run(*, quick: bool, events: tuple[int, int] | None = None) -> dict[str, Any]:
    """Return milliseconds on a store of calls, and how much they grow when it is several times as large."""
    small, large = events or (QUICK if quick else FULL)
    rounds = QUICK_ROUNDS if quick else ROUNDS
    few, many = measured(small, rounds), measured(large, rounds)
    growth = round(many["median_ms"] / few["median_ms"], 2)
    bar = BAR_GROWTH if small >= SATURATED else BAR_GROWTH_BEFORE
    missed = [] if growth <= bar * SLACK else [f"median grew {growth} times, bar {bar}"]
    if not quick:
        missed += [f"{name} {many[name]}, bar {most}" for name, most in BARS.items() if many[name] > most]
    return {"few": few, "many": many, "median_growth": growth, "bars": {**BARS, "growth": bar}, "missed": missed}


def measured(events: int, rounds: int) -> dict[str, Any]:
    """Return the times over a store of so many calls."""
    with filled(events) as url:
        reader, writer = create_engine(url, role="kvswatch_read"), create_engine(url, role="kvswatch_app")
        app = create_app(Site(reader=reader, writer=writer, demo=False, clock=lambda: NOW))
        result = measure(app, rounds)
        reader.dispose()
        writer.dispose()
    return {"events": events, **result}


def measure(app: FastAPI, rounds: int) -> dict[str, Any]:
    """Return the times of the views of `app`, asked for in turn so that none has the caches for itself."""
    rng = random.Random(7)
    times: dict[str, list[float]] = {name: [] for name in VIEWS}
    facets: list[float] = []
    with TestClient(app, base_url="http://127.0.0.1") as client:
        for number in range(rounds + 1):
            for name, address in VIEWS.items():
                taken = _timed(client, address(rng), {})
                if number:  # the first round warms up
                    times[name].append(taken)
            facets.append(_timed(client, f"/events?account={_account(rng)}", FRAGMENT))
    everything = sorted(taken for all_taken in times.values() for taken in all_taken)
    return {
        "views_ms": {name: _summary(taken) for name, taken in times.items()},
        "median_ms": round(median(everything), 1),
        "p95_ms": round(quantiles(everything, n=20)[-1], 1),
        "facets_ms": _summary(facets[1:]),
    }


def _timed(client: TestClient, address: str, headers: dict[str, str]) -> float:
    started = time.perf_counter()
    answer = client.get(address, headers=headers)
    taken = 1000 * (time.perf_counter() - started)
    assert answer.status_code == 200, address
    return taken


def _summary(taken: list[float]) -> dict[str, float]:
    return {"median": round(median(taken), 1), "worst": round(max(taken), 1)}


if __name__ == "__main__":
    numbers = [int(word) for word in sys.argv[1:] if word.isdecimal()]
    sizes = (numbers[0], numbers[1]) if numbers else None
    print(json.dumps(run(quick="--quick" in sys.argv, events=sizes), indent=2))
