"""A visit: scope and range of the URL, and what of it could not be used."""

import pytest
from fastapi import FastAPI, Request
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError
from starlette.testclient import TestClient

from app.core.model.scope import Scope
from app.web.visit import Visit, visiting
from tests.builders.accounts import CLINIC, NOW, make_account


def _visit(web_app: FastAPI, query: str) -> Visit:
    found: list[Visit] = []

    @web_app.get("/probe")
    def probe(request: Request) -> None:
        with visiting(request, "now-30d") as visit:
            found.append(visit)

    with TestClient(web_app, base_url="http://127.0.0.1") as client:
        assert client.get(f"/probe{query}").status_code == 200
    return found[0]


def test_without_parameters_it_is_everything_over_the_pages_own_range(web_app: FastAPI) -> None:
    visit = _visit(web_app, "")
    assert visit.scope == Scope(None)
    assert visit.span.from_text == "now-30d"
    assert visit.now == NOW


def test_an_account_is_named_by_digits_or_by_name(web_app: FastAPI, engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
    assert _visit(web_app, f"?account={CLINIC}").scope == Scope(frozenset({CLINIC}))


def test_a_name_is_as_good_as_digits(web_app: FastAPI, engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
    assert _visit(web_app, "?account=clinic-video").account == CLINIC


@pytest.mark.parametrize("query", ["?account=nobody", "?account=000000000009", "?account=%00"])
def test_an_account_that_is_none_is_complained_about_and_does_not_empty_the_page(web_app: FastAPI, query: str) -> None:
    visit = _visit(web_app, query)
    assert visit.scope == Scope(None)
    assert "is not an account here" in visit.complaints[0]


def test_a_range_that_is_none_is_complained_about(web_app: FastAPI) -> None:
    visit = _visit(web_app, "?from=yesterday")
    why = "'yesterday' is not a time: write now-24h, 2026-11-23 or 2026-11-23T03:12Z"
    assert visit.complaints == (f"from=yesterday is not a time range: {why}",)
    assert visit.span.from_text == "now-30d"


def test_a_range_that_ends_before_it_begins_is_told_with_what_to_write(web_app: FastAPI) -> None:
    why = "from 2026-11-23T00:00Z is not before to now-5d, write an earlier from or a later to"
    complaints = _visit(web_app, "?from=2026-11-23&to=now-5d").complaints
    assert complaints == (f"from=2026-11-23 to=now-5d is not a time range: {why}",)


def test_a_range_that_is_too_long_is_told_with_the_longest(web_app: FastAPI) -> None:
    visit = _visit(web_app, "?from=2010-01-01")
    assert visit.complaints == ("from=2010-01-01 is too long a time range: 3,660 days are the longest that is shown",)
    assert visit.span.from_text == "now-30d"


def test_a_zone_that_is_none_is_complained_about(web_app: FastAPI) -> None:
    assert _visit(web_app, "?tz=Mars").complaints == ("tz: 'Mars' is not a time zone: write UTC or +02:00",)


def test_of_a_parameter_that_stands_twice_the_first_holds_and_the_page_says_so(web_app: FastAPI) -> None:
    visit = _visit(web_app, "?from=now-1d&from=now-2d&tz=UTC&tz=UTC")
    assert visit.complaints == ("from was given twice; the first one holds",)
    assert visit.span.from_text == "now-1d"


def test_parameters_that_a_page_does_not_have_are_complained_about(web_app: FastAPI) -> None:
    assert _visit(web_app, "?shoe=1&at=now-1d").complaints == ("at, shoe cannot be asked of this page",)


def test_of_many_names_only_some_are_told(web_app: FastAPI) -> None:
    visit = _visit(web_app, "?" + "&".join(f"account=n{n}&p{n}=1" for n in range(40)))
    assert visit.complaints[5] == "account: 35 more are not accounts here"
    assert visit.complaints[6].endswith(" and 10 more cannot be asked of this page")
    assert len(visit.complaints) == 7


def test_complaints_stand_on_the_page(client: TestClient) -> None:
    page = client.get("/accounts?from=<b>yesterday").text
    assert "from=&lt;b&gt;yesterday is not a time range" in page


def test_a_page_cannot_write(web_app: FastAPI) -> None:
    caught: list[DBAPIError] = []

    @web_app.get("/probe")
    def probe(request: Request) -> None:
        with visiting(request) as visit:
            try:
                visit.connection.execute(text("delete from account"))
            except DBAPIError as error:
                caught.append(error)

    with TestClient(web_app, base_url="http://127.0.0.1") as client:
        client.get("/probe")
    assert "read-only transaction" in str(caught[0])
