"""A seeded server in a thread, for some tests the demo as a newcomer starts it, and Debian's Chromium before them."""

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pytest
import uvicorn
from fastapi import FastAPI
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, sync_playwright
from sqlalchemy import Engine
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from app import clock
from app.db.engine import Role, create_engine
from app.web.app import create_app
from app.web.site import Site
from tests.builders.accounts import NOW
from tests.builders.calls import make_stream
from tests.builders.programs import Program, empty_home, free_port
from tests.builders.sessions import make_session
from tests.builders.viewing import make_cameras, make_night
from tests.conftest import copied, estate_ids

ROLES: tuple[Role | None, ...] = (None, "kvswatch_read", "kvswatch_app")
DESK, PHONE = ViewportSize(width=1440, height=900), ViewportSize(width=390, height=844)
WATCH = """
window.kvViolations = [];
document.addEventListener("securitypolicyviolation", (event) =>
  window.kvViolations.push(`${event.effectiveDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`));
"""

BESIDE_THE_DEMO = ("test_states.py", "test_questions.py")
"""What asks for the demo, and what there is to do until it is ready; half of all that the tests take."""
VENDOR = Path(__file__).parent / "vendor"
AXE = VENDOR / "axe-4.14.1.min.js"
COLOURS = "{runOnly: {type: 'rule', values: ['color-contrast', 'link-in-text-block']}, resultTypes: ['violations']}"
"""The rules of axe (of its category of colours) that can find something else by night: the elements are the same."""
FAILED = "Failed to load resource: the server responded with a status of"
"""What Chromium says of each page that is an error, and of nothing that a page does."""


@dataclass(frozen=True, slots=True)
class Server:
    """A running server over a seeded database of its own."""

    url: str
    engine: Engine
    ids: dict[str, int]


@dataclass(slots=True)
class Visitor:
    """One page of the browser, and everything that it complained about."""

    page: Page
    url: str
    complaints: list[str] = field(default_factory=list)

    def open(self, path: str, status: int = 200) -> None:
        """Go to a path and wait until it is loaded."""
        answer = self.page.goto(self.url + path)
        assert answer is not None
        assert answer.status == status, path

    @property
    def violations(self) -> list[str]:
        """What the content security policy stopped on this page."""
        found: list[str] = self.page.evaluate("window.kvViolations")
        return found

    @property
    def overflow(self) -> int:
        """How many pixels the page is wider than its window."""
        found: int = self.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        return max(0, found)

    def axe(self, options: str = "{resultTypes: ['violations']}") -> list[str]:
        """Return what axe finds."""
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(AXE.read_text())
        found = self.page.evaluate(f"axe.run(document, {options})")
        return [
            f"{violation['id']}: {node['html'][:160]} {node['failureSummary'][:200]}"
            for violation in found["violations"]
            for node in violation["nodes"][:3]
        ]

    def look(self, path: str, status: int = 200) -> list[str]:
        """Return all that is wrong with a page by day, by night and, last, as wide as a phone."""
        self.complaints.clear()
        self.page.set_viewport_size(DESK)
        self.page.emulate_media(color_scheme="light")
        self.open(path, status)
        wrong = [f"{self.overflow} pixels too wide"] if self.overflow else []
        wrong += self.axe()
        self.page.emulate_media(color_scheme="dark")
        wrong += [f"by night: {found}" for found in self.axe(COLOURS)]
        self.page.set_viewport_size(PHONE)
        wrong += [f"{self.overflow} pixels too wide for a phone"] if self.overflow else []
        is_error = status != 200
        said = [text for text in self.complaints if not (is_error and text.startswith(f"{FAILED} {status}"))]
        return wrong + self.violations + said


@pytest.fixture(scope="module")
def server(postgres_url: str, estate_template: str) -> Iterator[Server]:
    """The application over the estate of the builders, on a free port of this machine."""
    with copied(postgres_url, estate_template) as url, site_of(url) as (site, engine):
        ids = estate_ids()
        with engine.begin() as connection:
            make_session(connection)
            ids["night"] = make_stream(connection, "ward-3-night")
            make_night(connection, ids["night"])
            make_cameras(connection, ids["night"])
        with running(create_app(site)) as address:
            yield Server(address, engine, ids)


@contextmanager
def site_of(url: str) -> Iterator[tuple[Site, Engine]]:
    """Give what an application over a database needs, and an engine that may do everything."""
    engines = [create_engine(url, role=role) for role in ROLES]
    yield Site(engines[1], engines[2], demo=True, clock=lambda: NOW), engines[0]
    for engine in engines:
        engine.dispose()


@contextmanager
def running(app: FastAPI) -> Iterator[str]:
    """Run an application in a thread, and give its address."""
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning"))
    is_up = threading.Event()
    thread = threading.Thread(target=_serve, args=(server, is_up), daemon=True)
    thread.start()
    assert is_up.wait(20)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(20)


def _serve(server: uvicorn.Server, is_up: threading.Event) -> None:
    """Run the server and tell when it listens."""
    original = server.startup

    async def startup(*args: object, **kwargs: object) -> None:
        await original(*args, **kwargs)
        is_up.set()

    server.startup = startup
    server.run()


class _ByTheDemo(LoadScopeScheduling):
    """Which process takes which tests: one all that are beside the demo, so that it starts once; each other is free.

    It is `--dist loadgroup`, of which xdist 3.8 and pytest 9.2 make nothing: the node ids that it writes are not read.
    """

    def _split_scope(self, nodeid: str) -> str:
        return "demo" if Path(nodeid.partition("::")[0]).name in BESIDE_THE_DEMO else nodeid


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling:
    return _ByTheDemo(config, log)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the tests that ask for the demo last: it comes up while the others run."""
    items.sort(key=lambda item: "demo" in getattr(item, "fixturenames", ()))


@dataclass(frozen=True, slots=True)
class Demo:
    """`kvswatch demo`, ready; `day` is the one on which it was started, from which its stories count."""

    url: str
    day: date


@pytest.fixture(scope="session")
def coming_up(request: pytest.FixtureRequest) -> Iterator[tuple[Program, int, date] | None]:
    """The demo, started before the first test beside it, ready when one asks for it; None: none will."""
    if not any("demo" in getattr(item, "fixturenames", ()) for item in request.session.items):
        yield None
        return
    port = free_port()
    day = clock.now().date()
    with empty_home() as home, Program(home, "demo", "--port", str(port)) as program:
        yield program, port, day


@pytest.fixture(scope="module", autouse=True)
def _beside_the_demo(request: pytest.FixtureRequest) -> None:
    if request.path.name in BESIDE_THE_DEMO:
        request.getfixturevalue("coming_up")


@pytest.fixture(scope="module")
def demo(coming_up: tuple[Program, int, date] | None) -> Iterator[Demo]:
    """The demo of the whole organization, from when every page has data; what is older is still being read.

    It ends with the one module that asks for it: it would read on, at the cost of those that come after.
    """
    assert coming_up is not None
    program, port, day = coming_up
    assert program.says("ready ", within_s=300), program.err[-2000:]
    yield Demo(f"http://127.0.0.1:{port}", day)
    program.end()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, started once."""
    path = shutil.which("chromium")
    assert path, "no chromium: make test-browser installs it"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def window(chromium: Browser) -> Iterator[BrowserContext]:
    """A window for all tests of the process: a new one costs half a second."""
    with chromium.new_context() as context:
        yield context


@pytest.fixture(scope="session")
def plain_window(chromium: Browser) -> Iterator[BrowserContext]:
    """The same without JavaScript."""
    with chromium.new_context(java_script_enabled=False) as context:
        yield context


@contextmanager
def tab(window: BrowserContext, url: str, size: ViewportSize = DESK) -> Iterator[Visitor]:
    """Give a new tab that writes down what goes wrong; no cookie and no permission is left of it."""
    found = Visitor(window.new_page(), url)
    found.page.set_viewport_size(size)
    found.page.add_init_script(WATCH)
    found.page.on("console", lambda m: found.complaints.append(m.text) if m.type in {"error", "warning"} else None)
    found.page.on("pageerror", lambda error: found.complaints.append(str(error)))
    found.page.on("dialog", lambda dialog: (found.complaints.append(f"dialog: {dialog.message}"), dialog.dismiss()))
    yield found
    found.page.close()
    window.clear_cookies()
    window.clear_permissions()


@pytest.fixture
def desk(window: BrowserContext, server: Server) -> Iterator[Visitor]:
    """A desktop window, 1440 pixels wide."""
    with tab(window, server.url) as found:
        yield found


@pytest.fixture
def phone(window: BrowserContext, server: Server) -> Iterator[Visitor]:
    """A phone, 390 pixels wide."""
    with tab(window, server.url, PHONE) as found:
        yield found


@pytest.fixture
def plain(plain_window: BrowserContext, server: Server) -> Iterator[Visitor]:
    """A browser without JavaScript."""
    with tab(plain_window, server.url) as found:
        yield found
