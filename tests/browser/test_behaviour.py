"""What a page does when it is used: by keys, by htmx, and without any script."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Route, expect
from sqlalchemy import text

from app.db.queries.grants import store_matrix
from tests.browser.conftest import Server, Visitor
from tests.builders.accounts import CLINIC, NOW
from tests.builders.calls import make_calls, make_principal
from tests.builders.estate import RETAIL

pytestmark = pytest.mark.browser


def _a_finding(server: Server) -> str:
    """Return an open finding whose rule has a fix to paste."""
    with server.engine.connect() as connection:
        query = text(
            "select id from finding where state = 'open' and rule = 'media_calls_not_logged' order by id limit 1"
        )
        return str(connection.execute(query).scalar_one())


def test_the_first_tab_skips_to_the_content(desk: Visitor) -> None:
    desk.open("/")
    desk.page.keyboard.press("Tab")
    desk.page.keyboard.press("Enter")
    assert desk.page.evaluate("document.activeElement.id") == "main"


def test_a_slash_goes_to_the_search_and_letters_stay_in_it(desk: Visitor) -> None:
    desk.open("/")
    desk.page.keyboard.press("/")
    desk.page.keyboard.type("gf/")
    expect(desk.page.locator("#q")).to_have_value("gf/")
    assert desk.page.url.endswith("/")


def test_g_and_a_letter_go_to_a_page(desk: Visitor) -> None:
    desk.open("/")
    desk.page.keyboard.press("g")
    desk.page.keyboard.press("c")
    desk.page.wait_for_url("**/coverage")


def test_j_and_k_walk_the_rows_and_brackets_turn_pages(desk: Visitor) -> None:
    desk.open("/events")
    focused = "document.activeElement.closest('tr')?.rowIndex"
    rows = desk.page.locator("#calls tbody tr:not(.day)")
    places = rows.evaluate_all("rows => rows.map(row => row.rowIndex)")
    walked = []
    for key in "jjkkj":
        desk.page.keyboard.press(key)
        walked.append(desk.page.evaluate(focused))
    assert walked == [places[0], places[1], places[0], places[0], places[1]]
    desk.page.keyboard.press("Enter")
    expect(desk.page.locator(".drawer")).to_be_visible()
    desk.page.keyboard.press("]")
    expect(rows.nth(2)).to_have_attribute("aria-selected", "true")
    desk.page.keyboard.press("[")
    expect(rows.nth(1)).to_have_attribute("aria-selected", "true")
    desk.page.keyboard.press("Escape")
    expect(desk.page.locator(".drawer")).to_be_hidden()
    desk.page.keyboard.press("]")
    desk.page.wait_for_url("**after=**")


PRESS = """how => {
  const next = document.querySelector("a[rel=next]"), told = [];
  next.addEventListener("click", event => { event.preventDefault(); event.stopImmediatePropagation(); told.push(how); },
    { capture: true, once: true });
  document.body.dispatchEvent(new KeyboardEvent("keydown", { bubbles: true, key: "]", ...how }));
  return told.length;
}"""


@pytest.mark.parametrize(
    ("how", "is_turned"),
    [
        ({"ctrlKey": True, "altKey": True, "modifierAltGraph": True}, True),
        ({"altKey": True}, True),
        ({"ctrlKey": True}, False),
        ({"ctrlKey": True, "altKey": True}, False),
        ({"metaKey": True, "altKey": True}, False),
        ({"altKey": True, "key": "j"}, False),
    ],
    ids=["AltGr", "Option", "Ctrl", "Ctrl and Alt", "Command", "another key"],
)
def test_brackets_turn_pages_where_a_keyboard_has_them_behind_alt(
    desk: Visitor, how: dict[str, bool | str], *, is_turned: bool
) -> None:
    desk.open("/events")
    assert desk.page.evaluate(PRESS, how) == int(is_turned)


def test_above_an_opened_call_the_keys_go_on(desk: Visitor) -> None:
    desk.open("/events")
    for key in ("j", "j", "j", "j", "Enter"):
        desk.page.keyboard.press(key)
    expect(desk.page.locator(".drawer")).to_be_visible()
    for key in ("k", "k", "k"):
        desk.page.keyboard.press(key)
    expect(desk.page.locator("#calls tbody tr:not(.day)").nth(0).locator("a[href]").first).to_be_focused()


def test_the_page_before_is_the_first_one_where_no_other_is_known(desk: Visitor) -> None:
    desk.open("/streams?after=1:a")
    desk.page.keyboard.press("[")
    desk.page.wait_for_url(lambda url: "after=" not in url)


def test_a_question_mark_tells_the_keys_and_they_can_be_turned_off(desk: Visitor) -> None:
    desk.open("/streams")
    desk.page.keyboard.press("?")
    told = desk.page.get_by_text("these keys")
    expect(told).to_be_visible()
    desk.page.get_by_label("Single keys").select_option("off")
    desk.page.get_by_role("button", name="Keep").click()
    expect(told).to_be_hidden()
    desk.page.keyboard.press("?")
    desk.page.keyboard.press("/")
    expect(told).to_be_hidden()
    assert desk.page.evaluate("document.activeElement.id") != "q"


def test_the_scope_menu_opens_by_key_and_closes_by_escape(desk: Visitor) -> None:
    desk.open("/streams")
    button = desk.page.get_by_role("button", name="5 accounts")
    button.focus()
    desk.page.keyboard.press("Enter")
    link = desk.page.get_by_role("link", name="legacy-cams 771400253968")
    expect(link).to_be_visible()
    desk.page.keyboard.press("Escape")
    expect(link).to_be_hidden()


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/streams", "5 accounts"),
        ("/streams", "30 d"),
        ("/streams", "Settings"),
        ("/events", "Filter"),
        ("/matrix", "Filter"),
    ],
)
def test_what_a_button_opens_does_not_cover_it(desk: Visitor, path: str, name: str) -> None:
    desk.open(path)
    button = desk.page.get_by_role("button", name=name).first
    button.click()
    opened = desk.page.locator(":popover-open")
    lower, upper = opened.bounding_box(), button.bounding_box()
    assert lower is not None
    assert upper is not None
    assert lower["y"] >= upper["y"] + upper["height"]
    assert lower["y"] + lower["height"] <= 900
    assert (lower["x"], lower["x"] + lower["width"]) >= (0, 0)
    assert lower["x"] + lower["width"] <= 1440


def test_on_a_phone_the_menu_is_behind_a_button(phone: Visitor) -> None:
    phone.open("/")
    expect(phone.page.get_by_role("link", name="Coverage", exact=True)).to_be_hidden()
    phone.page.get_by_role("button", name="Menu").click()
    phone.page.get_by_role("link", name="Coverage", exact=True).click()
    phone.page.wait_for_url("**/coverage")


def test_progress_follows_the_worker_until_it_is_done(server: Server, desk: Visitor) -> None:
    desk.open(f"/accounts/{CLINIC}")
    feeds = desk.page.locator("#feeds")
    expect(feeds).to_contain_text("1,204 of 2,880 files")
    with server.engine.begin() as connection:
        connection.execute(
            text("""update feed set progress = '{"done": 2000, "total": 2880, "unit": "files"}'
                                   where progress is not null""")
        )
    expect(feeds).to_contain_text("2,000 of 2,880 files", timeout=10_000)
    with server.engine.begin() as connection:
        connection.execute(text("update feed set owner = null, lease_until = null, progress = null"))
    expect(feeds).not_to_contain_text("2,880", timeout=10_000)
    # What is done is no longer asked for: the last fragment came without a trigger.
    expect(feeds).not_to_have_attribute("hx-trigger", "every 2s")
    assert desk.violations == []
    assert desk.complaints == []


def test_a_finding_is_muted_from_its_page(server: Server, desk: Visitor) -> None:
    desk.open(f"/findings/{_a_finding(server)}")
    desk.page.get_by_role("button", name="Mute…").click()
    desk.page.get_by_label("Reason").fill("test stream, Ines Okafor")
    desk.page.get_by_role("button", name="Mute", exact=True).click()
    expect(desk.page.get_by_role("status").filter(has_text="Muted.")).to_be_visible()
    desk.page.get_by_role("button", name="Undo").click()
    expect(desk.page.get_by_role("status").filter(has_text="Open again.")).to_be_visible()


def test_a_fix_is_copied_without_its_line_numbers(server: Server, desk: Visitor) -> None:
    desk.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    desk.open(f"/findings/{_a_finding(server)}")
    button = desk.page.locator(".fix[open] [data-copy]")
    button.click()
    expect(button).to_contain_text("Copied")
    copied = desk.page.evaluate("navigator.clipboard.readText()")
    assert copied.strip()
    assert copied.strip().splitlines()[0] in desk.page.locator(".fix[open] pre").first.inner_text()


def test_a_time_tells_the_browsers_own_zone(desk: Visitor) -> None:
    desk.open("/accounts")
    time = desk.page.locator("main time").first
    time.hover()
    assert "2026" in (time.get_attribute("title") or "")


def test_the_dark_is_there_from_the_first_paint(desk: Visitor) -> None:
    desk.open("/")
    desk.page.get_by_role("button", name="Settings").click()
    desk.page.get_by_label("Colours").select_option("dark")
    desk.page.get_by_role("button", name="Keep").click()
    desk.page.wait_for_load_state()
    assert desk.page.evaluate("document.documentElement.dataset.theme") == "dark"
    assert desk.page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "dark"


def test_without_any_script_no_button_is_shown_that_needs_one(server: Server, plain: Visitor) -> None:
    plain.open(f"/findings/{_a_finding(server)}")
    expect(plain.page.locator(".fix[open] pre")).to_be_visible()
    expect(plain.page.get_by_role("button", name="Copy")).to_have_count(0)


def test_without_any_script_menus_forms_and_details_work(server: Server, plain: Visitor) -> None:
    plain.open("/findings")
    plain.page.locator("summary:visible").nth(1).click()
    plain.page.get_by_role("button", name="5 accounts").click()
    plain.page.get_by_role("link", name="clinic-video 590817264433").click()
    plain.page.wait_for_url("**/findings?account=590817264433")
    plain.open(f"/findings/{_a_finding(server)}")
    plain.page.get_by_role("button", name="Acknowledge").click()
    expect(plain.page.get_by_role("status").filter(has_text="Acknowledged.")).to_be_visible()


def test_an_injected_htmx_attribute_does_nothing(desk: Visitor) -> None:
    desk.open("/accounts")
    asked: list[str] = []
    desk.page.on("request", lambda request: asked.append(request.url))
    desk.page.evaluate("""() => {
      const bait = document.createElement("button");
      bait.setAttribute("hx-get", "/findings");
      bait.setAttribute("hx-trigger", "load");
      document.querySelector("main").append(bait);
      htmx.process(bait);
    }""")
    desk.page.wait_for_timeout(300)
    assert asked == []


FOCUS = """() => {
  const at = document.activeElement, cell = at.closest("#matrix th, #matrix td");
  return cell ? [cell.parentElement.rowIndex, cell.cellIndex, at.tagName] : null;
}"""


def test_the_matrix_is_one_stop_for_tab(desk: Visitor) -> None:
    desk.open("/matrix")
    stops = desk.page.locator("#matrix [tabindex='0'], #matrix a:not([tabindex='-1'])")
    expect(stops).to_have_count(1)
    stops.focus()
    desk.page.keyboard.press("Tab")
    assert desk.page.evaluate(FOCUS) is None
    desk.page.keyboard.press("Shift+Tab")
    assert desk.page.evaluate(FOCUS) is not None


def test_arrows_reach_the_cells_and_the_names_of_rows_and_columns(desk: Visitor) -> None:
    desk.open("/matrix")
    desk.page.locator("#matrix [tabindex='0']").focus()
    row, column, tag = desk.page.evaluate(FOCUS)
    assert (column, tag) == (1, "TD")
    desk.page.keyboard.press("ArrowUp")
    assert desk.page.evaluate(FOCUS) == [1, 1, "A"]
    desk.page.keyboard.press("ArrowRight")
    assert desk.page.evaluate(FOCUS) == [1, 2, "A"]
    desk.page.keyboard.press("ArrowDown")
    assert desk.page.evaluate(FOCUS) == [row, 2, "TD"]
    desk.page.keyboard.press("Control+End")
    _, last, _ = desk.page.evaluate(FOCUS)
    assert last == 46
    desk.page.keyboard.press("Control+Home")
    desk.page.keyboard.press("ArrowLeft")
    assert desk.page.evaluate(FOCUS) == [row, 0, "A"]
    assert desk.page.locator("#matrix [tabindex='0']").count() == 1
    desk.page.keyboard.press("Enter")
    desk.page.wait_for_url("**/matrix?cell=*")


def test_what_a_row_s_drawer_lists_wraps_as_text(server: Server, desk: Visitor) -> None:
    desk.open(f"/matrix?cell={server.ids['clinic-video/break-glass']}")
    shown = desk.page.locator(".drawer li").evaluate_all("lines => lines.map((line) => getComputedStyle(line).display)")
    assert set(shown) == {"list-item"}


@pytest.mark.parametrize("width", [1440, 1100])
def test_the_foot_of_a_drawer_is_whole_below_the_line_of_the_demo_too(
    server: Server, desk: Visitor, width: int
) -> None:
    desk.page.set_viewport_size({"width": width, "height": 900})
    desk.open(f"/matrix?cell={server.ids['clinic-video/break-glass']}%2CGetMedia")
    expect(desk.page.locator(".demo")).to_be_visible()
    drawn = "each => [each.getBoundingClientRect().top, each.getBoundingClientRect().bottom]"
    (_, line), (top, _), (_, end) = (
        desk.page.locator(each).evaluate(drawn) for each in (".top", ".drawer", ".drawer footer")
    )
    assert line <= top
    assert end <= 900


def test_the_focus_is_back_on_its_cell_when_the_drawer_closes(desk: Visitor) -> None:
    desk.open("/matrix")
    desk.page.locator("#matrix [tabindex='0']").focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowDown"):
        desk.page.keyboard.press(key)
    was = desk.page.evaluate(FOCUS)
    desk.page.keyboard.press("Enter")
    desk.page.wait_for_url("**/matrix?cell=*")
    desk.page.locator("[data-close]").wait_for()
    desk.page.keyboard.press("Escape")
    desk.page.wait_for_url("**/matrix")
    desk.page.wait_for_function("() => document.activeElement !== document.body")
    assert desk.page.evaluate(FOCUS) == was


def test_the_focus_goes_to_no_cell_of_another_matrix(desk: Visitor) -> None:
    desk.open("/matrix")
    desk.page.locator("#matrix [tabindex='0']").focus()
    desk.page.keyboard.press("Enter")
    desk.page.wait_for_url("**/matrix?cell=*")
    desk.open("/streams")
    desk.open("/matrix?principal~=a")
    desk.page.locator("#matrix [tabindex='0']").wait_for()
    assert desk.page.evaluate("document.activeElement === document.body")


def test_the_heads_of_the_matrix_are_whole(desk: Visitor) -> None:
    desk.open("/matrix")
    cut = (
        "[...document.querySelectorAll('#matrix [scope=colgroup]')].filter((e) => e.scrollWidth > e.clientWidth).length"
    )
    assert desk.page.evaluate(cut) == 0


def test_without_any_script_each_name_of_the_matrix_is_a_link_by_key(plain: Visitor) -> None:
    plain.open("/matrix")
    assert plain.page.locator("#matrix a[tabindex]").count() == 0


PAPER = 3_200
"""Bytes of a PDF for each principal: with images in their cells it is half as much again."""


@pytest.fixture
def evaluated(server: Server) -> Iterator[None]:
    """An account as one in which nothing is granted: its rows have a letter for what was used alone."""
    with server.engine.begin() as connection:
        store_matrix(connection, RETAIL, [], [], evaluator=1, inputs=b"", now=NOW)
    yield
    with server.engine.begin() as connection:
        connection.execute(text("delete from matrix_state where account_id = :account"), {"account": RETAIL})


@pytest.mark.usefixtures("evaluated")
def test_paper_has_every_row_of_the_matrix(server: Server, desk: Visitor) -> None:
    with server.engine.begin() as connection:
        actions = ("GetMedia", "PutMedia", "GetClip")
        who = [make_principal(connection, f"Extra{n:03d}", RETAIL) for n in range(120)]
        for n, principal in enumerate(who):
            make_calls(connection, actions[n % 3], 1, account_id=RETAIL, principal_id=principal)
    desk.open("/matrix?group=none")
    rows = desk.page.locator("#matrix tr[data-p]")
    assert rows.count() < 120
    desk.page.emulate_media(media="print")
    expect(rows.filter(has_text="Extra")).to_have_count(120)
    # The names of sections are rows, too.
    assert rows.last.get_attribute("aria-rowindex") == desk.page.locator("[role=grid]").get_attribute("aria-rowcount")
    # A state is its letter there: as an image it is kilobytes a cell.
    drawn = "(cell) => ['content', 'maskImage'].map((name) => getComputedStyle(cell, '::before')[name])"
    cell = rows.filter(has_text="Extra000").locator("td[data-s]")
    assert cell.evaluate(drawn) == ['"' + (cell.get_attribute("data-s") or "") + '"', "none"]
    assert len(desk.page.pdf()) < PAPER * rows.count()
    desk.page.emulate_media(media="screen")


@pytest.fixture(scope="module")
def far(server: Server) -> int:
    """The last of 320 principals, whom the page itself does not hold."""
    with server.engine.begin() as connection:
        for n in range(320):
            principal = make_principal(connection, f"Far{n:03d}", RETAIL)
            make_calls(connection, "PutMedia", 1, account_id=RETAIL, principal_id=principal)
    return principal


def test_the_cell_of_a_row_behind_the_first_page_is_in_view_and_lit(desk: Visitor, far: int) -> None:
    desk.open(f"/matrix?group=none&cell={far},PutMedia")
    row = desk.page.locator(f"#matrix tr[data-p='{far}']")
    cell = row.locator("[aria-selected=true]")
    expect(cell).to_be_in_viewport()
    expect(row).to_have_class("on")
    expect(desk.page.locator("#matrix th.on")).to_have_attribute("data-action", "PutMedia")
    said = "PutMedia: used once, 2026-11-23 09:41Z"
    expect(cell).to_have_attribute("aria-label", said)
    expect(cell).to_have_attribute("title", said)
    cell.focus()
    desk.page.keyboard.press("ArrowUp")
    desk.page.keyboard.press("ArrowDown")
    content = cell.evaluate("(cell) => getComputedStyle(cell, '::after').content")
    assert content.strip('"') == said


def test_a_drawer_opened_and_closed_by_mouse_leaves_its_row_in_view(desk: Visitor, far: int) -> None:
    desk.open("/matrix?group=none")
    expect(desk.page.locator("#matrix-pager")).to_have_count(0)
    wrap, row = desk.page.locator(".mx-wrap"), desk.page.locator(f"#matrix tr[data-p='{far}']")
    wrap.evaluate("(wrap) => { wrap.scrollTop = wrap.scrollHeight; }")
    row.locator("td[data-s]").first.click()
    desk.page.locator("[data-close]").click()
    desk.page.wait_for_url("**/matrix?group=none")
    expect(row).to_be_in_viewport()


def test_a_drawer_closed_before_all_rows_came_leaves_its_row_in_view(desk: Visitor, far: int) -> None:
    desk.open("/matrix?group=none")
    expect(desk.page.locator("#matrix-pager")).to_have_count(0)
    wrap, row = desk.page.locator(".mx-wrap"), desk.page.locator(f"#matrix tr[data-p='{far}']")
    wrap.evaluate("(wrap) => { wrap.scrollTop = wrap.scrollHeight; }")
    asked: list[Route] = []

    def all_but_the_first(route: Route) -> None:
        asked.append(route)
        if len(asked) > 1:
            route.continue_()

    desk.page.route(ROWS, all_but_the_first)
    row.locator("td[data-s]").first.click()
    desk.page.locator("[data-close]").click()
    desk.page.wait_for_url("**/matrix?group=none")
    expect(row).to_be_in_viewport()
    assert len(asked) == 2


def test_row_and_column_of_the_focus_are_lit_even_when_drawn_anew(desk: Visitor, far: int) -> None:
    desk.open(f"/matrix?group=none&cell={far},PutMedia")
    desk.page.locator("#matrix [aria-selected=true]").focus()
    desk.page.keyboard.press("ArrowUp")
    desk.page.keyboard.press("ArrowRight")
    desk.page.evaluate("document.activeElement.blur()")
    wrap, lit = desk.page.locator(".mx-wrap"), desk.page.locator("#matrix tr.on")
    was = wrap.evaluate("(wrap) => wrap.scrollTop")
    wrap.evaluate("(wrap) => { wrap.scrollTop = 0; }")
    expect(lit).to_have_count(0)
    wrap.evaluate("(wrap, was) => { wrap.scrollTop = was; }", was)
    expect(lit).to_have_count(1)
    expect(lit).not_to_have_attribute("data-p", str(far))
    expect(desk.page.locator("#matrix th.on")).not_to_have_attribute("data-action", "PutMedia")


ROWS = "**/matrix/rows.json*"


@pytest.mark.usefixtures("far")
def test_who_has_begun_before_the_other_rows_come_stays_at_their_cell(desk: Visitor) -> None:
    waiting: list[Route] = []

    def wait(route: Route) -> None:
        waiting.append(route)

    desk.page.route(ROWS, wait)
    desk.open("/matrix?group=none&page=2")
    grid = desk.page.locator("#matrix[role=grid]")
    grid.locator("td[tabindex='0']").focus()
    for key in ("ArrowDown", "ArrowDown", "ArrowRight"):
        desk.page.keyboard.press(key)
    at = "() => [document.activeElement.parentElement.dataset.p, document.activeElement.cellIndex]"
    was = desk.page.evaluate(at)
    waiting[0].continue_()
    expect(desk.page.locator("#matrix-pager")).to_have_count(0)
    assert desk.page.evaluate(at) == was
    expect(desk.page.locator("#matrix :focus")).to_be_in_viewport()
    desk.page.keyboard.press("Control+End")
    assert desk.page.evaluate(at)[0] != was[0]


@pytest.mark.usefixtures("far")
def test_a_cell_opens_while_the_other_rows_are_on_their_way(desk: Visitor) -> None:
    desk.page.route(ROWS, lambda _: None)
    desk.open("/matrix?group=none")
    desk.page.locator("#matrix[role=grid] td[data-s]").first.click()
    desk.page.wait_for_url("**/matrix?group=none&cell=*")


@pytest.mark.usefixtures("far")
def test_rows_that_do_not_come_leave_their_pages_and_paper_says_how_many_it_has(desk: Visitor) -> None:
    desk.page.route(ROWS, lambda route: route.abort())
    desk.open("/matrix?group=none")
    pager = desk.page.locator("#matrix-pager")
    expect(desk.page.locator("#matrix[role=grid] tr[data-p]")).to_have_count(25)
    desk.page.emulate_media(media="print")
    expect(pager).to_contain_text("rows 1 to 25 of")
    expect(pager).to_be_visible()
    expect(pager.get_by_role("link")).to_be_hidden()
    desk.page.emulate_media(media="screen")
    pager.get_by_role("link", name="Later").click()
    expect(pager).to_contain_text("rows 26 to 50 of")


def test_paper_tells_scope_range_view_and_age_and_every_rule(desk: Visitor) -> None:
    desk.open(f"/findings?account={CLINIC}&from=now-30d")
    rules = desk.page.locator(".find-row")
    shown = rules.count()
    desk.page.emulate_media(media="print")
    assert shown > 1
    assert [row.is_visible() for row in rules.all()] == [True] * shown
    for said in ("clinic-video", "30 d", "As of 2026-11-23 09:41:00Z"):
        expect(desk.page.locator(".bar").get_by_text(said).first).to_be_visible()
    expect(desk.page.locator(".rail")).to_be_hidden()
    expect(desk.page.get_by_role("link", name="By rule")).to_be_visible()
    expect(desk.page.get_by_role("link", name="One by one")).to_be_hidden()


def test_forced_colours_keep_series_states_and_hatching_apart(desk: Visitor) -> None:
    page = desk.page
    page.emulate_media(forced_colors="active")
    desk.open("/events")
    swatches = page.eval_on_selector_all(
        ".legend .sw:not(.hatch)", "(all) => all.map((one) => getComputedStyle(one).backgroundColor)"
    )
    assert len(set(swatches)) == len(swatches) == 8
    desk.open("/matrix")
    hatched = "getComputedStyle(document.querySelector('.cell.hatch')).backgroundImage"
    assert "gradient" in page.evaluate(hatched)
    here, other = (
        page.evaluate(f"getComputedStyle(document.querySelector('.seg {link}')).backgroundColor")
        for link in ("[aria-current]", "a:not([aria-current])")
    )
    assert here != other
