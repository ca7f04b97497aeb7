"""A seeded server in a thread, for some tests the demo as a newcomer starts it, and Debian's Chromium before them."""

import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

import pytest
import uvicorn
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from sqlalchemy import Engine, make_url

from app import clock
from app.db.engine import create_engine
from app.web.app import create_app
from app.web.site import Site
from tests.builders.accounts import NOW
from tests.builders.calls import make_stream
from tests.builders.estate import make_estate
from tests.builders.programs import Program, empty_home, free_port
from tests.builders.sessions import make_session
from tests.builders.viewing import make_cameras, make_night
from tests.conftest import run_outside_transaction

WATCH = """
window.kvViolations = [];
document.addEventListener("securitypolicyviolation", (event) =>
  window.kvViolations.push(`${event.effectiveDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`));
"""


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

    def open(self, path: str) -> None:
        """Go to a path and wait until it is loaded."""
        answer = self.page.goto(self.url + path)
        assert answer is not None
        assert answer.status == 200, path

    @property
    def violations(self) -> list[str]:
        """What the content security policy stopped on this page."""
        found: list[str] = self.page.evaluate("window.kvViolations")
        return found


@pytest.fixture(scope="module")
def server(postgres_url: str, template_url: str) -> Iterator[Server]:
    """The application over the estate of the builders, on a free port of this machine."""
    name = f"browser_{threading.get_ident()}"
    run_outside_transaction(
        postgres_url, f"CREATE DATABASE {name} TEMPLATE {make_url(template_url).database} STRATEGY file_copy"
    )
    url = make_url(postgres_url).set(database=name).render_as_string(hide_password=False)
    engines = [create_engine(url), create_engine(url, role="kvswatch_read"), create_engine(url, role="kvswatch_app")]
    with engines[0].begin() as connection:
        ids = make_estate(connection)
        make_session(connection)
        ids["night"] = make_stream(connection, "ward-3-night")
        make_night(connection, ids["night"])
        make_cameras(connection, ids["night"])
    app = create_app(Site(engines[1], engines[2], demo=True, clock=lambda: NOW))
    running = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning"))
    is_up = threading.Event()
    thread = threading.Thread(target=_serve, args=(running, is_up), daemon=True)
    thread.start()
    assert is_up.wait(20)
    port = running.servers[0].sockets[0].getsockname()[1]
    yield Server(f"http://127.0.0.1:{port}", engines[0], ids)
    running.should_exit = True
    thread.join(20)
    for engine in engines:
        engine.dispose()
    run_outside_transaction(postgres_url, f"DROP DATABASE {name} WITH (FORCE)")


def _serve(server: uvicorn.Server, is_up: threading.Event) -> None:
    """Run the server and tell when it listens."""
    original = server.startup

    async def startup(*args: object, **kwargs: object) -> None:
        await original(*args, **kwargs)
        is_up.set()

    server.startup = startup
    server.run()


@dataclass(frozen=True, slots=True)
class Demo:
    """`kvswatch demo`, ready; `day` is the one on which it was started, from which its stories count."""

    url: str
    day: date


@pytest.fixture(scope="session", autouse=True)
def _coming_up(request: pytest.FixtureRequest) -> Iterator[tuple[Program, int, date] | None]:
    """The demo, started with the first test so that it is ready when the first that asks for it comes; None asks."""
    if not any("demo" in getattr(item, "fixturenames", ()) for item in request.session.items):
        yield None
        return
    port = free_port()
    day = clock.now().date()
    with empty_home() as home, Program(home, "demo", "--port", str(port)) as program:
        yield program, port, day


@pytest.fixture(scope="module")
def demo(_coming_up: tuple[Program, int, date] | None) -> Iterator[Demo]:
    """The demo of the whole organization, from when every page has data; what is older is still being read.

    It ends with the one module that asks for it: it would read on, at the cost of those that come after.
    """
    assert _coming_up is not None
    program, port, day = _coming_up
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


def visitor(context: BrowserContext, server: Server) -> Visitor:
    """Return a new page of a context that writes down what goes wrong."""
    context.add_init_script(WATCH)
    found = Visitor(context.new_page(), server.url)
    found.page.on("console", lambda m: found.complaints.append(m.text) if m.type in {"error", "warning"} else None)
    found.page.on("pageerror", lambda error: found.complaints.append(str(error)))
    return found


@pytest.fixture
def desk(chromium: Browser, server: Server) -> Iterator[Visitor]:
    """A desktop window, 1440 pixels wide."""
    context = chromium.new_context(viewport={"width": 1440, "height": 900}, color_scheme="light")
    yield visitor(context, server)
    context.close()


@pytest.fixture
def phone(chromium: Browser, server: Server) -> Iterator[Visitor]:
    """A phone, 390 pixels wide."""
    context = chromium.new_context(viewport={"width": 390, "height": 844}, color_scheme="light")
    yield visitor(context, server)
    context.close()


@pytest.fixture
def night(chromium: Browser, server: Server) -> Iterator[Visitor]:
    """A desktop window in the dark."""
    context = chromium.new_context(viewport={"width": 1440, "height": 900}, color_scheme="dark")
    yield visitor(context, server)
    context.close()


@pytest.fixture
def plain(chromium: Browser, server: Server) -> Iterator[Visitor]:
    """A browser without JavaScript."""
    context = chromium.new_context(viewport={"width": 1440, "height": 900}, java_script_enabled=False)
    found = Visitor(context.new_page(), server.url)
    yield found
    context.close()
