"""`/urls`."""

import html
import re
from datetime import timedelta

from sqlalchemy import Engine
from starlette.testclient import TestClient

from app.core.model.event import URL_LIFE_UNTOLD, Actor, ActorKind
from app.web.pages import urls
from tests.builders.accounts import CLINIC, NOW, make_account, make_part
from tests.builders.estate import (
    ARCHIVE,
    DATA,
    LEGACY,
    REGION,
    make_bucket_reader,
    make_inventory,
    make_trail,
    stream_of,
)
from tests.builders.events import STREAM, event, store

HLS = "GetHLSStreamingSessionURL"
SCRIPT = "<script>alert(1)</script>\u202e"


def _page(client: TestClient, path: str = "/urls") -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return html.unescape(re.sub(r"\s+", " ", answer.text))


def _url(number: int, lives_s: int | None = 43_200, **changes: object) -> object:
    return event(number, **({"action": HLS, "url_expires_s": lives_s} | changes))


def _read(engine: Engine, *calls: object, is_logged: bool = True) -> None:
    """Store an account that was read whole, with a stream whose media calls are logged or not, and calls."""
    with engine.begin() as connection:
        make_account(connection)
        make_bucket_reader(connection, CLINIC)
        make_part(connection, "iam", ARCHIVE)
        if is_logged:
            make_trail(connection, CLINIC, (DATA,))
        make_inventory(connection, CLINIC, (stream_of(STREAM, "ward-3-corridor"),))
        store(connection, calls)


def test_each_stands_with_its_stream_to_whom_it_was_issued_and_until_when(client: TestClient, engine: Engine) -> None:
    ada = Actor(ActorKind.ROLE, f"arn:aws:iam::{CLINIC}:role/Analyst", CLINIC, "x", "ada@halden.example")
    _read(engine, _url(1, actor=ada), _url(2, 300))
    page = _page(client)
    assert "1 opens now, the last until 2026-11-23 15:13Z." in page
    assert re.search(r'href="/streams/\d+"><bdi>ward-3-corridor</bdi>', page)
    assert "ada@halden.example" in page
    assert re.search(r'from <a href="/addresses/[^"]+"><bdi>', page)
    assert re.search(r'through <a href="/principals/\d+"><bdi>Analyst', page)
    assert "5 h 32 min left" in page
    assert "who opens it is not logged" in page


def test_one_whose_record_does_not_tell_its_life_counts_for_the_longest(client: TestClient, engine: Engine) -> None:
    _read(engine, _url(1, URL_LIFE_UNTOLD), _url(2, 300))
    page = _page(client)
    assert "1 opens now, the last until 2026-11-23 15:13Z. Of 1 no record tells for how long" in page
    assert "5 h 32 min left at most: no record tells" in page


def test_who_cannot_be_known_is_not_named_by_the_session(client: TestClient, engine: Engine) -> None:
    _read(engine, _url(1))
    page = _page(client)
    assert "sync-job-7" not in page
    assert ">Unknown<" in page


def test_none_is_told_with_what_could_be_observed(client: TestClient, engine: Engine) -> None:
    _read(engine, _url(1, 300))
    page = _page(client)
    assert "None was seen that opens now. All calls that issue one were observable in the last 12 h." in page
    assert "Where more may have been issued" not in page


def test_where_nobody_could_look_there_may_be_more(client: TestClient, engine: Engine) -> None:
    _read(engine, is_logged=False)
    page = _page(client)
    assert "None was seen that opens now. There may be more" in page
    assert f'href="/coverage?account={CLINIC}&from=now-12h"><bdi>clinic-video</bdi></a> {REGION}' in page


def test_of_an_account_never_read_nothing_is_known(client: TestClient, engine: Engine) -> None:
    _read(engine)
    with engine.begin() as connection:
        make_account(connection, LEGACY, name="legacy-cams")
    page = _page(client)
    assert "There may be more" in page
    assert "never read: its streams are unknown" in page
    assert "There may be more" not in _page(client, f"/urls?account={CLINIC}")


def test_without_any_stream_it_does_not_say_that_all_was_observed(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        make_part(connection, "streams", region=REGION)
    assert "Whether calls that issue one are logged is not known." in _page(client)


def test_more_than_are_shown_is_said(client: TestClient, engine: Engine, monkeypatch) -> None:
    monkeypatch.setattr(urls, "MOST", 1)
    _read(engine, _url(1), _url(2))
    page = _page(client)
    assert "1 or more open now" in page
    assert "There are more than 1" in page


def test_a_range_is_not_followed_and_that_is_told(client: TestClient) -> None:
    told = "is not followed here: no URL lives longer than 12 h"
    assert told in client.get("/urls?from=now-30d").text
    page = client.get("/urls?from=now-12h").text
    assert told not in page
    assert 'aria-label="Time range"' not in page


def test_hostile_names_stay_text(client: TestClient, engine: Engine) -> None:
    _read(engine, _url(1, stream=SCRIPT, actor=Actor(ActorKind.ROLE, SCRIPT, CLINIC, SCRIPT, SCRIPT), address=SCRIPT))
    assert "<script>alert" not in client.get("/urls").text


def test_the_overview_counts_them_within_its_scope_and_leads_there(client: TestClient, engine: Engine) -> None:
    _read(engine, _url(1), _url(2, event_time=NOW - timedelta(hours=13)))
    assert 'href="/urls">Playback URLs alive <b>1</b>' in _page(client, "/")
    assert f'href="/urls?account={CLINIC}">Playback URLs alive <b>1</b>' in _page(client, f"/?account={CLINIC}")


def test_the_overview_does_not_call_what_nobody_saw_none(client: TestClient, engine: Engine) -> None:
    _read(engine)
    assert "Playback URLs alive <b>none seen</b>" in _page(client, "/")
