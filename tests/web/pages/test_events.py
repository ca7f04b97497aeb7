"""`/events`."""

import html
import json
import re
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace
from sqlalchemy import Engine, text
from starlette.testclient import TestClient

from app.core.model.event import URL_LIFE_UNTOLD, Actor, ActorKind, Event, KeyKind
from app.core.model.footage import Footage, FootageClock, FootageKind
from app.core.query.listing import EVENTS
from app.core.retention import Dropped
from app.db.queries.ingest import EventStore
from app.db.queries.retention import keep_counts, mark_dropped
from tests.builders.accounts import NOW, make_account
from tests.builders.calls import make_stream, stream_arn
from tests.builders.estate import LEGACY
from tests.builders.events import CLINIC, EVENT, ORIGIN, ROLE, event, raw, store
from tests.builders.integrity import make_integrity
from tests.builders.stored import arrival
from tests.builders.trail import guid, kvs_record

OTHER = 111122223333
SCRIPT = "<script>alert(1)</script>\u202e'\"{{7*7}}"


def rows(text_: str) -> list[str]:
    return re.findall(r'<span class="sw k-\w+"></span></button><a href="[^"]*"><bdi>(\w+)</bdi>', text_)


def link(text_: str, label: str) -> str:
    found = re.search(rf'<a[^>]*href="([^"]*)"[^>]*>(?:<[^>]*>)*{label}', text_)
    assert found, label
    return html.unescape(found[1])


@pytest.mark.usefixtures("stored")
def test_it_lists_calls_under_their_chart(client: TestClient) -> None:
    answer = client.get("/events").text
    assert len(rows(answer)) == 50
    assert "120 calls, newest first" in answer
    assert 'aria-label="120 calls in bars of 1 h: 60 read media, 60 did not"' in answer
    assert '<path class="k-arch"' in answer
    assert '<path class="k-put"' in answer


@pytest.mark.usefixtures("stored")
def test_older_and_newer_walk_the_whole_list(client: TestClient) -> None:
    pages = [client.get("/events").text]
    while 'rel="next"' in pages[-1]:
        pages.append(client.get(link(pages[-1], "Older")).text)
    assert [len(rows(page)) for page in pages] == [50, 50, 20]
    back = client.get(link(pages[-1], "Newer")).text
    assert rows(back) == rows(pages[1])


@pytest.mark.usefixtures("stored")
def test_a_print_says_which_of_the_rows_it_has(client: TestClient) -> None:
    first = client.get("/events").text
    assert '<p class="paper small">Rows 1 to 50 of 120; the CSV has all.</p>' in first
    assert (
        '">50 of 120 rows, from further on in the list; the CSV has all.</p>' in client.get(link(first, "Older")).text
    )
    assert "the CSV has all" not in client.get("/events?limit=200").text


@pytest.mark.usefixtures("stored")
def test_a_filter_is_a_chip_that_can_be_dropped(client: TestClient) -> None:
    answer = client.get("/events?action=GetClip").text
    assert set(rows(answer)) == {"GetClip"}
    assert "<b><bdi>Call</bdi></b> <i>is</i> <bdi>GetClip</bdi>" in answer
    assert 'href="/events" aria-label="Drop Call"' in answer


@pytest.mark.usefixtures("stored")
def test_of_a_range_that_is_too_long_the_default_is_listed(client: TestClient) -> None:
    answer = client.get("/events?from=2010-01-01&action=GetClip").text
    assert answer.count('class="chip bad"') == 1
    assert "is too long a time range" in answer
    assert 'href="/events.csv?action=GetClip"' in answer


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("colour=red", "colour=red</bdi></b> <i></i> <bdi>is not a field of events"),
        ("key_kind=wooden", "is not one of long_term"),
        ("from=yesterday", "is not a time"),
        ("from=2026-11-23&to=2026-11-20", "is not before"),
        ("after=nonsense", "is not a place in this list"),
        ("event=nonsense", "is not an event id"),
        ("event=6f0b2f1e-93c1-4d0a-9d52-0f4b1a77c300", "is not stored, or lies outside of the time range"),
        ("limit=1000000", "is not one of 50"),
        ("user_agent=" + "x" * 10_000, "is longer than 2,048 characters"),
        ("%00=%00", "is not a field of events"),
    ],
)
@pytest.mark.usefixtures("stored")
def test_what_cannot_be_used_is_a_red_chip_and_never_an_error(client: TestClient, query: str, said: str) -> None:
    answer = client.get(f"/events?{query}")
    assert answer.status_code == 200
    assert 'class="chip bad"' in answer.text
    assert said in answer.text


@pytest.mark.usefixtures("stored")
def test_times_axis_and_range_follow_the_zone_of_the_url(client: TestClient) -> None:
    page = client.get("/events?tz=%2B05:30&from=2026-11-23T08:42&to=2026-11-23T08:43").text
    assert "Time, +05:30" in page
    assert "1 call, newest first" in page
    assert '<time datetime="2026-11-23T03:12:44Z">08:42:44</time>' in page
    assert 'name="from" value="2026-11-23T08:42" required' in page
    assert "11-23 08:42 to 11-23 08:43" in page


@pytest.mark.usefixtures("stored")
def test_what_is_no_zone_is_said_and_times_are_in_utc(client: TestClient) -> None:
    for zone in ("local", "Berlin", "%2B99:00"):
        page = client.get(f"/events?tz={zone}").text
        assert 'class="chip bad"' in page
        assert "Time, UTC" in page


@pytest.mark.usefixtures("stored")
def test_each_value_of_a_row_opens_a_menu_that_filters_by_it(client: TestClient) -> None:
    page = client.get("/events?outcome=ok").text
    opened = set(re.findall(r'popovertarget="(v\d+)"', page))
    assert opened == set(re.findall(r'<div class="drop" id="(v\d+)" popover>', page))
    menu = re.search(r"<b>Stream</b> <bdi>ward-3-corridor</bdi></p>(.*?)</div>", page)
    assert menu
    is_, is_not, only, its_page = (html.unescape(address) for address in re.findall(r'href="([^"]*)"', menu[1]))
    assert "120 calls" in client.get(is_).text
    assert "No call matches" in client.get(is_not).text
    assert "<bdi>Outcome</bdi>" not in client.get(only).text
    assert 'href="/addresses/198.51.100.204">its page' in page
    assert "<title>ward-3-corridor" in client.get(its_page).text
    assert re.search(r'href="/principals/\d+">its page', page)


def test_the_session_below_a_caller_opens_its_menu(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        store(connection, [event(0)])
    page = client.get("/events").text
    ident = re.search(r'<button class="val muted" type="button" popovertarget="(v\d+)"><bdi>sync-job-7', page)
    assert ident
    menu = page.partition(f'id="{ident[1]}" popover')[2].partition("</div>")[0]
    assert "<b>Session</b>" in menu
    assert f'href="/sessions/{EVENT.access_key}">its page' in menu


@pytest.mark.parametrize("columns", ["", "&cols=action,address,region"], ids=["usual columns", "chosen ones"])
def test_cells_without_a_value_ask_for_calls_without_it(client: TestClient, engine: Engine, columns: str) -> None:
    with engine.begin() as connection:
        store(connection, [event(0), event(1, address=None)])
    page = client.get(f"/events?{columns}").text
    menu = page.partition("<b>Address</b> <bdi>none</bdi></p>")[2].partition("</div>")[0]
    asked = re.findall(r'href="([^"]*)"', menu)
    assert "1 call," in client.get(html.unescape(asked[0])).text
    assert "address!=__none__" in html.unescape(asked[1])


def _one_of_all(engine: Engine) -> Event:
    """Store calls that differ in every column, and return the one that has a value in each."""
    start = NOW - timedelta(days=2)
    asked_for = Footage(
        FootageKind.INTERVAL, start, start + timedelta(minutes=5, milliseconds=250), FootageClock.SERVER
    )
    told = event(
        1, shared_event_id="s-1", footage=asked_for, url_expires_s=300, addendum_of=event(9).event_id,
        addendum_reason="UPDATED_DATA", error_code="AccessDenied",
    )  # fmt: skip
    bare = event(
        2, source="iam.amazonaws.com", action="PutUserPolicy", stream=None, address=None, user_agent=None,
        region="us-east-1",
        access_key=None, key_kind=KeyKind.NONE, actor=Actor(ActorKind.ROOT, f"arn:aws:iam::{OTHER}:root", OTHER),
        account=OTHER,
    )  # fmt: skip
    with engine.begin() as connection:
        make_account(connection)
        make_account(connection, OTHER)
        store(connection, [told, bare, event(3, addendum_of=told.event_id)], own=[told.event_id])
        connection.execute(text("update event set person = 'Mara Okafor' where error_code = 'AccessDenied'"))
        make_integrity(connection, CLINIC, NOW.replace(hour=10, minute=0), file=ORIGIN)
    return told


@pytest.mark.parametrize("column", EVENTS.columns)
def test_each_cell_of_any_column_opens_a_menu_that_filters_by_it(
    client: TestClient, engine: Engine, column: str
) -> None:
    told = _one_of_all(engine)
    every = "own=no&own=yes"
    page = client.get(f"/events?{every}&cols={column},event_id&event=").text
    row = next(row for row in page.split("<tr") if told.event_id in row.rpartition("<td")[2])
    ident = re.search(r'popovertarget="(v\d+)"', row.partition("<td")[2])
    assert ident, row
    menu = page.partition(f'id="{ident[1]}" popover')[2].partition("</div>")[0]
    is_, is_not = (html.unescape(address) for address in re.findall(r'href="([^"]*)">is(?: not)?<', menu))

    def filed(address: str) -> list[dict[str, str]]:
        return [
            json.loads(line) for line in client.get(address.replace("/events?", "/events.jsonl?")).text.splitlines()
        ]

    calls = filed(f"/events?{every}&cols={column},event_id")[:-1]
    (value,) = (call[column] for call in calls if call["event_id"] == told.event_id)
    assert filed(is_)[:-1] == [call for call in calls if call[column] == value]
    assert filed(is_not)[:-1] == [call for call in calls if call[column] != value]
    assert 'class="chip bad"' not in client.get(is_).text


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("event_id=nonsense", "it is no ID of a record"),
        ("superseded_by=1", "it is no ID of a record"),
        ("time=yesterday", "is not a time"),
        ("url_expires_at=2500-01-01", "outside the years"),
        ("time=__none__", "is never empty"),
        ("footage_clock=sundial", "is not one of producer"),
        ("time~=2026", "cannot be searched"),
    ],
)
def test_what_is_no_value_of_a_column_is_said(client: TestClient, asked: str, said: str) -> None:
    page = client.get(f"/events?{asked}").text
    assert 'class="chip bad"' in page
    assert said in page
    assert client.get(f"/events.csv?{asked}").status_code == 400


def test_calls_are_asked_for_by_what_proves_their_records(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        store(connection, [event(0)])
        make_integrity(connection, CLINIC, NOW.replace(hour=10, minute=0), file=ORIGIN)

    def found(asked: str) -> int:
        return len(client.get(f"/events.csv?{asked}&cols=integrity").text.splitlines()) - 1

    assert [found(f"integrity{each}") for each in ("=verified", "=unverified", "!=verified", "~=VERI")] == [1, 0, 0, 1]
    with engine.begin() as connection:
        connection.execute(text("update digest set verdict = 'broken', why = 'chain 100%'"))
    asked = ("=broken", "=broken+(chain+100%25)", "~=100%25", "=chain", "!=broken")
    assert [found(f"integrity{each}") for each in asked] == [1, 1, 1, 0, 0]
    with engine.begin() as connection:
        connection.execute(text("update event set log_file = null"))
    assert [found(f"integrity{each}") for each in ("=unverified", "=broken", "~=no+log+file")] == [1, 0, 1]


def test_own_calls_are_folded_behind_a_chip_with_their_count(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        store(connection, [event(0), event(1, action="ListStreams")], own=[event(1).event_id])
    folded = client.get("/events").text
    assert rows(folded) == ["GetClip"]
    assert "<b>Own calls</b> <i>folded:</i> 1" in folded
    shown = client.get("/events?own=no&own=yes").text
    assert rows(shown) == ["ListStreams", "GetClip"]
    assert '<span class="badge">own</span>' in shown


@pytest.mark.usefixtures("stored")
def test_the_list_can_begin_with_the_oldest(client: TestClient) -> None:
    answer = client.get("/events?sort=time").text
    assert rows(answer)[0] == "GetClip"
    assert 'aria-sort="ascending"' in answer
    assert "oldest first" in answer


@pytest.mark.usefixtures("stored")
def test_the_facets_answer_without_javascript_too(client: TestClient) -> None:
    page = client.get(link(client.get("/events").text, "Count by call")).text
    assert 'name="action" value="PutMedia"' in page
    assert len(rows(page)) == 50


@pytest.mark.usefixtures("stored")
def test_a_call_opens_its_drawer_beside_the_facets(client: TestClient) -> None:
    opened = link(client.get("/events?facets=1").text, "<bdi>GetClip")
    assert opened.endswith("&facets=1")
    assert "Who was behind it" in client.get(opened).text


def opened(client: TestClient) -> str:
    return client.get(link(client.get("/events?limit=200&sort=time").text, "GetClip")).text


@pytest.mark.usefixtures("stored")
def test_the_drawer_tells_what_happened_and_where_knowledge_ends(client: TestClient) -> None:
    answer = opened(client)
    assert 'aria-label="Event"' in answer
    assert "Session sync-job-7 of ArchiveReader called GetClip on ward-3-corridor." in answer
    assert "AWS answered; the size is not logged." in answer
    assert 'aria-selected="true"' in answer
    assert "no record seen that issued ASIAQ4EXAMPLE0000001" in answer
    assert '<a href="/sessions/ASIAQ4EXAMPLE0000001">Lineage, and all that its key did</a>' in answer


@pytest.mark.usefixtures("stored")
def test_the_drawer_counts_what_stands_around(client: TestClient) -> None:
    answer = opened(client)
    assert "119 other calls with this key in any account, 12 hours before and after" in answer
    assert "119 other calls of this session, 12 hours before and after" in answer
    around = client.get(link(answer, "119 other calls with this key")).text
    assert "120 calls" in around
    assert "120 calls" in client.get(link(answer, "119 other calls of this session")).text


def test_a_playback_url_was_issued_and_not_watched(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        store(connection, [event(0, action="GetHLSStreamingSessionURL", url_expires_s=43200)])
    answer = client.get(link(client.get("/events").text, "GetHLSStreamingSessionURL")).text
    assert "A playback URL for 12 h was issued to" in answer
    assert "who opened it is not logged" in answer


def test_a_denied_call_says_so(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        store(connection, [event(0, error_code="AccessDeniedException")])
    page = client.get("/events").text
    assert re.search(r'<button class="badge bad" type="button" popovertarget="v\d+">denied</button>', page)
    assert "AWS refused it: AccessDeniedException." in client.get(link(page, "GetClip")).text


@pytest.mark.usefixtures("stored")
def test_the_record_can_be_copied_and_fetched_byte_for_byte(client: TestClient) -> None:
    answer = opened(client)
    kept = re.search(r'<pre id="record-exact" hidden>\n(.*?)</pre>', answer, re.DOTALL)
    assert kept
    assert html.unescape(kept[1]).encode() == raw(EVENT)
    fetched = client.get(link(answer, "Exact bytes"))
    assert fetched.content == raw(EVENT)
    assert fetched.headers["Content-Disposition"] == f'attachment; filename="{EVENT.event_id}.json"'


def test_a_record_whose_retention_is_over_is_said_to_be(client: TestClient, stored: Engine) -> None:
    with stored.begin() as connection:
        connection.execute(text("delete from event_raw"))
    assert "No raw record is stored for this call" in opened(client)


@pytest.mark.usefixtures("stored")
def test_a_record_that_was_dropped_before_its_call_says_by_what(client: TestClient, stored: Engine) -> None:
    with stored.begin() as connection:
        connection.execute(text("delete from event_raw"))
        mark_dropped(connection, "event_raw", Dropped(NOW, 30), NOW)
    said = "Raw records older than 30 days are not kept: those before 2026-11-23 were dropped."
    assert said.removesuffix(".") in opened(client)
    answer = client.get(f"/events/record?event={CLINIC}.{EVENT.event_time:%Y%m%dT%H%M%SZ}.{EVENT.event_id}")
    assert answer.status_code == 404
    assert said in answer.text


@pytest.mark.usefixtures("stored")
def test_a_range_that_reaches_before_what_is_kept_says_so(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        mark_dropped(connection, "event", Dropped(NOW - timedelta(days=2), 400), NOW)
    said = "Calls older than 400 days are not kept: those before 2026-11-21 were dropped."
    page = client.get("/events").text
    assert said in page
    assert len(rows(page)) == 50
    assert "counts" not in page.partition(said)[2].partition("</p>")[0]
    assert said not in client.get("/events?from=now-1d").text


@pytest.mark.usefixtures("stored")
def test_counts_of_calls_that_are_gone_are_shown_as_what_they_are(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        calls = connection.execute(text("delete from event returning 1")).rowcount
        keep_counts(connection, NOW.date() - timedelta(days=9), NOW.date() + timedelta(days=1))
        mark_dropped(connection, "event", Dropped(NOW + timedelta(days=1), 400), NOW)
    page = client.get("/events?from=2026-11-20T00:00:00Z&to=2026-11-23T10:00:00Z").text
    assert f"{calls} calls, newest first" in page
    assert "Not kept any more" in page
    said = "those before 2026-11-24 were dropped. Their counts by day are kept from 2026-11-23 on, those of"
    assert page.count(said) == 2


def test_calls_that_are_listed_and_not_counted_are_not_called_none(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        at = NOW - timedelta(days=100)
        store(connection, [event(0, event_time=at)])
        connection.execute(text("delete from event"))
        keep_counts(connection, at.date(), NOW.date())
        connection.execute(text("delete from roll_hour; delete from roll_day"))
        store(connection, [event(1, event_time=at)])
    page = client.get(f"/events?from={at.date() - timedelta(days=3)}&to={at.date() + timedelta(days=4)}").text
    assert rows(page) == ["GetClip"]
    assert "none of these is counted" in page


@pytest.mark.usefixtures("estate")
def test_beside_others_an_account_that_was_blind_all_the_time_is_named(client: TestClient) -> None:
    said = "Of such calls of legacy-cams nobody could see any in this time."
    reads = client.get(f"/events?action=GetMedia&account={CLINIC}&account={LEGACY}").text
    assert said in reads
    assert "Nobody could look<bdi></bdi></span></a>" in reads  # it is said once
    assert said not in client.get(f"/events?action=GetMedia&account={CLINIC}").text
    both = client.get(f"/events?account={CLINIC}&account={LEGACY}").text
    assert said not in both  # its management calls are logged
    assert "Nobody could look<bdi>, and never at reads of media of legacy-cams</bdi></span></a>" in both


def test_of_an_account_that_nobody_watches_no_share_of_others_is_told(
    client: TestClient, engine: Engine, estate: dict[str, int]
) -> None:
    with engine.begin() as connection:
        store(connection, [event(0, account=OTHER)])
    assert estate
    page = client.get(f"/events?account={OTHER}").text
    assert rows(page) == ["GetClip"]
    assert "nothing to observe yet" in page
    assert "% observable" not in page
    assert "% observable" in client.get(f"/events?account={CLINIC}&account={OTHER}").text


def test_there_is_no_record_of_what_is_no_event(client: TestClient) -> None:
    assert client.get("/events/record?event=x").status_code == 400
    assert client.get(f"/events/record?event=590817264433.20250101T000000Z.{EVENT.event_id}").status_code == 404


def test_calls_of_the_same_address_or_key_stand_around_it_whatever_their_account(
    client: TestClient, stored: Engine
) -> None:
    with stored.begin() as connection:
        make_account(connection, OTHER, name="other")
        store(connection, [event(200 + n, account=OTHER, event_time=EVENT.event_time) for n in range(2)])
    answer = opened(client)
    assert "119 other calls of this session" in answer
    around = "121 other calls from this address in any account, one hour before and after"
    assert "122 calls" in client.get(link(answer, around)).text
    around = "121 other calls with this key in any account, 12 hours before and after"
    assert "122 calls" in client.get(link(answer, around)).text


@pytest.mark.usefixtures("stored")
def test_the_drawer_says_what_could_be_observed_around_the_call(client: TestClient) -> None:
    answer = detail(opened(client), "Coverage")
    assert "media read in eu-central-1, an hour before and after: Whether calls are logged is not known." in answer
    around = "from=2026-11-23T02:12:44Z&amp;to=2026-11-23T04:12:45Z"
    assert f'href="/coverage?account=590817264433&amp;{around}"' in answer


@pytest.mark.usefixtures("estate")
def test_of_a_call_of_this_hour_it_says_what_could_be_observed_until_now(client: TestClient, engine: Engine) -> None:
    minutes = {"GetMedia": 1, "GetClip": 61}
    with engine.begin() as connection:
        for action, ago in minutes.items():
            store(connection, [event(ago, action=action, event_time=NOW - timedelta(minutes=ago))])
    lists = [client.get(f"/events?action={action}&account={CLINIC}").text for action in minutes]
    found = [re.search(r'class="sw k-\w+"></span></button><a href="([^"]*)"', listed) for listed in lists]
    new, old = (detail(client.get(html.unescape(row[1])).text, "Coverage") for row in found if row)
    assert "media read in eu-central-1, from an hour before until now: All of the time could be observed." in new
    assert "media read in eu-central-1, an hour before and after: All of the time could be observed." in old


@pytest.mark.usefixtures("stored")
def test_facts_of_the_drawer_open_the_menu_that_filters_by_them(client: TestClient) -> None:
    answer = opened(client)
    ident = re.search(r'popovertarget="(v\d+)"><bdi>sync-job-7', detail(answer, "Session"))
    assert ident
    menu = answer.partition(f'<div class="drop" id="{ident[1]}"')[2].partition("</div>")[0]
    assert "/events?session!=sync-job-7" in html.unescape(menu).replace("limit=200&", "").replace("sort=time&", "")


def session(connection: Any, **values: Any) -> None:
    row = {
        "account_id": CLINIC,
        "event_time": EVENT.event_time - timedelta(minutes=5),
        "event_id": "00000000-0000-0000-0000-0000000000aa",
        "access_key": EVENT.access_key,
        "caller_kind": "person",
        "person": "Mara Lindqvist",
    } | values
    connection.execute(text("select ensure_month('issued_session', cast(:event_time as date))"), row)
    connection.execute(
        text("""insert into issued_session (account_id, event_time, event_id, action_id, region_id, role_id,
                  session_name, access_key, caller_id, caller_kind, person, external_id_given, user_agent_id)
                select :account_id, :event_time, :event_id, (select min(id) from action), 0,
                  (select id from principal where arn = :role), 'sync-job-7', :access_key, 0, :caller_kind, :person,
                  false, 0"""),
        row | {"role": ROLE},
    )


def test_the_chain_leads_to_the_person_behind_the_session(client: TestClient, stored: Engine) -> None:
    with stored.begin() as connection:
        session(connection)
    answer = opened(client)
    assert '<b><a href="/events?person=Mara%20Lindqvist&amp;from=now-90d"><bdi>Mara Lindqvist</bdi></a></b>' in answer
    assert "not observable" not in answer.partition('aria-label="Event"')[2]


def test_a_chain_that_breaks_shows_its_gap(client: TestClient, stored: Engine) -> None:
    with stored.begin() as connection:
        session(connection, caller_kind="account", person=None)
    answer = opened(client)
    assert '<li class="gap">' in answer
    assert "assumed from another account, which the record does not name" in answer


def test_what_callers_chose_stays_text_everywhere(client: TestClient, engine: Engine) -> None:
    actor = Actor(ActorKind.ROLE, SCRIPT, CLINIC, SCRIPT, SCRIPT)
    hostile = event(
        0,
        action=SCRIPT,
        user_agent=SCRIPT,
        stream=SCRIPT,
        address=SCRIPT,
        access_key=SCRIPT,
        error_code=SCRIPT,
        actor=actor,
    )
    with engine.begin() as connection:
        make_account(connection, name=SCRIPT)
        store(connection, [hostile])
    for address in ("/events?facets=1", f"/events?facets=1&event={EVENT.event_id}", f"/events?session={SCRIPT}"):
        answer = client.get(address)
        assert answer.status_code == 200
        assert "<script>alert" not in answer.text
        assert "49" not in re.findall(r"'\"(\d+)", answer.text)
    assert "\\u202e" in client.get(f"/events?event={EVENT.event_id}").text


def test_it_keeps_to_the_account_that_the_url_names(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        make_account(connection, OTHER, name="other")
        store(connection, [event(0), event(1, action="GetMedia", account=OTHER)])
    assert rows(client.get("/events?account=111122223333").text) == ["GetMedia"]
    assert rows(client.get("/events?account=clinic-video").text) == ["GetClip"]
    assert rows(client.get("/events?account!=111122223333").text) == ["GetClip"]


def drawer_of(client: TestClient, engine: Engine, *events: Event) -> str:
    with engine.begin() as connection:
        make_account(connection)
        store(connection, events)
    return client.get(f"/events?event={events[0].event_id}").text


def test_the_drawer_tells_the_footage_and_the_life_of_a_playback_url(client: TestClient, engine: Engine) -> None:
    asked = Footage(
        FootageKind.INTERVAL, NOW - timedelta(days=2, hours=1), NOW - timedelta(days=2), FootageClock.SERVER
    )
    page = drawer_of(client, engine, event(action="GetHLSStreamingSessionURL", footage=asked, url_expires_s=43_200))
    assert "2026-11-21 08:41:00Z to 2026-11-21 09:41:00Z (by AWS&#39;s clock)" in page
    assert "issued 2026-11-23 03:12:44Z, valid until 2026-11-23 15:12:44Z" in page


def test_the_drawer_says_where_the_life_of_a_playback_url_is_not_recorded(client: TestClient, engine: Engine) -> None:
    call = event(action="GetHLSStreamingSessionURL", url_expires_s=URL_LIFE_UNTOLD)
    page = drawer_of(client, engine, call)
    assert "A playback URL for an unknown time, 12 h at most, was issued to" in page
    assert "issued 2026-11-23 03:12:44Z, for 5 min unless more was asked for" in page
    assert client.get("/events.csv?cols=action,url_expires_at").text.splitlines()[1].endswith("URL,")


def test_the_drawer_says_that_a_refused_call_was_shown_nothing(client: TestClient, engine: Engine) -> None:
    asked = Footage(FootageKind.LIVE, event(0).event_time)
    page = drawer_of(client, engine, event(action="GetMedia", footage=asked, error_code="AccessDenied"))
    assert "<bdi>asked for, and refused: live</bdi>" in detail(page, "Footage asked for")


def test_an_interval_that_ends_before_it_begins_is_shown_and_not_counted(client: TestClient, engine: Engine) -> None:
    asked = Footage(FootageKind.INTERVAL, NOW, NOW - timedelta(days=2))
    page = drawer_of(client, engine, event(footage=asked))
    assert "2026-11-23 09:41:00Z to 2026-11-21 09:41:00Z" in page
    assert "of footage recorded from" not in page


def test_from_the_earliest_on_is_bounded_by_the_retention_of_a_listed_stream(
    client: TestClient, engine: Engine
) -> None:
    earliest = Footage(FootageKind.EARLIEST)
    with engine.begin() as connection:
        make_account(connection)
        listed = stream_arn(connection, make_stream(connection, "ward-1", retention_hours=48))
        store(connection, [event(1, action="GetMedia", stream=listed, footage=earliest)])
        store(connection, [event(2, action="GetMedia", stream="ward-1", footage=earliest)])
        store(connection, [event(3, action="GetMedia", stream="unlisted", footage=earliest)])
    pages = [client.get(f"/events?event={event(n).event_id}").text for n in (1, 2, 3)]
    assert "not before 2026-11-21 03:13:14Z" in pages[0]
    assert "not before 2026-11-21 03:13:44Z" in pages[1]
    assert "from the oldest that was stored then; when that was is not known" in pages[2]


def detail(page: str, name: str) -> str:
    return page.partition(f"<dt>{name}</dt>")[2].partition("</dd>")[0]


def test_a_superseded_record_is_kept_marked_and_linked_both_ways_and_counted_once(
    client: TestClient, engine: Engine
) -> None:
    first, second = event(1), event(2, error_code="AccessDenied", addendum_reason="UPDATED_DATA")
    second = replace(second, addendum_of=first.event_id)
    with engine.begin() as connection:
        make_account(connection)
        store(connection, [first])
        store(connection, [second])
    page = client.get("/events").text
    assert "1 call, newest first" in page
    assert len(rows(page)) == 2
    assert [page.count(f'<span class="badge">{note}</span>') for note in ("superseded", "correction")] == [1, 1]
    old = client.get(f"/events?event={first.event_id}").text
    assert "kept, and not counted" in detail(old, "Superseded")
    new = client.get(html.unescape(link(old, second.event_id))).text
    assert second.event_id in detail(old, "Corrected by")
    assert first.event_id in detail(new, "Corrects")
    assert "<dt>Superseded</dt>" not in new
    lines = client.get("/events.csv?cols=event_id,corrects,superseded_by&sort=time").text.splitlines()[1:]
    assert lines == [f"{first.event_id},,{second.event_id}", f"{second.event_id},{first.event_id},"]


def test_a_correction_of_a_record_that_is_not_stored_says_so(client: TestClient, engine: Engine) -> None:
    page = drawer_of(client, engine, event(1, addendum_of=event(2).event_id, addendum_reason="UPDATED_DATA"))
    assert "which is not stored" in detail(page, "Corrects")


def test_a_late_record_says_why_it_is_late(client: TestClient, engine: Engine) -> None:
    page = drawer_of(client, engine, event(1, addendum_reason="DELIVERY_DELAY"))
    assert "DELIVERY_DELAY" in detail(page, "Late, says AWS")
    assert '<span class="badge">late</span>' in page
    assert "<dt>Corrects</dt>" not in page


def test_the_copies_that_other_accounts_got_of_a_call_are_listed(client: TestClient, engine: Engine) -> None:
    own = event(1, shared_event_id="s-1")
    copy = replace(event(2, shared_event_id="s-1"), account=OTHER, event_time=own.event_time)
    page = drawer_of(client, engine, own, copy, event(3, shared_event_id="s-2"))
    assert page.count("<dt>Same call in</dt>") == 1
    assert str(OTHER) in detail(page, "Same call in")
    assert page.count('<span class="badge">in several accounts</span>') == 3
    asked = "/events.csv?cols=account,event_id,shared_event_id&sort=time"
    shared = [line.split(",")[2] for line in client.get(asked).text.splitlines()[1:]]
    assert sorted(shared) == ["s-1", "s-1", "s-2"]


def test_files_have_the_footage_or_why_there_is_no_interval(client: TestClient, engine: Engine) -> None:
    interval = Footage(FootageKind.INTERVAL, NOW - timedelta(hours=9), NOW - timedelta(hours=8), FootageClock.PRODUCER)
    with engine.begin() as connection:
        make_account(connection)
        store(connection, [event(1, footage=interval), event(2, footage=Footage(FootageKind.FRAGMENT_NUMBER))])
        store(
            connection, [event(3, action="GetHLSStreamingSessionURL", url_expires_s=300), event(4, action="PutMedia")]
        )
    asked = "cols=action,footage,footage_from,footage_to,footage_clock,url_expires_at&sort=time"
    assert client.get(f"/events.csv?{asked}").text.splitlines()[1:] == [
        "GetClip,interval,2026-11-23T00:41:00.000000Z,2026-11-23T01:41:00.000000Z,producer,",
        "GetClip,fragment_number,,,,",
        "GetHLSStreamingSessionURL,,,,,2026-11-23T03:19:14.000000Z",
        "PutMedia,,,,,",
    ]


def test_the_drawer_says_what_rests_on_an_assumption_until_a_record_confirms_it(client, app_engine):
    EventStore(app_engine).store([arrival(kvs_record(1))], now=NOW)
    shown = f"/events?from=2026-11-01&to=2026-11-03&event=111122223333.20261101T101500Z.{guid('event 1')}"
    text = client.get(shown).text
    assert "it may have begun up to an hour before" in text
    assert 'href="/assumptions#long_calls_are_stamped_at_their_end"' in text
    late = kvs_record(2, eventTime="2026-11-01T23:00:00Z")
    EventStore(app_engine).store([arrival(late)], now=NOW)
    text = client.get(shown).text
    assert "live until 2026-11-01 10:15:00Z, which is when it ended" in text
    assert "/assumptions#long_calls_are_stamped_at_their_end" not in text


def test_the_drawer_says_what_proves_the_record(client: TestClient, engine: Engine) -> None:
    assert "unverified (its hash was not kept when it was read)" in drawer_of(client, engine, event())
    with engine.begin() as connection:
        make_integrity(connection, CLINIC, NOW.replace(hour=10, minute=0), file=ORIGIN)
    page = client.get(f"/events?event={event().event_id}").text
    assert "verified: in a log file that the digest of 2026-11-23 09:00Z to 10:00Z vouches for, digest-2026" in page
    with engine.begin() as connection:
        connection.execute(text("update digest set verdict = 'broken', why = '<script>'"))
    assert "broken (&lt;script&gt;)" in client.get(f"/events?event={event().event_id}").text


def test_the_number_on_the_button_is_that_of_the_rows_of_the_file(client: TestClient, engine: Engine) -> None:
    first = event(0)
    wrong = event(1, addendum_of=first.event_id, addendum_reason="UPDATED_DATA")
    right = event(2, addendum_of=first.event_id, addendum_reason="UPDATED_DATA")
    with engine.begin() as connection:
        store(connection, [first, wrong, right, event(3, action="PutMedia")])
    page = client.get("/events?action=GetClip").text
    assert "1 call, newest first" in page
    assert 'CSV <span class="n">3</span>' in page
    assert len(client.get("/events.csv?action=GetClip&cols=event_id").text.splitlines()) == 1 + 3
