"""What stands around every page."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, text

from app.core.model.scope import EVERYTHING, Scope
from app.db.queries import shell
from app.db.queries.shell import BeingRead
from tests.builders.accounts import CLINIC, NOW, make_account, make_feed
from tests.builders.calls import make_principal, make_stream
from tests.builders.findings import make_finding


def _seed(engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        make_account(connection, 42, name="Beta")
        make_account(connection, 43, name="gone", removed_at=NOW)
        make_stream(connection, "a")
        make_stream(connection, "b", removed_at=NOW)
        make_principal(connection, "Analyst")
        make_principal(connection, "all", kind="group")
        make_finding(connection, "x")
        make_finding(connection, "y", 42, state="muted")


def test_accounts_stand_by_name_whatever_its_case(engine: Engine) -> None:
    _seed(engine)
    with engine.begin() as connection:
        assert shell.account_names(connection, EVERYTHING) == ((42, "Beta"), (CLINIC, "clinic-video"))


def test_the_menu_counts_what_is_there_now(engine: Engine) -> None:
    _seed(engine)
    with engine.begin() as connection:
        found = shell.standing(connection, EVERYTHING, NOW)
    assert found.counts == {"findings": 1, "streams": 1, "principals": 1, "accounts": 2}


def test_a_stranger_counts_nothing(engine: Engine) -> None:
    _seed(engine)
    with engine.begin() as connection:
        assert set(shell.standing(connection, Scope(frozenset({1})), NOW).counts.values()) == {0}
        assert shell.account_names(connection, Scope(frozenset())) == ()


def test_a_text_is_a_name_when_an_account_has_it_though_it_be_removed(engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection, 42, name="gone", removed_at=NOW)
        assert shell.no_names(connection, EVERYTHING, ["gone", "nobody"]) == ("nobody",)
        assert shell.no_names(connection, Scope(frozenset({7})), ["gone"]) == ("gone",)


def test_a_source_of_calls_is_stale_after_three_of_its_turns_and_an_hour(engine: Engine) -> None:
    hours = [NOW - timedelta(hours=number) for number in range(9)]
    with engine.begin() as connection:
        make_account(connection)
        make_feed(connection, "s3_logs", every_s=300, last_success_at=hours[2])
        make_feed(connection, "s3_logs", region="eu-central-1", every_s=300, last_success_at=hours[3])
        make_feed(connection, "lookup_events", every_s=3600, last_success_at=hours[2])
        make_feed(connection, "iam", last_success_at=hours[8])
        make_account(connection, 42, added_at=hours[3])
        make_account(connection, 43, added_at=hours[0])
        make_feed(connection, "s3_logs", 42, every_s=300, last_success_at=None)
        make_feed(connection, "s3_logs", 43, every_s=300, last_success_at=None)
        make_feed(connection, "sqs_logs", 42, every_s=5, last_success_at=hours[0])
        found = [(one.account, one.source, one.read_at) for one in shell.stale_sources(connection, EVERYTHING, NOW)]
        scoped = shell.stale_sources(connection, Scope(frozenset({7})), NOW)
        assert shell.standing(connection, EVERYTHING, NOW).is_stale
        assert not shell.standing(connection, Scope(frozenset({7})), NOW).is_stale
    assert found == [(42, "s3_logs", None), (CLINIC, "s3_logs", hours[3])]
    assert scoped == ()


@pytest.mark.parametrize("source", ["lookup_events", "s3_logs", "cloudwatch_logs", "sqs_logs"])
def test_a_new_place_of_a_source_has_its_three_turns_and_an_hour_though_its_account_is_old(
    engine: Engine, source: str
) -> None:
    def told() -> tuple[list[tuple[datetime | None, tuple[str, ...]]], bool, bool]:
        found = shell.stale_sources(connection, EVERYTHING, NOW)
        stands = shell.standing(connection, EVERYTHING, NOW)
        is_read = bool(shell.being_read(connection, EVERYTHING, EVERYTHING, NOW))
        assert (stands.is_stale, stands.is_being_read) == (bool(found), is_read)
        return [(one.read_at, one.never) for one in found], stands.is_stale, stands.is_being_read

    def change(changes: str) -> None:
        connection.execute(text(f"update feed set {changes}"), {"now": NOW})

    new, late, read = ("region = 'us-west-2'", "interval '2 hours'", NOW - timedelta(minutes=1))
    with engine.begin() as connection:
        make_account(connection)
        make_feed(connection, source, region="eu-central-1", last_success_at=read, every_s=300)
        make_feed(connection, source, region="us-west-2", last_success_at=None, next_at=read, every_s=300)
        assert told() == ([], False, source != "sqs_logs")
        change(f"next_at = :now - {late} where {new}")
        assert told() == ([(None, ("us-west-2",))], True, False)
        change(f"attempts = 1, next_at = :now where {new}")
        assert told() == ([(None, ("us-west-2",))], True, False)
        change(f"last_success_at = :now - {late} where not {new}")
        assert told() == ([(NOW - timedelta(hours=2), ("us-west-2",))], True, False)
        change("last_success_at = null")
        assert told() == ([(None, ())], True, False)


def _half(**changes: Any) -> dict[str, Any]:
    return {"progress": {"done": 12, "total": 30, "unit": "days"}} | changes


def test_what_was_never_read_and_what_goes_back_in_time_is_being_read(engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection, added_at=NOW)
        make_account(connection, 42, kind="log_archive", added_at=NOW)
        make_feed(connection, "iam", last_success_at=None)
        make_feed(connection, "kinesisvideo_detail", last_success_at=None, region="eu-central-1", **_half())
        make_feed(connection, "kinesisvideo_detail", 42, last_success_at=None)
        make_feed(connection, "s3_logs", 42, cursor={"start": "2026-10-31"}, **_half())
        make_feed(connection, "s3_logs", 42, region="more", cursor={"start": "2026-11-02"}, **_half())
        found = shell.being_read(connection, EVERYTHING, EVERYTHING, NOW)
        assert shell.standing(connection, EVERYTHING, NOW).is_being_read
    assert found == (
        BeingRead("iam", CLINIC, 1, None, None, None),
        BeingRead("kinesisvideo_detail", 42, 2, None, 30, None),
        BeingRead("s3_logs", 42, 1, 24, 60, date(2026, 10, 31)),
    )


@pytest.mark.parametrize(
    ("source", "state"),
    [
        pytest.param("s3_logs", {"progress": {"done": 30, "total": 30, "unit": "days"}}, id="done"),
        pytest.param("s3_logs", _half(backfill_stopped_at=NOW), id="stopped"),
        pytest.param("s3_logs", _half(attempts=1), id="fails"),
        pytest.param("s3_logs", _half(last_success_at=NOW - timedelta(hours=2)), id="stale"),
        pytest.param("lookup_events", {"last_success_at": None}, id="never read and stale"),
        pytest.param("iam", {"last_success_at": None, "attempts": 1}, id="fails the first time"),
        pytest.param("iam_credentials", _half(), id="read, whatever was shown last"),
        pytest.param("sqs_logs", {"last_success_at": None}, id="listens"),
    ],
)
def test_what_is_done_stopped_or_failing_is_not_being_read(engine: Engine, source: str, state: dict[str, Any]) -> None:
    with engine.begin() as connection:
        make_account(connection)
        make_feed(connection, source, **state)
        assert shell.being_read(connection, EVERYTHING, EVERYTHING, NOW) == ()
        assert not shell.standing(connection, EVERYTHING, NOW).is_being_read


@pytest.mark.parametrize("source", ["iam", "s3_digests", "evaluate"])
def test_what_was_never_read_is_being_read_for_three_of_its_turns_and_an_hour_at_least(
    engine: Engine, source: str
) -> None:
    minutes = {number: NOW - timedelta(minutes=number) for number in (59, 61, 89, 91)}
    every = {59: 300, 61: 300, 89: 1800, 91: 1800}
    with engine.begin() as connection:
        for number, added_at in minutes.items():
            make_account(connection, number, added_at=added_at)
            make_feed(connection, source, number, every_s=every[number], last_success_at=None, next_at=added_at)
        # A Region that was added to an account of long ago.
        make_feed(connection, source, 91, region="us-west-2", last_success_at=None, next_at=minutes[59])
        make_account(connection, added_at=NOW)
        make_feed(connection, source, attempts=1, last_success_at=None)
        # No worker runs, or what it reads kills it: that counts no failure.
        read = [
            number
            for number in minutes
            if shell.being_read(connection, Scope(frozenset({number})), EVERYTHING, NOW)
            and shell.standing(connection, Scope(frozenset({number})), NOW).is_being_read
        ]
        assert read == [59, 89, 91]
        assert not shell.standing(connection, Scope(frozenset({CLINIC})), NOW).is_being_read


def test_what_is_read_to_its_end_still_counts(engine: Engine) -> None:
    def shares() -> dict[str, tuple[int | None, int | None]]:
        found = shell.being_read(connection, EVERYTHING, EVERYTHING, NOW)
        return {one.source: (one.done, one.total) for one in found}

    with engine.begin() as connection:
        make_account(connection, added_at=NOW)
        make_account(connection, 42, added_at=NOW)
        make_account(connection, 43, removed_at=NOW)
        make_account(connection, 44)
        make_feed(connection, "s3_logs", 44, last_success_at=None, attempts=3)
        for account in (CLINIC, 42, 43):
            make_feed(connection, "s3_logs", account, **_half())
            make_feed(connection, "kinesisvideo_detail", account, last_success_at=None, **_half())
        assert shares() == {"s3_logs": (24, 60), "kinesisvideo_detail": (24, 60)}
        connection.execute(
            text("""update feed set progress = '{"done": 30, "total": 30, "unit": "days"}'
                                   where account_id = 42 and source = 's3_logs'""")
        )
        # Its second run began.
        connection.execute(
            text("""update feed set last_success_at = :now, progress = '{"done": 1, "total": 30}'
                                   where account_id = 42 and source <> 's3_logs'"""),
            {"now": NOW},
        )
        assert shares() == {"s3_logs": (42, 60), "kinesisvideo_detail": (42, 60)}
        assert {one.others for one in shell.being_read(connection, EVERYTHING, EVERYTHING, NOW)} == {1}
        assert shell.being_read(connection, EVERYTHING, Scope(frozenset({42})), NOW) == ()


def test_nothing_is_being_read_of_an_account_that_is_gone(engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection, removed_at=NOW, added_at=NOW)
        make_feed(connection, "iam", last_success_at=None)
        assert shell.being_read(connection, EVERYTHING, EVERYTHING, NOW) == ()


def test_the_logs_of_an_archive_are_read_for_each_account_that_may_see_it(engine: Engine) -> None:
    clinic, both = Scope(frozenset({CLINIC})), Scope(frozenset({CLINIC, 42, 43}))
    with engine.begin() as connection:
        make_account(connection)
        make_account(connection, 42, kind="log_archive")
        make_account(connection, 43)
        make_feed(connection, "s3_logs", 42, **_half())
        make_feed(connection, "s3_logs", 43, **_half())
        make_feed(connection, "iam", 42, last_success_at=None)
        make_feed(connection, "lookup_events", 42, **_half())
        assert [one.account for one in shell.being_read(connection, clinic, both, NOW)] == [42]
        assert shell.being_read(connection, clinic, clinic, NOW) == ()
        assert not shell.standing(connection, clinic, NOW).is_being_read
