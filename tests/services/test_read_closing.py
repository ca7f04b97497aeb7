"""How a hole is closed, and what is expected behind it."""

from collections.abc import Mapping
from datetime import timedelta

import pytest
from sqlalchemy import Connection, Engine

from app.core.coverage.cost import Expected
from app.core.coverage.observe import ActionClass
from app.core.model.metric import RequestCount, RequestCounts
from app.core.model.scope import EVERYTHING, Scope
from app.db.queries.snapshots import store_part
from app.services.read_closing import Closed, Hidden, read_closing
from app.services.read_coverage import strips_over
from tests.builders.accounts import NOW
from tests.builders.calls import make_calls
from tests.builders.estate import CAMS, CLINIC, LEGACY, REGION

READ, WRITE, SIGNALING = ActionClass.READ, ActionClass.WRITE, ActionClass.SIGNALING


def _closed(
    connection: Connection, streams: Mapping[ActionClass, int], *, days: int = 30, scope: Scope = EVERYTHING
) -> Closed:
    strips = strips_over(connection, scope, NOW - timedelta(days=days), NOW)
    (found,) = read_closing(connection, scope, [Hidden(LEGACY, REGION, tuple(streams.items()))], strips, NOW)
    return found


@pytest.mark.usefixtures("estate")
def test_calls_are_expected_as_on_streams_that_were_observed_all_week(engine: Engine) -> None:
    with engine.begin() as connection:
        before = _closed(connection, {READ: 12}).expected[READ]
        # 84 more calls in the week on CAMS's twelve streams; CLINIC was blind for some hours of it.
        make_calls(connection, "GetClip", 84, NOW - timedelta(days=3), account_id=CAMS)
        make_calls(connection, "GetClip", 8400, NOW - timedelta(days=3), account_id=CLINIC)
        after = _closed(connection, {READ: 12, SIGNALING: 1})
    assert before is not None
    assert after.expected[READ] == Expected(
        pytest.approx(before.calls + 12), "as on 12 like ones whose calls are stored, over 7 days"
    )
    assert [text.title for text in after.closing.texts] == ["Selectors", "AWS CLI", "CloudFormation"]
    assert "kvs-trail" in after.closing.said


def _counted(engine: Engine, action: str, calls: int) -> Closed:
    """Return how a hole of reads is closed where CloudWatch counted so many calls over two days."""
    day = NOW.date() - timedelta(days=2)
    counts = RequestCounts(day, day + timedelta(days=2), (RequestCount("old-01", action, day, calls),))
    with engine.begin() as connection:
        store_part(connection, LEGACY, "request_counts", REGION, counts, NOW)
        return _closed(connection, {READ: 12})


@pytest.mark.usefixtures("estate")
def test_what_cloudwatch_counted_is_believed_before_what_is_usual(engine: Engine) -> None:
    found = _counted(engine, "GetMedia", 50).expected[READ]
    assert found == Expected(25, "by CloudWatch's request counts of 2 days to 2026-11-23")


@pytest.mark.usefixtures("estate")
def test_what_the_selector_takes_beside_the_hole_is_expected_too(engine: Engine) -> None:
    found = _counted(engine, "PutMedia", 5_000).expected[WRITE]
    assert found is not None
    assert found.calls == 2_500


@pytest.mark.usefixtures("estate")
def test_where_nobody_was_observed_nothing_is_expected(engine: Engine) -> None:
    nothing = {READ: None, WRITE: None}
    with engine.begin() as connection:
        assert _closed(connection, {READ: 12}, scope=Scope(frozenset({LEGACY}))).expected == nothing
        assert _closed(connection, {READ: 12}, days=0).expected == nothing
        assert read_closing(connection, EVERYTHING, [], (), NOW) == ()
