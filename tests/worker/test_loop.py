"""The worker over a real database: claims, failures, leases taken over."""

import os
import socket
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Event

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError

from app.clock import now as wall_clock
from app.core.errors import CouldNotLook
from app.core.model.feed import Feed, FeedKey
from app.core.model.scope import EVERYTHING
from app.db.queries import feeds
from app.worker.loop import LONGEST_PAUSE_S, Worker, pause_after
from app.worker.run import FeedRun, Outcome
from tests.builders.waiting import eventually

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
KEY = FeedKey(111122223333, "iam")


def clock() -> datetime:
    return NOW


def succeed(_run: FeedRun) -> Outcome:
    return Outcome()


def worker(app_engine: Engine, handler, threads: int = 1) -> Worker:
    return Worker(app_engine, {"iam": handler}, clock=clock, threads=threads, lease_s=60, idle_s=0.01)


def add(app_engine: Engine, *keys: FeedKey) -> None:
    with app_engine.begin() as connection:
        feeds.add_feeds(connection, [(key, 900) for key in keys], NOW)


def only_feed(app_engine: Engine) -> Feed:
    with app_engine.connect() as connection:
        (feed,) = feeds.feeds(connection, EVERYTHING)
    return feed


def test_it_runs_a_due_feed_and_puts_it_to_rest(app_engine: Engine) -> None:
    add(app_engine, KEY)
    assert worker(app_engine, succeed).run_once()
    feed = only_feed(app_engine)
    assert (feed.owner, feed.next_at, feed.last_success_at) == (None, NOW + timedelta(seconds=900), NOW)


def test_it_finds_nothing_when_nothing_is_due(app_engine: Engine) -> None:
    add(app_engine, KEY)
    one = worker(app_engine, succeed)
    one.run_once()
    assert not one.run_once()


def test_it_leaves_sources_alone_that_it_has_no_handler_for(app_engine: Engine) -> None:
    add(app_engine, FeedKey(111122223333, "something_new"))
    assert not worker(app_engine, succeed).run_once()


def test_it_keeps_the_reason_of_a_failure_and_tries_again_later(app_engine: Engine) -> None:
    def denied(_run: FeedRun) -> Outcome:
        raise CouldNotLook("iam:GetAccountAuthorizationDetails was denied")

    add(app_engine, KEY)
    worker(app_engine, denied).run_once()
    feed = only_feed(app_engine)
    assert feed.last_error == "iam:GetAccountAuthorizationDetails was denied"
    assert feed.attempts == 1
    assert NOW < feed.next_at <= NOW + timedelta(seconds=10)


def test_it_survives_a_defect_in_a_handler_and_names_it(app_engine: Engine) -> None:
    def broken(_run: FeedRun) -> Outcome:
        raise ZeroDivisionError("of ours")

    add(app_engine, KEY)
    worker(app_engine, broken).run_once()
    assert only_feed(app_engine).last_error == "ZeroDivisionError: of ours"


def test_it_drops_what_a_worker_read_that_lost_its_lease(app_engine: Engine) -> None:
    def slept_too_long(run: FeedRun) -> Outcome:
        with app_engine.begin() as connection:
            feeds.claim(connection, "another", NOW + timedelta(hours=1), 60, ["iam"])
        with app_engine.begin() as connection:
            feeds.advance(connection, run.feed.key, run.owner, {"at": "end"}, None)
        return Outcome()

    add(app_engine, KEY)
    worker(app_engine, slept_too_long).run_once()
    feed = only_feed(app_engine)
    assert (feed.owner, feed.cursor, feed.last_error) == ("another", None, None)


def test_its_threads_share_the_feeds_and_stop_when_told(app_engine: Engine) -> None:
    done = Event()
    seen: list[FeedKey] = []

    def handler(run: FeedRun) -> Outcome:
        seen.append(run.feed.key)
        if len(seen) == 20:
            done.set()
        return Outcome()

    add(app_engine, *(FeedKey(n, "iam") for n in range(1, 21)))
    one = worker(app_engine, handler, threads=2)
    one.start()
    assert done.wait(20)
    one.stop()
    assert sorted(seen) == [FeedKey(n, "iam") for n in range(1, 21)]
    with app_engine.connect() as connection:
        assert connection.execute(text("select count(*) from worker where stopped_at is null")).scalar_one() == 0


def test_it_gives_up_the_leases_of_dead_workers_of_its_machine(app_engine: Engine) -> None:
    add(app_engine, KEY)
    gone = 2**22 + 1  # above the largest process id of Linux
    with app_engine.begin() as connection:
        connection.execute(
            text("insert into worker values ('old', :host, :pid, '0', :now, :now, null)"),
            {"host": socket.gethostname(), "pid": gone, "now": NOW},
        )
        feeds.claim(connection, "old/feed-0", NOW, 3600, ["iam"])
    done = Event()
    one = worker(app_engine, lambda _run: (done.set(), Outcome())[1])
    one.start()
    assert done.wait(20)
    one.stop()


def cut_off(run: FeedRun, engine: Engine) -> Outcome:
    """Lose the connection to the database in the middle of a run, as when the server falls."""
    with run.engine.connect() as connection:
        pid = connection.execute(text("select pg_backend_pid()")).scalar_one()
        with engine.connect() as another:
            another.execute(text("select pg_terminate_backend(:pid)"), {"pid": pid})
        connection.execute(text("select 1"))
    raise AssertionError("the connection should be gone")


def test_it_runs_a_feed_again_that_the_databases_fall_broke_off(app_engine: Engine, engine: Engine) -> None:
    again, seen = Event(), []

    def handler(run: FeedRun) -> Outcome:
        seen.append(run.feed.key)
        if len(seen) == 1:
            return cut_off(run, engine)
        again.set()
        return Outcome()

    add(app_engine, KEY)
    one = worker(app_engine, handler)
    one.start()
    # The clock stands still: no lease runs out here. The thread itself knows that it runs the feed no more.
    assert again.wait(20)
    one.stop()
    assert only_feed(app_engine).last_success_at == NOW


def heartbeat_of(engine: Engine, one: Worker) -> datetime:
    with engine.connect() as connection:
        return connection.execute(text("select heartbeat_at from worker where id = :id"), {"id": one.id}).scalar_one()


def test_it_counts_the_databases_fall_as_no_failure_of_the_feed(app_engine: Engine, engine: Engine) -> None:
    add(app_engine, KEY)
    with pytest.raises(OperationalError):
        worker(app_engine, lambda run: cut_off(run, engine)).run_once()
    assert (only_feed(app_engine).attempts, only_feed(app_engine).last_error) == (0, None)


@pytest.mark.usefixtures("new_database")
def test_it_claims_and_beats_again_when_the_database_is_back(app_engine: Engine, engine: Engine) -> None:
    done = Event()

    def handler(_run: FeedRun) -> Outcome:
        done.set()
        return Outcome()

    one = Worker(app_engine, {"iam": handler}, clock=wall_clock, threads=2, lease_s=1, idle_s=0.01)
    one.start()
    for _ in range(20):
        with engine.connect() as connection:
            connection.execute(
                text("""select pg_terminate_backend(pid) from pg_stat_activity
                        where datname = current_database() and pid <> pg_backend_pid()""")
            )
    cut_at = wall_clock()
    add(app_engine, KEY)
    assert done.wait(20)
    assert eventually(lambda: heartbeat_of(engine, one) > cut_at)
    one.stop()


def test_it_gives_up_the_leases_of_a_container_that_has_its_process_number_again(app_engine: Engine) -> None:
    add(app_engine, KEY)
    with app_engine.begin() as connection:
        connection.execute(
            text("insert into worker values ('before', :host, :pid, '0', :now, :now, null)"),
            {"host": socket.gethostname(), "pid": os.getpid(), "now": NOW},
        )
        feeds.claim(connection, "before/feed-0", NOW, 3600, ["iam"])
    done = Event()
    one = worker(app_engine, lambda _run: (done.set(), Outcome())[1])
    one.start()
    assert done.wait(20)
    one.stop()


def test_it_does_not_show_the_statement_of_a_refused_write(app_engine: Engine) -> None:
    def wrong(run: FeedRun) -> Outcome:
        with run.engine.begin() as connection:
            connection.execute(text("insert into feed (account_id) values (:secret)"), {"secret": 42})
        return Outcome()

    add(app_engine, KEY)
    worker(app_engine, wrong).run_once()
    error = only_feed(app_engine).last_error or ""
    assert error.startswith("IntegrityError: null value in column")
    assert "insert" not in error


def test_it_lets_the_others_run_when_the_database_refuses_one(app_engine: Engine) -> None:
    def refused(run: FeedRun) -> Outcome:
        if run.feed.key == KEY:
            with run.engine.begin() as connection:
                connection.execute(text("do $$ begin raise exception 'disk full' using errcode = '53100'; end $$"))
        return Outcome()

    other = FeedKey(222233334444, "iam")
    add(app_engine, KEY, other)
    one = worker(app_engine, refused)
    assert [one.run_once(), one.run_once(), one.run_once()] == [True, True, False]
    with app_engine.connect() as connection:
        found = {feed.key: feed.last_error for feed in feeds.feeds(connection, EVERYTHING)}
    assert found[other] is None
    assert "free some space" in (found[KEY] or "")


def test_pauses_double_and_end_at_an_hour() -> None:
    def pause(attempts: int) -> float:
        return pause_after(Feed(KEY, every_s=86400, next_at=NOW, attempts=attempts)).total_seconds()

    assert 3 <= pause(0) <= 7
    assert 30 <= pause(3) <= 50
    assert pause(30) <= LONGEST_PAUSE_S * 1.25


def test_what_can_wait_waits_while_others_are_due(app_engine: Engine) -> None:
    ran: list[str] = []

    def handler(run: FeedRun) -> Outcome:
        ran.append(run.feed.key.source)
        return Outcome()

    with app_engine.begin() as connection:
        feeds.add_feeds(connection, [(FeedKey(1, "lookup_events"), 900)], NOW - timedelta(hours=1))
        feeds.add_feeds(connection, [(FeedKey(1, "iam"), 900), (FeedKey(2, "iam"), 900)], NOW)
    one = Worker(
        app_engine,
        {"iam": handler, "lookup_events": handler},
        clock=clock,
        threads=1,
        lease_s=60,
        background=["lookup_events"],
    )
    while one.run_once():
        pass
    assert ran == ["iam", "iam", "lookup_events"]


def test_a_long_backfill_leaves_a_thread_for_what_is_new(app_engine: Engine) -> None:
    started, go_on, judged = Event(), Event(), Event()

    def slow(_run: FeedRun) -> Outcome:
        started.set()
        go_on.wait(20)
        return Outcome()

    def judge(_run: FeedRun) -> Outcome:
        judged.set()
        return Outcome()

    with app_engine.begin() as connection:
        feeds.add_feeds(connection, [(FeedKey(n, "lookup_events"), 900) for n in range(5)], NOW)
    one = Worker(
        app_engine,
        {"lookup_events": slow, "iam": judge},
        clock=clock,
        threads=2,
        lease_s=60,
        background=["lookup_events"],
        idle_s=0.01,
    )
    one.start()
    assert started.wait(20)
    add(app_engine, KEY)
    assert judged.wait(20)
    go_on.set()
    one.stop()


def test_what_can_wait_comes_in_its_order(app_engine: Engine) -> None:
    ran: list[str] = []

    def handler(run: FeedRun) -> Outcome:
        ran.append(run.feed.key.source)
        return Outcome()

    with app_engine.begin() as connection:
        feeds.add_feeds(connection, [(FeedKey(1, "lookup_events"), 900)], NOW - timedelta(hours=1))
        feeds.add_feeds(connection, [(FeedKey(1, "cloudwatch"), 900)], NOW)
    table = {"lookup_events": handler, "cloudwatch": handler}
    one = Worker(app_engine, table, clock=clock, threads=1, lease_s=60, background=["cloudwatch", "lookup_events"])
    while one.run_once():
        pass
    assert ran == ["cloudwatch", "lookup_events"]


ENDLESS = [FeedKey(1, "s3_logs"), FeedKey(2, "s3_logs")]
WAITING = ["retention", "s3_digests", "kinesisvideo_detail", "lookup_events"]


def beside_endless_backfills(app_engine: Engine, handler, threads: int) -> Worker:
    """Return a worker with two backfills that never end, and what waits in the background meanwhile."""

    def backfill(run: FeedRun) -> Outcome:
        handler(run)
        with run.engine.begin() as connection:
            feeds.make_due(connection, EVERYTHING, 1, NOW, ["s3_digests"])
        return Outcome(timedelta(0))

    with app_engine.begin() as connection:
        feeds.add_feeds(connection, [(key, 60) for key in ENDLESS], NOW)
        feeds.add_feeds(connection, [(FeedKey(1, source), 900) for source in WAITING], NOW)
    table = {"s3_logs": backfill} | dict.fromkeys(WAITING, handler)
    return Worker(app_engine, table, clock=clock, threads=threads, lease_s=60, background=WAITING, idle_s=0.01)


def test_what_can_wait_has_every_other_turn_while_backfills_go_on(app_engine: Engine) -> None:
    ran: list[str] = []

    def handler(run: FeedRun) -> Outcome:
        ran.append(run.feed.key.source)
        return Outcome()

    one = beside_endless_backfills(app_engine, handler, threads=1)
    assert all(one.run_once() for _ in range(2 * len(WAITING) + 2))
    assert ran[::2] == ["s3_logs"] * (len(WAITING) + 1)
    assert set(WAITING) <= set(ran[1::2])


@pytest.mark.parametrize("threads", [2, 3])
def test_endless_backfills_in_all_threads_keep_nothing_from_being_run(app_engine: Engine, threads: int) -> None:
    ran: set[str] = set()
    done = Event()

    def handler(run: FeedRun) -> Outcome:
        ran.add(run.feed.key.source)
        if ran >= set(WAITING):
            done.set()
        return Outcome()

    one = beside_endless_backfills(app_engine, handler, threads)
    one.start()
    assert done.wait(20), ran
    one.stop()


def test_a_backfill_in_the_background_does_not_have_every_turn_either(app_engine: Engine) -> None:
    ran: list[str] = []

    def endless(run: FeedRun) -> Outcome:
        ran.append(run.feed.key.source)
        return Outcome(timedelta(0))

    add(app_engine, KEY, replace(KEY, source="lookup_events"))
    table = {"iam": endless, "lookup_events": endless}
    one = Worker(app_engine, table, clock=clock, threads=1, lease_s=60, background=["lookup_events"], idle_s=0.01)
    assert all(one.run_once() for _ in range(4))
    assert ran == ["iam", "lookup_events", "iam", "lookup_events"]


def test_what_listens_is_run_while_all_other_threads_are_busy_and_never_the_other_way_round(
    app_engine: Engine,
) -> None:
    go_on, heard, ran = Event(), Event(), []

    def slow(_run: FeedRun) -> Outcome:
        ran.append(threading.current_thread().name)
        go_on.wait(20)
        return Outcome()

    def listen(_run: FeedRun) -> Outcome:
        ran.append(threading.current_thread().name)
        heard.set()
        return Outcome()

    add(app_engine, *(replace(KEY, account_id=n) for n in range(5)))
    handlers = {"iam": slow, "sqs_logs": listen}
    one = Worker(app_engine, handlers, clock=clock, threads=2, lease_s=60, listening=["sqs_logs"], idle_s=0.01)
    one.start()
    assert eventually(lambda: sorted(ran) == ["feed-0", "feed-1"])
    add(app_engine, replace(KEY, source="sqs_logs"))
    assert heard.wait(20)
    go_on.set()
    one.stop()
    assert [name.split("-")[0] for name in ran].count("listen") == 1
