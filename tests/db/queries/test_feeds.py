"""Leases on a real database: one worker a feed, taken over when it is silent, fenced when it wakes up."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection, Engine, text

from app.core.model.feed import Feed, FeedKey, Progress
from app.core.model.scope import EVERYTHING, Scope
from app.db.queries import feeds
from tests.builders.waiting import eventually

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
KEY = FeedKey(111122223333, "iam")


def add(app_engine: Engine, *keys: FeedKey) -> None:
    with app_engine.begin() as connection:
        feeds.add_feeds(connection, [(key, 900) for key in keys], NOW)


def only_feed(app_engine: Engine) -> Feed:
    with app_engine.connect() as connection:
        (feed,) = feeds.feeds(connection, EVERYTHING)
    return feed


def test_a_feed_goes_to_one_worker_only(app_engine: Engine) -> None:
    add(app_engine, KEY)
    with app_engine.begin() as first, app_engine.begin() as second:
        assert feeds.claim(first, "a", NOW, 60, ["iam"]) is not None
        assert feeds.claim(second, "b", NOW, 60, ["iam"]) is None


def test_a_lease_that_ran_out_is_taken_over_from_the_cursor(app_engine: Engine) -> None:
    add(app_engine, KEY)
    with app_engine.begin() as connection:
        feeds.claim(connection, "killed", NOW, 60, ["iam"])
        feeds.advance(connection, KEY, "killed", {"page": 7}, Progress(7, 10, "pages"))
    with app_engine.begin() as connection:
        assert feeds.claim(connection, "next", NOW + timedelta(seconds=59), 60, ["iam"]) is None
    with app_engine.begin() as connection:
        taken = feeds.claim(connection, "next", NOW + timedelta(seconds=61), 60, ["iam"])
    assert taken is not None
    assert (taken.cursor, taken.progress) == ({"page": 7}, Progress(7, 10, "pages"))


def test_a_renewed_lease_is_not_taken_over(app_engine: Engine) -> None:
    add(app_engine, KEY)
    with app_engine.begin() as connection:
        feeds.claim(connection, "busy", NOW, 60, ["iam"])
        feeds.renew(connection, ["busy"], NOW + timedelta(seconds=120))
        assert feeds.claim(connection, "next", NOW + timedelta(seconds=61), 60, ["iam"]) is None


def test_the_feed_that_has_waited_longest_is_claimed_first(app_engine: Engine) -> None:
    with app_engine.begin() as connection:
        feeds.add_feeds(connection, [(FeedKey(1, "iam"), 900)], NOW)
        feeds.add_feeds(connection, [(FeedKey(2, "iam"), 900)], NOW - timedelta(minutes=5))
        claimed = feeds.claim(connection, "a", NOW, 60, ["iam"])
    assert claimed is not None
    assert claimed.key == FeedKey(2, "iam")


def test_adding_a_feed_again_keeps_its_cursor_and_takes_the_new_pause(app_engine: Engine) -> None:
    add(app_engine, KEY)
    with app_engine.begin() as connection:
        feeds.claim(connection, "a", NOW, 60, ["iam"])
        feeds.advance(connection, KEY, "a", {"page": 1}, None)
        feeds.add_feeds(connection, [(KEY, 60)], NOW)
    feed = only_feed(app_engine)
    assert (feed.cursor, feed.every_s) == ({"page": 1}, 60)


def test_whoever_lost_the_lease_cannot_move_the_cursor(app_engine: Engine) -> None:
    add(app_engine, KEY)
    with app_engine.begin() as connection:
        feeds.claim(connection, "slow", NOW, 60, ["iam"])
        feeds.claim(connection, "next", NOW + timedelta(seconds=61), 60, ["iam"])
    with pytest.raises(feeds.LeaseLost, match="held by next"), app_engine.begin() as connection:
        feeds.advance(connection, KEY, "slow", {"page": 9}, None)
    assert only_feed(app_engine).cursor is None


def test_whoever_lost_the_lease_cannot_end_the_other_s_run(app_engine: Engine) -> None:
    add(app_engine, KEY)
    with app_engine.begin() as connection:
        feeds.claim(connection, "slow", NOW, 60, ["iam"])
        feeds.claim(connection, "next", NOW + timedelta(seconds=61), 60, ["iam"])
        feeds.release(connection, KEY, "slow", NOW, NOW)
        feeds.fail(connection, KEY, "slow", NOW, NOW, "too late")
    feed = only_feed(app_engine)
    assert (feed.owner, feed.last_error, feed.attempts) == ("next", None, 0)


def test_success_ends_the_count_of_failures_but_keeps_when_the_last_one_was(app_engine: Engine) -> None:
    add(app_engine, KEY)
    with app_engine.begin() as connection:
        feeds.claim(connection, "a", NOW, 60, ["iam"])
        feeds.fail(connection, KEY, "a", NOW, NOW, "denied")
        feeds.claim(connection, "a", NOW, 60, ["iam"])
        feeds.release(connection, KEY, "a", NOW, NOW + timedelta(minutes=15))
    feed = only_feed(app_engine)
    assert (feed.attempts, feed.last_error, feed.last_error_at) == (0, None, NOW)


def test_an_error_with_a_character_that_postgres_does_not_take_ends_the_run_too(app_engine: Engine) -> None:
    add(app_engine, KEY)
    with app_engine.begin() as connection:
        feeds.claim(connection, "a", NOW, 60, ["iam"])
        feeds.fail(connection, KEY, "a", NOW, NOW, "S3 says: \0")
    feed = only_feed(app_engine)
    assert (feed.owner, feed.last_error) == (None, "S3 says: \ufffd")


def test_a_report_shows_call_and_progress_and_keeps_the_last_known_progress(app_engine: Engine) -> None:
    add(app_engine, KEY)
    with app_engine.begin() as connection:
        feeds.claim(connection, "a", NOW, 60, ["iam"])
        feeds.report(connection, KEY, "a", Progress(3, 10, "pages"), "iam:GetAccountAuthorizationDetails", NOW)
        feeds.report(connection, KEY, "a", None, "iam:GetCredentialReport", NOW)
    feed = only_feed(app_engine)
    assert (feed.progress, feed.last_call) == (Progress(3, 10, "pages"), "iam:GetCredentialReport")


def test_making_due_touches_only_accounts_in_scope(app_engine: Engine) -> None:
    with app_engine.begin() as connection:
        feeds.add_feeds(connection, [(KEY, 900)], NOW + timedelta(hours=1))
        assert feeds.make_due(connection, Scope(frozenset({1})), KEY.account_id, NOW) == 0
        assert feeds.make_due(connection, EVERYTHING, KEY.account_id, NOW, ["other"]) == 0
        assert feeds.make_due(connection, EVERYTHING, KEY.account_id, NOW, ["iam"]) == 1
    assert only_feed(app_engine).next_at == NOW


@pytest.mark.parametrize("skew_s", [0, -90, 90])
def test_whoever_asks_during_a_run_gets_another_whatever_his_clock_says(app_engine: Engine, skew_s: int) -> None:
    add(app_engine, KEY)
    asked, later = NOW + timedelta(seconds=skew_s), NOW + timedelta(hours=1)
    with app_engine.begin() as connection:
        feeds.make_due(connection, EVERYTHING, KEY.account_id, asked)
        for next_at in (NOW, later):
            feeds.claim(connection, "a", NOW + timedelta(seconds=90), 60, ["iam"])
            if next_at == NOW:
                feeds.make_due(connection, EVERYTHING, KEY.account_id, asked)
            feeds.release(connection, KEY, "a", NOW, later)
            assert [feed.next_at for feed in feeds.feeds(connection, EVERYTHING)] == [next_at]


def test_evaluation_becomes_due_in_the_accounts_that_have_hours_to_judge(app_engine: Engine) -> None:
    later = NOW + timedelta(hours=1)
    with app_engine.begin() as connection:
        feeds.add_feeds(connection, [(FeedKey(1, "evaluate"), 60), (FeedKey(2, "evaluate"), 60)], later)
        connection.exec_driver_sql("insert into touched_hour values (2, '2026-11-20 11:00Z', now())")
        feeds.make_touched_due(connection, NOW, "evaluate")
        due = {feed.key.account_id: feed.next_at for feed in feeds.feeds(connection, EVERYTHING)}
    assert due == {1: later, 2: NOW}


def test_it_lists_the_feeds_of_one_account_and_of_a_scope(app_engine: Engine) -> None:
    add(app_engine, FeedKey(1, "iam"), FeedKey(2, "iam"), FeedKey(3, "iam"))
    with app_engine.connect() as connection:
        assert [feed.key.account_id for feed in feeds.feeds(connection, Scope(frozenset({1, 3})))] == [1, 3]
        assert [feed.key.account_id for feed in feeds.feeds(connection, EVERYTHING, 2)] == [2]


def test_a_run_that_was_asked_for_during_a_run_comes_at_once(app_engine: Engine) -> None:
    add(app_engine, KEY)
    with app_engine.begin() as connection:
        feeds.claim(connection, "a", NOW, 60, ["iam"])
        feeds.make_due(connection, EVERYTHING, KEY.account_id, NOW + timedelta(seconds=5))
        ended = NOW + timedelta(seconds=10)
        feeds.release(connection, KEY, "a", ended, ended + timedelta(minutes=15))
    assert only_feed(app_engine).next_at == ended


def test_a_run_that_was_asked_for_before_it_began_is_not_repeated(app_engine: Engine) -> None:
    add(app_engine, KEY)
    later = NOW + timedelta(minutes=15)
    with app_engine.begin() as connection:
        feeds.make_due(connection, EVERYTHING, KEY.account_id, NOW)
        feeds.claim(connection, "a", NOW + timedelta(seconds=1), 60, ["iam"])
        feeds.release(connection, KEY, "a", NOW + timedelta(seconds=2), later)
    assert only_feed(app_engine).next_at == later


@pytest.mark.parametrize(
    "change",
    [
        lambda connection: feeds.renew(connection, ["a"], NOW + timedelta(seconds=120)),
        lambda connection: feeds.make_due(connection, EVERYTHING, KEY.account_id, NOW),
    ],
    ids=["renew", "make due"],
)
def test_many_feeds_are_locked_in_the_order_of_their_keys(
    app_engine: Engine, change: Callable[[Connection], object]
) -> None:
    first, second = FeedKey(KEY.account_id, "iam"), FeedKey(KEY.account_id, "kvs")
    # They lie in the table the other way round.
    add(app_engine, second)
    add(app_engine, first)
    with app_engine.begin() as connection:
        for key in (second, first):
            feeds.claim(connection, "a", NOW, 60, [key.source])

    def wait_in_line() -> None:
        with app_engine.begin() as connection:
            change(connection)

    with ThreadPoolExecutor(1) as pool, app_engine.begin() as holder:
        feeds.hold(holder, first, "a")
        waiting = pool.submit(wait_in_line)
        assert eventually(lambda: holder.execute(text("select count(*) from pg_locks where not granted")).scalar_one())
        # Whoever waits for the first one holds no other yet.
        holder.execute(text("select from feed where source = 'kvs' for update nowait"))
        holder.commit()
        waiting.result(20)
