"""`/keys/{id}` and `/sessions/{id}`."""

import html
import re
from dataclasses import replace
from datetime import timedelta

import pytest
from msgspec import structs
from sqlalchemy import Engine
from starlette.testclient import TestClient

from app.core.model.event import Actor, ActorKind, KeyKind
from app.core.model.principal import AccessKey
from app.core.model.snapshot import PartState
from app.core.parts import AccessKeys
from app.db.queries.snapshots import mark_unseen, store_part
from app.web import onward
from app.web.who_behind import KEY_KINDS
from tests.builders.accounts import CLINIC, NOW, make_account
from tests.builders.calls import make_principal
from tests.builders.events import EVENT, ROLE, event, store
from tests.builders.findings import make_finding
from tests.builders.sessions import KEY, LONG_TERM, USER, issued, store_issued

FOREIGN = 111122223333
SCRIPT = "<script>alert(1)</script>"
LONG = {"access_key": LONG_TERM, "key_kind": KeyKind.LONG_TERM, "actor": Actor(ActorKind.USER, USER, CLINIC)}


@pytest.fixture
def session(engine: Engine) -> None:
    """A user took a session, which read media three times."""
    with engine.begin() as connection:
        make_account(connection)
        store(connection, [event(n) for n in range(3)])
        store_issued(connection, [issued()])


@pytest.mark.usefixtures("session")
def test_a_session_has_its_chain_what_it_did_and_the_record_that_issued_it(client: TestClient):
    page = client.get(f"/sessions/{KEY}").text
    assert "<bdi>Session sync-job-7 of ArchiveReader</bdi></h1>" in page
    assert "ann used it from 1 address: 3 calls on 1 stream, 3 of them read media, the first 11-23 03:12Z" in page
    chain = page.partition("Who was behind it")[2].partition("</ol>")[0]
    assert chain.index("<bdi>ann</bdi>") < chain.index("<bdi>ArchiveReader</bdi>") < chain.index("3 calls")
    assert f'<a href="/keys/{LONG_TERM}"><bdi>{LONG_TERM}</bdi></a>' in chain
    assert f'<a href="/sessions/{KEY}#issued"><bdi>{issued().event_id}</bdi></a>' in chain
    assert f'href="/sessions/{KEY}">' not in chain  # the page that it stands on
    assert issued().event_id in page.partition('id="issued"')[2]


@pytest.mark.usefixtures("session")
def test_the_range_of_a_session_is_its_life_unless_another_is_asked_for(client: TestClient):
    life = "11-23 03:06 to 11-23 04:08"
    assert life in client.get(f"/sessions/{KEY}").text
    asked = client.get(f"/sessions/{KEY}?from=now-1h").text
    assert life not in asked
    assert "No call with it is stored of 1 h." in asked


@pytest.mark.usefixtures("session")
def test_a_session_and_its_key_are_one_page_under_two_addresses(client: TestClient):
    one, other = client.get(f"/sessions/{KEY}").text, client.get(f"/keys/{KEY}").text
    assert one.count("sync-job-7") == other.count("sync-job-7") > 1


def test_a_session_says_whether_it_is_alive(client: TestClient, engine: Engine):
    with engine.begin() as connection:
        make_account(connection)
        store_issued(connection, [issued(expires_at=NOW + timedelta(hours=2)), issued(1, access_key="ASIA1")])
        store_issued(connection, [issued(2, access_key="ASIA2", expires_at=None)])
    alive = client.get(f"/sessions/{KEY}").text
    assert '<span class="badge">alive</span>' in alive
    assert "2 h left" in alive
    assert '<span class="badge">ended</span>' in client.get("/sessions/ASIA1").text
    assert "its record does not tell" in client.get("/sessions/ASIA2").text


def test_a_break_is_shown_with_its_account_and_how_to_close_it(client: TestClient, engine: Engine):
    stranger = Actor(ActorKind.ACCOUNT, f"account/{FOREIGN}/AROA", FOREIGN)
    with engine.begin() as connection:
        make_account(connection)
        store(connection, [event(0)])
        store_issued(connection, [issued(caller=stranger, caller_key=None)])
    page = client.get(f"/sessions/{KEY}").text
    assert f"assumed from account {FOREIGN}, which is not onboarded" in page
    assert '<a href="/accounts#add"><bdi>Close this gap</bdi></a>' in page
    assert "Somebody whom no record names used it" in page


def test_a_session_that_never_called_has_its_chain_all_the_same(client: TestClient, engine: Engine):
    with engine.begin() as connection:
        make_account(connection)
        store_issued(connection, [issued()])
    page = client.get(f"/sessions/{KEY}").text
    assert "<bdi>ann</bdi>" in page
    assert "No call with it is stored of" in page


def test_a_long_term_key_has_what_iam_says_of_it(client: TestClient, engine: Engine):
    key = AccessKey(LONG_TERM, True, NOW - timedelta(days=1126), NOW - timedelta(hours=2), "kinesisvideo", "eu-west-1")
    with engine.begin() as connection:
        make_account(connection)
        who = make_principal(connection, "ann", kind="user")
        store(connection, [event(0, **LONG), event(1, **LONG, address="203.0.113.9")])
        store_part(connection, CLINIC, "access_keys", "", AccessKeys(((USER, (key,)),)), NOW)
        found = make_finding(connection, LONG_TERM)
    page = client.get(f"/keys/{LONG_TERM}").text
    assert "ann used it from 2 addresses" in page
    assert f'href="/principals/{who}"' in page
    assert "1126 d old" in page
    assert "kinesisvideo in eu-west-1" in page
    assert f'href="/coverage?account={CLINIC:012d}&amp;from=now-90d"><span class="sw hatch">' in page
    assert '<span class="badge">active</span>' in page
    assert f'href="/findings/{found}"' in page
    assert 'href="/addresses/203.0.113.9"' in page


def test_keys_that_were_not_read_are_not_unknown_to_iam(client: TestClient, engine: Engine):
    with engine.begin() as connection:
        make_account(connection)
        store(connection, [event(0, **LONG)])
        mark_unseen(connection, CLINIC, "access_keys", "", PartState.DENIED, "iam:ListAccessKeys", "no", NOW)
    page = client.get(f"/keys/{LONG_TERM}").text
    assert "not known: the keys of clinic-video (access denied) were not read" in page


def test_a_key_of_which_nothing_is_known_says_so(client: TestClient, engine: Engine):
    with engine.begin() as connection:
        make_account(connection)
    page = client.get("/keys/AKIANOTHING").text
    assert "Neither a call, nor a record that issued it, nor a listing of IAM names this key." in page
    assert "No call with it is stored of 90 d. Whether calls are logged is not known." in page


def test_a_key_that_only_the_roles_it_took_tell_of_is_named_by_their_records(client: TestClient, engine: Engine):
    taker = {"caller": Actor(ActorKind.ROLE, ROLE, CLINIC, "people-counting"), "caller_key": "ASIA1"}
    refused = {"access_key": None, "error_code": "AccessDenied", "event_time": NOW - timedelta(days=40)}
    with engine.begin() as connection:
        make_account(connection)
        store_issued(connection, [issued(1, **taker, **refused), issued(2)])
    page = client.get("/sessions/ASIA1").text
    assert "<bdi>Session people-counting of ArchiveReader</bdi></h1>" in page
    assert '<span class="badge">session</span><span class="badge">end not told</span>' in page
    chain = page.partition("Who was behind it")[2].partition("</ol>")[0]
    assert "no record seen that issued the session" in chain
    assert "<bdi>ArchiveReader</bdi>" in chain
    assert "names this key" not in page
    assert f"<dd>{KEY_KINDS[KeyKind.TEMPORARY]}</dd>" in re.sub("</?bdi>", "", page)
    assert 'href="/sessions/ASIA1/stop"' in page
    stop = client.get("/sessions/ASIA1/stop").text
    assert "Stop session people-counting of ArchiveReader" in stop
    assert "Nothing can be offered to paste" not in stop
    page = client.get(f"/keys/{LONG_TERM}").text
    assert "<bdi>ann</bdi>" in page.partition("Who was behind it")[2].partition("</ol>")[0]
    assert "no call and no listing" not in page


def test_of_more_roles_than_are_shown_the_newest_are_and_the_others_are_counted(
    client: TestClient, engine: Engine, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(onward, "MOST_ONWARD", 3)
    hours = ({"event_time": NOW - timedelta(hours=n), "access_key": f"ASIA{n}"} for n in range(6))
    with engine.begin() as connection:
        make_account(connection)
        store_issued(connection, [issued(n, session_name=f"name-{n}", **one) for n, one in enumerate(hours)])
        store_issued(connection, [issued(9, caller_key="ASIA0", access_key="ASIA9")])
    page = client.get(f"/keys/{LONG_TERM}").text.partition("Assumed with it")[2].partition("</section>")[0]
    assert [f"session name-{n}<" in page or f"session name-{n} " in page for n in range(6)] == [True] * 3 + [False] * 3
    assert "3 older are not shown, nor what was assumed from there on." in page
    assert "What was assumed in the last of these sessions again is not shown." in page
    (more,) = re.findall(r'<a href="([^"]+)">Show more</a>', page)
    page = client.get(html.unescape(more)).text
    assert (page.count("session name-"), "not shown" in page, "Show more" in page) == (6, False, False)
    monkeypatch.setattr(onward, "MOST_COUNTED", 5)
    assert "At least 2 older are not shown" in client.get(f"/keys/{LONG_TERM}").text
    monkeypatch.setattr(onward, "MOST_ONWARD", 7)
    page = client.get(f"/keys/{LONG_TERM}").text
    assert "not shown" not in page
    assert 'href="/sessions/ASIA9"' in page
    monkeypatch.setattr(onward, "ONWARD_LEVELS", 1)
    assert "again is not shown" in client.get(f"/keys/{LONG_TERM}").text


def test_names_that_callers_chose_do_nothing(client: TestClient, engine: Engine):
    actor = replace(EVENT.actor, session_name=SCRIPT, person=SCRIPT)
    caller = Actor(ActorKind.SAML, f"idp:{SCRIPT}", CLINIC, None, SCRIPT)
    with engine.begin() as connection:
        make_account(connection)
        store(connection, [event(0, actor=actor, address=SCRIPT, user_agent=SCRIPT)])
        store_issued(connection, [issued(session_name=SCRIPT, caller=caller, address=SCRIPT, source_identity=SCRIPT)])
    answer = client.get(f"/sessions/{KEY}")
    assert answer.status_code == 200
    assert "&lt;script&gt;alert(1)" in answer.text
    assert "<script>alert" not in answer.text


@pytest.mark.parametrize("path", ["/keys/a.b", f"/sessions/{'A' * 129}", "/keys/", "/keys/%3Cb%3E"])
def test_what_can_be_no_key_is_not_found(client: TestClient, path: str):
    assert client.get(path).status_code == 404


@pytest.mark.usefixtures("session")
def test_a_session_whose_key_id_came_before_was_issued_last(client: TestClient, engine: Engine):
    before = structs.replace(issued(7), event_time=NOW - timedelta(days=9), expires_at=NOW - timedelta(days=8))
    with engine.begin() as connection:
        store_issued(connection, [before])
    life = client.get(f"/sessions/{KEY}").text.partition("<dt>Issued</dt>")[2].partition("</dd>")[0]
    assert f'datetime="{issued().event_time:%Y-%m-%dT%H:%M}' in life
