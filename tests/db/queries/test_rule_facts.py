from datetime import UTC, date, datetime, timedelta

import pytest
from msgspec.structs import replace
from sqlalchemy import Connection, Engine, text

from app.core.coverage.observe import LogSource
from app.core.model.event import Actor, ActorKind
from app.core.trailfile.cursor import BucketCursor, Place, to_json
from app.core.trailfile.keys import WrittenTo
from app.db.queries import rule_facts
from tests.builders.accounts import CLINIC, NOW, make_account, make_feed
from tests.builders.events import EVENT, ROLE, STREAM, event, store

DAY = date(2026, 11, 23)
START = datetime(2026, 11, 23, tzinfo=UTC)


def touch(connection: Connection, hour: datetime) -> None:
    connection.execute(
        text("""insert into touched_hour values (:account, :hour, :now)
                on conflict (account_id, hour) do update set touched_at = excluded.touched_at"""),
        {"account": CLINIC, "hour": hour, "now": NOW},
    )


def test_touched_hours_are_forgotten_once_they_are_judged(app_engine: Engine):
    with app_engine.begin() as connection:
        touch(connection, START)
        touch(connection, START + timedelta(hours=1))
    with app_engine.begin() as connection:
        touched = rule_facts.touched_hours(connection, CLINIC)
        rule_facts.clear_touched(connection, CLINIC, touched)

        assert [one.hour for one in touched] == [START, START + timedelta(hours=1)]
        assert rule_facts.touched_hours(connection, CLINIC) == ()


def test_an_hour_that_was_touched_again_meanwhile_stays(app_engine: Engine):
    with app_engine.begin() as connection:
        touch(connection, START)
        touch(connection, START + timedelta(hours=1))
    with app_engine.begin() as connection:
        touched = rule_facts.touched_hours(connection, CLINIC)
    with app_engine.begin() as connection:
        touch(connection, START)  # at the same `now`: only the row's version tells
    with app_engine.begin() as connection:
        rule_facts.clear_touched(connection, CLINIC, touched)

        assert [one.hour for one in rule_facts.touched_hours(connection, CLINIC)] == [START]


def test_events_come_back_as_rules_need_them_oldest_first(app_engine: Engine):
    calls = [event(2), event(0), event(1, stream=None, user_agent=None, error_code="AccessDenied")]
    with app_engine.begin() as connection:
        store(connection, calls)
        found = rule_facts.events_between(connection, CLINIC, START, START + timedelta(days=1))

    assert [one.event_id for one in found] == [event(n).event_id for n in range(3)]
    assert found[0] == replace(EVENT, user_agent=None)
    assert (found[1].stream, found[1].error_code) == (None, "AccessDenied")
    assert found[0].actor is found[2].actor


def test_events_end_before_the_end_and_are_of_one_account(app_engine: Engine):
    with app_engine.begin() as connection:
        store(connection, [event(0), event(1, account=7), event(2, event_time=START + timedelta(days=1))])

        assert len(rule_facts.events_between(connection, CLINIC, START, START + timedelta(days=1))) == 1


def test_logged_calls_are_counted_by_stream_action_and_day(app_engine: Engine):
    calls = [event(0), event(1), event(2, action="GetMedia"), event(3, event_time=NOW - timedelta(days=3))]
    with app_engine.begin() as connection:
        store(connection, calls)

        assert rule_facts.logged_counts(connection, CLINIC, DAY, DAY) == {
            (STREAM, "GetClip", DAY): 2,
            (STREAM, "GetMedia", DAY): 1,
        }


def test_a_call_that_names_its_stream_only_counts_for_the_stream_of_that_name(app_engine: Engine):
    with app_engine.begin() as connection:
        store(connection, [event(0), event(1, stream="ward-3-corridor")])

        assert rule_facts.logged_counts(connection, CLINIC, DAY, DAY) == {(STREAM, "GetClip", DAY): 2}


def test_a_call_counts_for_the_stream_that_was_made_again_under_its_name(app_engine: Engine):
    again = STREAM.replace("1719000000000", "1732000000000")
    with app_engine.begin() as connection:
        store(connection, [event(0), event(1, stream=again)])

        assert rule_facts.logged_counts(connection, CLINIC, DAY, DAY) == {
            (STREAM, "GetClip", DAY): 2,
            (again, "GetClip", DAY): 2,
        }


def test_days_with_events_are_those_of_the_log(app_engine: Engine):
    with app_engine.begin() as connection:
        store(connection, [event(0), event(1, event_time=NOW - timedelta(days=3))])

        assert rule_facts.days_with_events(connection, CLINIC, DAY - timedelta(days=9)) == {
            DAY,
            DAY - timedelta(days=3),
        }
        assert rule_facts.days_with_events(connection, CLINIC, DAY) == {DAY}


def test_days_with_calls_are_of_these_actions_only(app_engine: Engine):
    with app_engine.begin() as connection:
        store(connection, [event(0), event(1, action="PutMedia", event_time=NOW - timedelta(days=3))])

        assert rule_facts.days_with_calls(connection, CLINIC, ["GetClip"], DAY - timedelta(days=9)) == {DAY}


def test_the_days_that_were_known_are_kept_as_they_were_last(app_engine: Engine):
    earlier = DAY - timedelta(days=3)
    with app_engine.begin() as connection:
        rule_facts.store_judged_days(connection, 7, [earlier])
        rule_facts.store_judged_days(connection, CLINIC, [DAY, earlier])
        rule_facts.store_judged_days(connection, CLINIC, [DAY])

        assert rule_facts.judged_days(connection, CLINIC, earlier) == {DAY}
        assert rule_facts.judged_days(connection, 7, earlier) == {earlier}
        assert rule_facts.judged_days(connection, 7, DAY) == frozenset()


def test_media_reads_say_which_of_them_a_service_made(app_engine: Engine):
    with app_engine.begin() as connection:
        store(connection, [event(0), event(1, invoked_by="rekognition.amazonaws.com")])
        reads = rule_facts.media_reads(connection, CLINIC, START, DAY, START + timedelta(days=1))

    assert sorted(read.is_by_service for read in reads) == [False, True]


def test_media_reads_are_gathered_by_reader_stream_hour_and_network(app_engine: Engine):
    person = Actor(ActorKind.ROLE, ROLE, CLINIC, "s", "mara")
    calls = [
        event(0),
        event(1),
        event(2, actor=person),
        event(3, action="GetMedia"),
        event(4, action="PutMedia"),
        event(5, error_code="AccessDenied"),
        event(6, event_time=NOW - timedelta(days=20)),
    ]
    with app_engine.begin() as connection:
        store(connection, calls)
        reads = rule_facts.media_reads(connection, CLINIC, START - timedelta(days=30), DAY, START + timedelta(days=1))

    assert {(read.reader, read.hour.day, read.is_recorded, read.network) for read in reads} == {
        (ROLE, 23, True, "198.51.100.0/24"),
        (f"{ROLE} mara", 23, True, "198.51.100.0/24"),
        (ROLE, 23, False, "198.51.100.0/24"),
        (ROLE, 3, True, "198.51.100.0/24"),
    }


def test_a_stream_that_is_read_by_its_arn_and_by_its_name_is_one(app_engine: Engine):
    with app_engine.begin() as connection:
        store(connection, [event(0), event(1, stream="ward-3-corridor"), event(2, stream=None)])
        reads = rule_facts.media_reads(connection, CLINIC, START, DAY, START + timedelta(days=1))

    assert {read.stream for read in reads} == {"eu-central-1/ward-3-corridor", None}


def test_habits_are_not_learnt_of_who_did_not_read_on_the_days_judged(app_engine: Engine):
    with app_engine.begin() as connection:
        store(connection, [event(0, event_time=NOW - timedelta(days=20))])

        assert rule_facts.media_reads(connection, CLINIC, START - timedelta(days=30), DAY, NOW) == ()


def test_log_sources_say_when_a_bucket_was_last_read_also_while_its_feed_fails(app_engine: Engine):
    places = {
        "AWSLogs/1/CloudTrail/eu-west-1/": Place(DAY, listed_at=NOW),
        "AWSLogs/o-a/1/CloudTrail/eu-west-1/": Place(DAY),
    }
    cursor = BucketCursor(DAY, places)
    with app_engine.begin() as connection:
        make_account(connection, log_bucket="read")
        make_account(connection, 7, name="archive", log_bucket="unread")
        make_account(connection, 8, name="gone", log_bucket="old", removed_at=NOW)
        make_feed(connection, "s3_logs", cursor=to_json(cursor), last_success_at=NOW - timedelta(days=1))
        make_feed(connection, "iam", 7, last_success_at=NOW)

        assert rule_facts.log_sources(connection) == (
            LogSource("read", NOW, folder=WrittenTo("", is_organizations=False)),
            LogSource("read", None, folder=WrittenTo("", is_organizations=True)),
            LogSource("unread", None),
        )


def test_log_groups_are_log_sources_too(app_engine: Engine):
    cursor = {"group": "trail", "until": NOW.isoformat(), "back_to": START.isoformat(), "at": None}
    with app_engine.begin() as connection:
        make_account(connection, log_group="arn:aws:logs:eu-west-1:1:log-group:trail")
        make_feed(connection, "cloudwatch_logs", region="eu-west-1", cursor=cursor)
        (found,) = rule_facts.log_sources(connection)
    assert found == LogSource("arn:aws:logs:eu-west-1:1:log-group:trail", NOW)


@pytest.mark.parametrize("query", ["days_with_events", "touched_hours"])
def test_an_account_without_calls_has_nothing(app_engine: Engine, query: str):
    arguments = (DAY,) if query == "days_with_events" else ()
    with app_engine.begin() as connection:
        assert not getattr(rule_facts, query)(connection, CLINIC, *arguments)
