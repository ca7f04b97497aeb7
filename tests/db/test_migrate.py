"""The schema: migrations make exactly the tables of the code, and roles may do what they should."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, event, inspect, make_url, text
from sqlalchemy.exc import ProgrammingError

from app.db.engine import create_engine
from app.db.migrate import SchemaMismatch, migrate, require_current_schema
from app.db.queries.ingest import EventStore
from app.db.tables import metadata
from tests.builders.recount import differences
from tests.builders.stored import arrival
from tests.builders.trail import kvs_record
from tests.conftest import run_outside_transaction

VERSIONS = Path(__file__).parents[2] / "migrations" / "versions"
RAN = {
    "20261123_2100_create_the_first_tables.py": "6abe7a17f4fba6a7",
    "20261124_0400_tell_who_may_assume_roles.py": "ddc90546831cfe0b",
    "20261124_0500_keep_what_grants_follow_from.py": "f7fe8ee410c94374",
    "20261124_1300_tell_what_was_never_read.py": "e491dc2cfde9073f",
    "20261124_1310_order_the_keys_of_rollups.py": "d0bc06d400a6cbca",
    "20261124_1700_say_how_far_a_backfill_is.py": "08096c799350094f",
    "20261128_2030_keep_what_events_ask_for_and_change.py": "2e206b4bffb0c163",
    "20261129_0220_name_where_an_account_s_logs_come_from.py": "4fc70a303b5775c9",
    "20261129_0240_keep_what_records_show_of_assumptions.py": "89c98865fdd0958a",
    "20261129_0315_name_more_buckets_of_an_account.py": "ee4217547bf605e1",
    "20261129_0330_judge_the_integrity_of_log_files.py": "d2906faca3809dec",
    "20261129_0340_name_the_log_file_of_an_event.py": "36fda0b1144e109e",
    "20261129_0350_find_rejected_records_by_their_file.py": "91b4bf8b3fd662c4",
    "20261129_0355_keep_what_records_of_sessions_correct.py": "6595d7f2120d8e72",
    "20261129_0358_count_what_feeds_read.py": "01209b1d945e13e8",
    "20261129_0510_keep_when_no_log_file_came.py": "d4c208b14401f83a",
    "20261129_0520_name_cameras_as_their_people_do.py": "c53c5d74f915a5e8",
    "20261129_0610_keep_which_files_were_taken_along.py": "a6008371f605dbb2",
    "20261129_0630_keep_views_that_people_named.py": "431fc4f37444b56b",
    "20261129_0640_keep_when_nothing_was_read.py": "1052176725e59aa2",
    "20261129_0900_say_what_a_wanted_run_is.py": "46382d8a1b218f96",
    "20261129_1150_find_the_urls_that_still_open.py": "e8aa86d3ba5d5425",
    "20261129_1210_count_who_reads_media_by_day.py": "db67fcbea7bcf295",
    "20261129_1500_count_the_uses_of_an_action.py": "209fdfcf84417642",
    "20261129_1810_keep_the_hours_of_a_day_in_a_row.py": "53a48cc17111a838",
    "20261130_0120_find_the_calls_of_a_person.py": "cadbf8521662d90d",
    "20261130_0950_find_the_calls_with_an_action.py": "2f9da63f09207178",
    "20261130_1550_find_what_is_shown_of_an_assumption.py": "18b720186ada4931",
    "20261130_1600_keep_how_large_was_what_is_rejected.py": "06d81815b47b203f",
    "20261130_1610_find_the_sessions_of_a_principal.py": "997c285995efc072",
    "20261130_1640_find_sessions_by_their_name.py": "6890dd5450069074",
    "20261130_1650_keep_which_keys_tokens_have.py": "6e2097fb5c08adee",
    "20261130_1700_keep_counts_longer_than_their_calls.py": "c11ba051ec24d7ff",
    "20261130_2110_find_issued_keys_by_one_index.py": "889c8e3cf9fd8808",
}
"""The first of the SHA-256 of each migration. What has to be otherwise is a new migration; a new one gets its line."""


def _fingerprints() -> dict[str, str]:
    return {path.name: sha256(path.read_bytes()).hexdigest()[:16] for path in VERSIONS.glob("*.py")}


def test_the_migrations_make_exactly_the_tables_of_the_code(engine: Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "compare_type": True,
                "include_name": lambda name, kind, _: kind != "table" or name in metadata.tables,
            },
        )
        assert compare_metadata(context, metadata) == []


def test_the_migrations_make_the_keys_of_the_code_in_their_order(engine: Engine) -> None:
    # Alembic compares no primary keys.
    made = {
        table: inspect(engine).get_pk_constraint(table)["constrained_columns"]
        for table in inspect(engine).get_table_names()
    }
    assert {name: made[name] for name in metadata.tables} == {
        name: [column.name for column in table.primary_key] for name, table in metadata.tables.items()
    }


def test_a_migration_that_may_have_run_somewhere_stays_as_it_is() -> None:
    assert _fingerprints() == RAN


@pytest.fixture
def bare(postgres_url: str) -> Iterator[Engine]:
    """An engine on a database without a schema, this test's alone."""
    name = f"bare_{uuid4().hex}"
    run_outside_transaction(postgres_url, f"CREATE DATABASE {name}")
    engine = create_engine(make_url(postgres_url).set(database=name).render_as_string(hide_password=False))
    yield engine
    engine.dispose()
    run_outside_transaction(postgres_url, f"DROP DATABASE {name} WITH (FORCE)")


def test_a_database_of_the_days_when_the_first_migration_made_the_column_is_carried_on(bare: Engine) -> None:
    migrate(bare, to="20261124_0500")
    with bare.begin() as connection:
        connection.execute(text("alter table cannot_tell add column is_unread boolean not null"))
    migrate(bare)
    require_current_schema(bare)


HOURS_IN_ROWS = """
alter table roll_hour rename to of_days;
alter table of_days rename constraint pk_roll_hour to pk_of_days;
create table roll_hour as
  select account_id, action_id, day at time zone 'UTC' + make_interval(hours => cast(h as integer) - 1) as hour,
    cast(each.n as bigint) as n, cast(each.errors as bigint) as errors
  from of_days, unnest(hourly, hourly_errors) with ordinality as each (n, errors, h) where each.n > 0;
alter table roll_hour add constraint pk_roll_hour primary key (account_id, action_id, hour);
drop table of_days
"""
"""The rollup of hours as it was kept before a day had a row."""


def test_calls_from_before_a_rollup_counted_them_are_counted(bare: Engine) -> None:
    migrate(bare)
    names = "GetMedia", "PutMedia", "GetClip", "ListStreams"
    calls = [kvs_record(n, eventName=names[n % 4], errorCode=None if n % 3 else "AccessDenied") for n in range(24)]
    EventStore(bare).store([arrival(*calls)], now=datetime(2026, 11, 2, 9, tzinfo=UTC))
    with bare.begin() as connection:
        assert connection.execute(text("delete from roll_dim where kind in ('reader', 'read_stream')")).rowcount
        connection.execute(text("alter table roll_use drop column n"))
        connection.execute(text(HOURS_IN_ROWS))
        indexes = "ix_event_person, ix_assumption_seen_shown, ix_issued_session_caller, ix_issued_session_role"
        connection.execute(text(f"drop index {indexes}"))
        connection.execute(text("drop index ix_issued_session_name, ix_issued_session_caller_name"))
        connection.execute(
            text("create index ix_issued_session_access_key on issued_session (account_id, access_key, event_time)")
        )
        connection.execute(text("alter table rejected_record drop column size"))
        connection.execute(text("drop table issued_token, counted_day"))
        connection.execute(text("update alembic_version set version_num = '20261129_1150'"))
    migrate(bare)
    assert differences(bare) == {}


def test_it_migrates_twice_without_harm(engine: Engine) -> None:
    migrate(engine)
    require_current_schema(engine)


def test_it_refuses_a_database_without_a_schema(bare: Engine) -> None:
    with pytest.raises(SchemaMismatch, match="kvswatch migrate"):
        require_current_schema(bare)


def test_it_refuses_another_release_s_schema_and_names_both(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("update alembic_version set version_num = '20991231_0000'"))
    with pytest.raises(SchemaMismatch, match=r"20991231_0000.*needs 2026"):
        require_current_schema(engine)
    with pytest.raises(SchemaMismatch, match="the release that made the newer schema"):
        migrate(engine)


def test_all_tables_belong_to_the_role_that_migrates_whoever_logged_in(engine: Engine) -> None:
    with engine.connect() as connection:
        others = connection.execute(
            text("select tablename from pg_tables where schemaname = 'public' and tableowner <> 'kvswatch_owner'")
        ).scalars()
        assert set(others) == {"alembic_version"}


def test_another_who_migrates_is_waited_for_as_long_as_it_takes(bare: Engine) -> None:
    limits = []

    @event.listens_for(bare, "before_cursor_execute")
    def look(_connection: object, cursor: Any, statement: str, *_: object) -> None:
        if "pg_advisory_lock(" in statement:
            limits.append(cursor.execute("show lock_timeout").fetchone()[0])

    migrate(bare)
    assert limits == ["0"]


def test_pages_cannot_write(read_engine: Engine) -> None:
    with read_engine.begin() as connection:
        connection.execute(text("set transaction read write"))
        with pytest.raises(ProgrammingError, match="permission denied"):
            connection.execute(text("delete from finding"))


def test_services_cannot_rewrite_the_audit_log(app_engine: Engine) -> None:
    with pytest.raises(ProgrammingError, match="permission denied"), app_engine.begin() as connection:
        connection.execute(text("update audit set actor = 'nobody'"))


def test_services_cannot_change_the_schema(app_engine: Engine) -> None:
    with pytest.raises(ProgrammingError, match=r"permission denied|must be owner"), app_engine.begin() as connection:
        connection.execute(text("drop table finding"))


def test_services_make_months_through_the_function_alone(app_engine: Engine) -> None:
    with app_engine.begin() as connection:
        assert connection.execute(text("select ensure_month('event', '2026-03-17')")).scalar_one() is True
        assert connection.execute(text("select ensure_month('event', '2026-03-01')")).scalar_one() is False
    with pytest.raises(ProgrammingError, match="permission denied"), app_engine.begin() as connection:
        connection.execute(text("create table of_ours (id int)"))


def test_no_other_table_can_be_given_months(app_engine: Engine) -> None:
    with pytest.raises(Exception, match="not partitioned by month"), app_engine.begin() as connection:
        connection.execute(text("select drop_month('finding', '2026-03-17')"))


def test_two_who_make_the_same_month_at_once_both_succeed(app_engine: Engine) -> None:
    def make(_number: int) -> bool:
        with app_engine.begin() as connection:
            return bool(connection.execute(text("select ensure_month('event', '2025-01-01')")).scalar_one())

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(make, range(8))) == [False] * 7 + [True]
