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

    (answer,) = too_little_known(replace(facts, snapshot=unread))

    assert "0 days" in answer.reason
    assert "streams in us-east-1: never read, denied some:Action" in answer.reason


def test_a_region_that_nobody_tried_yet_is_not_empty():
    facts = day_of()
    account = replace(facts.snapshot.account, regions=("eu-central-1", "eu-west-1"))
    unread = replace(facts.snapshot, streams=(), account=account)

    (answer,) = too_little_known(replace(facts, snapshot=unread))

    assert "channels in eu-west-1: never read, not collected" in answer.reason


def test_a_past_that_begins_with_the_log_says_what_was_before():
    (answer,) = too_little_known(day_of(history=History(date(2026, 11, 20), dark="no trail logs in us-east-1")))

    assert answer.reason == (
        "calls of 3 days before are known: what is usual takes 7; "
        "before that, media reads were not logged: no trail logs in us-east-1"
    )


def test_media_of_a_stream_that_is_gone_is_still_judged():
    facts = day_of(call())

    assert list(too_little_known(replace(facts, snapshot=replace(facts.snapshot, streams=()))))
