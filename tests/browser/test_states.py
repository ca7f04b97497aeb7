"""Every page with nothing to show, and when it cannot be made: as sound as with everything in it."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace

import pytest
from fastapi import Request
from playwright.sync_api import BrowserContext
from sqlalchemy import create_engine, text
from structlog.testing import capture_logs

from app.db.engine import read_only
from app.web.app import create_app
from tests.browser.conftest import Visitor, running, site_of, tab
from tests.builders.accounts import CLINIC
from tests.builders.addresses import PAGES
from tests.builders.sessions import KEY, LONG_TERM
from tests.conftest import copied

pytestmark = pytest.mark.browser

THERE = {"key": LONG_TERM, "session": KEY, "address": "198.51.100.204", "name": "ward", "principal_arn": "nobody"}
NOWHERE = {"finding": "0" * 16, "stream": "1", "principal": "1", "account": str(CLINIC)}
SLOW = "/slow"


@dataclass(frozen=True, slots=True)
class States:
    """The address of a server without data, and of one whose database is away."""

    empty: str
    broken: str


@pytest.fixture(scope="module")
def states(postgres_url: str, template_url: str) -> Iterator[States]:
    with ExitStack() as stack:
        stack.enter_context(capture_logs())  # a traceback for people takes seconds to write
        site, _ = stack.enter_context(site_of(stack.enter_context(copied(postgres_url, template_url))))
        empty = create_app(site)

        @empty.get(SLOW)
        def slow(request: Request) -> None:
            with read_only(request.app.state.site.reader) as connection:
                connection.execute(text("set local statement_timeout = 1"))
                connection.execute(text("select pg_sleep(9)"))

        away = create_engine("postgresql+psycopg://nobody@127.0.0.1:1/nothing")
        broken = create_app(replace(site, reader=away, writer=away))
        yield States(stack.enter_context(running(empty)), stack.enter_context(running(broken)))


@pytest.fixture(scope="module")
def empty(window: BrowserContext, states: States) -> Iterator[Visitor]:
    with tab(window, states.empty) as found:
        yield found


@pytest.fixture(scope="module")
def broken(window: BrowserContext, states: States) -> Iterator[Visitor]:
    with tab(window, states.broken) as found:
        yield found


def _is_there(path: str) -> bool:
    return not any(f"{{{name}}}" in path for name in NOWHERE)


@pytest.mark.parametrize("path", [path for path in PAGES if _is_there(path)])
def test_a_page_without_anything_in_it_is_sound(empty: Visitor, path: str) -> None:
    assert empty.look(path.format(**THERE)) == []
    assert empty.page.locator("main h1").count() == 1


@pytest.mark.parametrize("path", [path for path in PAGES if not _is_there(path)])
def test_the_page_of_a_thing_that_is_not_there_is_sound(empty: Visitor, path: str) -> None:
    assert empty.look(path.format(**NOWHERE), 404) == []


@pytest.mark.parametrize("path", PAGES)
def test_a_page_whose_database_is_away_is_sound(broken: Visitor, path: str) -> None:
    assert broken.look(path.format(**THERE, **NOWHERE), 503) == []
    assert "The database does not answer" in broken.page.locator("main").inner_text()


def test_a_page_that_takes_too_long_is_sound(empty: Visitor) -> None:
    assert empty.look(SLOW, 503) == []
    assert empty.page.get_by_role("link", name="The same, 24 hours").count() == 1


@pytest.mark.parametrize("path", ["/streams?from=tomorrow&x=1", "/events?limit=7&at=now", "/?" + "x" * 3_000])
def test_a_page_that_complains_of_its_address_is_sound(empty: Visitor, path: str) -> None:
    assert empty.look(path) == []
    assert empty.page.locator(".chip.bad").count() > 0


def test_a_refusal_is_sound(empty: Visitor) -> None:
    assert empty.look(f"/events/record?event={'x' * 3_000}", 400) == []
