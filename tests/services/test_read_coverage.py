"""What was observable in a scope."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from app.core.coverage.observe import ActionClass, ObservableState
from app.core.model.scope import EVERYTHING, Scope
from app.core.model.trail import FieldSelector
from app.core.query.filter import parse
from app.core.query.listing import EVENTS
from app.db.queries.event_filter import places_of_streams
from app.services.read_coverage import strips_over, with_named, worst_first
from tests.builders.accounts import CLINIC, NOW, make_account
from tests.builders.calls import dimension
from tests.builders.estate import (
    CAMS,
    DATA,
    LEGACY,
    REGION,
    RETAIL,
    make_bucket_reader,
    make_inventory,
    make_trail,
    stream_of,
)

START = NOW - timedelta(days=7)


@pytest.mark.usefixtures("estate")
def test_it_keeps_to_the_accounts_in_scope(engine: Engine) -> None:
    with engine.begin() as connection:
        assert {strip.account for strip in strips_over(connection, Scope(frozenset({CAMS})), START, NOW)} == {CAMS}


@pytest.mark.usefixtures("estate")
def test_the_account_of_which_least_was_seen_comes_first(engine: Engine) -> None:
    with engine.begin() as connection:
        ordered = worst_first(strips_over(connection, EVERYTHING, START, NOW), {})
    shares = [sum(strip.observed for strip in own) / len(own) for own in ordered.values()]
    assert set(ordered) == {CLINIC, CAMS, LEGACY, RETAIL}
    assert shares == sorted(shares)


DOOR, HALL, GONE = (f"arn:aws:kinesisvideo:{REGION}:{CLINIC}:stream/{name}/1" for name in ("door", "hall", "gone"))


@pytest.mark.parametrize(
    ("name", "region", "state"),
    [
        ("door", REGION, ObservableState.OBSERVED),
        ("hall", REGION, ObservableState.NOT_LOGGED),
        ("gone", REGION, ObservableState.NOT_LOGGED),
        ("gone", "us-east-1", ObservableState.UNKNOWN),
    ],
)
def test_a_stream_that_is_named_has_its_own_answer_also_when_it_is_gone(
    engine: Engine, name: str, region: str, state: ObservableState
) -> None:
    by_arn = replace(DATA, fields=(*DATA.fields, FieldSelector("resources.ARN", equals=(DOOR,))))
    query = parse([("stream", name)], EVENTS, NOW).filter
    with engine.begin() as connection:
        make_account(connection)
        make_bucket_reader(connection)
        make_inventory(connection, CLINIC, (stream_of(DOOR, "door"), stream_of(HALL, "hall")))
        make_trail(connection, CLINIC, (by_arn,))
        for arn in (DOOR, HALL, GONE):
            its = arn.replace(REGION, region)
            dimension(
                connection, "stream", account_id=CLINIC, region=region, kind="stream", name=arn.split("/")[1], arn=its
            )
        strips = strips_over(connection, EVERYTHING, START, NOW)
        found = with_named(connection, EVERYTHING, strips, query, places_of_streams(connection, EVERYTHING, query))
    (strip,) = (one for one in found if (one.region, one.kind) == (region, ActionClass.READ))
    assert {stretch.state for stretch in strip.stretches} == {state}


@pytest.mark.usefixtures("estate")
def test_streams_that_share_the_answer_of_their_region_are_not_computed_again(engine: Engine) -> None:
    with engine.begin() as connection:
        strips = strips_over(connection, EVERYTHING, START, NOW)
        query = parse([("stream~", "gate")], EVENTS, NOW).filter
        places = places_of_streams(connection, EVERYTHING, query)
        assert places
        assert with_named(connection, EVERYTHING, strips, query, places) is strips
