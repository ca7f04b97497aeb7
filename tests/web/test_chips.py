from datetime import UTC, datetime
from urllib.parse import parse_qsl

import pytest

from app.core.query.filter import parse
from app.core.query.listing import EVENTS
from app.web.chips import Chip, called, chips

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
NAMES = {"590817264433": "clinic-video"}


def made(question: str) -> tuple[Chip, ...]:
    answer = parse(parse_qsl(question), EVENTS, NOW)
    return chips("/events", answer.filter, answer.problems, NAMES)


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("action=GetMedia", "Call is GetMedia"),
        ("action=GetMedia&action=GetClip", "Call is GetClip, GetMedia"),
        ("account=590817264433", "Account is clinic-video"),
        ("user_agent~=boto", "User agent contains boto"),
        ("action!=PutMedia", "Call is not PutMedia"),
        ("stream=__none__", "Stream is empty"),
        ("stream!=__none__", "Stream is not empty"),
        ("stream=a&stream=__none__", "Stream is a, empty"),
        ("principal=arn:aws:iam::590817264433:role/path/Analyst", "Principal is Analyst"),
        ("action=A&action=B&action=C&action=D&action=E", "Call is A, B, C, 2 more"),
        ("own=yes", "Own calls is yes"),
        ("own=yes&own=no", "Own calls are shown too"),
    ],
)
def test_a_condition_is_said_in_words(question, said):
    (chip,) = made(question)
    assert " ".join(filter(None, (chip.field, chip.verb, chip.values))) == said


def test_what_holds_by_default_is_no_chip():
    assert made("own=no") == ()


def test_each_chip_drops_itself_and_nothing_else():
    first, second = made("action=GetMedia&outcome=denied")
    assert (first.drop, second.drop) == ("/events?outcome=denied", "/events?action=GetMedia")


def test_a_problem_is_a_chip_too():
    (chip,) = made("colour=red")
    assert chip.is_bad
    assert (chip.field, chip.values, chip.drop) == ("colour=red", "is not a field of events", "/events")


def test_the_chip_of_an_exclusion_is_drawn_otherwise():
    (chip,) = made("action!=PutMedia")
    assert chip.is_not


def test_a_stream_is_called_by_its_name_and_an_unknown_value_by_itself():
    assert called("arn:aws:kinesisvideo:eu-central-1:590817264433:stream/gate/17", {}) == "gate"
    assert called("GetMedia", {}) == "GetMedia"
