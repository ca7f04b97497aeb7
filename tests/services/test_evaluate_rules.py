"""One account judged on a real database."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace as msgspec_replace
from sqlalchemy import Connection, Engine, text

from app.core.errors import InvalidInput
from app.core.findings.reconcile import ChangeKind
from app.core.model.event import Actor, ActorKind, KeyKind
from app.core.model.finding import FindingState
from app.core.model.metric import RequestCount, RequestCounts
from app.core.model.principal import Iam
from app.core.model.scope import EVERYTHING
from app.core.model.snapshot import PartState
from app.core.model.trail import Trails
from app.core.parts import EventSelectors, ManagedPolicies, Selectors, Streams, TrailStatuses
from app.core.query.filter import Condition, Verb
from app.core.rules.catalogue import Catalogue, catalogue
from app.core.rules.facts import PostureFacts
from app.core.trailfile.cursor import BucketCursor, Place, to_json
from app.db.queries import findings, snapshots
from app.services.evaluate_rules import EvaluationResult, evaluate
from tests.builders import facts, iam
from tests.builders.accounts import make_account, make_feed
from tests.builders.events import event, store

ACCOUNT = iam.ACCOUNT
NOW = facts.NOW
KEY = "AKIAIOSFODNN7EXAMPLE"
USER = f"arn:aws:iam::{ACCOUNT}:user/cam-gate-07"


def poll(connection: Connection, **contents: Any) -> None:
    """Store what a poll of the account saw: one camera under a wide role, one trail without data events."""
    trail = facts.trail(facts.MANAGEMENT)
    found = {
        "iam": Iam((iam.role(iam.allow("kinesisvideo:*")),), ()),
        "managed_policies": ManagedPolicies(()),
        "streams": Streams((iam.stream(iam.CAMERA),)),
        "channels": Streams(()),
        "trails": Trails((trail,)),
        "trail_status": TrailStatuses(((trail.arn, facts.WORKING),)),
        "event_selectors": EventSelectors((Selectors(trail.arn, trail.advanced),)),
    } | contents
    for name, content in found.items():
        region = "eu-central-1" if name in facts.REGIONAL_PARTS else ""
        snapshots.store_part(connection, ACCOUNT, name, region, content, NOW)
    snapshots.store_part(connection, iam.MANAGEMENT, "organization", "", iam.organization(), NOW)


def call_with_key(number: int = 0, **changes: Any) -> Any:
    return event(
        number,
        account=ACCOUNT,
        actor=Actor(ActorKind.USER, USER, ACCOUNT),
        access_key=KEY,
        key_kind=KeyKind.LONG_TERM,
        stream=iam.CAMERA,
        **changes,
    )


def ingest(connection: Connection, *calls: Any) -> None:
    store(connection, calls)
    for call in calls:
        connection.execute(
            text("""insert into touched_hour values (:account, :hour, now())
                    on conflict (account_id, hour) do update set touched_at = excluded.touched_at"""),
            {"account": ACCOUNT, "hour": call.event_time.replace(minute=0, second=0, microsecond=0)},
        )


def rules_of(engine: Engine, state: str = "open") -> set[str]:
    with engine.connect() as connection:
        return set(
            connection.execute(text("select rule from finding where state = :state"), {"state": state}).scalars()
        )


@pytest.fixture
def watched(app_engine: Engine) -> Engine:
    with app_engine.begin() as connection:
        make_account(connection, ACCOUNT, regions=["eu-central-1"])
        poll(connection)
    return app_engine


def judge(engine: Engine, **changes: Any) -> EvaluationResult:
    return evaluate(engine, ACCOUNT, **({"now": NOW} | changes))


def test_it_opens_what_is_wrong_and_keeps_it_the_second_time(watched: Engine):
    first = judge(watched)
    second = judge(watched, now=NOW + timedelta(hours=1))

    assert {"full_kvs_access", "media_calls_not_logged"} <= rules_of(watched)
    assert first.errors == {}
    assert first.changes[ChangeKind.OPENED] == second.changes[ChangeKind.KEPT]
    assert second.changes[ChangeKind.OPENED] == 0


def test_it_resolves_when_the_cause_is_gone(watched: Engine):
    judge(watched)
    with watched.begin() as connection:
        poll(connection, iam=Iam((iam.role(iam.allow("kinesisvideo:ListStreams")),), ()))

    judge(watched, now=NOW + timedelta(hours=1))

    assert "full_kvs_access" in rules_of(watched, "resolved")
    assert "media_calls_not_logged" in rules_of(watched)


def test_it_resolves_nothing_while_a_needed_part_is_denied(watched: Engine):
    judge(watched)
    with watched.begin() as connection:
        poll(connection, iam=Iam((iam.role(iam.allow("kinesisvideo:ListStreams")),), ()))
        snapshots.mark_unseen(
            connection, ACCOUNT, "streams", "eu-central-1", PartState.DENIED, "kinesisvideo:ListStreams", "denied", NOW
        )

    judge(watched, now=NOW + timedelta(hours=1))

    assert "full_kvs_access" in rules_of(watched)


def test_it_says_that_it_cannot_tell_when_nobody_could_ever_look(app_engine: Engine):
    with app_engine.begin() as connection:
        make_account(connection, ACCOUNT, regions=["eu-central-1"])
        snapshots.mark_unseen(
            connection, ACCOUNT, "iam", "", PartState.DENIED, "iam:GetAccountAuthorizationDetails", "denied", NOW
        )

    judge(app_engine)

    assert "full_kvs_access" not in rules_of(app_engine)
    with app_engine.connect() as connection:
        told = told_of(connection, "full_kvs_access")
    assert any("iam:GetAccountAuthorizationDetails" in answer.reason for answer in told)


def test_it_judges_the_days_that_were_touched_and_forgets_them(watched: Engine):
    with watched.begin() as connection:
        ingest(connection, call_with_key(0), call_with_key(1, event_time=NOW - timedelta(days=3)))

    first = judge(watched)
    second = judge(watched)

    # Today is judged each time.
    assert (first.days, second.days) == (4, 1)
    with watched.connect() as connection:
        (row,) = findings.findings_about(connection, EVERYTHING, ACCOUNT, [KEY])
    assert row.finding.rule == "long_term_key_called_kvs"
    assert row.finding.first_seen_at == NOW - timedelta(days=3)
    assert row.finding.last_seen_at == event(0).event_time
    assert row.finding.state is FindingState.OPEN


def test_the_order_in_which_days_come_in_does_not_matter(watched: Engine, engine: Engine):
    calls = [call_with_key(n, event_time=NOW - timedelta(days=n)) for n in range(5)]
    with watched.begin() as connection:
        ingest(connection, *calls)
    judge(watched)
    together = stored(engine)
    with engine.begin() as connection:
        connection.execute(text("truncate event, event_raw, roll_day, roll_dim, roll_hour, finding, touched_hour"))

    for late in (calls[0], calls[3], calls[1], calls[4], calls[2]):
        with watched.begin() as connection:
            ingest(connection, late)
        judge(watched)

    assert stored(engine) == together


def stored(engine: Engine) -> list[tuple[Any, ...]]:
    with engine.connect() as connection:
        rows = connection.execute(
            text(
                "select id, rule, severity, state, message, evidence, first_seen_at, last_seen_at "
                "from finding order by id"
            )
        )
        return [tuple(row) for row in rows]


def test_a_rule_that_fails_stops_no_other_and_resolves_nothing(watched: Engine):
    judge(watched)
    broken = replace(catalogue().posture["full_kvs_access"], check=fail)
    rules = Catalogue({**catalogue().posture, "full_kvs_access": broken}, catalogue().detections)

    result = judge(watched, rules=rules, now=NOW + timedelta(hours=1))

    assert result.errors == {"full_kvs_access": "ZeroDivisionError: division by zero"}
    assert {"full_kvs_access", "media_calls_not_logged"} <= rules_of(watched)
    with watched.connect() as connection:
        runs = {run.rule: run for run in findings.rule_runs(connection, EVERYTHING)}
    assert runs["full_kvs_access"].errors == ((ACCOUNT, "ZeroDivisionError: division by zero"),)
    assert runs["media_calls_not_logged"].errors == ()


def fail(_facts: PostureFacts) -> Any:
    yield 1 / 0


def test_a_missing_account_is_refused(app_engine: Engine):
    with pytest.raises(InvalidInput, match="000000000007"):
        evaluate(app_engine, 7, now=NOW)


def test_days_that_could_not_be_told_are_judged_again_when_what_was_missing_comes_in(app_engine: Engine):
    with app_engine.begin() as connection:
        make_account(connection, ACCOUNT, regions=["eu-central-1"])
        ingest(connection, call_with_key(), call_with_key(1, event_time=NOW - timedelta(days=4)))
    judge(app_engine)
    with app_engine.connect() as connection:
        untold = connection.execute(
            text("select count(*) from cannot_tell where rule = any(:rules)"), {"rules": list(catalogue().detections)}
        ).scalar_one()
    with app_engine.begin() as connection:
        poll(connection)

    again = judge(app_engine, now=NOW + timedelta(minutes=2))

    assert untold > 0
    assert again.days == 5
    assert judge(app_engine, now=NOW + timedelta(minutes=21)).days == 1


def told_of(connection: Connection, rule: str) -> tuple[findings.Untold, ...]:
    return findings.cannot_tells(connection, EVERYTHING, conditions=[Condition("rule", Verb.IS, (rule,))])


def untold(engine: Engine, rule: str = "new_reader") -> list[str]:
    with engine.connect() as connection:
        told = told_of(connection, rule)
        return [answer.reason for answer in told]


@pytest.fixture
def logged(app_engine: Engine) -> Engine:
    """A watched account whose trail logs media into a bucket."""
    trail = facts.trail()
    with app_engine.begin() as connection:
        make_account(connection, ACCOUNT, regions=["eu-central-1"])
        poll(
            connection,
            trails=Trails((trail,)),
            event_selectors=EventSelectors((Selectors(trail.arn, trail.advanced),)),
        )
    return app_engine


def read_bucket(connection: Connection, *, days: int, unread: str = "") -> None:
    """Note that the bucket's log files of so many days were read but for the one named, whatever was in them."""
    place = Place((NOW - timedelta(days=2)).date(), listed_at=NOW)
    if unread:
        place.failed(unread, 512, "throttled", NOW)
    cursor = BucketCursor(
        (NOW - timedelta(days=days)).date(), {f"AWSLogs/{ACCOUNT:012d}/CloudTrail/eu-central-1/": place}
    )
    connection.execute(text("update account set log_bucket = :bucket"), {"bucket": facts.BUCKET})
    connection.execute(text("delete from feed where source = 's3_logs'"))
    make_feed(connection, "s3_logs", ACCOUNT, cursor=to_json(cursor), last_success_at=NOW)


def test_days_of_silence_are_known_as_soon_as_their_log_was_read(logged: Engine, engine: Engine):
    def read(days: int) -> list[str]:
        with engine.begin() as connection:
            read_bucket(connection, days=days)
        judge(logged)
        return untold(engine)

    assert read(3) == ["calls of 3 days before are known: what is usual takes 7"]
    assert read(20) == []


def test_a_day_is_judged_again_when_days_of_silence_before_it_come_in(logged: Engine, engine: Engine):
    with engine.begin() as connection:
        read_bucket(connection, days=6)
        ingest(connection, event(0, account=ACCOUNT, stream=iam.CAMERA, event_time=NOW - timedelta(days=4)))
    judge(logged)
    before = rules_of(logged)
    with engine.begin() as connection:
        read_bucket(connection, days=20)

    judge(logged)

    assert "new_reader" not in before
    assert "new_reader" in rules_of(logged)


def test_a_corrected_day_does_not_resolve_what_happened_on_an_earlier_one(logged: Engine, engine: Engine):
    root = Actor(ActorKind.ROOT, f"arn:aws:iam::{ACCOUNT}:root", ACCOUNT)
    early, late = (
        event(n, account=ACCOUNT, actor=root, event_time=NOW - timedelta(days=days)) for n, days in ((0, 5), (1, 2))
    )
    with engine.begin() as connection:
        read_bucket(connection, days=20)
        ingest(connection, early, late)
    judge(logged)
    with engine.begin() as connection:
        wrong = event(2, account=ACCOUNT, event_time=late.event_time)
        ingest(connection, msgspec_replace(wrong, addendum_of=late.event_id, addendum_reason="UPDATED_DATA"))

    judge(logged)

    with logged.connect() as connection:
        rows = findings.findings_about(connection, EVERYTHING, ACCOUNT, [root.principal])
    (row,) = (each for each in rows if each.finding.rule == "root_used_kvs")
    assert row.finding.state is FindingState.OPEN
    assert row.finding.last_seen_at == early.event_time
    assert row.finding.message.startswith("The root user made 1 KVS call")


def test_calls_of_a_day_are_not_missing_while_a_log_file_of_it_waits_to_be_read(logged: Engine, engine: Engine):
    day = (NOW - timedelta(days=1)).date()
    counts = RequestCounts(day - timedelta(days=2), day, (RequestCount(iam.CAMERA, "GetMedia", day, 9),))
    with engine.begin() as connection:
        ingest(connection, *(call_with_key(n, action="PutMedia", event_time=NOW - timedelta(days=n)) for n in range(4)))
        snapshots.store_part(connection, ACCOUNT, "request_counts", "eu-central-1", counts, NOW)
        read_bucket(
            connection,
            days=9,
            unread=f"{day:%Y/%m/%d}/{ACCOUNT:012d}_CloudTrail_eu-central-1_{day:%Y%m%d}T0930Z_a.json.gz",
        )
    judge(logged)
    while_it_waits = rules_of(logged)
    with engine.begin() as connection:
        read_bucket(connection, days=9)

    judge(logged)

    assert "requests_without_events" not in while_it_waits
    assert "requests_without_events" in rules_of(logged)


def test_an_empty_account_has_nothing_to_tell_once_it_was_read(app_engine: Engine):
    with app_engine.begin() as connection:
        make_account(connection, ACCOUNT, regions=["eu-central-1"])
        ingest(connection, call_with_key(action="ListStreams"))
    judge(app_engine)
    before = untold(app_engine)
    with app_engine.begin() as connection:
        poll(connection, streams=Streams(()))

    judge(app_engine)

    assert "channels in eu-central-1: never read" in before[0]
    assert untold(app_engine) == []


def test_what_is_said_of_now_does_not_stay_that_of_the_last_day_with_calls(logged: Engine, engine: Engine):
    with engine.begin() as connection:
        ingest(connection, *(call_with_key(n, event_time=NOW - timedelta(days=n)) for n in range(9)))
        read_bucket(connection, days=9)
    judge(logged)
    before = untold(engine)

    judge(logged, now=NOW + timedelta(days=20))

    assert before == []
    (answer,) = untold(engine)
    assert answer.endswith("calls of 0 days before are known: what is usual takes 7")


def test_what_a_detection_cannot_tell_does_not_depend_on_which_day_came_in_last(logged: Engine, engine: Engine):
    with engine.begin() as connection:
        ingest(connection, *(call_with_key(n, event_time=NOW - timedelta(days=n)) for n in range(6)))
        read_bucket(connection, days=5)
    judge(logged)
    first = untold(engine)
    with logged.begin() as connection:
        ingest(connection, call_with_key(20, event_time=NOW - timedelta(days=2, hours=1)))
    judge(logged)

    assert first == untold(engine) == ["calls of 5 days before are known: what is usual takes 7"]


def test_a_day_whose_media_calls_are_logged_nowhere_is_no_clean_day(watched: Engine):
    judge(watched)

    answers = {name: untold(watched, name) for name in catalogue().detections}

    assert answers["long_lived_playback_url"] == [
        "media reads not observed: no selector of account-trail takes these calls"
    ]
    assert all(len(reasons) == 1 for reasons in answers.values())


def test_a_detection_cannot_tell_while_a_log_file_of_today_waits_to_be_read(logged: Engine, engine: Engine):
    waits = f"{NOW:%Y/%m/%d}/{ACCOUNT:012d}_CloudTrail_eu-central-1_{NOW:%Y%m%d}T0330Z_a.json.gz"
    with engine.begin() as connection:
        read_bucket(connection, days=20, unread=waits)
    judge(logged)
    while_it_waits = {rule: untold(engine, rule) for rule in ("new_reader", "root_used_kvs")}
    with engine.begin() as connection:
        read_bucket(connection, days=20)

    judge(logged)

    assert all("from 03:00 to 04:00Z" in reason for (reason,) in while_it_waits.values())
    assert "1 log file not read: throttled" in while_it_waits["new_reader"][0]
    assert {rule: untold(engine, rule) for rule in catalogue().detections if untold(engine, rule)} == {}


def test_a_trail_that_was_stopped_today_leaves_todays_reads_unknown_whatever_was_usual(logged: Engine, engine: Engine):
    seen_at = NOW + timedelta(minutes=10)
    stopped = replace(facts.WORKING, is_logging=False, stopped_at=seen_at - timedelta(minutes=1))
    with engine.begin() as connection:
        read_bucket(connection, days=20)
        snapshots.store_part(
            connection,
            ACCOUNT,
            "trail_status",
            "eu-central-1",
            TrailStatuses(((facts.trail().arn, stopped),)),
            seen_at,
        )

    judge(logged, now=NOW + timedelta(hours=1))

    (answer,) = untold(engine)
    assert answer == (
        "media reads not observed since 09:50Z: account-trail would log them, but it is stopped since 2026-11-23 09:50Z"
    )


def test_an_account_without_streams_is_asked_for_its_management_calls_alone(watched: Engine):
    with watched.begin() as connection:
        poll(connection, streams=Streams(()))

    judge(watched)

    assert untold(watched, "long_lived_playback_url") == []
    (answer,) = untold(watched, "trail_tampering")
    assert answer.startswith("management calls not observed: account-trail logs them into org-trail-logs")
    assert answer in untold(watched, "root_used_kvs")
