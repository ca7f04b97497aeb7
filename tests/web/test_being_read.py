from datetime import timedelta

from sqlalchemy import Engine
from starlette.testclient import TestClient

from tests.builders.accounts import CLINIC, NOW, make_account, make_feed
from tests.builders.statement import make_looked_at

ARCHIVE, LAB = 269930174852, 42
HALF = {"progress": {"done": 12, "total": 30, "unit": "days of log files"}, "cursor": {"start": "2026-10-31"}}


def test_what_is_still_to_be_read_is_told_over_the_pages_that_it_concerns(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection, added_at=NOW)
        make_account(connection, ARCHIVE, name="<b>archive", kind="log_archive", added_at=NOW)
        make_account(connection, LAB, name="lab", added_at=NOW)
        make_feed(connection, "s3_logs", ARCHIVE, **HALF)
        make_feed(connection, "kinesisvideo_detail", last_success_at=None)
        make_feed(connection, "kinesisvideo_detail", LAB, last_success_at=None)
    logs = "Still to be read: log files of &lt;b&gt;archive, back to 2026-10-31 (40 % read)"
    everywhere = f"{logs}; tags and settings of streams of 2 accounts. Numbers may grow."
    for path in ("/", "/events", "/matrix", "/accounts"):
        assert client.get(path).text.count(everywhere) == 1, path
    assert f"{logs}; tags and settings of streams of lab. Numbers" in client.get("/events?account=000000000042").text
    assert f"{logs}; tags and settings of streams of clinic-video." in client.get(f"/accounts/{CLINIC}").text
    assert f"{logs}. Numbers may grow." in client.get("/matrix?at=now-1d").text
    assert "Still to be read" not in client.get("/exports").text


def test_what_is_stale_is_not_told_twice(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection, added_at=NOW)
        make_feed(connection, "s3_logs", **HALF | {"last_success_at": NOW - timedelta(hours=7)})
        make_feed(connection, "iam", last_success_at=None)
    page = client.get("/events").text
    assert "CloudTrail files in S3: last read 7 h ago." in page
    assert "Still to be read: roles, users and policies of clinic-video. Numbers may grow." in page


def test_of_a_first_reading_the_most_telling_is_named_and_the_rest_counted(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection, added_at=NOW)
        for source in ("evaluate", "cloudwatch", "lookup_events", "kinesisvideo", "kinesisvideo_detail"):
            make_feed(connection, source, last_success_at=None)
    said = "event history (management calls) of clinic-video; streams and channels of clinic-video; tags and settings"
    assert f"Still to be read: {said} of streams of clinic-video; and 2 more. Numbers may grow." in client.get("/").text


def test_nothing_is_said_where_all_was_read(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        make_feed(connection, "s3_logs", progress={"done": 30, "total": 30, "unit": "days of log files"})
    assert "Still to be read" not in client.get("/events").text


def test_how_much_is_read_counts_accounts_of_which_all_is(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        make_account(connection, LAB, name="lab")
        make_feed(connection, "cloudwatch_logs", **HALF)
        make_feed(
            connection, "cloudwatch_logs", LAB, progress={"done": 30, "total": 30, "unit": "days of the log group"}
        )
    page = client.get("/events").text
    assert "Still to be read: log groups of clinic-video (70 % of 2 accounts read). Numbers may grow." in page


def test_a_statement_does_not_wait_for_the_event_history_which_holds_no_reads(
    client: TestClient, engine: Engine
) -> None:
    with engine.begin() as connection:
        row = make_looked_at(connection)
        make_feed(connection, "lookup_events", **HALF)
    path = f"/streams/{row.id}"
    assert "event history (management calls) of clinic-video (40 % read). Numbers" in client.get(path).text
    assert "Still to be read" not in client.get(f"{path}/statement").text
