"""Every page over hostile texts: nothing of them runs, nothing asks, and no page becomes wider than its window."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import BrowserContext

from app.web.app import create_app
from tests.browser.conftest import DESK, PHONE, Visitor, running, site_of, tab
from tests.builders.addresses import OPENED, PAGES
from tests.builders.hostile import Account, make_hostile
from tests.conftest import copied

pytestmark = pytest.mark.browser


@dataclass(frozen=True, slots=True)
class Hostile:
    """A server over the hostile estate, and what is in it."""

    url: str
    accounts: tuple[Account, ...]


@pytest.fixture(scope="module")
def hostile(postgres_url: str, template_url: str) -> Iterator[Hostile]:
    with copied(postgres_url, template_url) as url, site_of(url) as (site, engine):
        with engine.begin() as connection:
            accounts = make_hostile(connection)
        with running(create_app(site)) as address:
            yield Hostile(address, accounts)


@pytest.fixture(scope="module")
def anybody(window: BrowserContext, hostile: Hostile) -> Iterator[Visitor]:
    with tab(window, hostile.url) as found:
        yield found


@pytest.mark.parametrize("path", OPENED + PAGES)
def test_a_page_is_only_a_page(hostile: Hostile, anybody: Visitor, path: str) -> None:
    addresses = dict.fromkeys(path.format(**one.names) for one in hostile.accounts)
    assert {address[:90]: wrong for address in addresses if (wrong := _wrong(anybody, address))} == {}


def _wrong(visitor: Visitor, address: str) -> list[str]:
    visitor.complaints.clear()
    visitor.page.set_viewport_size(DESK)
    visitor.open(address)
    wide = visitor.overflow
    visitor.page.set_viewport_size(PHONE)
    overflow = [f"{wide} and {visitor.overflow} pixels too wide"] if wide or visitor.overflow else []
    return overflow + visitor.violations + visitor.complaints
