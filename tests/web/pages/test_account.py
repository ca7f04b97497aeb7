"""`/accounts/{id}`."""

import re
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, text
from starlette.testclient import TestClient

from app.core.coverage.silence import Silence
from app.core.model.integrity import PlaceKey
from app.core.retention import Dropped
from app.core.trailfile.cursor import BucketCursor, Place, to_json
from app.db.queries.grants import store_matrix
from app.db.queries.retention import mark_dropped
from app.db.queries.silences import store_silences
from tests.builders.accounts import CLINIC, NOW, make_account, make_feed, make_part, make_rejected, make_worker
from tests.builders.estate import make_bucket_reader, make_unread
from tests.builders.integrity import make_integrity

PATH = f"/accounts/{CLINIC}"


def test_an_unknown_account_is_not_found(client: TestClient) -> None:
    assert client.get("/accounts/000000000001").status_code == 404
    assert client.get("/accounts/clinic").status_code == 404


def test_an_account_never_read_is_not_shown_as_empty(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
    answer = client.get(PATH)
    assert answer.status_code == 200
    assert "Nothing collected yet" in answer.text


def test_a_role_that_lets_nobody_in_is_not_mended_by_a_permission(client: TestClient, engine: Engine) -> None:
    said = "cannot assume the role with the external ID set for account <b>: compare it with the trust policy"
    with engine.begin() as connection:
        make_account(connection)
        for part in ("iam", "streams"):
            make_part(connection, part, state="denied", seen_at=None, missing="sts:AssumeRole", message=said)
    page = client.get(PATH).text
    assert page.count("cannot assume the role with the external ID set for account &lt;b&gt;") == 1
    assert "kvswatch cannot get in" in page
    assert "sts:AssumeRole" not in page


def test_a_policy_that_could_not_be_used_is_named(client: TestClient, engine: Engine) -> None:
    problem = {"policy": "Broken <b>", "message": "line 3: no JSON", "principal": "arn:x"}
    with engine.begin() as connection:
        make_account(connection)
        store_matrix(connection, CLINIC, (), (problem,), evaluator=1, inputs=b"", now=NOW)
    page = client.get(PATH).text
    assert "<bdi>Broken &lt;b&gt;</bdi>" in page
    assert "line 3: no JSON" in page


def test_a_denied_part_names_the_missing_action_and_the_age_of_what_is_kept(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        make_part(connection, "iam")
        make_part(
            connection,
            "credential_report",
            state="denied",
            missing="iam:GenerateCredentialReport",
            seen_at=NOW - timedelta(days=4),
        )
    page = client.get(PATH).text
    assert "1 of 2 parts are fresh. One could not be read" in page
    assert "Access denied</b> <bdi>on iam:GenerateCredentialReport" in page
    assert "Kept: what was read 4 d ago" in page
    assert "&#34;iam:GenerateCredentialReport&#34;" in page


def test_a_part_that_one_region_refused_is_not_fresh(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        make_part(connection, "streams", region="eu-central-1")
        make_part(connection, "streams", region="us-east-1", state="throttled", seen_at=None, message="Rate exceeded")
    page = client.get(PATH).text
    assert "Throttled</b> <bdi>Rate exceeded in us-east-1" in page
    assert "Never read, so nothing is known here." in page


def test_a_running_feed_shows_its_last_call_and_its_workers_heartbeat(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        make_worker(connection, "box:7:ab")
        make_feed(
            connection,
            "s3_logs",
            owner="box:7:ab/feed-0",
            lease_until=NOW + timedelta(minutes=1),
            progress={"done": 1204, "total": 2880, "unit": "files"},
            last_call="s3:GetObject",
            last_call_at=NOW - timedelta(seconds=2),
        )
    page = client.get(PATH).text
    assert '<progress value="1204" max="2880"' in page
    assert "1,204 of 2,880 files" in page
    assert "worker heard of 3 s ago" in page
    assert 'hx-trigger="every 2s"' in page


def test_a_feed_at_rest_is_not_polled_for(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        make_feed(connection, "iam")
    assert "hx-trigger" not in client.get(PATH).text


def test_htmx_gets_the_feeds_alone(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        make_feed(connection, "iam")
    headers = {"HX-Request": "true", "HX-Request-Type": "partial", "HX-Target": "section#feeds"}
    fragment = client.get(PATH, headers=headers).text
    assert fragment.lstrip().startswith('<section id="feeds"')
    assert "<html" not in fragment


def test_poll_now_makes_the_feeds_due_and_writes_it_down(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        make_feed(connection, "iam")
    answer = client.post(f"{PATH}/poll", follow_redirects=False)
    assert answer.status_code == 303
    with engine.begin() as connection:
        assert connection.execute(text("select next_at from feed")).scalar_one() == NOW
        row = connection.execute(text("select actor, action, subject from audit")).one()
    assert tuple(row) == ("local", "poll_now", f"account:{CLINIC}")


def test_a_feed_of_records_says_how_many_it_read_kept_and_rejected(engine: Engine, client: TestClient) -> None:
    with engine.begin() as connection:
        make_account(connection, log_bucket="trail")
        make_feed(connection, "s3_logs", records_read=1_234_567, records_kept=12_345, records_rejected=3)
    assert "1,234,567 records read, 12,345 kept, 3 rejected" in client.get(PATH).text


def test_the_past_can_be_left_unread_and_read_on(client: TestClient, engine: Engine) -> None:
    backfill = {"files": 0, "size": 0, "files_left": 1200, "size_left": 9_000_000, "per_s": None}
    with engine.begin() as connection:
        make_account(connection)
        progress = {"done": 3, "total": 90, "unit": "days of log files"}
        make_feed(connection, "s3_logs", progress=progress, backfill=backfill)
    page = client.get(PATH).text
    assert "about 1,200 files (9.0 MB) of the past, 2 s at least; about $0.00 of S3 requests" in page
    assert "Stop reading the past" in page

    assert client.post(f"{PATH}/backfill", data={"wish": "stop"}, follow_redirects=False).status_code == 303
    page = client.get(PATH).text
    assert "as was asked for; about 1,200 files (9.0 MB) are left" in page
    assert "Go on reading the past" in page

    assert client.post(f"{PATH}/backfill", data={"wish": "resume"}, follow_redirects=False).status_code == 303
    assert "Stop reading the past" in client.get(PATH).text
    assert client.post(f"{PATH}/backfill", data={"wish": "perhaps"}).status_code == 422


def test_where_no_past_is_read_nobody_is_asked(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        make_feed(connection, "iam")
    assert "reading the past" not in client.get(PATH).text
    assert client.post(f"{PATH}/backfill", data={"wish": "stop"}).status_code == 404


def test_another_site_cannot_poll(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        make_feed(connection, "iam")
    answer = client.post(f"{PATH}/poll", headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403
    assert "refused" in answer.text
    with engine.begin() as connection:
        assert connection.execute(text("select next_at from feed")).scalar_one() > NOW


def test_it_lists_records_that_could_not_be_read(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        make_rejected(connection, "no userIdentity <b>")
        make_rejected(connection, "no time", size=300_000)
        make_rejected(connection, "too large", place="the whole file", size=300_000_000)
    page = client.get(PATH).text
    assert "record 17, byte 20481" in page
    assert "<bdi>no userIdentity &lt;b&gt;</bdi>" in page
    assert page.count("· the first 256 kB of 300,000 bytes are kept") == 1
    assert page.count("256 kB") == 1
    (href,) = re.findall(r'href="(/rejected\.csv[^"]+)"', page)
    assert '"record 17, byte 20481",no userIdentity <b>' in client.get(href).text


def test_it_names_the_hours_whose_log_files_were_not_read(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        make_bucket_reader(connection)
        make_unread(connection, CLINIC, datetime(2026, 11, 22, 12, 30, tzinfo=UTC), "throttled <b>")
    section = client.get(PATH).text.partition("Hours with log files missing")[2].partition("</section>")[0]
    assert re.findall(r'datetime="([^"]+)"', section) == ["2026-11-22T12:00:00Z", "2026-11-22T13:00:00Z"]
    assert "<bdi>1 log file not read: throttled &lt;b&gt;</bdi>" in section


def test_it_names_the_hours_in_which_no_log_file_came(client: TestClient, engine: Engine) -> None:
    noon = datetime(2026, 11, 12, 12, tzinfo=UTC)
    place = PlaceKey(CLINIC, f"s3://halden-trail/AWSLogs/{CLINIC:012d}/", "eu-central-1")
    with engine.begin() as connection:
        make_account(connection)
        make_bucket_reader(connection)
        silence = Silence(noon, noon + timedelta(hours=3), 335, 336)
        store_silences(connection, place, noon, silence.end, [silence])
    section = client.get(PATH).text.partition("Hours with log files missing")[2].partition("</section>")[0]
    assert re.findall(r'datetime="([^"]+)"', section) == ["2026-11-12T12:00:00Z", "2026-11-12T15:00:00Z"]
    assert "<bdi>no log file came for 3 hours, though 99.7 % of the hours around have one</bdi>" in section


def test_without_such_hours_it_has_no_section_for_them(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        make_bucket_reader(connection)
    assert "Hours with log files missing" not in client.get(PATH).text


def test_it_says_how_far_the_log_archive_was_read_for_a_member(client: TestClient, estate: dict[str, int]) -> None:
    assert estate
    page = client.get(f"/accounts/{CLINIC}").text
    assert "<bdi>halden-trail, eu-central-1: 2025-10-19 to 2026-11-23 09:37Z</bdi>" in page


def test_a_member_that_no_archive_has_is_not_called_read(client: TestClient, estate: dict[str, int]) -> None:
    assert estate
    assert "no log of this account was read yet" in client.get("/accounts/405561239087").text


def test_of_several_regions_it_says_what_was_read_of_all(client: TestClient, engine: Engine) -> None:
    day, read_at = (NOW - timedelta(days=30)).date(), NOW - timedelta(minutes=4)
    back = day + timedelta(days=20)
    places = {
        f"AWSLogs/{CLINIC}/CloudTrail/eu-central-1/": Place(day, backfill_day=back, listed_at=read_at),
        f"AWSLogs/{CLINIC}/CloudTrail/us-east-1/": Place(day, listed_at=read_at),
    }
    with engine.begin() as connection:
        make_account(connection)
        make_account(connection, 100000000001, name="log-archive", log_bucket="<i>trail")
        make_feed(connection, "s3_logs", 100000000001, cursor=to_json(BucketCursor(day, places)))
    page = client.get(f"/accounts/{CLINIC}").text
    assert "<bdi>&lt;i&gt;trail, 2 Regions: 2026-11-14 to 2026-11-23 09:37Z</bdi>" in page


def test_what_retention_dropped_is_not_called_read(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        make_bucket_reader(connection, CLINIC)
        mark_dropped(connection, "event", Dropped(NOW.replace(day=1, hour=0, minute=0), 20), NOW)
    assert "<bdi>halden-trail, eu-central-1: 2026-11-01 to 2026-11-23 09:37Z</bdi>" in client.get(PATH).text


def test_a_feed_that_listens_is_not_polled_for(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        make_worker(connection, "box:7:ab")
        make_feed(connection, "sqs_logs", owner="box:7:ab/listen-0", lease_until=NOW + timedelta(minutes=1))
    page = client.get(PATH).text
    assert "CloudTrail files announced by SQS" in page
    assert "<td>listening" in page
    assert "hx-trigger" not in page


def test_a_feed_that_should_listen_and_cannot_says_so(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        make_feed(connection, "sqs_logs", attempts=3, last_error="sqs:ReceiveMessage is missing")
    page = client.get(PATH).text
    assert "failed 3 times in a row" in page
    assert "sqs:ReceiveMessage is missing" in page


def test_it_says_how_much_of_its_log_files_is_proven(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
    assert "none was checked yet; calls from LookupEvents have no file to check" in client.get(PATH).text
    with engine.begin() as connection:
        make_integrity(connection, CLINIC, NOW - timedelta(hours=3))
        make_integrity(connection, CLINIC, NOW - timedelta(hours=2), verdict="broken", why="edited")
        make_integrity(connection, 111122223333, NOW - timedelta(hours=2), verdict="broken", why="edited")
    page = client.get(PATH).text
    assert "1 break; verified 0.1 % in eu-central-1" in page
    assert f'href="/coverage?account={CLINIC}#integrity"' in page


def test_it_names_all_places_that_logs_are_read_from(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection, log_bucket="new", more_log_buckets=["old<b>"], log_queue="arn:q", log_group="arn:g")
    page = client.get(PATH).text
    assert [page.count(f">{name}<") for name in ("new", "old&lt;b&gt;", "arn:q", "arn:g")] == [1, 1, 1, 1]


def test_an_account_without_logs_of_its_own_names_none(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
    page = client.get(PATH).text
    assert not any(name in page for name in ("Log bucket", "Log queue", "Log group"))
