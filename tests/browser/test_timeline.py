"""The timeline as it is used: facets that come by themselves, by keys, and without any script."""

import pytest
from playwright.sync_api import Browser, expect

from app.web import facets
from tests.browser.conftest import DESK, PHONE, Server, Visitor

pytestmark = pytest.mark.browser


def test_facets_come_each_by_itself_and_a_closed_one_when_it_is_opened(desk: Visitor) -> None:
    desk.open("/events")
    expect(desk.page.locator("#facet-action li")).not_to_have_count(0)
    closed = desk.page.locator("#facet-region")
    expect(closed.locator("li")).to_have_count(0)
    closed.locator("summary").focus()
    desk.page.keyboard.press("Enter")
    expect(closed.locator("li")).not_to_have_count(0)
    assert desk.page.evaluate("document.activeElement.closest('#facet-region') !== null")
    assert desk.page.url.endswith("/events")
    assert desk.violations == []
    assert desk.complaints == []


def test_more_values_of_a_facet_come_in_its_place(desk: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(facets, "FEW", 3)
    desk.open("/events")
    facet = desk.page.locator("#facet-principal")
    expect(facet.locator("li")).to_have_count(3)
    facet.locator(".more").click()
    expect(facet.locator(".more")).to_have_count(0)
    assert facet.locator("li").count() > 3
    assert desk.page.url.endswith("/events")
    assert desk.violations == []
    assert desk.complaints == []


def test_without_any_script_a_link_counts_one_facet_or_all(plain: Visitor) -> None:
    plain.open("/events")
    plain.page.locator("#facet-region summary").click()
    plain.page.locator("#facet-region").get_by_role("link", name="Count").click()
    expect(plain.page.locator("#facet-region li")).not_to_have_count(0)
    plain.page.get_by_role("link", name="Count by call").click()
    expect(plain.page.locator("#facet-action li")).not_to_have_count(0)


def test_a_value_opens_its_menu_by_key_and_filters(desk: Visitor) -> None:
    desk.open("/events")
    value = desk.page.locator("#calls .val:not(.hitbox)").first
    name = value.inner_text()
    value.focus()
    desk.page.keyboard.press("Enter")
    expect(desk.page.locator(":popover-open")).to_contain_text(name)
    desk.page.keyboard.press("Tab")
    desk.page.keyboard.press("Tab")
    assert desk.page.evaluate("document.activeElement.textContent") == "is not"
    desk.page.keyboard.press("Enter")
    expect(desk.page.locator(".chip.not", has_text=name)).to_be_visible()


def test_without_any_script_values_filter_and_columns_are_chosen(plain: Visitor) -> None:
    plain.open("/events")
    plain.page.locator("#calls .val.hitbox").first.click()
    plain.page.locator(":popover-open").get_by_role("link", name="only this").click()
    expect(plain.page.locator(".chip", has_text="Call")).to_be_visible()
    plain.page.get_by_role("button", name="Columns").click()
    plain.page.get_by_label("Region", exact=True).check()
    plain.page.get_by_role("button", name="Show these columns").click()
    expect(plain.page.locator("#calls thead")).to_contain_text("Region")


def test_the_zone_of_the_browser_comes_into_the_address(chromium: Browser, server: Server) -> None:
    context = chromium.new_context(viewport=DESK, timezone_id="Asia/Kolkata")
    page = context.new_page()
    page.goto(f"{server.url}/events")
    page.get_by_role("button", name="UTC").click()
    page.get_by_role("link", name="Times in this browser's zone").click()
    page.wait_for_url("**/events?tz=*05*30")
    expect(page.locator("#calls thead")).to_contain_text("Time, +05:30")
    context.close()


def test_an_open_call_leads_to_the_older_one_by_key(desk: Visitor) -> None:
    desk.open("/events")
    calls = desk.page.locator("#calls tbody tr:not(.day)")
    calls.nth(1).locator("td a").first.click()
    expect(calls.nth(1)).to_have_attribute("aria-selected", "true")
    desk.page.keyboard.press("Shift+Tab")
    assert desk.page.evaluate("document.activeElement.title") == "Older"
    desk.page.keyboard.press("Enter")
    expect(calls.nth(2)).to_have_attribute("aria-selected", "true")
    desk.page.locator(".drawer").get_by_role("link", name="Newer").click()
    expect(calls.nth(1)).to_have_attribute("aria-selected", "true")
    assert desk.violations == []
    assert desk.complaints == []


def test_the_call_whose_drawer_is_open_is_in_view(desk: Visitor) -> None:
    desk.open("/events?from=now-30d")
    call = desk.page.locator("#calls tbody tr:not(.day)").last
    call.locator("td a").first.click()
    selected = desk.page.locator("#calls tr[aria-selected=true]")
    expect(selected).to_be_in_viewport()
    assert desk.page.evaluate("scrollY") > 0


def test_on_a_phone_who_stream_and_address_stand_below_the_call(phone: Visitor) -> None:
    phone.open("/events")
    cells = phone.page.locator("#calls tbody tr:not(.day)").first.locator("td").all()
    time, call, *below = [box for cell in cells if (box := cell.bounding_box())]
    assert time["y"] + time["height"] <= below[0]["y"]
    assert call["y"] < below[0]["y"]
    assert len(below) == 3
    assert {box["y"] for box in below} == {below[0]["y"]}
    assert all(box["x"] >= 0 and box["x"] + box["width"] <= PHONE["width"] for box in below)


def test_a_long_name_of_a_session_leaves_the_address_on_a_phone(phone: Visitor) -> None:
    phone.open("/events")
    phone.page.evaluate("document.querySelectorAll('#calls td.cut bdi')[1].textContent = 'f'.repeat(64)")
    box = phone.page.locator("#calls tbody tr:not(.day)").first.locator("td").last.bounding_box()
    assert box is not None
    assert box["x"] + box["width"] <= PHONE["width"]


def test_without_any_script_the_zone_of_the_browser_is_said_to_be_unknown(plain: Visitor) -> None:
    plain.open("/events?tz=local")
    expect(plain.page.locator(".chip.bad")).to_contain_text("known to its script alone")
    expect(plain.page.locator("#calls thead")).to_contain_text("Time, UTC")


def test_the_menu_of_a_low_row_is_whole_above_it(desk: Visitor) -> None:
    desk.open("/events")
    low = desk.page.evaluate(
        """() => [...document.querySelectorAll('#calls .val:not(.hitbox)')].reduce(
          (lowest, one, place) => one.getBoundingClientRect().bottom <= innerHeight ? place : lowest, 0)"""
    )
    value = desk.page.locator("#calls .val:not(.hitbox)").nth(low)
    value.click()
    menu = desk.page.locator(":popover-open")
    row, above = value.bounding_box(), menu.bounding_box()
    assert row is not None
    assert above is not None
    assert above["y"] >= 0
    assert above["y"] + above["height"] <= row["y"] <= 900
    assert above["x"] >= 0
    assert above["x"] + above["width"] <= 1440
    assert menu.evaluate("menu => menu.scrollHeight - menu.clientHeight") == 0
