"""The parts that the pages of keys and addresses share, by what they make of calls."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import text
from starlette.testclient import TestClient

from app.core.model.event import KeyKind
from app.web import activity
from tests.builders.accounts import make_account
from tests.builders.estate import CAMS, LEGACY
from tests.builders.events import CLINIC, EVENT, event, store

PAGE = f"/addresses/{EVENT.address}"


@pytest.fixture
def page(client: TestClient, engine):
    """Store calls and return the page of their address."""

    def page(*events, path: str = PAGE) -> str:
        with engine.begin() as connection:
            make_account(connection)
            store(connection, events)
        return client.get(path).text

    return page


def test_a_lane_is_one_caller_and_one_series_with_what_failed(page):
    found = page(event(0), event(1, error_code="AccessDenied"), event(2, action="PutMedia"))
    lanes = re.findall(r'aria-label="([^"]+)"', found.partition('class="tbl lanes"')[2].partition("</table>")[0])
    assert lanes == ["ArchiveReader: 2 calls of Archive, clips", "ArchiveReader: 1 call of PutMedia"]
    assert "sync-job-7 · Archive, clips; 1 failed" in found


def test_on_a_phone_refused_calls_do_not_look_like_reads(page):
    refused = {"action": "GetMedia", "error_code": "AccessDenied"}
    found = page(event(0), event(1, error_code="AccessDenied"), event(2, **refused), event(3, **refused))
    calls = re.findall(r'<td class="num">(\d+)<span class="sub only-phone">([^<]*)</span>', found)
    assert sorted(calls) == [("2", "1 failed"), ("2", "all failed")]


def test_neighbouring_intervals_are_one_bar(page):
    far = EVENT.event_time - timedelta(days=9)
    found = page(
        *(event(n, event_time=EVENT.event_time - timedelta(hours=n)) for n in range(3)), event(9, event_time=far)
    )
    assert found.partition('class="lane"')[2].partition("</svg>")[0].count('class="k-arch"') == 2


def test_what_a_playback_url_was_used_for_is_not_claimed(page):
    assert "who opened the URL is not logged" in page(event(0, action="GetHLSStreamingSessionURL"))


def test_each_call_leads_to_the_timeline_of_exactly_these(page, client):
    found = page(event(0), event(1, action="PutMedia"), event(2, address="203.0.113.9"))
    href = re.search(r'href="(/events\?[^"]*action=GetClip[^"]*)"', found)
    assert href is not None
    assert f"account={CLINIC}&amp;address={EVENT.address}&amp;action=GetClip" in href[1]
    assert ">1 call, newest first<" in client.get(href[1].replace("&amp;", "&")).text


def test_streams_of_one_name_in_two_regions_are_two(page):
    far = EVENT.stream.replace("eu-central-1", "eu-west-1")
    assert "3 calls on 2 streams" in page(event(0), event(1, stream=far), event(2, stream="ward-3-corridor"))


def test_calls_of_several_accounts_lead_to_the_timeline_of_all_of_them(page):
    found = page(event(0), event(1, account=111122223333))
    assert "account=" not in re.findall(r'href="(/events\?address[^"]*)"', found)[0]


def test_more_calls_than_are_counted_are_said_to_be_there(page, monkeypatch):
    monkeypatch.setattr("app.web.activity.asked_of.__kwdefaults__", {"most": 2, "bars": 1})
    found = page(event(0), event(1), event(2))
    assert "2 or more calls" in found
    assert "Counted are the newest 2 of more calls." in found


def test_callers_are_people_by_name_and_else_principals(page):
    found = page(
        event(0, actor=EVENT.actor.__class__(EVENT.actor.kind, EVENT.actor.principal, CLINIC, "s", "mara&co")),
        event(1, access_key="AKIAQ4EXAMPLE0000009", key_kind=KeyKind.LONG_TERM),
    )
    assert 'href="/events?person=mara%26co&amp;from=now-90d"><bdi>mara&amp;co</bdi>' in found
    assert 'href="/keys/AKIAQ4EXAMPLE0000009"' in found
    assert f'href="/sessions/{EVENT.access_key}"' in found


@pytest.mark.parametrize("path", [PAGE, "/principals/{principal}"])
def test_of_many_values_the_others_are_a_link_away(page, client, engine, path):
    page(*(event(n, access_key=f"ASIA{n:016}") for n in range(activity.MOST_VALUES + 2)))
    with engine.connect() as connection:
        principal = connection.execute(text("select max(id) from principal")).scalar_one()
    found = client.get(path.format(principal=principal)).text
    keys = re.compile(r'<a href="/sessions/ASIA0\d+">')
    assert len(set(keys.findall(found))) == activity.MOST_VALUES
    (href,) = re.findall(r'<a href="([^"]+)">2 more</a>', found)
    found = client.get(href.replace("&amp;", "&")).text
    assert len(set(keys.findall(found))) == activity.MOST_VALUES + 2
    assert "2 more" not in found


def test_of_many_calls_the_others_are_a_link_away(page, client, monkeypatch):
    monkeypatch.setattr(activity, "MOST_DONE", 1)
    found = page(event(0), event(1, action="PutMedia"))
    (href,) = re.findall(r'<a href="([^"]+)">1 more</a>', found)
    assert "PutMedia</bdi></a>" not in found
    assert "PutMedia</bdi></a>" in client.get(href).text


@pytest.mark.parametrize("path", [PAGE, f"/keys/{EVENT.access_key}"])
def test_what_is_not_all_is_said(page, path):
    assert "all=no is not yes" in page(event(0), path=f"{path}?all=no")


@pytest.mark.usefixtures("estate")
def test_that_none_read_media_is_not_said_where_nobody_could_look(client, engine):
    with engine.begin() as connection:
        store(connection, [event(0, account=LEGACY, action="DescribeStream")])
    assert "1 call on 1 stream, reads of media not observable, the first" in client.get(PAGE).text
    assert "1 call on 1 stream, reads of media not observable" in client.get(f"/keys/{EVENT.access_key}").text
    with engine.begin() as connection:
        store(connection, [event(1, account=CAMS, action="DescribeStream")])
    assert "none of them read media" in client.get(PAGE).text


def test_of_two_wishes_the_first_one_holds_as_the_page_says(page, client, monkeypatch):
    monkeypatch.setattr(activity, "MOST_DONE", 1)
    found = page(event(0), event(1, action="PutMedia"), path=f"{PAGE}?all=yes&all=no")
    assert "all was given twice; the first one holds" in found
    assert "is not yes" not in found
    assert "PutMedia</bdi></a>" in found
    assert "PutMedia</bdi></a>" not in client.get(f"{PAGE}?all=no&all=yes").text
