"""The form that keeps a view, on each list that has a filter."""

import html
import re

import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from app.core.query.saved import PATHS
from tests.builders.accounts import CLINIC, make_account
from tests.builders.calls import make_principal

FORM = re.compile(r'action="/views"><input type="hidden" name="address" value="([^"]*)">')


@pytest.mark.parametrize("path", sorted(PATHS))
def test_each_list_keeps_its_filter_and_shows_its_own_views(client: TestClient, engine: Engine, path: str) -> None:
    with engine.begin() as connection:
        make_account(connection)
    (address,) = FORM.findall(client.get(f"{path}?account={CLINIC}&from=now-3d").text)
    client.post("/views", data={"name": "mine", "address": html.unescape(address)})
    kept = f'<a href="{address}" aria-current="true"><bdi>mine</bdi></a>'
    assert address.startswith(f"{path}?account={CLINIC}")
    assert "from=now-3d" in address
    assert kept in client.get(html.unescape(address)).text
    others = PATHS - {path}
    assert ">mine<" not in client.get(min(others)).text


def test_the_turned_matrix_is_kept_as_it_is(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        make_principal(connection, "Reader")
    asked = f"/matrix?principal=arn:aws:iam::{CLINIC}:role/Reader&view=streams"
    (address,) = FORM.findall(client.get(asked).text)
    assert html.unescape(address) == asked
