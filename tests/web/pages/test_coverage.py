"""`/coverage`."""

import json
import re
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, event
from starlette.testclient import TestClient

from app.core.assumptions._assumption import Rests
from app.core.ledger.catalogue import below
from app.core.retention import Dropped
from app.db.queries.retention import mark_dropped
from tests.builders.accounts import NOW, make_account
from tests.builders.estate import CAMS, CLINIC, LEGACY, RETAIL, make_unread
from tests.builders.integrity import make_integrity


def _group(page: str, digits: int) -> str:
    return page.partition(f'<span class="muted small">{digits}</span>')[2].partition('<div class="grp">')[0]


def _fix(page: str) -> str:
    """Return the first text to paste of the first hole."""
    return page.partition("hole-0")[2].partition('class="code bare"')[2].partition("</pre>")[0]


def test_with_nothing_known_it_claims_nothing(client: TestClient) -> None:
    page = client.get("/coverage").text
    assert "nothing can be said about what is logged" in page
    assert "100 %" not in page


@pytest.mark.usefixtures("estate")
def test_an_account_that_logs_no_media_says_so_and_how_to_close_it(client: TestClient) -> None:
    page = client.get(f"/coverage?account={LEGACY}").text
    group = _group(page, LEGACY)
    assert "no media call can be seen" in group
    assert re.findall(r'<span class="num[^"]*">([^<]+)</span>', group) == ["0 %", "0 %", "100 %"]
    assert "not logged" in page


@pytest.mark.usefixtures("estate")
def test_the_selector_to_paste_is_json_of_the_right_resource_type(client: TestClient) -> None:
    page = client.get(f"/coverage?account={CAMS}").text
    lines = re.findall(r"<span>([^<]*)</span>", _fix(page))
    selectors = json.loads("\n".join(lines).replace("&#34;", '"'))
    assert [s["Name"] for s in selectors] == ["KVS signaling"]
    assert {"Field": "resources.type", "Equals": ["AWS::KinesisVideo::SignalingChannel"]} in selectors[0][
        "FieldSelectors"
    ]


@pytest.mark.usefixtures("estate")
def test_a_bucket_that_is_not_read_is_not_collected_rather_than_not_logged(client: TestClient) -> None:
    page = client.get(f"/coverage?account={RETAIL}").text
    assert "kvs-trail logs them into retail-own-bucket, which kvswatch does not read" in page
    assert "A bucket that is not among them has to be named" in page


@pytest.mark.usefixtures("estate")
def test_an_hour_whose_log_file_was_not_read_is_a_hole_that_says_why(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        make_unread(connection, CAMS, datetime(2026, 11, 20, 12, 30, tzinfo=UTC), "AccessDenied kms:Decrypt")
    page = client.get(f"/coverage?account={CAMS}").text
    assert "not collected from 20 November 12:00Z to 20 November 13:00Z" in page
    assert "kvs-trail logs them into halden-trail; 1 log file not read: AccessDenied kms:Decrypt" in page


@pytest.mark.usefixtures("estate")
def test_a_stopped_trail_is_a_hole_of_its_time(client: TestClient) -> None:
    page = client.get(f"/coverage?account={CLINIC}").text
    assert "not delivered from 20 November 21:41Z to 21 November 04:06Z" in page
    assert "6 h 25 min" in page
    hole = page.partition('class="hole"')[2].partition("</details>")[0]
    assert f'<a href="/accounts/{CLINIC}"><bdi>clinic-video</bdi></a></span>' in hole


@pytest.mark.usefixtures("estate")
def test_what_was_dropped_is_a_hole_with_its_reason(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        mark_dropped(connection, "event", Dropped(datetime(2026, 11, 1, tzinfo=UTC), 90), NOW)
    page = client.get(f"/coverage?account={CLINIC}").text
    assert '<span class="badge unknown">expired</span>' in page
    assert "calls older than 90 days are not kept: those before 2026-11-01 were dropped" in page
    assert "expired from 24 October" in page
    assert "expired" not in client.get(f"/coverage?account={CLINIC}&from=2026-11-05").text.partition("<ul class")[0]


@pytest.mark.usefixtures("estate")
def test_holes_only_leaves_out_what_is_whole(client: TestClient) -> None:
    group = _group(client.get(f"/coverage?account={CAMS}&show=holes").text, CAMS)
    assert "signaling" in group
    assert "media read" not in group


@pytest.mark.usefixtures("estate")
def test_it_says_since_when_the_settings_are_known(client: TestClient) -> None:
    assert "kvswatch first read the trails&#39; settings on 2026-11-23 09:31Z" in client.get("/coverage").text


def test_an_account_without_streams_is_named(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection, name="empty<b>")
    assert "<bdi>empty&lt;b&gt;</bdi>" in client.get("/coverage").text


def test_it_leads_to_the_assumptions_and_says_how_they_stand(client: TestClient) -> None:
    text = client.get("/coverage").text
    count = len(below(Rests.COVERAGE))
    assert f'<a href="/assumptions">0 refuted, {count} not seen yet, 0 confirmed</a>' in text


def test_of_the_assumptions_it_reads_how_they_stand_and_no_record(client: TestClient, read_engine: Engine) -> None:
    asked: list[str] = []
    event.listen(read_engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
    client.get("/coverage")
    (of_assumptions,) = [sql for sql in asked if "assumption_seen" in sql]
    assert "first_id" not in of_assumptions


def _section(page: str) -> str:
    return page.partition('id="integrity"')[2].partition("</section>")[0]


def test_without_a_log_file_nothing_is_called_verified(client: TestClient) -> None:
    section = _section(client.get("/coverage").text)
    assert "No log file in S3 was checked in this range" in section
    assert "100 %" not in section


@pytest.mark.usefixtures("estate")
def test_the_integrity_of_each_region_is_a_line_and_its_breaks_are_named(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        for hour in range(1, 9):
            make_integrity(connection, CAMS, NOW.replace(hour=hour, minute=0))
        why = "its SHA-256 is <b>ab</b>"
        make_integrity(connection, CAMS, NOW.replace(hour=9, minute=0), verdict="broken", why=why)
        make_integrity(connection, CLINIC, NOW.replace(hour=9, minute=0), verdict="unverified", why="no public keys")
    page = client.get("/coverage?from=now-9h&to=now").text
    section = _section(page)
    assert re.findall(r'<span class="num[^"]*">([^<]+)</span>', section) == ["81.2 %", "0 %"]
    assert '<rect class="broken"' in section
    assert "cams-prod-eu eu-central-1 log files: 81.2 % verified, 1 stretch broken" in section
    broken = page.partition("<h2>Broken")[2].partition("</section>")[0]
    assert "log edited" in broken
    assert "its SHA-256 is &lt;b&gt;ab" in broken
    unverified = page.partition("<h2>Unverified")[2].partition("</section>")[0]
    assert "<dt>1 hour</dt><dd><bdi>no public keys</bdi>" in unverified


@pytest.mark.usefixtures("estate")
def test_integrity_keeps_to_the_account_that_the_url_names(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        make_integrity(connection, CAMS, NOW.replace(hour=9, minute=0), verdict="broken", why="edited")
    page = client.get(f"/coverage?account={CLINIC}").text
    assert "log edited" not in page
    assert "No log file in S3 was checked" in _section(page)
