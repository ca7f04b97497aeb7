"""What was called in an account, on its page."""

import html
import re
from datetime import timedelta

from sqlalchemy import Engine
from starlette.testclient import TestClient

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
