"""The direct ways out of `/streams/{id}`: readers by IAM, playback URLs that are alive."""

from datetime import timedelta

from sqlalchemy import Engine
from starlette.testclient import TestClient

from app.core.model.event import URL_LIFE_UNTOLD
from app.web.ways_out import MOST_URLS
from tests.builders.accounts import NOW, make_account
from tests.builders.calls import make_stream, stream_arn
from tests.builders.events import event, store
from tests.builders.viewing import store_night
from tests.builders.ways import way_of


def test_readers_are_counted_as_in_the_first_sentence(client: TestClient, estate: dict[str, int]) -> None:
    row = way_of(client, estate["ward-3"], "Readers by IAM")
    assert "4 principals may watch 1 of them conditionally" in row
    assert "Matrix [/matrix?account=590817264433&stream=" in row
    assert f"VideoAnalyst [/principals/{estate['clinic-video/VideoAnalyst']}]" in row


def test_who_may_draw_a_url_leads_to_the_matrix_of_those_calls(client: TestClient, estate: dict[str, int]) -> None:
    row = way_of(client, estate["ward-3"], "Playback URLs")
    href = row.partition("[/matrix?")[2].partition("]")[0].replace("&amp;", "&")
    assert href.endswith("&action=GetDASHStreamingSessionURL&action=GetHLSStreamingSessionURL")
    assert client.get(f"/matrix?{href}").text.count('data-action="') == 2


def test_where_no_policies_were_judged_the_readers_are_not_observed(client: TestClient, estate: dict[str, int]) -> None:
    assert "not observed by kvswatch no policies were judged on it yet" in way_of(
        client, estate["old-0"], "Readers by IAM"
    )


def test_a_url_of_twelve_hours_is_alive_six_hours_later(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        stream = store_night(connection)
    row = way_of(client, stream, "Playback URLs")
    assert "1 still alive issued to jonas@halden.example [/events?event=" in row
    assert "until 11-23 15:37Z" in row
    assert "KVS has no call that ends one" in row
    assert "the last 12 h were not observed" in row


def test_a_url_that_ended_or_was_refused_is_not_alive(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        stream = make_stream(connection, "ward-3")
        url = {"action": "GetHLSStreamingSessionURL", "stream": stream_arn(connection, stream)}
        ended = event(1, event_time=NOW - timedelta(minutes=6), url_expires_s=300, **url)
        refused = event(2, event_time=NOW - timedelta(minutes=6), error_code="AccessDenied", **url)
        store(connection, [ended, refused])
    assert "none seen alive" in way_of(client, stream, "Playback URLs")


def test_a_url_that_opens_is_not_hidden_by_newer_ones_that_ended(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        stream = make_stream(connection, "ward-3")
        url = {"action": "GetHLSStreamingSessionURL", "stream": stream_arn(connection, stream)}
        opens = event(0, event_time=NOW - timedelta(hours=11), url_expires_s=43_200, **url)
        ended = {"event_time": NOW - timedelta(hours=1), "url_expires_s": 300} | url
        store(connection, [opens, *(event(n, **ended) for n in range(1, MOST_URLS + 2))])
    assert "1 still alive" in way_of(client, stream, "Playback URLs")


def test_a_url_of_untold_life_is_alive_for_the_longest_at_most(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        stream = make_stream(connection, "ward-3")
        url = {"action": "GetHLSStreamingSessionURL", "stream": stream_arn(connection, stream)}
        store(connection, [event(0, event_time=NOW - timedelta(hours=1), url_expires_s=URL_LIFE_UNTOLD, **url)])
    assert "until 11-23 20:41Z at most" in way_of(client, stream, "Playback URLs")


def test_a_range_of_the_past_does_not_hide_what_is_alive_now(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        stream = store_night(connection)
    row = way_of(client, f"{stream}?from=now-30d&to=now-20d", "Playback URLs")
    assert "1 still alive" in row
    assert "is told by a range that holds them" in row


def test_a_channel_has_no_playback_urls(client: TestClient, estate: dict[str, int]) -> None:
    page = client.get(f"/streams/{estate['ward-intercom']}").text
    assert "Ways out" in page
    assert "Playback URLs" not in page


def test_who_did_something_before_the_range_on_its_first_day_did_not_do_it_in_the_range(
    client: TestClient, engine: Engine
) -> None:
    with engine.begin() as connection:
        make_account(connection)
        stream = make_stream(connection, "ward-3")
        url = {"action": "GetHLSStreamingSessionURL", "url_expires_s": 300, "stream": stream_arn(connection, stream)}
        store(connection, [event(0, event_time=NOW - timedelta(hours=28), **url)])
    assert "ArchiveReader [" not in way_of(client, f"{stream}?from=now-24h", "Playback URLs")
    assert "ArchiveReader [" in way_of(client, f"{stream}?from=now-30h", "Playback URLs")


def test_who_read_is_named_though_no_policies_were_judged(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        stream = make_stream(connection, "ward-3")
        store(connection, [event(0, stream=stream_arn(connection, stream))])
    row = way_of(client, stream, "Readers by IAM")
    assert "not observed by kvswatch no policies were judged on it yet" in row
    assert "ArchiveReader [/principals/" in row
