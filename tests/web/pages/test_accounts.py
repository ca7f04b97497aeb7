"""`/accounts`."""

from datetime import timedelta

from sqlalchemy import Engine
from starlette.testclient import TestClient

from tests.builders.accounts import NOW, make_account, make_feed, make_own_calls, make_part, make_rejected


def test_it_says_how_to_begin_when_no_account_is_onboarded(client: TestClient) -> None:
    answer = client.get("/accounts")
    assert answer.status_code == 200
    assert "No account yet" in answer.text
    assert "kvswatch onboard" in answer.text


def test_below_the_accounts_it_says_how_to_watch_another(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
    section = client.get("/accounts").text.partition('<section id="add">')[2].partition("</section>")[0]
    assert "kvswatch onboard" in section


def test_it_names_the_accounts_whose_parts_could_not_be_read(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        make_part(connection, "iam")
        make_part(connection, "credential_report", state="denied", missing="iam:GenerateCredentialReport")
    text = client.get("/accounts").text
    assert "1 part of clinic-video could not be read" in text
    assert "1 part unseen" in text
    assert "590817264433" in text


def test_what_was_never_tried_is_not_read_yet_and_not_fresh(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        make_part(connection, "iam")
        make_feed(connection, "iam")
        make_feed(connection, "kinesisvideo", region="eu-central-1")
    text = client.get("/accounts").text
    assert "3 parts of clinic-video not read yet." in text
    assert "1 of 4" in text
    page = client.get("/accounts/590817264433").text
    assert "1 of 4 parts are fresh, three not read yet." in page
    assert "Not read yet</span>" in page


def test_it_marks_an_account_that_was_not_polled_for_hours(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        make_part(connection, "iam", tried_at=NOW - timedelta(hours=6))
    text = client.get("/accounts").text
    assert 'class="badge unknown"' in text
    assert ">6 h</time>" in text


def test_it_counts_our_own_calls_of_today_and_those_throttled(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        make_own_calls(connection, "kinesisvideo:ListStreams", 1200)
        make_own_calls(connection, "kinesisvideo:ListStreams", 4, outcome="throttled")
        make_own_calls(connection, "iam:GetUser", 99, hour=NOW.replace(minute=0) - timedelta(days=1))
    text = client.get("/accounts").text
    assert '<td class="num opt">1,204</td><td class="num opt">4</td>' in text


def test_a_hostile_account_name_stays_text(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection, name="<img src=x onerror=alert(1)>\u202e")
    text = client.get("/accounts").text
    assert "<img" not in text
    assert "<bdi>&lt;img src=x onerror=alert(1)&gt;\u202e</bdi>" in text


def test_it_keeps_to_the_account_that_the_url_names(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        make_account(connection, 771400253968, name="legacy-cams")
    rows = client.get("/accounts?account=771400253968").text.partition("<tbody>")[2]
    assert "legacy-cams" in rows
    assert "clinic-video" not in rows


def test_it_lists_what_could_not_be_read_of_accounts_that_have_no_page(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        make_rejected(connection, "truncated <b>", 42)
        make_rejected(connection, "not gzip", 0)
    page = client.get("/accounts").text
    assert "<bdi>truncated &lt;b&gt;</bdi>" in page
    assert "<bdi>not gzip</bdi>" in page
    assert 'href="/rejected.csv"' in page
    assert "truncated <b>" in client.get("/rejected.csv").text


def test_what_an_account_s_own_page_lists_is_not_listed_beside_it(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        make_rejected(connection, "no userIdentity")
        make_rejected(connection, "not gzip", 0)
    assert "could not be read <small>" not in client.get("/accounts").text
