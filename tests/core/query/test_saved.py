from datetime import UTC, datetime

import pytest

from app.core.errors import InvalidInput
from app.core.query.saved import view_name, view_of

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def test_a_view_is_its_list_and_filter_without_place_and_drawer():
    address = "/events?own=no&outcome=denied&action=GetClip&from=now-24h&after=x&event=y&facets=1&stack=account"
    assert view_of(address, NOW) == ("/events", "action=GetClip&outcome=denied&from=now-24h&stack=account")
    assert view_of("/findings", NOW) == ("/findings", "")


@pytest.mark.parametrize(
    "address",
    [
        "https://elsewhere.example/events",
        "//elsewhere.example/events",
        "/search?q=x",
        "/events/record",
        "javascript:alert(1)",
        "",
        "/events?colour=red",
        "/events?from=now-1d&to=now-2d",
        "/events?session=" + "x" * 10_000,
    ],
)
def test_what_is_no_view_of_ours_is_refused(address):
    with pytest.raises(InvalidInput):
        view_of(address, NOW)


def test_a_name_keeps_its_words():
    assert view_name("  who read\n ward 3 ") == "who read ward 3"
    assert view_name("<b>'\"") == "<b>'\""


@pytest.mark.parametrize("name", ["", "  ", "x" * 101, "a\u202eb", "a\x00b"])
def test_a_name_that_cannot_be_read_is_refused(name):
    with pytest.raises(InvalidInput):
        view_name(name)
