"""How a hole is closed, and what is expected behind it."""

from collections.abc import Mapping
from datetime import timedelta

import msgspec
import pytest
import zstandard
from sqlalchemy import Connection, Engine, text

from app.core.coverage.cost import Expected
from app.core.coverage.observe import ActionClass
from app.core.model.metric import RequestCount, RequestCounts
from app.core.model.scope import EVERYTHING, Scope
from app.core.model.stream import ResourceKind, Stream
from app.core.model.trail import Trails
from app.core.parts import Streams, TrailStatuses
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


@pytest.mark.usefixtures("estate")
def test_what_the_changed_trail_then_logs_in_other_regions_is_expected_too(engine: Engine) -> None:
    other = "us-east-1"
    stream = Stream(
        f"arn:aws:kinesisvideo:{other}:{LEGACY}:stream/far-01/1719000000000", "far-01", other, ResourceKind.STREAM,
        "ACTIVE", NOW - timedelta(days=300),
    )  # fmt: skip
    at = NOW - timedelta(minutes=10)
    day = NOW.date() - timedelta(days=2)
    with engine.begin() as connection:
        told = text("select content from snapshot where account_id = :account and part = :part and valid_to is null")
        for part, kind in (("trails", Trails), ("trail_status", TrailStatuses)):
            known = connection.execute(told, {"account": LEGACY, "part": part}).scalar_one()
            content = msgspec.json.decode(zstandard.decompress(known), type=kind)
            store_part(connection, LEGACY, part, other, content, at)
        store_part(connection, LEGACY, "streams", other, Streams((stream,)), at)
        for region, calls in ((REGION, 50), (other, 200)):
            counts = RequestCounts(day, day + timedelta(days=2), (RequestCount("x", "GetMedia", day, calls),))
            store_part(connection, LEGACY, "request_counts", region, counts, NOW)
        found = _closed(connection, {READ: 12})
        alone = _closed(connection, {ActionClass.MANAGEMENT: 12})
    assert [{kind: one.calls for kind, one in place.items() if one} for place in found.places] == [
        {READ: 25, WRITE: 0},
        {READ: 100, WRITE: 0},
    ]
    assert len(alone.places) == 1
