"""Lists from what a page's handler knows to HTML: no database, pages a second on one core.

Each page is asked for once over a small store; what its handler gave to the template is then rendered again and again.
"""

import json
import time
from typing import Any

from starlette.testclient import TestClient

from app.db.engine import create_engine
from app.web.app import create_app
from app.web.render import Renderer
from app.web.site import Site
from bench._database import filled
from bench.fill import NOW

EVENTS = 20_000
ROUNDS, QUICK_ROUNDS = 200, 20
PAGES = {"50 calls": "/events?limit=50", "100 streams": "/streams", "100 principals": "/principals"}
BARS = {"50 calls": 400}


def run(*, quick: bool) -> dict[str, Any]:
    """Return pages a second by page, and the bytes of each.

    A quick run asserts nothing: a rate is not a ratio, and a shared machine has its own ideas of a second.
    """
    with filled(EVENTS) as url:
        engine = create_engine(url, role="kvswatch_read")
        app = create_app(Site(reader=engine, writer=engine, demo=False, clock=lambda: NOW))
        seen = app.state.renderer = _Seen(app.state.renderer.assets)
        rounds = QUICK_ROUNDS if quick else ROUNDS
        with TestClient(app, base_url="http://127.0.0.1") as client:
            found = {name: _rate(client, seen, path, rounds) for name, path in PAGES.items()}
        engine.dispose()
    missed = {name: found[name]["per_s"] for name, bar in BARS.items() if not quick and found[name]["per_s"] < bar}
    return {"pages": found, "bars": BARS, "missed": missed}


class _Seen(Renderer):
    """A renderer that remembers what it was given last."""

    given: tuple[str, str | None, dict[str, Any]]

    def render(self, template: str, block: str | None, context: dict[str, Any]) -> str:
        """Return what any renderer does."""
        self.given = template, block, context
        return super().render(template, block, context)


def _rate(client: TestClient, renderer: _Seen, path: str, rounds: int) -> dict[str, int]:
    """Return how often a second of a processor the page at `path` is rendered, the best of five turns."""
    answer = client.get(path)
    assert answer.status_code == 200, path
    best = min(_taken(renderer, rounds) for _ in range(5))
    return {"per_s": round(rounds / best), "bytes": len(answer.content)}


def _taken(renderer: _Seen, rounds: int) -> float:
    started = time.process_time()
    for _ in range(rounds):
        renderer.render(*renderer.given).encode()
    return time.process_time() - started


if __name__ == "__main__":
    print(json.dumps(run(quick=True), indent=2))
