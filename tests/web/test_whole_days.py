"""A number on a page and the calls behind it: each link shows as many rows as the number says."""

import csv
import html
import io
import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Engine, text
from starlette.testclient import TestClient

from app.core.model.event import Actor, ActorKind
from tests.builders.accounts import CLINIC, NOW, make_account
from tests.builders.calls import make_principal, make_stream, stream_arn
from tests.builders.events import EVENT, event, store

COUNTED = re.compile(r'<td class="num(?: opt)?"><a href="(/events\?[^"]+)">([\d,]+)</a>')
DONE = re.compile(r'<a href="(/events\?[^"]+)"><bdi>[^<]+</bdi></a></span></th><td>.*?</td><td class="num">([\d,]+)<')
AMID_DAYS = "from=2026-11-20T06:00Z&to=2026-11-22T00:00Z"
NOT_WHOLE = "from=2026-11-19T18:00Z&to=2026-11-22T12:00Z"


@pytest.fixture
def places(engine: Engine) -> dict[str, str]:
    """Six days of calls, one each three hours, on two streams and on none, every fifth refused: pages by name."""
    with engine.begin() as connection:
        make_account(connection)
        streams = [make_stream(connection, name) for name in ("ward-1", "ward-2")]
        principal = make_principal(connection, "ArchiveReader")
        on = [stream_arn(connection, stream) for stream in streams]
        calls = [
            event(
                n,
                event_time=NOW - timedelta(hours=3 * n),
                action=("GetClip", "PutMedia", "GetMedia", "DescribeStream")[n % 4],
                stream=(*on, None)[n % 3],
                error_code=None if n % 5 else "AccessDeniedException",
            )
            for n in range(1, 48)
        ]
        store(connection, calls, own=[calls[3].event_id])
    return {
        "stream": f"/streams/{streams[0]}",
        "principal": f"/principals/{principal}",
        "session": f"/sessions/{EVENT.access_key}",
        "address": f"/addresses/{EVENT.address}",
        "cell": f"/matrix?cell={principal},GetClip&account={CLINIC}",
    }


def counts(page: str) -> Iterator[tuple[str, int]]:
    found = dict.fromkeys([*COUNTED.findall(page), *DONE.findall(page)])
    return ((html.unescape(href), int(number.replace(",", ""))) for href, number in found)


def rows_behind(client: TestClient, href: str) -> int:
    answer = client.get(f"{href.replace('/events?', '/events.csv?', 1)}&cols=action")
    assert answer.status_code == 200, answer.text
    return len(list(csv.reader(io.StringIO(answer.text, newline="")))) - 1


@pytest.mark.parametrize(
    ("path", "least"),
    [
        ("/", 1),
        ("/streams", 2),
        (f"/streams?{AMID_DAYS}", 2),
        (f"/principals?account={CLINIC}&{NOT_WHOLE}", 2),
        ("{stream}", 4),
        (f"{{stream}}?{NOT_WHOLE}", 4),
        ("{stream}?at=2026-11-22T12:00Z", 3),
        (f"{{stream}}/review?{NOT_WHOLE}", 2),
        (f"{{stream}}/statement?{AMID_DAYS}", 1),
        ("{principal}", 12),
        (f"{{principal}}?{AMID_DAYS}", 4),
        ("{principal}?at=2026-11-22T12:00Z", 4),
        ("{session}?from=now-7d", 12),
        (f"{{address}}?{NOT_WHOLE}", 6),
    ],
)
def test_each_number_is_that_of_the_rows_behind_its_link(
    client: TestClient, places: dict[str, str], path: str, least: int
) -> None:
    told = dict(counts(client.get(path.format(**places)).text))
    assert len(told) >= least
    assert {href: rows_behind(client, href) for href in told} == told


def test_the_drawer_of_a_cell_counts_the_calls_that_its_link_shows(client: TestClient, places: dict[str, str]) -> None:
    page = client.get(f"{places['cell']}&{NOT_WHOLE}").text
    told = re.search(r"<dt>Used</dt><dd>(\d+) calls", page)
    (href,) = re.findall(r'<a class="btn main-act" href="(/events\?[^"]+)"', page)
    assert told
    assert rows_behind(client, html.unescape(href)) == int(told[1])
    assert "whole days, 11-19 to 11-22 UTC" in page


def test_the_range_goes_along_from_a_list_to_the_page_of_one(client: TestClient, places: dict[str, str]) -> None:
    for path, name in (("/streams", "stream"), ("/principals", "principal")):
        assert f'href="{places[name]}?from=now-30d"' in client.get(path).text
    assert f'href="{places["stream"]}/review?from=now-3d"' in client.get(f"{places['stream']}?from=now-3d").text


def test_the_lists_of_an_account_s_calls_are_of_the_days_that_were_counted(client: TestClient, engine: Engine) -> None:
    first = NOW.replace(hour=0, minute=0) - timedelta(days=29)
    times = (first - timedelta(hours=1), first, first + timedelta(hours=3), NOW - timedelta(minutes=1))
    whole = [(at, action) for at in times for action in ("GetClip", "PutMedia")]
    with engine.begin() as connection:
        make_account(connection)
        calls = [event(n, event_time=at, action=action) for n, (at, action) in enumerate(whole)]
        store(connection, calls, own=[calls[-1].event_id])
    page = client.get(f"/accounts/{CLINIC}").text
    assert "whole days, 10-25 to 11-23 UTC: 3 reads of media and 2 other calls<" in page
    links = {name: href for href, name in re.findall(r'<a href="(/events\?[^"]*)">([^<]*)</a>', page)}
    assert rows_behind(client, html.unescape(links["API calls"])) == 5
    assert rows_behind(client, html.unescape(links["Reads of media"])) == 3


@pytest.fixture
def tangled(engine: Engine) -> list[str]:
    """Streams that calls name in every way, by people who are of several roles: pages that count them."""
    with engine.begin() as connection:
        make_account(connection)
        gate, far = make_stream(connection, "gate"), make_stream(connection, "gate", region="eu-west-1")
        principal = make_principal(connection, "ArchiveReader")
        arn = stream_arn(connection, gate)
        other = {"actor": Actor(ActorKind.ROLE, f"arn:aws:iam::{CLINIC}:role/Installer", CLINIC, "m", "mara")}
        mara = {"actor": Actor(ActorKind.ROLE, EVENT.actor.principal, CLINIC, "m", "mara")}
        jonas = {"actor": Actor(ActorKind.ROLE, EVENT.actor.principal, CLINIC, "j", "jonas")}
        calls: list[dict[str, object]] = [
            {},
            {"stream": "gate"},
            {"stream": "gate", "region": "eu-west-1"},
            {"stream": stream_arn(connection, far)},
            {"region": "us-east-1", "error_code": "ResourceNotFoundException"},  # another Region's ARN
            {"stream": "yard"},
            {"stream": "yard", "region": "eu-west-1"},
            {"stream": None},
            *({"action": "PutMedia"} | who for who in (mara, mara, jonas, other)),
            {"action": "PutMedia", "stream": "gate"} | mara,
        ]
        at = NOW - timedelta(hours=30)
        made = [
            event(n, **{"stream": arn, "event_time": at + timedelta(minutes=n)} | one) for n, one in enumerate(calls)
        ]
        store(connection, made)
        yards = [f"/streams/{one}" for one in connection.scalars(text("select id from stream where name = 'yard'"))]
    assert len(yards) == 2
    return [
        f"/streams/{gate}",
        f"/streams/{far}",
        *yards,
        f"/principals/{principal}",
        f"/sessions/{EVENT.access_key}",
        f"/addresses/{EVENT.address}",
        "/streams",
    ]


def test_numbers_are_of_the_stream_that_calls_mean_however_they_name_it(client: TestClient, tangled: list[str]) -> None:
    told = {(path, href): number for path in tangled for href, number in counts(client.get(path).text)}
    assert len(told) >= 25
    assert {(path, href): rows_behind(client, href) for path, href in told} == told


@pytest.mark.parametrize(
    ("path", "heading"),
    [
        ("/", "Accounts <small>calls of whole days, 10-25 to 11-23 UTC<"),
        ("/accounts", 'Calls, reads above<span class="sub">whole days, 10-25 to 11-23 UTC<'),
    ],
)
def test_where_calls_of_accounts_are_drawn_their_days_are_said(
    client: TestClient, engine: Engine, path: str, heading: str
) -> None:
    with engine.begin() as connection:
        make_account(connection)
    page = client.get(path).text
    assert heading in page
    assert 'aria-label="clinic-video: no read of media seen and 0 other calls, whole days, 10-25 to 11-23 UTC"' in page
