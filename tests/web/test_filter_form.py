from datetime import UTC, datetime
from urllib.parse import parse_qsl

from app.core.query.filter import Filter, parse
from app.core.query.listing import EVENTS
from app.web.filter_form import Box, box, carried

NOW = datetime(2026, 11, 23, 9, 41, tzinfo=UTC)


def asked(question: str) -> Filter:
    return parse(parse_qsl(question), EVENTS, NOW).filter


def test_a_box_holds_the_one_value_of_its_field():
    query = asked("action=GetMedia&user_agent~=boto&principal=a&principal=b")
    assert box(query, "action", "Call") == Box("action", "Call", "GetMedia")
    assert box(query, "user_agent~", "Agent contains").value == "boto"
    assert box(query, "user_agent", "Agent").value == ""
    assert box(query, "principal", "Principal").value == ""
    assert box(query, "outcome", "Outcome", ("ok", "denied")).choices == ("ok", "denied")


def test_what_the_form_does_not_ask_for_is_carried_along():
    query = asked("action=GetMedia&principal=a&principal=b&from=now-2d&own=yes")
    assert sorted(carried(query, ["action", "from"])) == [("own", "yes"), ("principal", "a"), ("principal", "b")]
