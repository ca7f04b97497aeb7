"""What was called in an account, on its page."""

import html
import re
from datetime import timedelta

import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from app.web.account_calls import calls_said
from app.web.charts import Blind
from tests.builders.accounts import CLINIC, NOW, make_account
from tests.builders.calls import make_calls

OTHER = 444455556666


def test_the_calls_of_the_account_alone_are_counted(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        make_account(connection, OTHER, name="other")
        make_calls(connection, "GetMedia", 1, NOW - timedelta(days=29))
        make_calls(connection, "PutMedia", 1200)
        make_calls(connection, "GetMedia", 5, account_id=OTHER)
        make_calls(connection, "GetMedia", 7, NOW - timedelta(days=31))
    page = client.get(f"/accounts/{CLINIC}").text
    assert "whole days, 10-25 to 11-23 UTC: 1 read of media and 1,200 other calls" in page


def test_where_nobody_could_look_no_stored_read_is_not_a_count_of_none() -> None:
    dark = [Blind(0, 0.99)]
    assert calls_said([0, 0], [3, 4], dark) == "no read of media seen and 7 other calls"
    assert calls_said([0, 2], [3, 4], dark) == "2 reads of media and 7 other calls"
    assert calls_said([0, 0], [3, 4], []) == "0 reads of media and 7 other calls"


@pytest.mark.parametrize("path", ["/", "/accounts", f"/accounts/{CLINIC}"])
def test_an_account_that_was_never_polled_is_not_said_to_have_no_reads(
    client: TestClient, engine: Engine, path: str
) -> None:
    with engine.begin() as connection:
        make_account(connection, polled_at=None)
        make_calls(connection, "PutMedia", 5)
    page = client.get(path).text
    assert "no read of media seen and 5 other calls" in page
    assert "0 reads of media and" not in page


def test_its_lists_are_one_click_away_and_take_what_they_are_asked(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
    section = client.get(f"/accounts/{CLINIC}").text.partition("What was called")[2].partition("</section>")[0]
    links = {name: href for href, name in re.findall(r'<a href="([^"]*)">([^<]*)</a>', section)}
    assert list(links) == ["API calls", "Reads of media", "Matrix", "Streams", "Principals", "Findings"]
    for name, href in links.items():
        answer = client.get(html.unescape(href))
        assert answer.status_code == 200, name
        assert f"account={CLINIC:012d}" in href
        assert "cannot be asked" not in answer.text, name
        assert "is not used" not in answer.text, name
