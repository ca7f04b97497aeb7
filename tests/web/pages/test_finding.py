"""`/findings/{id}`."""

import re
from datetime import UTC, datetime
from urllib.parse import urlencode

from sqlalchemy import Engine, text
from starlette.testclient import TestClient

from tests.builders.accounts import CLINIC, make_account
from tests.builders.calls import make_principal, make_stream, stream_arn
from tests.builders.findings import make_finding

SUBJECT = "arn:aws:kinesisvideo:eu-central-1:590817264433:stream/ward-1/1600000000000"
STATEMENT = {
    "kind": "statement",
    "where": "inline policy Write",
    "text": '{\n  "Effect": "Allow",\n  "Action": "kinesisvideo:*"\n}',
    "marked": [3],
    "link": "https://evil.example/",
}


def _make(engine: Engine, **changes: object) -> str:
    with engine.begin() as connection:
        make_account(connection)
        return make_finding(connection, SUBJECT, **changes)


def test_an_unknown_finding_is_not_found(client: TestClient) -> None:
    answer = client.get("/findings/0123456789abcdef")
    assert answer.status_code == 404
    assert "There is no finding 0123456789abcdef here." in answer.text


def test_it_marks_the_lines_that_decide(client: TestClient, engine: Engine) -> None:
    page = client.get(f"/findings/{_make(engine, evidence=[STATEMENT])}").text
    assert '<span class="hit" data-n="3">' in page
    assert '<span class="hit" data-n="2">' not in page


def test_evidence_links_only_within_the_site(client: TestClient, engine: Engine) -> None:
    assert "evil.example" not in client.get(f"/findings/{_make(engine, evidence=[STATEMENT])}").text


def test_it_offers_the_fix_in_each_form_with_its_own_names(client: TestClient, engine: Engine) -> None:
    page = client.get(f"/findings/{_make(engine)}").text
    assert "put-event-selectors --region eu-central-1" in page
    assert "<summary>Terraform</summary>" in page


def test_it_leads_to_the_page_of_its_stream(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        stream = make_stream(connection, "ward-1")
        found = make_finding(connection, stream_arn(connection, stream))
    assert f'href="/streams/{stream}"' in client.get(f"/findings/{found}").text


def test_a_finding_about_a_person_in_a_role_leads_to_the_role(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        role = make_principal(connection, "VideoAnalyst")
        found = make_finding(connection, f"arn:aws:iam::{CLINIC}:role/VideoAnalyst mara@halden.example")
    page = client.get(f"/findings/{found}").text
    assert f'href="/principals/{role}"' in page
    assert f'<a href="/matrix?account={CLINIC}&amp;cell={role}"><bdi>all actions of VideoAnalyst</bdi></a>' in page


def test_the_first_call_of_a_finding_that_reads_media_leads_to_its_cell_of_the_matrix(
    client: TestClient, engine: Engine
) -> None:
    with engine.begin() as connection:
        make_account(connection)
        role = make_principal(connection, "VideoAnalyst")
        calls = ("GetDataEndpoint ward-3 from 192.0.2.1", "GetMedia ward-3 from 192.0.2.1", "GetClip ward-3")
        evidence = [{"kind": "event", "where": "now", "text": text} for text in calls]
        found = make_finding(connection, f"arn:aws:iam::{CLINIC}:role/VideoAnalyst", evidence=evidence)
    page = client.get(f"/findings/{found}").text
    cell = f"/matrix?account={CLINIC}&amp;cell={role}%2CGetMedia"
    assert f'<a href="{cell}"><bdi>GetMedia of VideoAnalyst</bdi></a>' in page


def test_the_calls_of_a_trails_finding_are_those_of_its_account(client: TestClient, engine: Engine) -> None:
    call = {"kind": "event", "where": "2026-11-20 22:10:00Z", "text": "StopLogging", "link": "/events?event=x"}
    with engine.begin() as connection:
        make_account(connection)
        trail = f"arn:aws:cloudtrail:eu-central-1:{CLINIC}:trail/media"
        found = make_finding(connection, trail, rule="trail_tampering", evidence=[call])
    page = client.get(f"/findings/{found}").text
    assert f"/events?account={CLINIC}&amp;from=" in page
    assert "principal=" not in page


def test_a_finding_about_a_key_leads_to_that_key(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        found = make_finding(connection, "AKIAIOSFODNN7EXAMPLE")
    assert 'href="/keys/AKIAIOSFODNN7EXAMPLE"' in client.get(f"/findings/{found}").text


def test_the_calls_that_show_it_lead_to_all_calls_of_that_time(client: TestClient, engine: Engine) -> None:
    call = {"kind": "event", "where": "2026-11-22 02:10:02Z", "text": "GetClip", "marked": [], "link": "/events"}
    seen = {
        "first_seen_at": datetime(2026, 11, 22, 2, 10, tzinfo=UTC),
        "last_seen_at": datetime(2026, 11, 22, 3, 3, tzinfo=UTC),
    }
    page = client.get(f"/findings/{_make(engine, evidence=[call], **seen)}").text
    wanted = {"stream": SUBJECT, "from": "2026-11-22T02:10:00Z", "to": "2026-11-22T03:03:01Z"}
    assert (
        f'href="/events?account={CLINIC}&amp;{urlencode(wanted).replace("&", "&amp;")}">All calls in this time' in page
    )


def test_what_could_be_seen_opens_for_its_own_account(client: TestClient, engine: Engine) -> None:
    blind = STATEMENT | {"kind": "setting", "link": "/coverage"}
    page = client.get(f"/findings/{_make(engine, evidence=[blind])}").text
    assert f'href="/coverage?account={CLINIC}">Look there' in page


def test_a_hostile_message_stays_text(client: TestClient, engine: Engine) -> None:
    page = client.get(f"/findings/{_make(engine, message='<script>alert(1)</script>')}").text
    assert "<script>alert" not in page


def test_what_of_a_fix_is_the_readers_to_fill_in_is_said(client: TestClient, engine: Engine) -> None:
    page = client.get(f"/findings/{_make(engine, rule='media_calls_not_logged')}").text
    assert "Yours to fill in: <code>TRAIL</code>, the trail&#39;s name." in page


def test_acknowledging_is_kept_with_who_did_it(client: TestClient, engine: Engine) -> None:
    found = _make(engine)
    answer = client.post(f"/findings/{found}/acknowledge", data={"note": "known"})
    assert answer.status_code == 200
    assert "Acknowledged." in answer.text
    with engine.begin() as connection:
        assert connection.execute(text("select state from finding")).scalar_one() == "acknowledged"
        assert connection.execute(text("select actor, action from audit")).one() == ("local", "finding.acknowledge")


def test_muting_without_a_reason_changes_nothing_and_says_why(client: TestClient, engine: Engine) -> None:
    found = _make(engine)
    answer = client.post(f"/findings/{found}/mute", data={"reason": " ", "until": "2027-02-21"})
    assert answer.status_code == 422
    assert "cannot mute without a reason" in answer.text
    with engine.begin() as connection:
        assert connection.execute(text("select state from finding")).scalar_one() == "open"


def test_muting_lasts_until_the_end_of_the_day_given(client: TestClient, engine: Engine) -> None:
    found = _make(engine)
    client.post(f"/findings/{found}/mute", data={"reason": "test stream", "until": "2027-02-21"})
    with engine.begin() as connection:
        until = connection.execute(text("select muted_until from finding")).scalar_one()
    assert until.isoformat() == "2027-02-22T00:00:00+00:00"


def test_a_day_that_is_none_is_refused_in_words(client: TestClient, engine: Engine) -> None:
    found = _make(engine)
    answer = client.post(f"/findings/{found}/mute", data={"reason": "x", "until": "tomorrow"})
    assert answer.status_code == 422
    assert "give a day as" in answer.text


def test_an_acknowledged_finding_can_be_opened_again(client: TestClient, engine: Engine) -> None:
    found = _make(engine, state="acknowledged")
    assert "Open again." in client.post(f"/findings/{found}/reopen").text


def test_the_reason_of_a_mute_stays_in_the_history_alone(client: TestClient, engine: Engine) -> None:
    found = _make(engine)
    muted = client.post(f"/findings/{found}/mute", data={"reason": "a test stream", "until": "2027-02-21"}).text
    reopened = client.post(f"/findings/{found}/reopen").text
    assert "<dt>Note</dt><dd><bdi>a test stream" in muted
    assert "<dt>Note</dt>" not in reopened
    assert reopened.partition("<h2>History</h2>")[2].count("a test stream") == 1


def test_another_site_cannot_mute(client: TestClient, engine: Engine) -> None:
    found = _make(engine)
    headers = {"Origin": "https://evil.example"}
    answer = client.post(f"/findings/{found}/mute", data={"reason": "x", "until": "2027-02-21"}, headers=headers)
    assert answer.status_code == 403


def test_its_account_is_the_scope_of_the_page(client: TestClient, engine: Engine) -> None:
    page = client.get(f"/findings/{_make(engine)}").text
    assert re.search(rf'href="/coverage\?account={CLINIC}(&amp;from=[^"]*)?"', page)
    facts = page.partition("<h2>Facts</h2>")[2]
    assert f'<a href="/accounts/{CLINIC}"><bdi>clinic-video</bdi></a>' in facts


def test_a_rule_that_rests_on_what_no_record_has_confirmed_says_so(client: TestClient, engine: Engine) -> None:
    page = client.get(f"/findings/{_make(engine, rule='device_wrote_foreign_stream')}").text
    assert 'href="/assumptions#device_sessions_are_named_by_certificate"' in page
    assert "Not seen yet." in page


def test_a_rule_that_rests_on_no_assumption_names_none(client: TestClient, engine: Engine) -> None:
    assert "/assumptions#" not in client.get(f"/findings/{_make(engine, rule='stream_keeps_no_media')}").text
