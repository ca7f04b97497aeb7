"""Every page in a real browser: nothing stopped by the policy, no complaint, no sideways scroll, no axe finding."""

import hashlib
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.browser.conftest import Server, Visitor
from tests.builders.accounts import CLINIC
from tests.builders.estate import RETAIL
from tests.builders.events import EVENT
from tests.builders.sessions import KEY, LONG_TERM

pytestmark = pytest.mark.browser

VENDOR = Path(__file__).parent / "vendor"
AXE = VENDOR / "axe-4.14.1.min.js"
PAGES = (
    "/",
    "/accounts",
    f"/accounts/{CLINIC}",
    f"/accounts/{RETAIL}",
    "/streams",
    "/streams/{ward-3}",
    "/streams/{old-0}",
    "/streams/{ward-intercom}",
    "/streams/{ward-3}?at=now-1h",
    "/streams/{ward-3}/statement",
    "/streams/{ward-3}/review",
    "/streams/{old-0}/statement?footage=now-2d..now-1d",
    "/streams/{night}",
    "/principals",
    "/principals/{clinic-video/VideoAnalyst}",
    "/principals/{clinic-video/break-glass}",
    "/findings",
    "/findings?group=none",
    "/findings/cannot-tell",
    "/findings/{finding}",
    "/coverage",
    f"/coverage?account={RETAIL}&region=eu-central-1",
    "/assumptions",
    "/events",
    "/matrix",
    "/matrix?at=now-1h",
    f"/matrix?account={CLINIC}&principal=HlsPortal&view=streams",
    "/search?q=ward",
    "/exports",
    "/urls",
    f"/sessions/{KEY}",
    f"/keys/{LONG_TERM}",
    "/keys/AKIANOTHING",
    f"/addresses/{EVENT.address}",
    f"/sessions/{KEY}/stop",
    f"/keys/{LONG_TERM}/stop",
    "/principals/{clinic-video/WardCamRole}/stop",
)


def _path(server: Server, pattern: str) -> str:
    path = pattern
    for name, ident in server.ids.items():
        path = path.replace(f"{{{name}}}", str(ident))
    if "{finding}" in path:
        with server.engine.connect() as connection:
            query = text("select id from finding where evidence <> '[]' order by id limit 1")
            path = path.replace("{finding}", connection.execute(query).scalar_one())
    return path


@pytest.mark.parametrize("pattern", PAGES)
def test_on_a_desk_nothing_is_stopped_and_nothing_complained_about(server: Server, desk: Visitor, pattern: str) -> None:
    desk.open(_path(server, pattern))
    assert desk.violations == []
    assert desk.complaints == []
    assert desk.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("pattern", PAGES)
def test_on_a_phone_no_page_scrolls_sideways(server: Server, phone: Visitor, pattern: str) -> None:
    phone.open(_path(server, pattern))
    assert phone.page.evaluate("document.documentElement.scrollWidth") <= 390
    assert phone.violations == []


@pytest.mark.parametrize("pattern", PAGES)
def test_axe_finds_nothing_by_day(server: Server, desk: Visitor, pattern: str) -> None:
    desk.open(_path(server, pattern))
    assert _axe(desk) == []


@pytest.mark.parametrize(
    "pattern",
    [
        "/",
        "/findings/{finding}",
        "/streams/{ward-3}/statement",
        "/streams/{night}",
        "/coverage",
        "/matrix",
        "/matrix?at=now-1h",
        f"/accounts/{RETAIL}",
        f"/sessions/{KEY}",
        f"/keys/{LONG_TERM}/stop",
    ],
)
def test_axe_finds_nothing_by_night(server: Server, night: Visitor, pattern: str) -> None:
    night.open(_path(server, pattern))
    assert _axe(night) == []


@pytest.mark.parametrize("pattern", ["/", "/findings", "/coverage"])
def test_axe_finds_nothing_on_a_phone(server: Server, phone: Visitor, pattern: str) -> None:
    phone.open(_path(server, pattern))
    assert _axe(phone) == []


def test_axe_is_the_one_that_was_vendored() -> None:
    listed = (VENDOR / "VENDOR.txt").read_text().rpartition("|")[2].strip()
    assert hashlib.sha256(AXE.read_bytes()).hexdigest() == listed


def _axe(visitor: Visitor) -> list[str]:
    visitor.page.evaluate(AXE.read_text())
    found = visitor.page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{violation['id']}: {node['html'][:160]} {node['failureSummary'][:200]}"
        for violation in found["violations"]
        for node in violation["nodes"][:3]
    ]
