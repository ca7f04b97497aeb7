"""The time range of a page."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from html import unescape
from urllib.parse import parse_qsl, urlsplit

import pytest
from sqlalchemy import Connection
from starlette.testclient import TestClient

from app.core.query.moment import moment, zone
from app.web.span import Span, parse, range_asked
from tests.builders.events import EVENT
from tests.builders.sessions import KEY, LONG_TERM, make_session
from tests.conftest import estate_ids
from tests.web.conftest import serving

NOW = datetime(2026, 11, 23, 9, 41, tzinfo=UTC)
ZONED = "from=2026-11-20T03:17&to=2026-11-22T09:43&tz=%2B05:30"
MEANT = {"from": datetime(2026, 11, 19, 21, 47, tzinfo=UTC), "to": datetime(2026, 11, 22, 4, 13, tzinfo=UTC)}


@pytest.fixture(scope="module")
def site(postgres_url: str, estate_template: str) -> Iterator[tuple[TestClient, dict[str, object]]]:
    with serving(postgres_url, estate_template, _fill) as found:
        yield found


def _fill(connection: Connection) -> dict[str, object]:
    make_session(connection)
    ids = estate_ids()
    stream, principal = ids["ward-3"], ids["clinic-video/VideoAnalyst"]
    return {"stream": stream, "principal": principal, "session": KEY, "key": LONG_TERM, "address": EVENT.address}


def _parsed(start: str, end: str = "") -> Span:
    span = parse(start, end, NOW)
    assert span is not None
    return span


def test_without_a_word_it_is_the_default_up_to_now() -> None:
    span = parse("", "", NOW, "now-30d")
    assert span == Span(NOW - timedelta(days=30), NOW, "now-30d", "")


@pytest.mark.parametrize(
    ("start", "end", "label"),
    [
        ("now-24h", "", "24 h"),
        ("now-15m", "", "15 min"),
        ("2026-11-20T10:00Z", "2026-11-21T10:00Z", "11-20 10:00 to 11-21 10:00"),
        ("now-2d", "now-1d", "11-21 09:41 to 11-22 09:41"),
    ],
)
def test_its_label_says_what_is_shown(start: str, end: str, label: str) -> None:
    assert _parsed(start, end).label == label


@pytest.mark.parametrize(
    ("start", "end"),
    [("yesterday", ""), ("now-7d", "now-8d"), ("2026-11-23", "2026-11-23"), ("now-99999d", ""), ("'; drop", "")],
)
def test_what_is_no_range_is_none(start: str, end: str) -> None:
    assert parse(start, end, NOW) is None


def test_a_moment_outside_lies_on_the_border() -> None:
    span = _parsed("now-10d")
    assert span.fraction(NOW - timedelta(days=5)) == 0.5
    assert span.fraction(NOW - timedelta(days=50)) == 0
    assert span.fraction(NOW + timedelta(days=5)) == 1


def test_its_label_and_its_days_are_those_of_its_zone() -> None:
    zone = timezone(timedelta(hours=2))
    span = parse("2026-11-20T10:00", "2026-11-21", NOW, zone=zone)
    assert span is not None
    assert (span.start, span.end) == (datetime(2026, 11, 20, 8, tzinfo=UTC), datetime(2026, 11, 20, 22, tzinfo=UTC))
    assert span.label == "11-20 10:00 to 11-21 00:00"


def test_its_texts_mean_the_same_in_every_zone() -> None:
    zoned = parse("2026-11-20T03:17", "2026-11-22T09:43", NOW, zone=timezone(timedelta(hours=5, minutes=30)))
    assert zoned is not None
    assert range_asked(zoned) == [("from", "2026-11-19T21:47Z"), ("to", "2026-11-22T04:13Z")]
    assert range_asked(_parsed("now-2d", "now-1d")) == [("from", "now-2d"), ("to", "now-1d")]
    assert range_asked(_parsed("now-2d")) == [("from", "now-2d")]


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/events",
        "/matrix",
        "/matrix?cell={principal},GetMedia",
        "/streams",
        "/streams/{stream}",
        "/streams/{stream}/statement",
        "/streams/{stream}/review",
        "/principals",
        "/principals/{principal}",
        "/sessions/{session}",
        "/keys/{key}",
        "/addresses/{address}",
        "/coverage",
    ],
)
def test_each_link_of_a_page_in_another_zone_names_the_same_moments(
    site: tuple[TestClient, dict[str, object]], path: str
) -> None:
    client, names = site
    address = path.format(**names)
    page = client.get(f"{address}{'&' if '?' in address else '?'}{ZONED}").text
    links = [dict(parse_qsl(urlsplit(unescape(href)).query)) for href in re.findall(r'href="([^"]*)"', page)]
    times = {(name, link[name], link.get("tz", "UTC")) for link in links for name in ("from", "to") if link.get(name)}
    absolute = {one for one in times if not one[1].startswith("now")}
    assert {
        (name, text)
        for name, text, tz in absolute
        if tz == "UTC" and moment(text, now=NOW).at != moment(text, now=NOW, naive_zone=zone("+05:30")).at
    } == set()
    led_to = {(name, moment(text, now=NOW, naive_zone=zone(tz)).at) for name, text, tz in absolute}
    assert MEANT.items() <= led_to
