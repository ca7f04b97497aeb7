"""Every page in a real browser: nothing stopped by the policy, no complaint, no sideways scroll, no axe finding."""

import hashlib
import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import BrowserContext, expect
from sqlalchemy import text

from app.core.assumptions.players_leave_no_record import PLAYER_CALLS
from app.core.model.metric import RequestCount
from tests.browser.conftest import AXE, VENDOR, Server, Visitor, tab
from tests.builders import addresses
from tests.builders.accounts import CLINIC, NOW
from tests.builders.estate import RETAIL
from tests.builders.events import EVENT
from tests.builders.sessions import KEY, LONG_TERM
from tests.builders.statement import make_counts

pytestmark = pytest.mark.browser

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


@pytest.fixture(scope="module")
def anybody(window: BrowserContext, server: Server) -> Iterator[Visitor]:
    with tab(window, server.url) as found:
        yield found


def test_each_page_is_looked_at() -> None:
    seen = [re.sub(r"{.*}", "x", pattern).partition("?")[0] for pattern in PAGES]
    routes = {path: re.sub(r"{\w+}", "[^/]+", path.partition("?")[0]) for path in addresses.PAGES}
    assert [path for path, shape in routes.items() if not any(re.fullmatch(shape, one) for one in seen)] == []


@pytest.mark.parametrize("pattern", PAGES)
def test_nothing_is_wrong_by_day_by_night_and_on_a_phone(server: Server, anybody: Visitor, pattern: str) -> None:
    assert anybody.look(_path(server, pattern)) == []


@pytest.mark.parametrize("pattern", ["/", "/findings", "/coverage", "/events"])
def test_axe_finds_nothing_on_a_phone(server: Server, phone: Visitor, pattern: str) -> None:
    phone.open(_path(server, pattern))
    assert phone.axe() == []


@pytest.mark.parametrize(
    "pattern", ["/streams/{ward-3}/review", "/streams/{night}/review", "/streams/{ward-3}/review?at=now-1d"]
)
def test_a_review_is_read_on_a_phone_without_moving_its_tables(server: Server, phone: Visitor, pattern: str) -> None:
    phone.open(_path(server, pattern))
    longest = "document.querySelector('tbody th bdi').textContent = 'W'.repeat(64)"  # so long IAM lets a role's name be
    phone.page.evaluate(longest)
    beyond = "[...document.querySelectorAll('.scroll')].map((box) => box.scrollWidth - box.clientWidth)"
    assert set(phone.page.evaluate(beyond)) == {0}


@pytest.mark.parametrize("path", [f"/search?q={CLINIC}", "/urls"])
def test_what_is_found_is_read_on_a_phone_without_moving_its_tables(phone: Visitor, path: str) -> None:
    phone.open(path)
    certificate = (
        "document.querySelectorAll('tbody :is(th, td) > a').forEach((a) => { a.textContent = 'f'.repeat(64) })"
    )
    phone.page.evaluate(certificate)
    beyond = "[...document.querySelectorAll('.scroll')].map((box) => box.scrollWidth - box.clientWidth)"
    assert set(phone.page.evaluate(beyond)) == {0}


@pytest.mark.parametrize("pattern", ["/streams/{ward-3}", "/principals/{clinic-video/VideoAnalyst}"])
def test_who_may_what_and_did_is_read_on_a_phone_without_moving_its_tables(
    server: Server, phone: Visitor, pattern: str
) -> None:
    phone.open(_path(server, pattern))
    assert phone.page.locator(".pair").count()
    boxes = "document.querySelectorAll('.scroll, .pair.lead thead th')"
    beyond = f"[...{boxes}].map((box) => box.scrollWidth - box.clientWidth)"
    assert set(phone.page.evaluate(beyond)) == {0}


def test_what_left_no_event_is_in_sight_on_a_phone(server: Server, phone: Visitor) -> None:
    day = (NOW - timedelta(days=2)).date()
    actions = ("GetMediaForFragmentList", *PLAYER_CALLS)
    with server.engine.begin() as connection:
        make_counts(connection, *(RequestCount("ward-3-night", action, day, 99_999) for action in actions))
    phone.open(_path(server, "/streams/{night}/statement"))
    table = phone.page.locator("table", has=phone.page.get_by_text("Without event"))
    assert table.locator("tbody tr").count() == len(actions)
    assert table.evaluate("table => table.parentElement.scrollWidth - table.parentElement.clientWidth") == 0
    lines = "th => { const text = new Range(); text.selectNodeContents(th); return text.getClientRects().length }"
    assert table.locator("tbody th").first.evaluate(lines) == 1


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("/events", ("CSV", "JSONL", "Records")),
        ("/streams", ("CSV", "JSONL")),
        ("/matrix", ("CSV", "Grants with reasons")),
        (f"/matrix?account={CLINIC}&principal=HlsPortal&view=streams", ("CSV", "Grants with reasons")),
    ],
)
def test_every_file_of_a_list_can_be_had_on_a_phone(
    server: Server, phone: Visitor, pattern: str, names: tuple[str, ...]
) -> None:
    phone.open(_path(server, pattern))
    files = phone.page.locator(".head a[download]")
    assert [text.split()[0] for text in files.all_inner_texts()] == [name.split()[0] for name in names]
    boxes = [box for file in files.all() if (box := file.bounding_box())]
    assert len(boxes) == len(names)
    assert max(box["x"] + box["width"] for box in boxes) <= 390


def test_a_table_that_moves_sideways_shows_at_its_edge_that_there_is_more(phone: Visitor) -> None:
    phone.open("/accounts")
    table = phone.page.locator(".scroll")
    assert table.evaluate("table => table.scrollWidth > table.clientWidth")
    edge = "table => [getComputedStyle(table).backgroundAttachment, getComputedStyle(table).backgroundImage]"
    attachments, shadow = table.evaluate(edge)
    assert attachments == "local, scroll"
    assert shadow.count("linear-gradient") == 2


@pytest.mark.parametrize(
    "pattern", ["/principals", f"/principals?account={CLINIC}", "/streams/{ward-3}/review?at=now-1d"]
)
def test_the_search_field_has_room_for_words_on_a_phone(server: Server, phone: Visitor, pattern: str) -> None:
    phone.open(_path(server, pattern))
    box = phone.page.locator(".find .in").bounding_box()
    assert box is not None
    assert box["width"] >= 144


@pytest.mark.parametrize("pattern", [f"/sessions/{KEY}", f"/accounts/{CLINIC}?from=2026-11-01&to=2026-11-23"])
def test_a_long_range_leaves_the_buttons_of_the_header_their_size(server: Server, phone: Visitor, pattern: str) -> None:
    phone.open(_path(server, pattern))
    boxes = [button.bounding_box() for button in phone.page.locator(".bar .btn.icon").all()]
    assert [(box["width"], box["height"]) for box in boxes if box and box["width"] < 24] == []  # WCAG 2.2, 2.5.8
    assert boxes
    assert not phone.overflow


_TOUCHING = """() => [...document.querySelectorAll(".main svg")].flatMap((svg) => {
  const found = [...svg.querySelectorAll("text")].map((text) => [text.textContent, text.getBoundingClientRect()])
  const shown = found.filter(([, box]) => box.width)
  const beside = (one, other) => one.right <= other.left || other.right <= one.left
  const apart = (one, other) => beside(one, other) || one.bottom <= other.top || other.bottom <= one.top
  const out = shown.filter(([, box]) => box.left < 0 || box.right > innerWidth).map(([name]) => `${name} goes out`)
  const under = ([name, box], n) =>
    shown.slice(n + 1).filter(([, other]) => !apart(box, other)).map(([other]) => `${name} on ${other}`)
  return [...out, ...shown.flatMap(under)]
})"""


@pytest.mark.parametrize("pattern", ["/?from=now-90d", "/coverage?from=now-7d", "/streams/{night}?from=now-9d"])
def test_what_is_written_in_a_chart_does_not_touch_on_a_phone(server: Server, phone: Visitor, pattern: str) -> None:
    phone.open(_path(server, pattern))
    assert phone.page.locator(".main svg text:visible").count() > 1
    assert phone.page.evaluate(_TOUCHING) == []


def test_the_tab_that_is_shown_is_in_view_on_a_phone(phone: Visitor) -> None:
    phone.open("/findings/cannot-tell")
    box = phone.page.locator(".tabs [aria-current]").bounding_box()
    assert box is not None
    assert box["x"] + box["width"] <= 390


def test_the_time_of_a_call_is_whole_on_a_phone(phone: Visitor) -> None:
    phone.open("/events")
    cut = "times => times.filter(time => time.parentElement.scrollWidth > time.parentElement.clientWidth).length"
    assert phone.page.locator("#calls time").count() == 50
    assert phone.page.locator("#calls time").evaluate_all(cut) == 0


def test_chosen_columns_keep_a_call_in_one_line_on_a_phone(phone: Visitor) -> None:
    phone.open("/events?cols=time,account,region,action,source,user_agent")
    heights = phone.page.locator("#calls tbody tr").evaluate_all("rows => rows.map(row => row.offsetHeight)")
    assert max(heights) < 48


def test_a_table_on_paper_has_no_lines_of_its_template(server: Server, desk: Visitor) -> None:
    desk.open(_path(server, "/streams/{ward-3}"))
    desk.page.emulate_media(media="print")
    cells = desk.page.locator(".scroll td")
    assert cells.first.evaluate("cell => getComputedStyle(cell).whiteSpaceCollapse") == "collapse"


def test_paper_has_each_text_to_paste_under_its_title(desk: Visitor) -> None:
    desk.open(f"/sessions/{KEY}/stop")
    fix = desk.page.locator(".fixes").first
    policy = fix.locator("pre").nth(1)
    assert not policy.is_visible()
    desk.page.emulate_media(media="print")
    texts = [text.is_visible() for text in fix.locator("pre").all()]
    titles = [title.is_visible() for title in fix.locator("header b").all()]
    assert texts == titles == [True, True, True]


def test_paper_keeps_hatching_and_headings_and_has_no_controls(server: Server, desk: Visitor) -> None:
    """Chromium prints no background that is not asked for: a band of hatching would be a margin like any other."""
    desk.page.emulate_media(media="print")
    desk.open(_path(server, "/streams/{old-0}/statement"))
    band = desk.page.locator(".state.unseen")
    assert band.evaluate("band => getComputedStyle(band).printColorAdjust") == "exact"
    desk.open("/events")
    expect(desk.page.get_by_text("1 bar =")).to_be_visible()
    for control in ("Earlier", "Zoom in", "Outcome"):
        expect(desk.page.locator("figure").get_by_role("link", name=control)).to_be_hidden()
    desk.open("/streams")
    expect(desk.page.get_by_placeholder("Name, ARN, tag, device")).to_be_hidden()
    desk.open(_path(server, "/streams/{ward-3}"))
    heading = desk.page.get_by_role("heading", name="Ways out")
    assert heading.evaluate("heading => getComputedStyle(heading).breakAfter") == "avoid"


_GAPS = """() => {
  const gap = (above, below) => below.getBoundingClientRect().top - above.getBoundingClientRect().bottom
  const put = (place, name) => {
    const one = document.createElement("div")
    one.className = name
    place.before(one)
    return gap(one, place)
  }
  const sections = [...document.querySelectorAll(".stack > section + section")]
  return {
    banner: put(document.querySelector(".main > .head"), "banner"),
    box: put(document.querySelector(".multiples") ?? document.querySelector(".main > .cols"), "state error"),
    ...Object.fromEntries(sections.map((each) => [each.id, gap(each.previousElementSibling, each)])),
  }
}"""


def test_what_stands_below_a_banner_a_box_or_a_section_has_room(anybody: Visitor) -> None:
    anybody.open(f"/coverage?account={CLINIC}&region=eu-central-1")
    gaps = anybody.page.evaluate(_GAPS)
    assert {"banner", "box", "streams", "integrity"} <= gaps.keys()
    assert [name for name, gap in gaps.items() if gap < 8] == []


def test_axe_is_the_one_that_was_vendored() -> None:
    listed = (VENDOR / "VENDOR.txt").read_text().rpartition("|")[2].strip()
    assert hashlib.sha256(AXE.read_bytes()).hexdigest() == listed
