"""`/search`."""

import html
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Connection, Engine, text
from starlette.testclient import TestClient

from app.core.model.event import Actor, ActorKind, KeyKind
from app.core.model.scope import EVERYTHING, Scope
from app.core.rules.catalogue import catalogue
from app.db.queries import search
from app.web.pages import search as search_page
from tests.builders.accounts import CLINIC, NOW, make_account, make_part
from tests.builders.calls import make_principal, make_stream
from tests.builders.events import EVENT, event, store
from tests.builders.findings import RULE, make_finding
from tests.builders.sessions import KEY, LONG_TERM, issued, store_issued

ELSEWHERE = Scope(frozenset({CLINIC + 1}))


def read_account(connection: Connection) -> None:
    """Insert an account of which all that is searched was read."""
    make_account(connection)
    make_part(connection, "streams")
    make_part(connection, "iam")


def test_what_can_only_be_one_thing_leads_there(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        stream = make_stream(connection, "ward-1")
    answer = client.get("/search?q=ward-1", follow_redirects=False)
    assert answer.headers["location"] == f"/streams/{stream}"


@pytest.mark.parametrize("asked", ["WARD-1", "ward", "site=x"])
def test_what_was_not_searched_whole_leads_nowhere_but_by_a_whole_name(
    client: TestClient, engine: Engine, monkeypatch: pytest.MonkeyPatch, asked: str
) -> None:
    with engine.begin() as connection:
        read_account(connection)
        stream = make_stream(connection, "ward-1", tags='{"site": "x"}')
        store(connection, [event(n, actor=replace(EVENT.actor, session_name="job")) for n in range(3)])
    leads = {"location": f"/streams/{stream}"}
    answer = client.get("/search", params={"q": asked}, follow_redirects=False)
    assert leads.items() <= dict(answer.headers).items()
    monkeypatch.setattr(search, "NEWEST_CALLS", 2)
    answer = client.get("/search", params={"q": asked}, follow_redirects=False)
    assert (leads.items() <= dict(answer.headers).items()) is (asked == "WARD-1")
    assert answer.status_code == 303 or "Sessions and devices were looked for among the newest 2 calls" in answer.text
    monkeypatch.undo()
    with engine.begin() as connection:
        make_stream(connection, "gate-1", tags=None)
    answer = client.get("/search", params={"q": asked}, follow_redirects=False)
    assert (leads.items() <= dict(answer.headers).items()) is (asked == "WARD-1")


def test_a_part_of_a_name_leads_nowhere_where_records_name_sessions_so(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        read_account(connection)
        make_principal(connection, "DataLabRole")
        store_issued(connection, [issued(session_name="datalab-batch")])
    page = client.get("/search?q=datalab", follow_redirects=False)
    assert page.status_code == 200
    assert "DataLabRole" in page.text
    assert "in the records of AssumeRole they are found by their whole name, capitals as they are." in page.text


def test_a_part_of_a_session_s_name_leads_to_no_list_of_calls(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        read_account(connection)
        store(connection, [event()])
    assert client.get("/search?q=sync-job", follow_redirects=False).status_code == 200
    assert client.get("/search?q=SYNC-job-7", follow_redirects=False).status_code == 303


def test_the_newest_of_several_sessions_is_not_all_of_them(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        read_account(connection)
        store_issued(connection, [issued(n, session_name="job", access_key=f"ASIA{n}") for n in range(2)])
    page = client.get("/search?q=job", follow_redirects=False)
    assert page.status_code == 200
    assert "2 sessions of ArchiveReader" in page.text


def test_several_are_listed_by_kind(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        make_stream(connection, "ward-1")
        make_principal(connection, "WardCamRole")
    page = client.get("/search?q=ward").text
    assert page.index("Streams and channels") < page.index(">Principals</h2>")


def test_more_than_are_shown_are_told_and_lead_to_all(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        for number in range(21):
            make_stream(connection, f"ward-{number}")
            make_principal(connection, f"ward-{number}") if number else None
    page = client.get("/search?q=ward-").text
    assert page.count("the first 20") == 1
    assert 'the first 20</small><a href="/streams?name=ward-">All of them</a>' in page


def test_what_nobody_has_read_is_told_and_not_searched(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        make_stream(connection, "ward-1", tags=None)
    page = client.get("/search?q=site=ward").text
    assert "Nothing has this name" in page
    assert (
        "Not searched, for it was not read yet: the tags of 1 stream or channel, the streams of 1 account and the roles"
        " and users of 1 account." in page
    )


@pytest.mark.parametrize(
    ("asked", "leads_to"),
    [
        ("AKIAIOSFODNN7EXAMPLE", "/keys/AKIAIOSFODNN7EXAMPLE"),
        ("ASIAIOSFODNN7EXAMPLE", "/sessions/ASIAIOSFODNN7EXAMPLE"),
        ("6f0b2f1e-93c1-4d0a-9d52-0f4b1a77c3e9", "/events?event=6f0b2f1e-93c1-4d0a-9d52-0f4b1a77c3e9&from=now-90d"),
        ("198.51.100.77", "/addresses/198.51.100.77"),
        ("2001:db8::1", "/addresses/2001%3Adb8%3A%3A1"),
        ("2001:DB8:0::0:1", "/addresses/2001%3Adb8%3A%3A1"),
        ("198.51.100.0/24", "/events?address=198.51.100.0%2F24&from=now-90d"),
    ],
)
def test_an_id_or_an_address_leads_there_at_once(client: TestClient, asked: str, leads_to: str) -> None:
    answer = client.get("/search", params={"q": asked}, follow_redirects=False)
    assert answer.headers["location"] == leads_to


def test_an_event_id_leads_to_its_call_or_to_the_session_that_it_issued(client: TestClient, engine: Engine) -> None:
    refused = issued(1, access_key=None, error_code="AccessDenied")
    with engine.begin() as connection:
        make_account(connection)
        store(connection, [EVENT])
        store_issued(connection, [issued(), refused])
    session = client.get(f"/sessions/{KEY}").text
    assert 'id="issued"' in session
    assert issued().event_id in session
    for asked, leads_to in (
        (issued().event_id, f"/sessions/{KEY}#issued"),
        (refused.event_id, f"/keys/{LONG_TERM}"),
        (EVENT.event_id, f"/events?event={CLINIC}.20261123T031244Z.{EVENT.event_id}&from=now-90d"),
    ):
        answer = client.get("/search", params={"q": asked}, follow_redirects=False)
        assert answer.headers["location"] == leads_to


def test_a_person_leads_to_their_calls(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        read_account(connection)
        store(connection, [event(0, actor=replace(EVENT.actor, person="mara.okafor")), event(1)])
    answer = client.get("/search?q=MARA", follow_redirects=False)
    assert answer.headers["location"] == "/events?person=mara.okafor&from=now-90d"


# Lambda names sessions by 32 hexadecimal digits, as others do; the ID of an event has hyphens.
@pytest.mark.parametrize("digits", [64, 32])
def test_a_certificate_leads_to_the_calls_of_its_device(client: TestClient, engine: Engine, digits: int) -> None:
    certificate = "f" * digits
    with engine.begin() as connection:
        make_account(connection)
        store(connection, [event(0, actor=replace(EVENT.actor, session_name=certificate))])
    answer = client.get(f"/search?q={certificate[:32]}", follow_redirects=False)
    assert answer.headers["location"] == f"/events?session={certificate}&from=now-90d"


def test_a_part_of_a_key_or_an_address_finds_it(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        store(connection, [event(0, access_key="AKIAQ4EXAMPLE0000009", key_kind=KeyKind.LONG_TERM)])
    key = client.get("/search?q=0000009", follow_redirects=False)
    assert key.headers["location"] == "/keys/AKIAQ4EXAMPLE0000009"
    address = client.get("/search?q=198.51.", follow_redirects=False)
    assert address.headers["location"] == f"/addresses/{EVENT.address}?from=now-90d"  # as far back as it was counted


def test_findings_are_found_by_id_subject_sentence_and_rule(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        read_account(connection)
        found = make_finding(connection, "arn:x/attic")
        make_finding(connection, "arn:x/cellar", rule="gone", message="other words")
    for asked in (found, "attic", "who watched", catalogue().rules[RULE].code):
        answer = client.get("/search", params={"q": asked}, follow_redirects=False)
        assert answer.headers.get("location") == f"/findings/{found}", asked


def test_an_account_is_found_by_its_digits(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
    answer = client.get(f"/search?q={CLINIC}", follow_redirects=False)
    assert answer.headers["location"] == f"/accounts/{CLINIC}"


@pytest.mark.parametrize("asked", ["nothing-of-this-name", "%25", "<script>alert(1)</script>"])
def test_nothing_found_says_what_is_searched(client: TestClient, asked: str) -> None:
    page = client.get(f"/search?q={asked}").text
    assert "Nothing has this name" in page
    assert "looked for among" not in page
    assert "<script>alert" not in page


def test_sessions_beyond_the_newest_calls_are_not_said_to_be_none(
    client: TestClient, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "NEWEST_CALLS", 2)
    names = ("kiosk", "jo.ann", "jo.bo")
    with engine.begin() as connection:
        make_account(connection)
        store(connection, [event(n, actor=replace(EVENT.actor, session_name=name)) for n, name in enumerate(names)])
    said = "Sessions and devices were looked for among the newest 2 calls only, since <time"
    page = client.get("/search", params={"q": "kiosk&<b>"}).text
    assert "<h2>Nothing that was searched has this name</h2>" in page
    assert said in page
    assert 'href="/events?session~=kiosk%26%3Cb%3E&amp;from=now-90d">Look for it in all calls' in page
    listed = client.get("/search?q=jo").text
    assert listed.count("<bdi>1 of the newest 2 calls</bdi>") == 2
    assert listed.count(said) == 1
    found = client.get("/events?session~=kiosk&from=now-90d")
    assert 'class="chip bad"' not in found.text
    assert EVENT.event_id in found.text


def test_people_are_found_in_all_calls_of_ninety_days(
    client: TestClient, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "NEWEST_CALLS", 1)
    monkeypatch.setattr(search_page, "MOST_COUNTED", 2)
    names = ("mara", "mara.b", "mara.b", "mara.b")
    with engine.begin() as connection:
        make_account(connection)
        store(connection, [event(n, actor=replace(EVENT.actor, person=who)) for n, who in enumerate(names)])
    page = client.get("/search?q=mara").text
    assert "<bdi>1 call</bdi>" in page
    assert "<bdi>≥ 2 calls</bdi>" in page
    assert 'href="/events?person=mara.b&amp;from=now-90d"' in page


def test_people_who_take_too_long_to_look_for_are_not_said_to_be_none(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(connection: Connection, *_asked: object) -> None:
        connection.execute(text("select pg_sleep(30)"))

    monkeypatch.setattr(search_page, "SESSION_S", 0.01)
    monkeypatch.setattr(search, "people", slow)
    page = client.get("/search?q=mara").text
    assert "<h2>Nothing that was searched has this name</h2>" in page
    assert "It takes too long to look for people by name." in page
    assert 'href="/events?person~=mara&amp;from=now-90d">Look for it as a person in all calls' in page


@pytest.mark.parametrize("asked", ["", "%00"])
def test_whoever_asks_nothing_is_told_what_can_be_asked(client: TestClient, asked: str) -> None:
    page = client.get(f"/search?q={asked}").text
    assert "What is it called?" in page
    assert "Nothing has this name" not in page


@pytest.mark.parametrize("asked", ["site:ward-3", "site=ward", "ward-3"])
def test_a_stream_is_found_by_a_tag_as_people_write_it(client: TestClient, engine: Engine, asked: str) -> None:
    with engine.begin() as connection:
        read_account(connection)
        stream = make_stream(connection, "gate-07")
    answer = client.get("/search", params={"q": asked}, follow_redirects=False)
    assert answer.headers.get("location") == f"/streams/{stream}"


@pytest.mark.parametrize("asked", [str(CLINIC), "5908-1726-4433"])
def test_an_account_is_found_by_its_digits_as_the_console_shows_them(
    client: TestClient, engine: Engine, asked: str
) -> None:
    with engine.begin() as connection:
        make_account(connection)
    answer = client.get("/search", params={"q": asked}, follow_redirects=False)
    assert answer.headers.get("location") == f"/accounts/{CLINIC}"


@pytest.mark.parametrize("asked", ["111122223333", "1111-2222-3333"])
def test_findings_that_name_an_account_are_found_by_its_digits(client: TestClient, engine: Engine, asked: str) -> None:
    with engine.begin() as connection:
        make_account(connection)
        make_finding(connection, subject="arn:aws:iam::111122223333:role/Far")
        make_finding(connection, subject="arn:aws:iam::111122223333:role/Near")
    page = client.get("/search", params={"q": asked}).text
    assert page.partition("Findings")[2].count('href="/findings/') == 2


@pytest.mark.parametrize("asked", ["012233480096", "0122-3348-0096", "2233480096"])
def test_an_account_that_nobody_watches_is_found_where_its_principals_called(
    client: TestClient, engine: Engine, asked: str
) -> None:
    caller = Actor(ActorKind.ROLE, "arn:aws:iam::012233480096:role/Backup", 12233480096)
    with engine.begin() as connection:
        make_account(connection)
        store(connection, [event(actor=caller), event(1, actor=caller, error_code="AccessDenied"), event(2)])
        assert search.callers_accounts(connection, ELSEWHERE, "0122", NOW.date(), 1) == ()
    page = html.unescape(client.get("/search", params={"q": asked}).text)
    assert 'href="/events?principal~=:012233480096:&from=now-90d"' in page
    assert "not watched, 2 calls" in page
    assert client.get("/events?principal~=:012233480096:&from=now-90d").text.count("<bdi>Backup</bdi>") >= 2


@pytest.mark.parametrize("asked", ["012233480096", "0122-3348-0096", "role/DataLab"])
def test_whoever_took_a_role_and_called_nothing_of_kvs_is_found(client: TestClient, engine: Engine, asked: str) -> None:
    caller = Actor(ActorKind.ROLE, "arn:aws:iam::012233480096:role/DataLab", 12233480096)
    with engine.begin() as connection:
        read_account(connection)
        store_issued(connection, [issued(caller=caller)])
        who = connection.exec_driver_sql("select id from principal where name = 'DataLab'").scalar_one()
        assert search.outsiders(connection, ELSEWHERE, "DataLab", 9) == ()
    answer = client.get("/search", params={"q": asked}, follow_redirects=False)
    assert answer.headers.get("location") == f"/principals/{who}"
    assert client.get(f"/principals/{who}").status_code == 200


def test_a_session_that_called_nothing_is_found_by_its_name(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        store_issued(connection, [issued(session_name="notebook-7"), issued(1, session_name="notebook-70")])
    answer = client.get("/search?q=notebook-7", follow_redirects=False)
    assert answer.headers.get("location") == f"/sessions/{KEY}"


def test_a_session_that_only_took_roles_is_found_by_its_name(client: TestClient, engine: Engine) -> None:
    caller = Actor(ActorKind.ROLE, "arn:aws:iam::222233334444:role/Lab", 222233334444, "notebook-7")
    refused = {"access_key": None, "error_code": "AccessDenied"}
    with engine.begin() as connection:
        make_account(connection)
        asked = issued(caller=caller, caller_key="ASIALAB", session_name="notebook-7", **refused)
        store_issued(connection, [asked, issued(1, caller=caller, caller_key="ASIALAB", session_name="notebook-7")])
    page = client.get("/search?q=notebook-7").text
    assert 'href="/sessions/ASIALAB"' in page
    assert "1 session of Lab that took roles, the last on 2026-11-23" in page
    assert f'href="/sessions/{KEY}"' in page
    assert "1 session of ArchiveReader, the last on 2026-11-23" in page


def test_a_session_that_was_taken_and_took_roles_stands_there_once(engine: Engine) -> None:
    taker = Actor(ActorKind.ROLE, EVENT.actor.principal, CLINIC, "notebook-7")
    nameless = Actor(ActorKind.ACCOUNT, "account/590817264433/AROA", CLINIC, "notebook-7")
    onward = {"role_arn": "arn:aws:iam::222233334444:role/Far", "session_name": "other", "shared_event_id": "s-1"}
    with engine.begin() as connection:
        store_issued(connection, [issued(session_name="notebook-7")])
        store_issued(connection, [issued(1, caller=taker, caller_key=KEY, **onward)])
        store_issued(connection, [issued(2, caller=nameless, caller_key=None, **onward)])
        found = search.taken_sessions(connection, EVERYTHING, "notebook-7", NOW - timedelta(days=90), 9)
        assert [(one.key, one.is_caller) for one in found] == [(KEY, False)]


def test_a_session_of_which_only_the_account_is_told_stands_apart_and_leads_to_it(
    client: TestClient, engine: Engine
) -> None:
    told = Actor(ActorKind.ROLE, "arn:aws:iam::222233334444:role/Lab", 222233334444, "notebook-7")
    nameless = Actor(ActorKind.ACCOUNT, "account/111122223333/AROA", 111122223333, "notebook-7")
    with engine.begin() as connection:
        make_account(connection)
        store_issued(connection, [issued(1, caller=told, caller_key="ASIALAB", session_name="other")])
        store_issued(connection, [issued(2, caller=nameless, caller_key=None, session_name="other")])
        who = connection.exec_driver_sql(
            "select id from principal where arn = 'account/111122223333/AROA'"
        ).scalar_one()
    page = client.get("/search?q=notebook-7").text
    assert 'href="/sessions/ASIALAB"' in page
    assert f'href="/principals/{who}"' in page
    assert client.get(f"/principals/{who}").status_code == 200


def test_more_sessions_of_a_name_than_are_counted_are_the_least(
    client: TestClient, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "MOST_TAKEN", 2)
    with engine.begin() as connection:
        make_account(connection)
        make_stream(connection, "notebook-7")
        store_issued(connection, [issued(n, session_name="notebook-7", access_key=f"ASIA{n}") for n in range(3)])
    assert "<bdi>≥ 2 sessions of ArchiveReader, the last on" in client.get("/search?q=notebook-7").text


def test_a_name_that_only_refused_calls_gave_is_listed_as_refused(client: TestClient, engine: Engine) -> None:
    refused = {"session_name": "probe", "access_key": None, "error_code": "AccessDenied"}
    nameless = Actor(ActorKind.ACCOUNT, "account/111122223333/AROA", 111122223333)
    with engine.begin() as connection:
        make_account(connection)
        make_stream(connection, "probe")
        store_issued(connection, [issued(1, **refused), issued(2, **refused), issued(3, session_name="other")])
        store_issued(
            connection, [issued(4, caller=nameless, caller_key=None, role_arn="arn:aws:iam::1:role/Far", **refused)]
        )
        role = connection.exec_driver_sql("select id from principal where arn = 'arn:aws:iam::1:role/Far'").scalar_one()
    page = client.get("/search?q=probe").text
    assert "2 AssumeRole calls for ArchiveReader that failed or were refused, the last on 2026-11-23" in page
    assert f'href="/keys/{LONG_TERM}"' in page
    assert "1 AssumeRole call for Far" in page
    assert f'href="/principals/{role}"' in page


def test_a_session_whose_calls_are_found_stands_there_once(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        store(connection, [event()])
        store_issued(connection, [issued()])
    page = client.get("/search?q=sync-job-7", follow_redirects=False)
    assert page.headers.get("location") == "/events?session=sync-job-7&from=now-90d"


def test_the_sessions_of_others_are_not_found_by_name(engine: Engine) -> None:
    with engine.begin() as connection:
        store_issued(connection, [issued()])
        assert search.taken_sessions(connection, ELSEWHERE, "sync-job-7", NOW - timedelta(days=90), 9) == ()
        (found,) = search.taken_sessions(connection, EVERYTHING, "sync-job-7", NOW - timedelta(days=90), 9)
        assert (found.key, found.count, found.is_caller) == (KEY, 1, False)


@pytest.mark.parametrize("error_code", [None, "AccessDenied"], ids=["given", "refused"])
def test_an_assume_role_call_that_was_corrected_is_one(engine: Engine, error_code: str | None) -> None:
    was = issued(access_key=None if error_code else "ASIAWRONG", error_code=error_code)
    now = issued(1, access_key=None if error_code else KEY, error_code=error_code, addendum_of=was.event_id)
    with engine.begin() as connection:
        store_issued(connection, [was, now])
        (found,) = search.taken_sessions(connection, EVERYTHING, "sync-job-7", NOW - timedelta(days=90), 9)
    assert (found.key, found.count) == (LONG_TERM if error_code else KEY, 1)


def test_a_name_longer_than_any_of_aws_is_stored_and_found(engine: Engine) -> None:
    name = "\N{CAMERA}" * 2_000
    with engine.begin() as connection:
        store_issued(connection, [issued(session_name=name), issued(1, session_name=name + "x", access_key="ASIA2")])
        (found,) = search.taken_sessions(connection, EVERYTHING, name, NOW - timedelta(days=90), 9)
    assert found.key == KEY


def test_a_name_of_too_many_sessions_is_told_and_leads_to_their_calls(
    client: TestClient, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def too_many(connection: Connection, *_: object) -> None:
        connection.execute(text("set local statement_timeout = 1"))
        connection.execute(text("select pg_sleep(1)"))

    with engine.begin() as connection:
        make_account(connection)
        make_stream(connection, "botocore-session")
    monkeypatch.setattr(search_page.search, "taken_sessions", too_many)
    page = client.get("/search?q=botocore-session").text
    assert "more sessions than can be counted while somebody waits" in page
    assert 'href="/events?session=botocore-session&amp;from=now-90d"' in page
    assert "Streams and channels" in page
