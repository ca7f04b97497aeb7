"""`…/stop` below principals, keys and sessions."""

import re
from dataclasses import replace
from datetime import datetime, timedelta
from html import unescape

import pytest
from sqlalchemy import Connection, Engine, text
from starlette.testclient import TestClient

from app.core.model.entry import Entry, TrustedKind
from app.core.model.event import Actor, ActorKind, KeyKind
from app.core.model.grant import Outcome
from app.core.model.principal import AccessKey
from app.core.model.scope import Scope
from app.core.parts import AccessKeys
from app.core.stopping.measure import Target
from app.db.queries.activity import Asked
from app.db.queries.callers import Played, callers
from app.db.queries.entries import store_entries
from app.db.queries.snapshots import store_part
from app.web.names import short
from app.web.pages import stop
from tests.builders import iam
from tests.builders.accounts import CLINIC, NOW, make_account
from tests.builders.calls import dimension, make_principal
from tests.builders.events import EVENT, ROLE, STREAM, event, store
from tests.builders.sessions import KEY, LONG_TERM, USER, issued, store_issued
from tests.builders.stopping import CERTIFICATE

LONG = {"access_key": LONG_TERM, "key_kind": KeyKind.LONG_TERM, "actor": Actor(ActorKind.USER, USER, CLINIC)}


def test_a_leaked_key_shows_the_camera_that_it_would_stop_beside_the_thief(client: TestClient, engine: Engine):
    key = AccessKey(LONG_TERM, True, NOW - timedelta(days=9), NOW - timedelta(hours=2))
    with engine.begin() as connection:
        make_account(connection)
        thief = event(9, address="203.0.113.9", user_agent="python-requests", **LONG)
        store(connection, [thief, *(event(n, action="PutMedia", **LONG) for n in range(3))])
        store_part(connection, CLINIC, "access_keys", "", AccessKeys(((USER, (key,)),)), NOW)
    page = client.get(f"/keys/{LONG_TERM}/stop").text
    assert "Alive now: 1 active key. kvswatch changes nothing in AWS" in page
    assert f"aws iam update-access-key --user-name ann --access-key-id {LONG_TERM} --status Inactive" in page
    hit = page.partition("Would have stopped 4 recorded calls, of which 1 read media, by 2 callers")[2]
    hit = hit.partition("</details>")[0]
    assert hit.index(EVENT.address or "") < hit.index("203.0.113.9")
    assert "KVS has no call that revokes a playback URL" in page
    assert "Whether calls are logged is not known. What was not recorded is not counted." in page


def test_each_caller_of_a_key_stands_with_the_cameras_that_would_go_dark(client: TestClient, engine: Engine):
    gate = STREAM.replace("ward-3-corridor", "gate-<b>")
    with engine.begin() as connection:
        make_account(connection)
        film = [
            event(0, action="PutMedia", **LONG),
            event(1, action="GetDataEndpoint", stream="ward-3-corridor", **LONG),
        ]
        store(connection, [*film, event(2, stream=gate, address="203.0.113.9", **LONG)])
        streams = dict(connection.execute(text("select name, id from stream where arn is not null")).all())
    page = client.get(f"/keys/{LONG_TERM}/stop").text
    hits = page.partition("Would have stopped 3 recorded calls")[2].partition("</details>")[0]
    camera, thief = hits.partition("203.0.113.9")[::2]
    assert f'on <a href="/streams/{streams["ward-3-corridor"]}"><bdi>ward-3-corridor</bdi></a></span>' in camera
    assert f'on <a href="/streams/{streams["gate-<b>"]}"><bdi>gate-&lt;b&gt;</bdi></a></span>' in thief


def test_whoever_comes_from_an_account_that_is_not_read_is_told_of_where_it_called(client: TestClient, engine: Engine):
    stranger = Actor(ActorKind.ROLE, "arn:aws:iam::222233334444:role/Stranger", 222233334444, "s")
    url = {"action": "GetHLSStreamingSessionURL", "url_expires_s": 3600, "event_time": NOW - timedelta(minutes=5)}
    with engine.begin() as connection:
        make_account(connection)
        store(connection, [event(0, actor=stranger), event(1, actor=stranger, **url)])
        ident = dimension(connection, "principal", arn=stranger.principal)
    page = client.get(f"/principals/{ident}/stop").text
    assert "Alive now: perhaps sessions and 1 playback URL." in page
    assert "Would have stopped 2 recorded calls, of which 2 read media, by 1 caller" in page
    assert "Stranger" in client.get(f"/principals/{ident}").text.partition("Called with")[2]


def test_a_key_that_called_last_elsewhere_is_stopped_where_it_lives(client: TestClient, engine: Engine):
    with engine.begin() as connection:
        for account in (CLINIC, 771400253968):
            make_account(connection, account, name=str(account))
        url = {"action": "GetHLSStreamingSessionURL", "url_expires_s": 3600, "event_time": NOW - timedelta(minutes=9)}
        store(connection, [event(0, **url), event(1, account=771400253968, event_time=NOW - timedelta(minutes=5))])
    page = client.get(f"/sessions/{EVENT.access_key}/stop").text
    assert f"--target-id {CLINIC}" in unescape(re.sub("<[^>]+>", "", page))
    assert "--target-id 771400253968" not in page
    assert "Alive now: perhaps this session and 1 playback URL." in page
    assert "Would have stopped 2 recorded calls" in page


def test_a_session_that_is_alive_stands_with_its_playback_urls(client: TestClient, engine: Engine):
    url = event(1, event_time=NOW - timedelta(minutes=5), action="GetHLSStreamingSessionURL", url_expires_s=3600)
    with engine.begin() as connection:
        make_account(connection)
        store(connection, [event(0), url])
        alive = {"event_time": NOW - timedelta(hours=1), "expires_at": NOW + timedelta(hours=2)}
        store_issued(connection, [issued(**alive), issued(1, access_key="ASIAOTHER", **alive)])
    page = client.get(f"/sessions/{KEY}/stop").text
    assert "Stop session sync-job-7 of ArchiveReader" in page
    assert "Alive now: 1 session and 1 playback URL." in page
    assert "2 h left, asked for by ann" in page
    assert "55 min left, issued to sync-job-7" in page
    assert "ASIAOTHER" not in page
    assert "The session ended" not in page
    assert "StopOneSession" in page
    assert "<dt>Not counted</dt><dd>Calls of other AWS services, which it stops, too." in page


def test_a_session_that_only_its_caller_s_account_recorded_is_alive(client: TestClient, engine: Engine):
    far = "arn:aws:iam::222233334444:role/Far"
    actor = Actor(ActorKind.ROLE, far, 222233334444, "sync-job-7")
    with engine.begin() as connection:
        make_account(connection)
        store_issued(connection, [issued(role_arn=far, expires_at=NOW + timedelta(minutes=20))])
        store(connection, [event(0, actor=actor)])
        role = dimension(connection, "principal", arn=far)
    assert "Alive now: 1 session." in client.get(f"/principals/{role}/stop").text


def test_a_session_of_a_large_fleet_is_alive_though_many_live_longer(client: TestClient, engine: Engine):
    at = NOW - timedelta(hours=1)
    with engine.begin() as connection:
        make_account(connection)
        others = (
            issued(n, access_key=f"ASIA{n}", event_time=at, expires_at=NOW + timedelta(hours=9)) for n in range(60)
        )
        store_issued(connection, [*others, issued(60, event_time=at, expires_at=NOW + timedelta(minutes=20))])
    assert "Alive now: 1 session." in client.get(f"/sessions/{KEY}/stop").text


def test_a_role_that_only_takes_roles_shows_what_each_measure_would_have_stopped(client: TestClient, engine: Engine):
    far = "arn:aws:iam::111122223333:role/Far"
    taker, recent = Actor(ActorKind.ROLE, ROLE, CLINIC, "sync-job-7"), NOW - timedelta(minutes=9)
    alive = {"event_time": recent, "expires_at": NOW + timedelta(minutes=51), "session_name": "onward"}
    onward = {"role_arn": far, "access_key": "ASIAFAR", "caller": taker, "caller_key": KEY}
    with engine.begin() as connection:
        make_account(connection)
        store_issued(
            connection, [issued(), issued(1, **onward), issued(2, **(onward | alive | {"access_key": "ASIA2"}))]
        )
        store(connection, [event(0, access_key="ASIAFAR", actor=Actor(ActorKind.ROLE, far, 111122223333, "x"))])
        role = dimension(connection, "principal", account_id=CLINIC, arn=ROLE)
    took = "2 AssumeRole calls for 1 other role (Far); in the sessions that these gave 1 call of KVS followed"
    for address in (f"/principals/{role}/stop", f"/sessions/{KEY}/stop"):
        page = client.get(address).text
        assert "Alive now: 1 session that it took." in page
        assert "51 min left, of Far" in page
        assert "No measure here ends them: they go on until they end" in page
        assert f"It would have refused {took}, 1 of which read media." in page
        assert f"It refuses none of the {took}" in page
        assert "It would have refused 1 AssumeRole call for the role itself, by ann." in page
        row = page.partition(">Deny it everything</a>")[2].partition("</tr>")[0]
        assert re.findall(r">([\d,]+)<", row) == ["0", "0", "1", "2", "1", "0"]
        assert "Read media: 0; calls of KVS that followed: 1; new sessions refused: 0</span></th>" in row


def test_a_key_that_only_takes_roles_says_whom_stopping_it_hits(client: TestClient, engine: Engine):
    key = AccessKey(LONG_TERM, True, NOW - timedelta(days=9), NOW - timedelta(hours=2))
    with engine.begin() as connection:
        make_account(connection)
        store_issued(connection, [issued()])
        store(connection, [event(0)])
        store_part(connection, CLINIC, "access_keys", "", AccessKeys(((USER, (key,)),)), NOW)
    page = client.get(f"/keys/{LONG_TERM}/stop").text
    assert "Would have stopped no recorded call of KVS, but 1 AssumeRole call, by 1 caller" in page
    assert "for 1 other role (ArchiveReader); in the sessions that these gave 1 call of KVS followed" in page


def test_a_key_that_nothing_but_the_roles_it_took_tells_of_can_be_stopped(client: TestClient, engine: Engine):
    session = {"caller": Actor(ActorKind.ROLE, ROLE, CLINIC, "job"), "caller_key": "ASIA1", "access_key": "ASIA2"}
    with engine.begin() as connection:
        make_account(connection)
        store_issued(connection, [issued(), issued(1, **session)])
    page = client.get(f"/keys/{LONG_TERM}/stop").text
    assert "Stop the key of ann" in page
    assert f"aws iam update-access-key --user-name ann --access-key-id {LONG_TERM} --status Inactive" in page
    assert "but 1 AssumeRole call, by 1 caller" in page
    page = client.get("/sessions/ASIA1/stop").text
    assert "Stop session job of ArchiveReader" in page
    assert "StopOneSession" in page


def test_of_more_roles_taken_than_are_followed_each_number_is_the_least(
    client: TestClient, engine: Engine, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(stop, "MOST_TAKEN", 1)
    with engine.begin() as connection:
        make_account(connection)
        store_issued(connection, [issued(n, access_key=f"ASIA{n}") for n in range(2)])
        user = dimension(connection, "principal", account_id=CLINIC, arn=USER)
    page = client.get(f"/principals/{user}/stop").text
    assert "<small>of the newest 1 AssumeRole call, with what followed, the narrowest first</small>" in page
    assert "Would have stopped no recorded call of KVS, but at least 1 AssumeRole call" in page
    assert "but 2 AssumeRole calls" in client.get(f"/principals/{user}/stop?play=all").text


def test_refused_calls_for_roles_hide_no_session_that_is_alive(
    client: TestClient, engine: Engine, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(stop, "MOST_TAKEN", 2)
    refused = {"event_time": NOW - timedelta(minutes=1), "error_code": "AccessDenied", "access_key": None}
    alive = {"event_time": NOW - timedelta(minutes=9), "expires_at": NOW + timedelta(minutes=51)}
    with engine.begin() as connection:
        make_account(connection)
        store_issued(connection, [issued(**alive), *(issued(n, expires_at=None, **refused) for n in (1, 2, 3))])
        user = dimension(connection, "principal", account_id=CLINIC, arn=USER)
    for address in (f"/principals/{user}/stop", f"/keys/{LONG_TERM}/stop"):
        page = client.get(address).text
        assert "1 session that it took." in page
        assert "51 min left, of ArchiveReader" in page


def test_of_more_sessions_of_other_roles_than_are_listed_it_says_so(client: TestClient, engine: Engine):
    alive = {"event_time": NOW - timedelta(minutes=9), "expires_at": NOW + timedelta(minutes=51)}
    with engine.begin() as connection:
        make_account(connection)
        store_issued(connection, [issued(n, access_key=f"ASIA{n}", **alive) for n in range(52)])
    page = client.get(f"/keys/{LONG_TERM}/stop").text
    assert "at least 50 sessions that it took." in page
    assert "There are more than 50; those that live longest are counted. No measure here ends them" in page


def test_a_session_of_another_role_whose_record_tells_no_end_may_be_alive(client: TestClient, engine: Engine):
    untold = {"event_time": NOW - timedelta(minutes=9), "expires_at": None, "access_key": None}
    with engine.begin() as connection:
        make_account(connection)
        store_issued(connection, [issued(**untold)])
    page = client.get(f"/keys/{LONG_TERM}/stop").text
    assert "at least 1 session that it took and perhaps playback URLs." in page
    assert "Of 1 session no record names the key: what was taken or drawn with it may be alive." in page
    assert "None that was recorded is alive." not in page
    assert "11 h 51 min left at most, of ArchiveReader" in page
    assert 'href=""' not in page


def test_where_what_was_taken_takes_too_long_to_find_it_may_be_alive(
    client: TestClient, engine: Engine, monkeypatch: pytest.MonkeyPatch
):
    with engine.begin() as connection:
        make_account(connection)
        store_issued(connection, [issued(event_time=NOW - timedelta(minutes=9))])
    monkeypatch.setattr("app.web.pages.stop.ALIVE_S", 0.2)
    monkeypatch.setattr(
        "app.web.pages.stop.alive_taken", lambda connection, *_: connection.execute(text("select pg_sleep(5)"))
    )
    page = client.get(f"/keys/{LONG_TERM}/stop").text
    assert "Alive now: perhaps active keys and perhaps sessions that it took." in page
    assert "Which of those that it took are alive takes too long to find" in page


def _minutes(from_now: int) -> datetime:
    return NOW + timedelta(minutes=from_now)


SELF = Actor(ActorKind.ROLE, ROLE, CLINIC, "sync-job-7")
ENDED = issued(event_time=_minutes(-70), expires_at=_minutes(-10))
"""The user took the role; what follows was taken or drawn with the session."""
TAKEN_AGAIN = {"event_time": _minutes(-20), "expires_at": _minutes(40), "caller": SELF, "caller_key": KEY}
URL = {"action": "GetHLSStreamingSessionURL", "url_expires_s": 43_200, "event_time": _minutes(-30)}


@pytest.mark.parametrize("role", [ROLE, "arn:aws:iam::111122223333:role/Far", ""], ids=["its own", "another", "none"])
def test_a_session_behind_one_that_ended_is_alive(client: TestClient, engine: Engine, role: str):
    with engine.begin() as connection:
        make_account(connection)
        store_issued(connection, [ENDED, issued(1, access_key="ASIA2", role_arn=role, **TAKEN_AGAIN)])
        user = dimension(connection, "principal", account_id=CLINIC, arn=USER)
    for address in (f"/keys/{LONG_TERM}/stop", f"/sessions/{KEY}/stop", f"/principals/{user}/stop"):
        page = client.get(address).text
        assert "1 session that it took." in page
        assert '<a class="brk" href="/sessions/ASIA2">' in page
        assert f"40 min left, of {short(role) or 'a role that is not named'}" in page
        assert "Nothing of it that" not in page
        assert "No record tells of one" not in page


def test_a_url_that_an_ended_session_drew_is_alive_for_whoever_took_it(client: TestClient, engine: Engine):
    with engine.begin() as connection:
        make_account(connection)
        again = issued(
            1, access_key="ASIA2", **(TAKEN_AGAIN | {"event_time": _minutes(-40), "expires_at": _minutes(-1)})
        )
        store_issued(connection, [ENDED, again])
        store(connection, [event(0, **URL), event(1, access_key="ASIA2", **URL)])
        user = dimension(connection, "principal", account_id=CLINIC, arn=USER)
    for address in (f"/keys/{LONG_TERM}/stop", f"/sessions/{KEY}/stop", f"/principals/{user}/stop"):
        page = client.get(address).text
        assert "2 playback URLs." in page
        assert "11 h 30 min left, issued to sync-job-7" in page
        assert "No record tells of one" in page


def test_a_session_of_an_unknown_caller_of_an_unnamed_role_is_alive(client: TestClient, engine: Engine):
    nobody = Actor(ActorKind.UNKNOWN, "", None)
    with engine.begin() as connection:
        make_account(connection)
        store_issued(connection, [issued(1, role_arn="", **(TAKEN_AGAIN | {"caller": nobody, "caller_key": "ASIA1"}))])
    page = client.get("/sessions/ASIA1/stop").text
    assert "1 session that it took." in page
    assert "40 min left, of a role that is not named" in page


def test_a_role_s_own_sessions_are_not_told_twice(client: TestClient, engine: Engine):
    with engine.begin() as connection:
        make_account(connection)
        store_issued(connection, [ENDED, issued(1, access_key="ASIA2", **TAKEN_AGAIN)])
        role = dimension(connection, "principal", account_id=CLINIC, arn=ROLE)
    page = client.get(f"/principals/{role}/stop").text
    assert "Alive now: 1 session. kvswatch" in page
    assert "No record tells of one of another role that is alive, nor of one behind those that ended." in page


def test_of_more_taken_than_are_followed_the_first_sentence_says_perhaps(
    client: TestClient, engine: Engine, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("app.db.queries.followed_keys.MOST_FOLLOWED", 1)
    with engine.begin() as connection:
        make_account(connection)
        store_issued(connection, [ENDED, issued(1, access_key="ASIA2", event_time=ENDED.event_time, expires_at=NOW)])
    page = client.get(f"/keys/{LONG_TERM}/stop").text
    assert "perhaps sessions that it took and perhaps playback URLs." in page
    assert "what others led to may be alive." in page
    assert "No record tells of one" not in page


@pytest.mark.parametrize(
    ("slow", "says"),
    [
        ("app.web.pages.stop.followed_keys", "What was taken with those that it took takes too long to find"),
        ("app.db.queries.still_alive.alive_urls", "Which are alive takes too long to find"),
    ],
)
def test_where_what_is_behind_takes_too_long_to_find_it_may_be_alive(
    client: TestClient, engine: Engine, monkeypatch: pytest.MonkeyPatch, slow: str, says: str
):
    with engine.begin() as connection:
        make_account(connection)
        store_issued(connection, [ENDED])
    monkeypatch.setattr("app.web.pages.stop.ALIVE_S", 0.2)
    monkeypatch.setattr(slow, lambda connection, *_: connection.execute(text("select pg_sleep(5)")))
    page = client.get(f"/keys/{LONG_TERM}/stop").text
    assert says in page
    assert "perhaps playback URLs." in page
    assert "None that was recorded is alive." not in page


def test_of_more_urls_than_are_listed_the_first_sentence_says_the_least(client: TestClient, engine: Engine):
    url = {"event_time": NOW - timedelta(minutes=5), "action": "GetHLSStreamingSessionURL", "url_expires_s": 3600}
    with engine.begin() as connection:
        make_account(connection)
        store(connection, [event(n, **url) for n in range(52)])
    page = client.get(f"/sessions/{KEY}/stop").text
    assert "Alive now: perhaps this session and at least 50 playback URLs." in page
    assert "at least 40 more" in page


def test_of_a_session_that_is_over_it_says_so_first(client: TestClient, engine: Engine):
    with engine.begin() as connection:
        make_account(connection)
        store(connection, [event(0)])
        store_issued(connection, [issued(expires_at=NOW)])
    page = client.get(f"/sessions/{KEY}/stop").text
    assert "<p>The session ended at 2026-11-23 09:41:00Z: AWS takes no call with its key any more. Nothing of" in page


def _itself(page: str) -> str:
    """Return what the page says of the one session or key, as it is read."""
    said = page.partition('id="measures"')[2].partition("</p>")[0]
    return unescape(re.sub("<[^>]+>", "", said.partition("<p>")[2]))


def test_of_one_session_it_says_what_that_one_did_and_that_the_measures_reach_further(
    client: TestClient, engine: Engine
):
    alive = {"event_time": NOW - timedelta(hours=1), "expires_at": NOW + timedelta(hours=2)}
    with engine.begin() as connection:
        make_account(connection)
        store(connection, [event(0), event(1, action="PutMedia"), event(2, access_key="ASIAOTHER"), event(3, **LONG)])
        store_issued(connection, [issued(**alive)])
        role = dimension(connection, "principal", account_id=CLINIC, arn=ROLE)
    page = client.get(f"/sessions/{KEY}/stop").text
    last = f"{event(1).event_time:%m-%d %H:%MZ}"
    further = "The numbers below count all that a measure stops: other sessions of its name, or of its role, too."
    assert _itself(page) == f"With this session itself, 30 d: 2 calls, 1 read of media, last {last}. {further}"
    (href,) = re.findall(r'<a href="([^"]*)">2 calls, 1 read of media</a>', page)
    assert f"key={KEY}" in href
    page = client.get(f"/keys/{LONG_TERM}/stop").text
    assert _itself(page).startswith("With this key itself, 30 d: 1 call, 1 read of media, 1 AssumeRole call, last ")
    assert (
        "Measures below that are about its user reach further: their numbers count all its keys and sessions." in page
    )
    assert "itself, 30 d" not in client.get(f"/principals/{role}/stop").text


def test_of_a_session_that_is_over_it_says_that_stopping_it_breaks_nothing(client: TestClient, engine: Engine):
    with engine.begin() as connection:
        make_account(connection)
        store(connection, [event(0)])
        store_issued(connection, [issued(expires_at=NOW)])
    said = _itself(client.get(f"/sessions/{KEY}/stop").text)
    assert (
        "It ended, so stopping it breaks nothing: the measures below are about other sessions of its role, and" in said
    )


def test_of_a_key_of_which_not_all_calls_were_played_back_it_says_the_least(
    client: TestClient, engine: Engine, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(stop, "MOST_PLAYED", 2)
    _many_calls(engine)
    assert "30 d: at least 2 calls, at least 2 reads of media, last" in _itself(client.get(f"/keys/{KEY}/stop").text)
    assert "30 d: 3 calls, 3 reads of media, last" in _itself(client.get(f"/keys/{KEY}/stop?play=all").text)


def test_of_a_key_that_called_nothing_it_says_so(client: TestClient, engine: Engine):
    with engine.begin() as connection:
        make_account(connection)
    assert _itself(client.get("/keys/AKIANOTHING/stop").text) == "With this key itself, 30 d: no recorded call. "


def test_of_a_session_that_is_over_others_of_its_role_may_be_alive_and_it_says_so(client: TestClient, engine: Engine):
    alive = {"event_time": NOW - timedelta(hours=1), "expires_at": NOW + timedelta(hours=2)}
    with engine.begin() as connection:
        make_account(connection)
        store(connection, [event(0)])
        store_issued(connection, [issued(expires_at=NOW), issued(1, access_key="ASIAOTHER", **alive)])
    page = client.get(f"/sessions/{KEY}/stop").text
    assert "No record tells that it is alive. By the records 1 other session of its role is alive." in page
    assert "No record tells of a session that is alive." not in page


def test_a_device_s_session_offers_its_certificate_and_its_fleet_s_alias(client: TestClient, engine: Engine):
    device = Actor(ActorKind.SERVICE, "credentials.iot.amazonaws.com", None)
    with engine.begin() as connection:
        make_account(connection)
        store_issued(connection, [issued(session_name=CERTIFICATE, caller=device, caller_key=None)])
    page = client.get(f"/sessions/{KEY}/stop").text
    assert f"aws iot update-certificate --certificate-id {CERTIFICATE} --new-status INACTIVE --region" in page
    assert "aws iot delete-role-alias" in page


def test_a_device_is_stopped_in_the_region_that_issued_its_credentials(client: TestClient, engine: Engine):
    device = Actor(ActorKind.SERVICE, "credentials.iot.amazonaws.com", None)
    with engine.begin() as connection:
        make_account(connection)
        store_issued(
            connection,
            [issued(session_name=CERTIFICATE, caller=device, caller_key=None, region="eu-west-1")],
        )
        store(connection, [event(0, actor=Actor(ActorKind.ROLE, ROLE, CLINIC, CERTIFICATE))])
    page = unescape(re.sub("<[^>]+>", "", client.get(f"/sessions/{KEY}/stop").text))
    assert f"--certificate-id {CERTIFICATE} --new-status INACTIVE --region eu-west-1" in page
    assert "aws iot delete-role-alias --role-alias ROLE-ALIAS --region eu-west-1" in page


def test_a_role_says_who_may_take_a_new_session_and_whom_each_measure_would_hit(client: TestClient, engine: Engine):
    with engine.begin() as connection:
        make_account(connection)
        store(connection, [event(0), event(1)])
        who = dimension(connection, "principal", account_id=CLINIC, arn=ROLE)
        into = Entry(ROLE, TrustedKind.SERVICE, "credentials.iot.amazonaws.com", None, Outcome.ALLOW)
        store_entries(connection, CLINIC, [into], inputs=b"x", accounts={CLINIC}, now=NOW)
    page = client.get(f"/principals/{who}/stop").text
    assert "Its trust policy lets credentials.iot.amazonaws.com in." in page
    assert "No record tells of a session that is alive. One that was not recorded may be." in page
    assert "aws iot delete-role-alias" in page
    assert "update-certificate" not in page
    assert page.count("Would have stopped 2 recorded calls, of which 2 read media, by 1 caller") == 5


def test_whom_a_trust_lets_in_on_conditions_or_perhaps_is_said_so(client: TestClient, engine: Engine):
    with engine.begin() as connection:
        make_account(connection)
        role = make_principal(connection, "ArchiveReader")
        named = (("ec2.amazonaws.com", "allow"), ("glue.amazonaws.com", "conditional"), ("111122223333", "unknown"))
        into = [Entry(ROLE, TrustedKind.SERVICE, source, None, Outcome(outcome)) for source, outcome in named]
        store_entries(connection, CLINIC, into, inputs=b"x", accounts={CLINIC}, now=NOW)
    page = client.get(f"/principals/{role}/stop").text
    assert "lets ec2.amazonaws.com and glue.amazonaws.com on conditions in. Of 111122223333 it is not known." in page


def test_of_a_trust_that_does_not_parse_nobody_knows_whom_it_lets_in(client: TestClient, engine: Engine):
    with engine.begin() as connection:
        make_account(connection)
        role = make_principal(connection, "ArchiveReader")
        into = Entry(ROLE, TrustedKind.UNREADABLE, "no Statement", None, Outcome.UNKNOWN)
        store_entries(connection, CLINIC, [into], inputs=b"x", accounts={CLINIC}, now=NOW)
    assert "Not known: its trust policy does not parse." in client.get(f"/principals/{role}/stop").text


def test_of_a_role_with_more_calls_it_says_which_were_played_back(
    client: TestClient, engine: Engine, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(stop, "MOST_PLAYED", 2)
    role = _many_calls(engine)
    newest = "the newest 2 calls of {} role (since 2026-11-23 03:15Z)"
    both = f"all calls of the session and {newest.format('its')}"
    for address, heading, played, (calls, callers_) in (
        (f"/principals/{role}/stop", "the newest 2 calls, since 2026-11-23 03:15Z", newest.format("the"), (2, 1)),
        ("/sessions/ASIAOTHER/stop", both, both, (3, 2)),
    ):
        page = client.get(address).text
        assert f"<small>of {heading}, the narrowest first</small>" in page
        assert f"Played back are {played}. Whoever called only before that is not among the callers" in page
        counts = f'<td class="num">≥ {calls}</td><td class="num opt">≥ {calls}</td><td class="num">≥ {callers_}</td>'
        assert counts in page
        (href,) = re.findall(r'<a href="([^"]*)">All calls, 30 d</a>', page)
        assert "early" in client.get(unescape(href)).text


def test_all_calls_of_a_role_with_many_are_played_back_on_demand(
    client: TestClient, engine: Engine, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(stop, "MOST_PLAYED", 2)
    role = _many_calls(engine)
    newest = client.get(f"/principals/{role}/stop?from=now-20d").text
    (href,) = re.findall(r'<a href="([^"]*)">Play back all calls, 20 d</a>', newest)
    asked = {"HX-Request": "true", "HX-Request-Type": "partial", "HX-Target": "div#measures"}
    assert f'id="measures" hx-get="{href}" hx-trigger="load"' in newest
    for page in (client.get(unescape(href)).text, (part := client.get(unescape(href), headers=asked).text)):
        assert "<small>20 d played back, the narrowest first</small>" in page
        assert "Would have stopped 4 recorded calls, of which 4 read media, by 2 callers" in page
        assert "≥" not in page
        assert 'hx-trigger="load"' not in page
    assert part.lstrip().startswith('<div class="stack" id="measures">')
    assert "What nobody can cut" not in part


def test_where_all_calls_take_too_long_the_newest_stand_and_it_says_so(
    client: TestClient, engine: Engine, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(stop, "MOST_PLAYED", 2)
    monkeypatch.setattr(stop, "callers", _slow_where_all_are_asked_for)
    page = client.get(f"/principals/{_many_calls(engine)}/stop?play=all").text
    assert "Played back are the newest 2 calls of the role" in page
    assert "All of them took too long: try a shorter range." in page
    assert 'hx-trigger="load"' not in page


def test_all_calls_have_one_time_for_all_their_statements(
    client: TestClient, engine: Engine, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(stop, "MOST_PLAYED", 2)
    monkeypatch.setattr(stop, "WHOLE_S", 0.8)
    monkeypatch.setattr(stop, "callers", _half_a_second_where_all_are_asked_for)
    _many_calls(engine)
    page = client.get("/sessions/ASIAOTHER/stop?play=all").text
    assert "All of them took too long: try a shorter range." in page


def test_a_wrong_word_for_what_is_played_back_is_told(client: TestClient, engine: Engine):
    with engine.begin() as connection:
        make_account(connection)
        role = make_principal(connection, "Reader")
    for address in (f"/principals/{role}/stop", f"/sessions/{KEY}/stop"):
        assert "play=some is not all" in client.get(f"{address}?play=some").text
        assert "play=some is not all" in client.get(f"{address}?play=some&play=all").text


def _many_calls(engine: Engine) -> int:
    with engine.begin() as connection:
        make_account(connection)
        other = {"access_key": "ASIAOTHER", "actor": Actor(ActorKind.ROLE, ROLE, CLINIC, "early")}
        store(connection, [event(0, **other), event(4), event(5), event(9)])
        return dimension(connection, "principal", account_id=CLINIC, arn=ROLE)


def _slow_where_all_are_asked_for(
    connection: Connection, scope: Scope, asked: Asked, target: Target, most: int | None, without_key: str | None
) -> Played:
    if most is None:
        connection.execute(text("set local statement_timeout = 1"))
        connection.execute(text("select pg_sleep(1)"))
    return callers(connection, scope, asked, target, most, without_key)


def _half_a_second_where_all_are_asked_for(
    connection: Connection, scope: Scope, asked: Asked, target: Target, most: int | None, without_key: str | None
) -> Played:
    if most is None:
        connection.execute(text("select pg_sleep(0.5)"))
    return callers(connection, scope, asked, target, most, without_key)


def test_where_all_calls_were_played_back_numbers_are_what_they_are(client: TestClient, engine: Engine):
    with engine.begin() as connection:
        make_account(connection)
        store(connection, [event(0)])
    page = client.get(f"/sessions/{KEY}/stop").text
    assert "<small>30 d played back, the narrowest first</small>" in page
    assert "≥" not in page
    assert "Played back are" not in page


def test_keys_that_were_not_read_and_a_trust_that_was_not_are_no_none(client: TestClient, engine: Engine):
    with engine.begin() as connection:
        make_account(connection)
        user, role = make_principal(connection, "ann", kind="user"), make_principal(connection, "Reader")
    assert "Its access keys were not read." in client.get(f"/principals/{user}/stop").text
    assert "Not computed: its trust policy was not read." in client.get(f"/principals/{role}/stop").text


def test_of_a_user_whose_keys_were_not_read_those_that_records_tell_of_can_be_stopped(
    client: TestClient, engine: Engine
):
    with engine.begin() as connection:
        make_account(connection)
        store(
            connection, [event(0, **LONG), event(1, **(LONG | {"access_key": "ASIA1", "key_kind": KeyKind.TEMPORARY}))]
        )
        user = dimension(connection, "principal", account_id=CLINIC, arn=USER)
    page = client.get(f"/principals/{user}/stop").text
    assert "Its access keys were not read." in page
    assert f"--access-key-id {LONG_TERM} --status Inactive" in page
    assert "--access-key-id ASIA1" not in page


@pytest.mark.parametrize(
    ("key", "kind", "alive"),
    [
        ("ASIA1", KeyKind.TEMPORARY_OF_USER, "Alive now: 1 active key and perhaps this session."),
        ("AKIAGONE", KeyKind.LONG_TERM, "None is active."),
    ],
)
def test_keys_that_were_read_are_not_said_to_be_unread(
    client: TestClient, engine: Engine, key: str, kind: KeyKind, alive: str
):
    listed = AccessKey(LONG_TERM, True, NOW - timedelta(days=9), None)
    with engine.begin() as connection:
        make_account(connection)
        store(connection, [event(0, **(LONG | {"access_key": key, "key_kind": kind}))])
        store_part(connection, CLINIC, "access_keys", "", AccessKeys(((USER, (listed,)),)), NOW)
    page = client.get(f"/keys/{key}/stop").text
    assert alive in page
    assert "Its access keys were not read." not in page


@pytest.mark.parametrize(
    ("read_at", "says"),
    [
        (_minutes(-26 * 60), "used 5 min ago, by a recorded call; used 26 h ago, by IAM"),
        (None, "used 5 min ago, by a recorded call; never used, by IAM"),
        (_minutes(-4), "used 4 min ago, by IAM"),
    ],
)
def test_a_key_that_records_tell_of_after_iam_is_used_as_of_then(
    client: TestClient, engine: Engine, read_at: datetime | None, says: str
):
    key = AccessKey(LONG_TERM, True, NOW - timedelta(days=9), read_at)
    with engine.begin() as connection:
        make_account(connection)
        store(connection, [event(0, **LONG), event(1, event_time=_minutes(-90), **LONG)])
        store_issued(connection, [issued(event_time=_minutes(-5))])
        store_part(connection, CLINIC, "access_keys", "", AccessKeys(((USER, (key,)),)), NOW)
        user = dimension(connection, "principal", account_id=CLINIC, arn=USER)
    for address in (f"/principals/{user}/stop", f"/keys/{LONG_TERM}/stop"):
        assert f'<span class="sub brk"><bdi>{says}</bdi></span>' in client.get(address).text


def test_keys_that_were_not_read_may_be_alive(client: TestClient, engine: Engine):
    with engine.begin() as connection:
        make_account(connection)
        store(connection, [event(0, **LONG)])
        user = dimension(connection, "principal", account_id=CLINIC, arn=USER)
    for address in (f"/principals/{user}/stop", f"/keys/{LONG_TERM}/stop"):
        assert "Alive now: perhaps active keys. kvswatch" in client.get(address).text


@pytest.mark.parametrize("address", ["/keys/AKIANOTHING/stop", "/sessions/ASIANOTHING/stop", "/principals/{}/stop"])
def test_of_whom_nothing_is_known_it_may_be_alive(client: TestClient, engine: Engine, address: str):
    with engine.begin() as connection:
        make_account(connection)
        names = {"arn": "lambda.amazonaws.com", "kind": "service", "name": "lambda.amazonaws.com"}
        service = dimension(connection, "principal", account_id=0, **names)
    page = client.get(address.format(service)).text
    assert "Alive now: perhaps " in page
    assert "Nothing of it that" not in page
    assert "nobody looked for its sessions and keys: they may be alive." in page


def test_a_role_that_called_lately_with_a_session_whose_end_no_record_tells_may_be_alive(
    client: TestClient, engine: Engine
):
    with engine.begin() as connection:
        make_account(connection)
        store(connection, [event(0, event_time=_minutes(-300))])
        role = dimension(connection, "principal", account_id=CLINIC, arn=ROLE)
    page = client.get(f"/principals/{role}/stop").text
    assert "Alive now: perhaps sessions. kvswatch" in page
    assert "Of a session of the last 12 h, used or taken, no record tells that it ended." in page
    assert "Alive now: perhaps this session. kvswatch" in client.get(f"/sessions/{KEY}/stop").text


@pytest.mark.parametrize("untold", [{"expires_at": None}, {"access_key": None, "expires_at": None}], ids=["end", "key"])
def test_a_role_that_was_taken_lately_for_how_long_no_record_tells_may_be_alive(
    client: TestClient, engine: Engine, untold: dict[str, None]
):
    with engine.begin() as connection:
        make_account(connection)
        store_issued(connection, [issued(event_time=_minutes(-60), **untold)])
        role = dimension(connection, "principal", account_id=CLINIC, arn=ROLE)
    page = client.get(f"/principals/{role}/stop").text
    assert "Alive now: perhaps sessions. kvswatch" in page
    assert "Of a session of the last 12 h, used or taken, no record tells that it ended." in page


@pytest.mark.parametrize("asked", ["from=now-9d&to=now-1d", "from=now-1h", "from=now-30d"])
def test_a_role_whose_calls_of_late_were_not_all_looked_at_may_have_a_session(
    client: TestClient, engine: Engine, monkeypatch: pytest.MonkeyPatch, asked: str
):
    monkeypatch.setattr(stop, "MOST_PLAYED", 1)
    with engine.begin() as connection:
        make_account(connection)
        store(connection, [event(n, event_time=_minutes(-300 + n)) for n in range(2)])
        store_issued(connection, [issued(event_time=_minutes(-360), expires_at=_minutes(-290))])
        role = dimension(connection, "principal", account_id=CLINIC, arn=ROLE)
    page = client.get(f"/principals/{role}/stop?{asked}").text
    assert "Alive now: perhaps sessions. kvswatch" in page
    assert "Not all calls of the last 12 h were looked at: one may be alive." in page
    assert "Nothing of it that was recorded is alive now." in client.get(f"/principals/{role}/stop?play=all").text


@pytest.mark.parametrize("hours", [13, None], ids=["called longer ago than any lives", "ended by its record"])
def test_a_session_that_must_have_ended_is_not_said_to_be_perhaps_alive(
    client: TestClient, engine: Engine, hours: int | None
):
    with engine.begin() as connection:
        make_account(connection)
        store(connection, [event(0, event_time=NOW - timedelta(hours=hours or 1))])
        if hours is None:
            store_issued(connection, [issued(event_time=_minutes(-70), expires_at=_minutes(-10))])
        role = dimension(connection, "principal", account_id=CLINIC, arn=ROLE)
    for address in (f"/principals/{role}/stop", f"/sessions/{KEY}/stop"):
        assert "Nothing of it that was recorded is alive now." in client.get(address).text


def test_a_user_that_called_lately_with_temporary_credentials_may_have_a_session(client: TestClient, engine: Engine):
    temporary = LONG | {"access_key": "ASIA1", "key_kind": KeyKind.TEMPORARY_OF_USER}
    with engine.begin() as connection:
        make_account(connection)
        store(connection, [event(0, event_time=NOW - timedelta(hours=20), **temporary)])
        store_part(connection, CLINIC, "access_keys", "", AccessKeys(((USER, ()),)), NOW)
        user = dimension(connection, "principal", account_id=CLINIC, arn=USER)
    page = client.get(f"/principals/{user}/stop").text
    assert "Alive now: perhaps sessions. kvswatch" in page
    assert "Of a session of the last 36 h, used or taken, no record tells that it ended." in page


def test_an_older_key_is_not_hidden_by_one_of_its_name_that_ended(client: TestClient, engine: Engine):
    with engine.begin() as connection:
        make_account(connection)
        store_issued(connection, [issued(access_key="ASIA2", event_time=_minutes(-30), expires_at=_minutes(-15))])
        older = event(0, access_key="ASIA1", event_time=_minutes(-60))
        store(connection, [older, event(1, access_key="ASIA2", event_time=_minutes(-20))])
        role = dimension(connection, "principal", account_id=CLINIC, arn=ROLE)
    assert "Alive now: perhaps sessions. kvswatch" in client.get(f"/principals/{role}/stop").text


def test_a_session_that_an_imported_account_recorded_is_alive(client: TestClient, engine: Engine):
    with engine.begin() as connection:
        make_account(connection)
        store_issued(connection, [issued(account=111122223333, event_time=_minutes(-60), expires_at=_minutes(60))])
        store(connection, [event(0, event_time=_minutes(-20))])
        role = dimension(connection, "principal", account_id=CLINIC, arn=ROLE)
    for address in (f"/principals/{role}/stop", f"/sessions/{KEY}/stop"):
        assert "Alive now: 1 session. kvswatch" in client.get(address).text


def test_where_whether_all_ended_takes_too_long_to_find_one_may_be_alive(
    client: TestClient, engine: Engine, monkeypatch: pytest.MonkeyPatch
):
    with engine.begin() as connection:
        make_account(connection)
        role = make_principal(connection, "Reader")
    monkeypatch.setattr(stop, "ALIVE_S", 0.2)
    slow = "app.db.queries.still_alive.may_be_alive"
    monkeypatch.setattr(slow, lambda connection, *_: connection.execute(text("select pg_sleep(5)")))
    assert "Alive now: perhaps sessions. kvswatch" in client.get(f"/principals/{role}/stop").text


def test_where_sessions_take_too_long_to_find_they_may_be_alive(
    client: TestClient, engine: Engine, monkeypatch: pytest.MonkeyPatch
):
    with engine.begin() as connection:
        make_account(connection)
        store_issued(
            connection, [ENDED, issued(1, access_key="ASIA2", event_time=_minutes(-5), expires_at=_minutes(9))]
        )
        role = dimension(connection, "principal", account_id=CLINIC, arn=ROLE)
    monkeypatch.setattr(stop, "ALIVE_S", 0.2)
    slow = "app.db.queries.still_alive.alive_sessions"
    monkeypatch.setattr(slow, lambda connection, *_: connection.execute(text("select pg_sleep(9)")))
    assert "Alive now: perhaps sessions. kvswatch" in client.get(f"/principals/{role}/stop").text
    assert "Alive now: perhaps this session. kvswatch" in client.get("/sessions/ASIA2/stop").text
    assert "Nothing of it that was recorded is alive now." in client.get(f"/sessions/{KEY}/stop").text


def test_all_that_may_be_alive_has_one_time_and_what_is_left_out_is_perhaps_alive(
    client: TestClient, engine: Engine, monkeypatch: pytest.MonkeyPatch
):
    with engine.begin() as connection:
        make_account(connection)
        role = make_principal(connection, "Reader")

    def half_a_second(connection: Connection, *_: object) -> tuple[()]:
        connection.execute(text("select pg_sleep(0.5)"))
        return ()

    monkeypatch.setattr(stop, "ALL_ALIVE_S", 0.8)
    monkeypatch.setattr("app.db.queries.still_alive.alive_sessions", half_a_second)
    monkeypatch.setattr("app.db.queries.still_alive.alive_urls", half_a_second)
    page = client.get(f"/principals/{role}/stop").text
    assert "perhaps playback URLs. kvswatch" in page
    assert "Which are alive takes too long to find: they may be, for 12 hours." in page


def test_what_stops_the_role_ends_those_of_its_own_that_a_session_took(client: TestClient, engine: Engine):
    with engine.begin() as connection:
        make_account(connection)
        store_issued(connection, [ENDED, issued(1, access_key="ASIA2", **TAKEN_AGAIN)])
    assert "No measure here ends those of other roles:" in client.get(f"/sessions/{KEY}/stop").text
    assert "No measure here ends them:" in client.get(f"/keys/{LONG_TERM}/stop").text


def test_in_the_management_account_no_scp_is_offered(client: TestClient, engine: Engine):
    with engine.begin() as connection:
        make_account(connection)
        connection.execute(text("update account set kind = 'management'"))
        role = make_principal(connection, "Reader")
    page = client.get(f"/principals/{role}/stop").text
    assert "SCPs do not bind the management account." in page
    assert "create-policy" not in page


def test_a_management_account_that_is_not_read_is_known_by_its_organization(client: TestClient, engine: Engine):
    payer = Actor(ActorKind.ROLE, f"arn:aws:iam::{iam.MANAGEMENT:012d}:role/Admin", iam.MANAGEMENT, "s")
    listed = iam.organization()
    members = (*listed.accounts, replace(listed.accounts[0], id=iam.MANAGEMENT))
    with engine.begin() as connection:
        make_account(connection)
        store_part(connection, CLINIC, "organization", "", replace(listed, accounts=members), NOW)
        store(connection, [event(0, actor=payer)])
        role = dimension(connection, "principal", arn=payer.principal)
    page = client.get(f"/principals/{role}/stop").text
    assert "SCPs do not bind the management account." in page
    assert "create-policy" not in page


def test_a_key_of_which_nothing_is_known_offers_nothing(client: TestClient, engine: Engine):
    with engine.begin() as connection:
        make_account(connection)
    assert "Nothing can be offered to paste" in client.get("/keys/AKIANOTHING/stop").text


def test_hostile_names_are_harmless_on_the_page(client: TestClient, engine: Engine):
    name = "<script>alert(1)</script>'\"$(id)"
    actor = Actor(ActorKind.ROLE, f"arn:aws:iam::{CLINIC}:role/{name}", CLINIC, name)
    with engine.begin() as connection:
        make_account(connection)
        store(connection, [event(0, actor=actor, user_agent=name)])
    answer = client.get(f"/sessions/{KEY}/stop")
    assert answer.status_code == 200
    assert "<script>alert" not in answer.text


@pytest.mark.parametrize("path", ["/principals/999/stop", "/principals/99999999999999/stop", "/keys/a.b/stop"])
def test_what_is_not_there_cannot_be_stopped(client: TestClient, path: str):
    assert client.get(path).status_code == 404


def test_principals_keys_and_sessions_lead_there(client: TestClient, engine: Engine):
    with engine.begin() as connection:
        make_account(connection)
        store(connection, [event(0)])
        role = make_principal(connection, "Reader")
    assert f'href="/principals/{role}/stop"' in client.get(f"/principals/{role}").text
    assert f'href="/sessions/{KEY}/stop"' in client.get(f"/sessions/{KEY}").text
