"""`/matrix?view=streams`: one principal, stream by stream."""

import html
import re

import pytest
from sqlalchemy import Engine, text
from starlette.testclient import TestClient

from app.core.model.grant import Grant, Outcome
from app.db.queries.grants import store_matrix
from app.web import matrix_turned
from tests.builders.accounts import CLINIC, NOW, make_account
from tests.builders.calls import make_calls, make_principal, make_stream, stream_arn

ROLE = f"arn:aws:iam::{CLINIC}:role/Analyst"
ASKED = f"/matrix?principal={ROLE}&view=streams"
HOSTILE = "<b onload=x>\"'\u202e"


@pytest.fixture
def who(engine: Engine) -> int:
    """A role that may read five streams, write one of them, and list all."""
    with engine.begin() as connection:
        make_account(connection)
        ident = make_principal(connection, "Analyst")
        names = ("a", "b", "c", "d", HOSTILE)
        arns = tuple(sorted(stream_arn(connection, make_stream(connection, name)) for name in names))
        write = next(arn for arn in arns if "/a/" in arn)
        grants = [
            Grant(ROLE, "GetMedia", Outcome.ALLOW, arns),
            Grant(ROLE, "PutMedia", Outcome.CONDITIONAL, (write,), ("aws:sourceip",)),
            Grant(ROLE, "ListStreams", Outcome.ALLOW, ("*",)),
        ]
        store_matrix(connection, CLINIC, grants, [], evaluator=1, inputs=b"x", now=NOW)
    return ident


def _columns(page: str) -> list[str]:
    return [html.unescape(title) for title in re.findall(r'<th scope="col" class="act[^"]*" title="([^"]*)"', page)]


def _row(page: str, action: str) -> tuple[str, str]:
    """Return the letters of an action's row, and its total."""
    found = re.search(rf">{action}</a></div></th>(.*?)<td class=\"tot\">([^<]*)</td>", page)
    assert found, action
    letters = (re.search(r'data-s="(.)"', cell) for cell in re.findall(r"<td[^>]*>", found[1]))
    return "".join(letter[1] if letter else "." for letter in letters), found[2]


@pytest.mark.usefixtures("who")
def test_streams_that_are_alike_are_one_column_and_both_ways_are_summed(client: TestClient) -> None:
    page = client.get(ASKED).text
    assert _columns(page) == [f"{HOSTILE} and 3 alike", "a", "calls that name none"]
    assert _row(page, "GetMedia") == ("BB.", "5")
    assert _row(page, "PutMedia") == (".C.", "1")
    assert _row(page, "ListStreams") == ("..B", "0")
    assert re.findall(r'<td class="sum[^"]*">(\d+)</td>', page) == ["1", "2", "1"]
    assert "3 actions \N{MULTIPLICATION SIGN} 5 streams" in page


@pytest.mark.usefixtures("who")
def test_where_nobody_looked_no_unused_permission_is_not_said_to_be_none(client: TestClient) -> None:
    page = client.get(f"{ASKED}&show=unused").text
    assert "Of what was observed for less nobody can tell." in page
    assert "Nothing of KVS that this view shows is granted" not in page


def test_a_cell_says_its_keys_and_how_often_it_was_used_on_its_streams(
    client: TestClient, engine: Engine, who: int
) -> None:
    with engine.begin() as connection:
        for name in ("b", "c"):
            stream = connection.execute(text("select id from stream where name = :name"), {"name": name}).scalar_one()
            make_calls(connection, "GetMedia", 700, principal_id=who, stream_id=stream)
    page = html.unescape(client.get(ASKED).text)
    assert 'aria-label="PutMedia on a: conditional on aws:sourceip"' in page
    said = "GetMedia on b and 1 alike: used 1,400 times in all since 2026-11-23, last 2026-11-23"
    assert f'title="{said}"' in page
    assert f'aria-label="{said}"' in page


@pytest.mark.usefixtures("who")
def test_each_stream_can_stand_alone_and_no_name_of_one_breaks_out(client: TestClient) -> None:
    page = client.get(f"{ASKED}&group=none").text
    assert sorted(_columns(page)[:-1]) == sorted(("a", "b", "c", "d", HOSTILE))
    assert "<b onload" not in page


def test_a_cell_leads_to_what_decides_it_on_its_stream(client: TestClient, who: int) -> None:
    page = client.get(f"{ASKED}&from=now-7d").text
    found = re.search(r'<a href="([^"]*)" aria-label="PutMedia on a: conditional', page)
    assert found
    href = html.unescape(found[1])
    assert href.endswith(f"&cell={who},PutMedia")
    assert re.search(r"stream=arn:[^&]*:stream/a/", href)
    opened = client.get(href).text
    assert '<aside class="drawer"' in opened
    assert "stream by stream" not in opened.split("<aside")[0].split("<h1>")[1].split("</h1>")[0]
    none = re.search(r'<a href="([^"]*)" aria-label="ListStreams on calls that name none', page)
    assert none
    assert "stream=" not in none[1]


@pytest.mark.usefixtures("who")
def test_the_file_has_a_line_a_stream_of_what_the_page_shows(client: TestClient) -> None:
    href = re.search(r'href="(/matrix\.csv[^"]*)" download', client.get(f"{ASKED}&action=PutMedia").text)
    assert href
    lines = client.get(html.unescape(href[1])).text.splitlines()
    assert lines[0] == "account,account_name,principal,stream,name,region,kind,PutMedia,uses,conditions"
    assert [line.split(",")[4:] for line in lines[1:]] == [
        ["a", "eu-central-1", "stream", "conditional", "", "PutMedia: aws:sourceip"]
    ]


@pytest.mark.usefixtures("who")
def test_many_streams_are_paged(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matrix_turned, "COLUMNS", 4)
    first = client.get(f"{ASKED}&group=none").text
    assert "columns 1 to 4 of 6" in first
    later = re.search(r'href="([^"]*)">Later', first)
    assert later
    second = client.get(html.unescape(later[1])).text
    assert "columns 5 to 6 of 6" in second
    assert _row(second, "GetMedia") == ("B.", "5")
    assert "is not one of the 2 pages" in client.get(f"{ASKED}&group=none&page=3").text


def test_an_action_opens_its_drawer_here_and_leads_on(client: TestClient, who: int) -> None:
    page = client.get(ASKED).text
    href = re.search(r'class="plain cut w" href="([^"]*)">GetMedia', page)
    assert href
    opened = client.get(html.unescape(href[1])).text
    assert '<aside class="drawer"' in opened
    assert ">Stream by stream</a>" not in opened
    assert '<tr class="on"><th scope="row" class="who"><div><a class="plain cut w"' in opened
    assert f'href="/principals/{who}"' in opened


def test_the_matrix_its_drawer_and_the_principal_lead_here(client: TestClient, who: int) -> None:
    for path in (f"/matrix?principal={ROLE}", f"/matrix?cell={who}", f"/principals/{who}"):
        found = re.search(r'href="(/matrix[^"]*view=streams[^"]*)">Stream by stream', client.get(path).text)
        assert found, path
        assert "Analyst</bdi></a>, stream by stream" in client.get(html.unescape(found[1])).text


@pytest.mark.usefixtures("who")
def test_a_question_that_it_cannot_answer_is_told_on_the_matrix(client: TestClient) -> None:
    assert "needs one principal" in client.get("/matrix?view=streams").text
    assert "needs one principal" in client.get("/matrix?view=streams&principal=nobody").text
    assert "is told of the present only" in client.get(f"{ASKED}&at=now-1d").text
    refused = client.get("/matrix.csv?view=streams")
    assert (refused.status_code, "view=streams needs one principal" in refused.text) == (400, True)
    assert "Nothing of KVS that this view shows" in client.get(f"{ASKED}&action=GetImages").text


def test_an_account_that_nobody_evaluated_does_not_look_like_one_without_grants(
    client: TestClient, engine: Engine
) -> None:
    with engine.begin() as connection:
        make_account(connection)
        make_principal(connection, "Analyst")
        make_stream(connection, "a")
    page = client.get(ASKED).text
    assert "Nobody has read who may do what in clinic-video yet" in page
    assert "Its streams appear as soon as IAM" in page
    assert "Nothing of KVS" not in page


def test_before_anybody_evaluated_what_was_not_done_where_it_called_is_unknown(
    client: TestClient, engine: Engine
) -> None:
    with engine.begin() as connection:
        make_account(connection)
        who = make_principal(connection, "Analyst")
        make_calls(connection, "GetMedia", 1, principal_id=who, stream_id=make_stream(connection, "a"))
    page = client.get(ASKED).text
    assert _columns(page) == ["a"]
    assert _row(page, "GetMedia") == ("U", "?")
    assert _row(page, "GetClip") == ("?", "?")
    assert re.findall(r'<td class="sum[^"]*">([^<]*)</td>', page) == ["?"]
