"""`/`."""

import html
import re
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from tests.builders.accounts import CLINIC, NOW, make_account, make_part
from tests.builders.calls import make_calls, make_principal, make_stream
from tests.builders.estate import LEGACY
from tests.builders.events import event, store
from tests.builders.findings import make_finding, make_run, make_untold
from tests.builders.integrity import make_integrity


def _card(page: str, name: str) -> str:
    return page.partition(name)[2].partition("</li>")[0]


def test_an_empty_installation_says_how_to_begin_and_calls_nothing_fine(client: TestClient) -> None:
    page = client.get("/").text
    assert "Nothing collected yet" in page
    assert '<span class="big">?</span>' in _card(page, "C · CloudTrail")
    assert "not evaluated yet" in _card(page, "C · CloudTrail")


def test_a_practice_counts_what_is_open_and_new_and_what_cannot_be_told(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        make_run(connection)
        make_finding(connection, "arn:a")
        make_finding(connection, "arn:b", first_seen_at=NOW - timedelta(hours=2))
        make_finding(connection, "arn:c", state="muted")
        make_untold(connection, "arn:d")
    card = _card(client.get("/").text, "C · CloudTrail")
    assert '<span class="big">2</span>' in card
    assert "<b>1 new</b>" in card
    assert "1 check cannot tell" in card


def test_a_rule_that_failed_is_no_pass(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        make_run(connection, error="ValueError: x")
    assert "1 rule failed: no answer there" in _card(client.get("/").text, "C · CloudTrail")


def test_an_account_that_no_rule_looked_at_yet_is_counted_as_such(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        make_account(connection, LEGACY, name="legacy-cams")
        make_run(connection)
    assert "not made yet" in _card(client.get("/").text, "C · CloudTrail")


def test_its_practice_leads_to_its_findings(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        make_finding(connection, "arn:a")
    page = client.get("/").text
    href = page.partition("C · CloudTrail")[0].rpartition('href="')[2].partition('"')[0].replace("&amp;", "&")
    assert "rule=media_calls_not_logged" in href
    assert "Media calls are not logged" in client.get(href).text


def test_who_read_media_stands_there_by_name_and_count(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        stream, who = make_stream(connection, "ward-1"), make_principal(connection, "Analyst<b>")
        make_calls(connection, "GetMedia", 7, principal_id=who, stream_id=stream, errors=2)
        make_calls(connection, "PutMedia", 900, principal_id=who, stream_id=stream)
    page = client.get("/").text.partition("Who read media")[2].partition("</section>")[0]
    assert "<bdi>Analyst&lt;b&gt;</bdi>" in page
    assert f'href="/streams/{stream}"' in page
    assert f'role in <a href="/accounts/{CLINIC}"><bdi>clinic-video</bdi></a>' in page
    assert re.search(r'<td class="num"><a href="/events\?[^"]+">5</a></td>', page)
    every = re.search(r'href="([^"]*)">All of them', page)
    assert every
    answer = client.get(html.unescape(every[1]))
    assert answer.status_code == 200
    assert "cannot be" not in answer.text


def test_the_people_behind_a_role_stand_beside_it_and_lead_to_their_reads(client: TestClient, engine: Engine) -> None:
    people = ("alice@x.example", "<b>ben", "cleo", "dora")
    with engine.begin() as connection:
        make_account(connection)
        actors = [replace(event().actor, person=person) for person in people]
        store(connection, [event(10 * n + m, actor=actor) for n, actor in enumerate(actors) for m in range(9 - n)])
    page = client.get("/").text.partition("Who read media")[2].partition("</section>")[0]
    found = re.search(r'<span class="sub">by (<a href="([^"]*)"><bdi>alice@x.example</bdi>.*?)</span>', page)
    assert found
    assert re.sub("<[^>]*>", "", found[1]) == "alice@x.example, &lt;b&gt;ben and 2 more"
    assert "9 calls" in client.get(html.unescape(found[2])).text


def test_no_reader_is_not_told_as_nobody_watched(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
    page = client.get("/").text.partition("Who read media")[2].partition("</section>")[0]
    assert "has reached kvswatch" in page
    assert "See what could be seen" in page


def test_an_account_not_polled_for_hours_stands_out(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        make_part(connection, "iam", tried_at=NOW - timedelta(hours=6))
    accounts = client.get("/").text.rpartition(">Accounts <small>")[2]
    assert 'class="badge unknown"' in accounts
    assert ">6 h</time>" in accounts


@pytest.mark.usefixtures("estate")
def test_an_estate_shows_its_calls_and_its_hole(client: TestClient) -> None:
    page = client.get("/").text
    assert "clinic-video blind</text>" in page
    assert (
        "Nobody could look<bdi>, and never at reads of media of legacy-cams and retail-analytics</bdi></span></a>"
        in page
    )
    assert 'class="k-live"' in page
    assert page.count("<h2>") >= 4


@pytest.mark.usefixtures("estate")
def test_narrowed_to_an_account_it_speaks_of_that_account_alone(client: TestClient) -> None:
    main = client.get(f"/?account={LEGACY}").text.partition("<main")[2]
    assert "legacy-cams" in main
    assert "clinic-video" not in main
    assert str(CLINIC) not in main


def test_log_files_that_are_broken_are_told_first(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        make_integrity(connection, CLINIC, NOW - timedelta(hours=3))
    assert "not as CloudTrail delivered them" not in client.get("/").text
    with engine.begin() as connection:
        for hours in (5, 6):
            make_integrity(connection, CLINIC, NOW - timedelta(hours=hours), verdict="broken", why="edited")
    page = client.get("/").text
    alert = page.partition('role="alert"')[2].partition("</div>")[0]
    assert "<h2>The proof of log files is broken</h2>" in alert
    assert "not as CloudTrail delivered them, or nothing proves that they are" in alert
    assert "clinic-video (2 breaks)" in alert
    assert 'href="/coverage?from=now-30d#integrity"' in alert


def test_what_is_new_leads_to_exactly_that(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        new = [make_finding(connection, name, first_seen_at=NOW - timedelta(hours=2)) for name in ("one", "two")]
        old = make_finding(connection, "three")
    page = client.get("/").text
    ((href, count),) = re.findall(r'href="(/findings[^"]+)">New findings in 24 h <b>(\d+)</b>', page)
    assert count == "2"
    path = html.unescape(href)
    listed = client.get(f"{path}&group=none").text
    assert all(f"/findings/{one}" in listed for one in new)
    assert f"/findings/{old}" not in listed
    assert [
        line for line in client.get(path.replace("/findings", "/findings.csv")).text.splitlines()[1:] if old in line
    ] == []
    others = client.get(f"{path.replace('new=yes', 'new=no')}&group=none").text
    assert f"/findings/{old}" in others


def test_what_is_sorted_by_severity_is_not_called_the_newest(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        make_finding(connection, "one")
    assert (
        "<h2>Worst findings <small>one of each rule; those first seen in 7 d before older ones<" in client.get("/").text
    )
