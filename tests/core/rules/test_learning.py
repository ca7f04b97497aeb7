from dataclasses import replace
from datetime import date

import pytest

from app.core.rules.facts import History
from app.core.rules.learning import too_little_known
from tests.builders.facts import call, day_of, denied, parts


def test_a_week_is_enough():
    assert list(too_little_known(day_of(history=History(date(2026, 11, 16))))) == []


@pytest.mark.parametrize(
    ("since", "said"), [(date(2026, 11, 17), "6 days"), (date(2026, 11, 23), "0 days"), (None, "0 days")]
)
def test_less_is_said_in_days(since: date | None, said: str):
    (answer,) = too_little_known(day_of(history=History(since)))

    assert said in answer.reason


def test_an_account_without_streams_leaves_nothing_to_tell():
    facts = day_of()

    assert list(too_little_known(replace(facts, snapshot=replace(facts.snapshot, streams=())))) == []


def test_streams_that_could_not_be_read_are_not_none():
    facts = day_of()
    unread = replace(facts.snapshot, streams=(), parts=parts(denied("streams", "us-east-1")))

    assert list(too_little_known(replace(facts, snapshot=unread)))


def test_media_of_a_stream_that_is_gone_is_still_judged():
    facts = day_of(call())

    assert list(too_little_known(replace(facts, snapshot=replace(facts.snapshot, streams=()))))
