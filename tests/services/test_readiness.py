"""What a first look has to wait for."""

from datetime import UTC, datetime

from sqlalchemy import Engine

from app.core.model.feed import Feed, FeedKey
from app.db.queries import feeds
from app.services.readiness import FirstReading

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
    assert not FirstReading().look(app_engine).is_ready


def test_it_names_what_it_waits_for(app_engine: Engine) -> None:
    with app_engine.begin() as connection:
        feeds.add_feeds(connection, [(IAM, 900)], NOW)
    assert FirstReading().look(app_engine).waiting == ("iam of 111122223333",)


def test_it_does_not_wait_for_what_is_slow_and_not_needed(app_engine: Engine) -> None:
    with app_engine.begin() as connection:
        feeds.add_feeds(connection, [(IAM, 900), (SLOW, 900)], NOW)
    ran(app_engine, IAM, well=True)
    assert FirstReading().look(app_engine).is_ready


def test_a_feed_that_failed_has_been_read_as_far_as_it_goes(app_engine: Engine) -> None:
    with app_engine.begin() as connection:
        feeds.add_feeds(connection, [(IAM, 900)], NOW)
    ran(app_engine, IAM, well=False)
    assert FirstReading().look(app_engine).is_ready


def at(minute: int) -> datetime:
    return NOW.replace(minute=minute)


def test_an_account_is_ready_when_it_was_judged_after_everything_had_come_in() -> None:
    reading = FirstReading()
    iam = Feed(IAM, 900, NOW, last_success_at=at(5))
    early = Feed(FeedKey(IAM.account_id, "evaluate"), 60, NOW, last_started_at=at(4), last_success_at=at(6))
    late = Feed(FeedKey(IAM.account_id, "evaluate"), 60, NOW, last_started_at=at(6), last_success_at=at(7))
    assert reading.of([iam, early]).waiting == ("evaluate of 111122223333",)
    assert reading.of([iam, late]).is_ready


def test_a_later_poll_does_not_make_it_wait_again() -> None:
    reading = FirstReading()
    judged = Feed(FeedKey(IAM.account_id, "evaluate"), 60, NOW, last_started_at=at(6), last_success_at=at(7))
    assert reading.of([Feed(IAM, 900, NOW, last_success_at=at(5)), judged]).is_ready
    assert reading.of([Feed(IAM, 900, NOW, last_success_at=at(20)), judged]).is_ready


def test_every_account_waits_for_the_log_files_of_the_archive() -> None:
    archive = Feed(FeedKey(999900001111, "s3_logs"), 60, NOW)
    judged = Feed(FeedKey(IAM.account_id, "evaluate"), 60, NOW, last_started_at=at(6), last_success_at=at(7))
    assert "evaluate of 111122223333" in FirstReading().of([archive, judged]).waiting


def test_an_account_is_judged_after_log_groups_of_others_were_read_too() -> None:
    reading = FirstReading()
    group = Feed(FeedKey(999900001111, "cloudwatch_logs", "eu-west-1"), 60, NOW, last_success_at=at(7))
    judged = Feed(FeedKey(IAM.account_id, "evaluate"), 60, NOW, last_started_at=at(6), last_success_at=at(7))
    assert reading.of([group, judged]).waiting == ("evaluate of 111122223333",)
