"""`/principals`."""

import re

import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from tests.builders.accounts import make_account
from tests.builders.calls import make_calls, make_principal
from tests.builders.estate import LEGACY


def _row(page: str, name: str) -> str:
    return page.partition(f">{name}</bdi></a>")[2].partition("</tr>")[0]


def test_without_any_principal_it_says_where_the_missing_permission_stands(client: TestClient) -> None:
    page = client.get("/principals").text
    assert "No principal is known yet." in page
    assert "names the missing permission" in page


@pytest.mark.usefixtures("estate")
def test_it_counts_what_each_may_watch_and_did(client: TestClient) -> None:
    row = _row(client.get("/principals?account=590817264433").text, "AuditReadOnly")
    assert '<td class="num">6, 6 not known</td>' in row
    assert row.count('<a href="/accounts/590817264433"><bdi>clinic-video</bdi></a>') == 2  # once for a phone
    assert "not seen" in row


@pytest.mark.usefixtures("estate")
def test_an_account_without_a_matrix_is_not_evaluated_and_not_harmless(client: TestClient) -> None:
    assert "not evaluated" in _row(client.get("/principals?account=771400253968").text, "VideoAnalyst")


def test_what_was_not_read_of_a_user_is_said(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        make_principal(connection, "ghost", kind="user", active_keys=None, has_mfa=None)
        make_principal(connection, "ops", kind="user", active_keys=2, has_mfa=False)
    page = client.get("/principals?kind=user").text
    assert "keys not read, MFA not read" in page
    assert "2 active keys, no MFA" in page


def test_groups_are_no_callers(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        make_principal(connection, "everyone", kind="group")
    assert ">everyone<" not in client.get("/principals").text


def test_refused_calls_are_no_use(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        who = make_principal(connection, "Denied")
        make_calls(connection, "GetMedia", 5, principal_id=who, errors=5)
    row = _row(client.get("/principals").text, "Denied")
    assert ">5<" not in row
    assert row.count("not observable</span>") == 3


@pytest.mark.usefixtures("estate")
def test_none_is_no_number_where_nobody_could_look(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        make_principal(connection, "Guard", LEGACY)
        make_principal(connection, "Quiet")
    page = client.get("/principals").text
    assert re.search(r'<td class="num"><span class="badge unknown">.*?not observable</span></td>', _row(page, "Guard"))
    assert '<td class="num"><span class="muted">none seen</span></td>' in _row(page, "Quiet")


def test_a_hostile_name_stays_text(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        make_principal(connection, '"><svg onload=alert(1)>')
    assert "<svg onload" not in client.get("/principals").text
