"""`/findings` and `/findings/cannot-tell`."""

from datetime import timedelta

from sqlalchemy import Engine
from starlette.testclient import TestClient

from tests.builders.accounts import CLINIC, NOW, make_account
from tests.builders.findings import RULE, make_finding, make_run, make_untold

STREAM = "arn:aws:kinesisvideo:eu-central-1:590817264433:stream/{}/1600000000000"


def test_it_does_not_call_an_account_clean_that_no_rule_looked_at(client: TestClient) -> None:
    page = client.get("/findings").text
    assert "No rule has run yet" in page


def test_it_groups_by_rule_and_says_of_how_many(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        make_run(connection, checked=12)
        for name in ("ward-1", "ward-2"):
            make_finding(connection, STREAM.format(name))
        make_untold(connection, STREAM.format("ward-3"))
    page = client.get("/findings").text
    assert "Media calls are not logged" in page
    assert "<b>2</b> of 12 streams and channels" in page
    assert "1 cannot tell" in page
    assert ">ward-1</bdi></a>" in page
    assert page.count(f'<a href="/accounts/{CLINIC}"><bdi>clinic-video</bdi></a>') == 4  # each once for a phone


def test_the_worst_rule_stands_first(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        make_finding(connection, STREAM.format("a"), severity="medium")
        make_finding(connection, STREAM.format("b"), rule="long_term_key_called_kvs", severity="critical")
    page = client.get("/findings").text
    assert page.index("Long-term key used to call KVS") < page.index("Media calls are not logged")


def test_tabs_show_the_other_states_with_the_same_filters(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        make_finding(connection, STREAM.format("a"), state="muted", muted_until=NOW + timedelta(days=9))
    open_page = client.get(f"/findings?account={CLINIC}").text
    assert f'href="/findings?account={CLINIC}&amp;state=muted"' in open_page
    assert "1 finding matches these filters, none of them open" in open_page
    assert ">a</bdi></a>" in client.get("/findings?state=muted").text


def test_one_by_one_lists_every_finding(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        make_finding(connection, STREAM.format("a"), message="one <b>bold</b>")
    page = client.get("/findings?group=none").text
    assert "<bdi>one &lt;b&gt;bold&lt;/b&gt;</bdi>" in page
    assert f'<td class="opt nw"><a href="/accounts/{CLINIC}"><bdi>clinic-video</bdi></a></td>' in page


def test_what_is_not_a_field_is_said_and_not_ignored(client: TestClient) -> None:
    page = client.get("/findings?colour=red").text
    assert "colour=red" in page
    assert 'class="chip bad"' in page


def test_what_cannot_be_told_has_a_page_of_its_own(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        make_untold(connection, STREAM.format("ward-3"), reason="iam:GenerateCredentialReport is denied")
    page = client.get("/findings/cannot-tell").text
    assert "iam:GenerateCredentialReport is denied" in page
    assert "ward-3" in page


def test_what_cannot_be_told_is_filtered_as_its_chips_say(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        make_untold(connection, STREAM.format("ward-3"), reason="was never read")
    by_text = client.get(f"/findings/cannot-tell?rule~={RULE[:6]}&account=clinic-video").text
    other = client.get("/findings/cannot-tell?rule=another_rule&severity=high").text

    assert "was never read" in by_text
    assert 'href="/findings/cannot-tell?account=clinic-video" aria-label="Drop' in by_text
    assert "was never read" not in other
    assert "No check here lacks an answer" in other
    assert "severity=high" in other
    assert 'Cannot tell <span class="n">0</span>' in other


def test_a_rule_of_another_release_is_shown_by_its_id(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        make_finding(connection, STREAM.format("a"), rule="rule_of_yesterday")
    assert "rule_of_yesterday" in client.get("/findings").text
    assert RULE not in client.get("/findings").text


def test_page_file_and_filter_have_one_default_range(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        make_finding(connection, "old", first_seen_at=NOW - timedelta(days=900), last_seen_at=NOW - timedelta(days=800))
    page = client.get("/findings").text
    assert "<span>90 d</span>" in page
    assert 'href="/findings?from=now-90d" aria-current="true"' in page
    assert 'Open <span class="n">1</span>' in page
    assert client.get("/findings.csv").text.count("old") == 1
    assert client.get("/findings?from=now-90d").text.count(">old<") == page.count(">old<") == 1
