"""What a first look has to wait for."""

from datetime import UTC, datetime

from sqlalchemy import Engine

from app.core.model.feed import FeedKey
from app.db.queries import feeds
from app.services.readiness import readiness

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
IAM, SLOW = FeedKey(111122223333, "iam"), FeedKey(111122223333, "lookup_events", "us-east-1")


def ran(app_engine: Engine, key: FeedKey, *, well: bool) -> None:
    with app_engine.begin() as connection:
        claimed = feeds.claim(connection, "w", NOW, 60, [key.source])
        assert claimed is not None
        if well:
            feeds.release(connection, key, "w", NOW, NOW)
        else:
            feeds.fail(connection, key, "w", NOW, NOW, "denied")


def test_it_is_not_ready_before_anything_is_watched(app_engine: Engine) -> None:
    assert not readiness(app_engine).is_ready


def test_it_names_what_it_waits_for(app_engine: Engine) -> None:
    with app_engine.begin() as connection:
        feeds.add_feeds(connection, [(IAM, 900)], NOW)
    assert readiness(app_engine).waiting == ("iam of 111122223333",)


def test_it_does_not_wait_for_what_is_slow_and_not_needed(app_engine: Engine) -> None:
    with app_engine.begin() as connection:
        feeds.add_feeds(connection, [(IAM, 900), (SLOW, 900)], NOW)
    ran(app_engine, IAM, well=True)
    assert readiness(app_engine).is_ready


def test_a_feed_that_failed_has_been_read_as_far_as_it_goes(app_engine: Engine) -> None:
    with app_engine.begin() as connection:
        feeds.add_feeds(connection, [(IAM, 900)], NOW)
    ran(app_engine, IAM, well=False)
    assert readiness(app_engine).is_ready
