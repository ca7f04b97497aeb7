from datetime import timedelta

import pytest
from sqlalchemy import text

from app import clock
from app.aws.ledger import Ledger
from app.aws.session import AccountSession
from app.core.model.feed import FeedKey
from app.core.model.scope import EVERYTHING
from app.db.queries import feeds
from app.db.queries.ingest import EventStore
from app.demo.emulator import Emulator
from app.services.evaluate_rules import evaluate
from app.services.ingest_feed import ingest_feed
from app.services.mark_own_calls import Marked, mark_own_calls
from tests.builders.accounts import make_account, make_own_calls
from tests.builders.events import CLINIC
from tests.builders.own import OUR_ROLE, START, THEIRS, arrive, begin_calls, listing, session, settle
from tests.builders.polling import account_of, aws_settings, polled, watch


@pytest.fixture
def store(app_engine):
    with app_engine.begin() as connection:
        settle(connection)
        make_account(connection, role_arn=OUR_ROLE)
    return EventStore(app_engine)


def mark(engine):
    with engine.connect() as connection:
        hours = connection.execute(text("select hour from touched_hour")).scalars().all()
    return mark_own_calls(engine, CLINIC, hours)


def marked(engine):
    with engine.connect() as connection:
        return set(connection.execute(text("select event_id::text from event where is_own")).scalars())


def ledger(engine, lists, **more):
    with engine.begin() as connection:
        begin_calls(connection, lists, **more)


def forget_touched(engine):
    with engine.begin() as connection:
        connection.execute(text("delete from touched_hour"))


def test_calls_that_the_ledger_knows_are_marked(app_engine, store):
    ledger(app_engine, 2)
    arrive(store, session(1), listing(1), listing(2))
    assert mark(app_engine) == Marked(own=2)
    assert marked(app_engine) == {listing(1).event_id, listing(2).event_id}


def test_again_changes_nothing(app_engine, store):
    ledger(app_engine, 1)
    arrive(store, session(1), listing(1))
    mark(app_engine)
    assert mark(app_engine) == Marked()


def test_what_the_ledger_does_not_know_stays_visible(app_engine, store):
    ledger(app_engine, 1)
    arrive(store, session(1), listing(1), listing(2, minute=20), listing(3, session_name="mallory"))
    mark(app_engine)
    assert marked(app_engine) == {listing(1).event_id}


def test_a_session_that_arrives_late_tells_which_calls_were_ours(app_engine, store):
    ledger(app_engine, 1, sessions=1)
    ledger(app_engine, 1, sessions=0, hour=START + timedelta(hours=10))
    arrive(store, session(9, minute=-30, session_name="mallory"), listing(1), listing(2, minute=605))
    mark(app_engine)
    assert marked(app_engine) == set()
    forget_touched(app_engine)
    arrive(store, session(1))
    assert mark(app_engine) == Marked(own=2)


def test_a_mark_is_taken_back_when_a_call_of_the_same_hour_contradicts_it(app_engine, store):
    ledger(app_engine, 1)
    arrive(store, session(1), listing(2, minute=30))
    mark(app_engine)
    forget_touched(app_engine)
    arrive(store, listing(1, minute=10))
    assert mark(app_engine) == Marked(own=1, not_own=1)
    assert marked(app_engine) == {listing(1, minute=10).event_id}


def test_a_role_that_is_ours_no_more_has_no_own_calls(app_engine, store):
    ledger(app_engine, 1)
    arrive(store, session(1), listing(1))
    mark(app_engine)
    with app_engine.begin() as connection:
        connection.execute(text("update account set role_arn = role_arn || '-2'"))
    assert mark(app_engine) == Marked(not_own=1)


def test_whatever_the_order_of_arrival_the_marks_are_the_same(app_engine, store):
    ledger(app_engine, 2)
    found = [session(1), listing(1), listing(2), listing(3), listing(4, address=THEIRS)]
    for each in reversed(found):
        arrive(store, each)
        mark(app_engine)
        forget_touched(app_engine)
    assert marked(app_engine) == {listing(1).event_id, listing(2).event_id}


def test_hours_that_nothing_touched_are_left_alone(app_engine, store):
    ledger(app_engine, 1)
    arrive(store, session(1), listing(1))
    forget_touched(app_engine)
    assert mark(app_engine) == Marked()
    assert marked(app_engine) == set()


def test_hours_older_than_the_ledger_keep_their_marks(app_engine, store):
    old = listing(7, minute=-9 * 24 * 60)
    arrive(store, old)
    with app_engine.begin() as connection:
        connection.execute(text("update event set is_own = true"))
    assert mark(app_engine) == Marked()
    ledger(app_engine, 1)
    arrive(store, session(1), listing(1))
    assert mark(app_engine) == Marked(own=1)
    assert marked(app_engine) == {old.event_id, listing(1).event_id}


def test_before_the_first_start_and_without_a_role_nothing_is_ours(app_engine, store):
    ledger(app_engine, 1)
    arrive(store, session(1), listing(1))
    with app_engine.begin() as connection:
        connection.execute(text("update account set role_arn = ''"))
    assert mark(app_engine) == Marked()
    assert mark_own_calls(app_engine, 7, [START]) == Marked()
    with app_engine.begin() as connection:
        connection.execute(text("update account set role_arn = :role"), {"role": OUR_ROLE})
        connection.execute(text("delete from install"))
    assert mark(app_engine) == Marked()


def test_an_evaluation_marks_our_calls_and_finds_the_one_that_is_not_ours(app_engine, store):
    ledger(app_engine, 2)
    arrive(store, session(1), listing(1), listing(2), listing(3, action="GetDataEndpoint", address=THEIRS))
    assert evaluate(app_engine, CLINIC, now=START + timedelta(hours=3)).errors == {}
    assert marked(app_engine) == {listing(1).event_id, listing(2).event_id}
    with app_engine.connect() as connection:
        found = connection.execute(
            text("select subject, message from finding where rule = 'own_role_called_outside_ledger'")
        ).all()
    assert [row.subject for row in found] == [OUR_ROLE]
    assert "1 call (GetDataEndpoint)" in found[0].message


class TestOnTheEmulatedOrganization:
    """Real calls over HTTP, CloudTrail's records of them in the bucket, and the ledger that was kept beside."""

    @pytest.fixture
    def emulator(self, monkeypatch):
        with Emulator(small=True) as emulator:
            for name, value in emulator.environment().items():
                monkeypatch.setenv(name, value)
            yield emulator

    @pytest.fixture
    def archive(self, emulator, app_engine):
        name = next(one.name for one in emulator.estate.accounts if one.kind == "log_archive")
        return watch(app_engine, account_of(emulator, name))

    @pytest.fixture
    def cams(self, emulator, app_engine):
        with app_engine.begin() as connection:
            settle(connection)
            # The ledger is older than the hour: there is something to compare with.
            make_own_calls(connection, "iam:ListUsers", 1, CAMS, hour=clock.now() - timedelta(days=2))
        return watch(app_engine, account_of(emulator))

    def read(self, emulator, engine, archive):
        """Let the log files of all calls so far be delivered and read, and judge the account."""
        emulator.deliver(clock.now() + timedelta(minutes=2))
        key = FeedKey(archive.id, "s3_logs")
        with engine.begin() as connection:
            feeds.add_feeds(connection, [(key, 60)], clock.now())
            feeds.leave(connection, ["me"])
            feeds.make_due(connection, EVERYTHING, archive.id, clock.now())
            feed = feeds.claim(connection, "me", clock.now() + timedelta(seconds=1), 600, ["s3_logs"])
        ingest_feed(engine, archive, feed, owner="me", aws=aws_settings(emulator), backfill_days=1, clock=clock.now)
        evaluate(engine, CAMS, now=clock.now() + timedelta(minutes=3))

    def test_our_own_polls_are_marked_and_no_finding_comes_of_them(self, emulator, app_engine, cams, archive):
        polled(app_engine, cams, aws_settings(emulator))
        self.read(emulator, app_engine, archive)
        assert own_by_action(app_engine) == began(app_engine)
        assert stolen(app_engine) == []

    def test_whoever_uses_our_role_beside_us_is_found(self, emulator, app_engine, cams, archive):
        settings = aws_settings(emulator)
        polled(app_engine, cams, settings, only=["kinesisvideo"])
        # Held by the same settings, the session is the one that kvswatch was given.
        with AccountSession(cams, settings, Ledger()) as session:
            for _ in range(3):
                session.call("kinesisvideo", "list_streams", cams.regions[0])
        self.read(emulator, app_engine, archive)
        assert own_by_action(app_engine) == began(app_engine)
        (message,) = stolen(app_engine)
        assert "3 calls (ListStreams) that kvswatch did not make" in message


CAMS = 310045578826


def own_by_action(engine):
    return calls_by_name(
        engine,
        """select a.name, count(*) as n from event e join action a on a.id = e.action_id
           where e.account_id = :account and e.is_own group by a.name""",
    )


def began(engine):
    return calls_by_name(
        engine,
        """select split_part(api, ':', 2) as name, sum(n)::int as n from own_call
           where account_id = :account and api like 'kinesisvideo:%' group by 1""",
    )


def calls_by_name(engine, sql):
    with engine.connect() as connection:
        return {row.name: row.n for row in connection.execute(text(sql), {"account": CAMS})}


def stolen(engine):
    sql = "select message from finding where rule = 'own_role_called_outside_ledger' and account_id = :account"
    with engine.connect() as connection:
        return list(connection.execute(text(sql), {"account": CAMS}).scalars())
