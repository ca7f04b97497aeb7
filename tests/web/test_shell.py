"""The frame of every page: scope, range, watermark, preferences."""

from fastapi import FastAPI
from sqlalchemy import Engine
from starlette.testclient import TestClient

from app.core.model.organization import Organization
from app.db.queries.snapshots import store_part
from app.web.app import create_app
from app.web.kept import KEPT_FOR
from app.web.site import Site
from tests.builders.accounts import CLINIC, NOW, make_account
from tests.builders.findings import make_finding

LEGACY = 771400253968


def _two(engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        make_account(connection, LEGACY, name="legacy-cams")


def test_a_demo_says_so_on_every_page_errors_too(read_engine: Engine, app_engine: Engine) -> None:
    app: FastAPI = create_app(Site(read_engine, app_engine, demo=True, clock=lambda: NOW))
    with TestClient(app, base_url="http://127.0.0.1") as client:
        for path in ("/", "/accounts", "/coverage", "/nowhere"):
            assert "every account, person and call here is invented" in client.get(path).text


def test_the_real_thing_has_no_watermark(client: TestClient) -> None:
    assert "invented" not in client.get("/").text


def test_nobody_is_said_to_be_signed_in_where_there_is_no_sign_in(client: TestClient) -> None:
    page = client.get("/").text
    assert "There is no sign-in yet: whoever opens these pages is <b>local</b>" in page
    assert "Signed in" not in page


def test_the_scope_menu_narrows_a_list_and_keeps_its_filters(client: TestClient, engine: Engine) -> None:
    _two(engine)
    page = client.get("/streams?kind=stream").text
    assert f'href="/streams?kind=stream&amp;account={LEGACY}"' in page
    assert "2 accounts" in page


def test_all_accounts_have_the_id_of_the_organization_that_one_lists(
    engine: Engine, read_engine: Engine, app_engine: Engine
) -> None:
    _two(engine)
    now = [NOW]
    app = create_app(Site(read_engine, app_engine, demo=False, clock=lambda: now[0]))
    unnamed = '<span class="cut"><bdi>All accounts</bdi></span><span class="n"></span>'
    with TestClient(app, base_url="http://127.0.0.1") as client:
        assert unnamed in client.get("/streams").text
        with engine.begin() as connection:
            store_part(connection, CLINIC, "organization", "", Organization("o-a1b2c3d4e5", CLINIC, (), ()), NOW)
            # An account of no organization says so itself.
            store_part(connection, LEGACY, "organization", "", Organization("", LEGACY, (), ()), NOW)
        assert unnamed in client.get("/streams").text
        now[0] += KEPT_FOR
        assert unnamed.replace('"n"></span>', '"n">o-a1b2c3d4e5</span>') in client.get("/streams").text


def test_a_narrowed_page_names_its_account(client: TestClient, engine: Engine) -> None:
    _two(engine)
    page = client.get(f"/streams?account={LEGACY}").text
    assert "<b><bdi>legacy-cams</bdi></b>" in page


def test_a_range_keeps_the_scope_and_a_new_range_begins_at_the_first_page(client: TestClient, engine: Engine) -> None:
    _two(engine)
    page = client.get(f"/streams?account={CLINIC}&after=5:x&from=now-7d").text
    assert f'href="/streams?account={CLINIC}&amp;from=now-24h"' in page
    assert f'<input type="hidden" name="account" value="{CLINIC}">' in page


def test_a_range_by_its_ends_may_take_two_lines_of_the_button(client: TestClient) -> None:
    assert client.get("/").text.count('<span class="brk">7 d</span>') == 0
    page = client.get("/?from=2026-11-20&to=2026-11-21").text
    assert '<span class="brk">11-20 00:00 to 11-21 00:00</span>' in page


def test_the_menu_counts_open_findings(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        make_finding(connection, "arn:x")
        make_finding(connection, "arn:y", state="muted")
    assert '<span class="t">Findings</span><span class="n">1</span>' in client.get("/").text


def test_a_hostile_parameter_stays_text(client: TestClient) -> None:
    page = client.get('/streams?x="><script>alert(1)</script>').text
    assert "<script>alert" not in page
