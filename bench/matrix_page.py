"""The matrix of 5,000 principals in Debian's Chromium: first paint, nodes of the document, a walk from end to end.

Without a Chromium nothing is measured, and that is told: `tools/chromium` installs one.
"""

import gc
import json
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median
from typing import Any

import uvicorn
from playwright.sync_api import Browser, Page, sync_playwright

from app.db.engine import create_engine
from app.services.collected_seldom import collected_seldom
from app.web.app import create_app
from app.web.site import Site
from bench._database import filled
from bench.fill import NOW

EVENTS, PRINCIPALS = 50_000, 5_000
ROUNDS, QUICK_ROUNDS = 9, 2
BARS = {"first_paint_ms": 400, "nodes": 3_000}
_PAINT = "performance.getEntriesByName('first-contentful-paint')[0].startTime"
_NODES = "document.getElementsByTagName('*').length"
_ROW = "document.activeElement.closest('tr').innerText"


def run(*, quick: bool) -> dict[str, Any]:
    """Return the figures of the page as a desk sees it. A quick run asserts only what no machine changes: the nodes."""
    path = shutil.which("chromium")
    if path is None:
        return {"not_measured": "there is no chromium: tools/chromium installs it", "missed": {}}
    with filled(EVENTS, PRINCIPALS) as url, _served(url) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        found = _measured(browser, f"{address}/matrix?group=none", QUICK_ROUNDS if quick else ROUNDS)
        browser.close()
    bars = {"nodes": BARS["nodes"]} if quick else BARS
    missed = {name: found[name] for name, bar in bars.items() if found[name] > bar}
    if not found["walked"]:
        missed["walked"] = found["walked"]
    return {**found, "bars": BARS, "missed": missed}


def _measured(browser: Browser, address: str, rounds: int) -> dict[str, Any]:
    paints, nodes, walks = [], [], []
    for _ in range(rounds + 1):
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.goto(address)
        # A function: text would be evaluated in the page, which its policy forbids.
        page.wait_for_function(f"() => {_PAINT.partition('[0]')[0]}.length > 0")
        paints.append(page.evaluate(_PAINT))
        nodes.append(page.evaluate(_NODES))
        # All rows, which the script asks for behind those of the page, take the place of its pages.
        page.wait_for_selector("#matrix-pager", state="detached")
        walks.append(_walk(page))
        nodes.append(page.evaluate(_NODES))
        page.close()
    # The first one warms up.
    return {
        "principals": PRINCIPALS,
        "first_paint_ms": round(median(paints[1:])),
        "nodes": max(nodes),
        "to_the_last_row_and_back_ms": round(1000 * median(taken for taken, _ in walks[1:])),
        "walked": all(is_there for _, is_there in walks),
    }


def _walk(page: Page) -> tuple[float, bool]:
    """Return the seconds from the first row to the last and back, and whether the focus came to both."""
    page.locator("#matrix td[tabindex='0'], #matrix [tabindex='0']").first.focus()
    first = page.evaluate(_ROW)
    started = time.perf_counter()
    page.keyboard.press("Control+End")
    page.wait_for_function(f"() => {_ROW} !== {json.dumps(first)}")
    last = page.evaluate(_ROW)
    page.keyboard.press("Control+Home")
    page.wait_for_function(f"() => {_ROW} === {json.dumps(first)}")
    return time.perf_counter() - started, last != first


@contextmanager
def _served(url: str) -> Iterator[str]:
    """Yield the address of the pages over a database."""
    reader, writer = create_engine(url, role="kvswatch_read"), create_engine(url, role="kvswatch_app")
    app = create_app(Site(reader=reader, writer=writer, demo=False, clock=lambda: NOW))
    gc.freeze()  # as `kvswatch web` does
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    with collected_seldom():
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(20)
    reader.dispose()
    writer.dispose()


if __name__ == "__main__":
    print(json.dumps(run(quick=True), indent=2))
