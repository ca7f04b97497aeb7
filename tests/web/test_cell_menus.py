from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlsplit

import pytest

from app.core.query.filter import Filter, Verb, parse
from app.core.query.listing import EVENTS
from app.web.cell_menus import Menu, Menus

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
HOSTILE = ["Put&Media=1", "a#b?c", "2001:db8::1", "%00", "'\"<script>", "\u202e", "a+b c", "ä;é"]


def asked(address: str) -> Filter:
    answer = parse(parse_qsl(urlsplit(address).query), EVENTS, NOW)
    assert answer.problems == ()
    return answer.filter


def menu(question: str, field: str, value: str) -> Menu:
    menus = Menus("/events", asked(f"/events?{question}"))
    menus.of(field, value, value)
    return menus.made[0]


def conditions(address: str) -> dict[str, tuple[str, ...]]:
    return {c.field + c.verb: c.values for c in asked(address).conditions}


def test_is_takes_the_place_of_what_its_field_was_asked_for_and_keeps_the_rest():
    made = menu("action=GetMedia&action!=GetClip&outcome=denied&after=x&event=y&from=now-24h", "action", "PutMedia")
    assert conditions(made.is_href) == {"action": ("PutMedia",), "outcome": ("denied",), "own": ("no",)}
    assert asked(made.is_href).since.text == "now-24h"
    assert asked(made.is_href).cursor is None


def test_is_not_leaves_the_value_out_beside_what_is_left_out_already():
    made = menu("action!=GetClip&outcome=denied", "action", "PutMedia")
    assert conditions(made.not_href) == {"action!": ("GetClip", "PutMedia"), "outcome": ("denied",), "own": ("no",)}


def test_only_drops_every_other_filter_and_keeps_range_and_columns():
    made = menu("action=GetMedia&outcome=denied&from=now-24h&cols=time,action", "address", "10.0.0.1")
    assert conditions(made.only_href) == {"address": ("10.0.0.1",), "own": ("no",)}
    assert (asked(made.only_href).since.text, asked(made.only_href).columns) == ("now-24h", ("time", "action"))


def test_only_keeps_our_own_calls_where_they_are_shown():
    made = menu("action=GetMedia&own=no&own=yes", "address", "10.0.0.1")
    assert conditions(made.only_href) == {"address": ("10.0.0.1",), "own": ("no", "yes")}
    assert conditions(menu("own=no&own=yes", "own", "yes").only_href) == {"own": ("yes",)}


@pytest.mark.parametrize("value", HOSTILE)
def test_what_a_caller_chose_is_asked_for_as_it_is(value: str):
    made = menu("", "session", value)
    assert asked(made.is_href).values("session") == asked(made.only_href).values("session") == (value,)
    assert asked(made.not_href).values("session", Verb.IS_NOT) == (value,)


def test_cells_with_one_value_open_one_menu():
    menus = Menus("/events", asked("/events"))
    first, other, again = (menus.of("action", name, name) for name in ("GetClip", "PutMedia", "GetClip"))
    assert first == again != other
    assert [each.value for each in menus.made] == ["GetClip", "PutMedia"]


def test_cells_without_a_value_can_be_asked_for_where_the_list_knows_them():
    menus = Menus("/events", asked("/events"))
    assert menus.of_none("address")
    assert menus.of_none("region") == menus.of_none("footage") == menus.of_none("nothing") == ""
    (made,) = menus.made
    assert made.value == "none"
    assert asked(made.is_href).values("address") == ("__none__",)


def test_a_time_leads_to_what_was_called_around_it():
    menus = Menus("/events", asked("/events?action=GetClip&after=x&time=2026-11-23T03:12:44Z"))
    at = datetime(2026, 11, 23, 3, 12, 44, tzinfo=UTC)
    assert menus.of_time(at, "03:12:44") == menus.of_time(at, "03:12:44")
    (made,) = menus.made
    assert conditions(made.is_href)["time"] == ("2026-11-23T03:12:44Z",)
    around = asked(made.around)
    assert (around.since.text, around.until.text) == ("2026-11-23T03:07:44Z", "2026-11-23T03:17:44Z")
    assert conditions(made.around) == {"action": ("GetClip",), "own": ("no",)}
    assert around.cursor is None


def test_a_session_has_the_page_of_each_of_its_keys():
    menus = Menus("/events", asked("/events"))
    first, second = (menus.of("session", "job", "job", f"/sessions/ASIA{n}") for n in (1, 2))
    assert first != second
    assert {each.is_href for each in menus.made} == {"/events?session=job"}
