from datetime import timedelta

from sqlalchemy import Engine
from starlette.testclient import TestClient

from tests.builders.accounts import CLINIC, NOW, make_account, make_feed


def test_a_source_that_was_not_read_of_late_is_told_over_the_calls(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        make_account(connection, 42, name="<script>alert(1)</script>")
        make_feed(connection, "s3_logs", last_success_at=NOW - timedelta(hours=7))
        make_feed(connection, "lookup_events", 42, last_success_at=None)
    page = client.get("/events").text
    assert (
        "Newer calls may be missing. &lt;script&gt;alert(1)&lt;/script&gt;, event history (LookupEvents): never" in page
    )
    assert "clinic-video, CloudTrail files in S3: last read 7 h ago." in page
    assert "clinic-video, CloudTrail files" not in client.get("/events?account=000000000042").text
    assert page.count("Newer calls may be missing") == 1
    for path in ("/", "/matrix", "/streams", f"/accounts/{CLINIC}"):
        assert "clinic-video, CloudTrail files in S3: last read 7 h ago." in client.get(path).text, path
    assert "Newer calls" not in client.get("/matrix?at=now-1d").text


def test_nothing_is_said_while_all_are_read(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        make_feed(connection, "s3_logs")
    assert "may be missing" not in client.get("/events").text


def test_of_a_source_that_was_read_elsewhere_it_says_where_it_never_was(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        make_feed(connection, "lookup_events", region="eu-central-1")
        make_feed(connection, "lookup_events", region="us-west-2", last_success_at=None)
        make_feed(connection, "s3_logs", last_success_at=None)
        make_feed(connection, "s3_logs", region="more-logs", last_success_at=NOW - timedelta(hours=7))
    page = client.get("/events").text
    assert "clinic-video, event history (LookupEvents): not yet read in us-west-2;" in page
    assert "clinic-video, CloudTrail files in S3: last read 7 h ago, not yet in its first bucket." in page
