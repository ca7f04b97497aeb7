"""What a statement is made from."""

from datetime import UTC, datetime

from sqlalchemy import Engine

from app.core.model.footage import Footage, FootageKind
from app.core.model.metric import RequestCount, RequestCounts
from app.core.model.scope import EVERYTHING, Scope
from app.core.statement.readers import MOST_ADDRESSES
from app.db.queries import statement as queries
from app.db.queries.snapshots import store_part
from app.db.queries.statement import Names
from tests.builders.accounts import CLINIC, NOW, make_account, make_rejected
from tests.builders.calls import dimension, make_stream
from tests.builders.estate import REGION
from tests.builders.statement import DAY, END, HOUR, START, make_looked_at, make_reads, read_of, row_of

STRANGER = Scope(frozenset({1}))
TIMES = (START, END)
READS = ("GetClip", "GetHLSStreamingSessionURL")


def test_a_stream_is_named_by_its_row_and_by_rows_that_give_its_name_alone(engine: Engine) -> None:
    with engine.begin() as connection:
        row = make_looked_at(connection)
        key = {"account_id": CLINIC, "kind": "stream", "name": "ward-1"}
        bare = dimension(connection, "stream", region=REGION, arn=None, **key)
        reborn = dimension(connection, "stream", region=REGION, arn=f"{row.arn}9", **key)
        dimension(connection, "stream", region="eu-west-1", arn=None, **key)
        found = queries.names_of(connection, EVERYTHING, row)
        assert queries.names_of(connection, STRANGER, row) == Names((), ())
    assert found == Names((row.id, bare), (row.id, bare, reborn))


def test_calls_are_grouped_by_key_action_and_answer(engine: Engine) -> None:
    with engine.begin() as connection:
        row = make_looked_at(connection)
        make_reads(
            connection,
            read_of(row),
            read_of(row, 1, event_time=START),
            read_of(row, 2, access_key="ASIA2"),
            read_of(row, 3, error_code="AccessDenied"),
            read_of(row, 4, event_time=END),
        )
        found = queries.read_calls(connection, EVERYTHING, CLINIC, [row.id], READS, TIMES)
        nothing = queries.read_calls(connection, STRANGER, CLINIC, [row.id], READS, TIMES)
    assert (found.calls[0].first.access_key, found.calls[0].n) == ("ASIAQ4EXAMPLE0000001", 2)
    assert (len(found.calls), found.answered, found.is_cut) == (3, 3, False)
    assert (found.calls[0].first.at, found.calls[0].first.footage) == (START, None)
    assert (nothing.calls, nothing.answered) == ((), 0)


def test_a_group_has_the_addresses_that_its_calls_came_from(engine: Engine) -> None:
    with engine.begin() as connection:
        row = make_looked_at(connection)
        few = [read_of(row, n, address=address) for n, address in enumerate(("10.0.0.2", "10.0.0.1", None, "10.0.0.2"))]
        many = [read_of(row, 9 + n, access_key="MANY", address=f"10.0.1.{n}") for n in range(MOST_ADDRESSES + 5)]
        nowhere = read_of(row, 99, access_key="NONE", address=None)
        make_reads(connection, *few, *many, nowhere)
        found = queries.read_calls(connection, EVERYTHING, CLINIC, [row.id], READS, TIMES)
    addresses = {one.first.access_key: one.addresses for one in found.calls}
    assert addresses[few[0].access_key] == ("10.0.0.1", "10.0.0.2")
    assert (len(addresses["MANY"]), addresses["NONE"]) == (MOST_ADDRESSES + 1, ())


def test_more_groups_than_are_looked_at_cut_the_list_and_not_the_number(engine: Engine) -> None:
    with engine.begin() as connection:
        row = make_looked_at(connection)
        make_reads(connection, *(read_of(row, n, access_key=f"ASIA{n}") for n in range(5)))
        found = queries.read_calls(connection, EVERYTHING, CLINIC, [row.id], READS, TIMES, most=3)
    assert (len(found.calls), found.answered, found.is_cut) == (3, 5, True)


def test_by_video_only_calls_that_surely_asked_for_another_time_are_left_out(engine: Engine) -> None:
    asked = (START, START + HOUR)
    footage = (
        Footage(FootageKind.INTERVAL, START - HOUR, START),
        Footage(FootageKind.INTERVAL, START + HOUR, START + 2 * HOUR),
        Footage(FootageKind.INTERVAL, START, START + HOUR),
        Footage(FootageKind.ONWARD, START - DAY),
        Footage(FootageKind.FRAGMENT_NUMBER),
        None,
    )
    with engine.begin() as connection:
        row = make_looked_at(connection)
        make_reads(connection, *(read_of(row, n, footage=one) for n, one in enumerate(footage)))
        found = queries.read_calls(connection, EVERYTHING, CLINIC, [row.id], READS, TIMES, asked)
    assert {one.first.footage for one in found.calls} == set(footage[2:])


def test_reads_without_a_stream_are_those_of_the_region(engine: Engine) -> None:
    with engine.begin() as connection:
        row = make_looked_at(connection)
        nameless = ({}, {"region": "eu-west-1"}, {"error_code": "AccessDenied"}, {"action": "PutMedia"})
        make_reads(connection, *(read_of(row, n, stream=None, **one) for n, one in enumerate(nameless)))
        assert queries.unnamed_reads(connection, EVERYTHING, CLINIC, REGION, READS, TIMES) == 1
        assert queries.unnamed_reads(connection, STRANGER, CLINIC, REGION, READS, TIMES) == 0


def test_stored_calls_are_counted_by_day_with_refused_ones(engine: Engine) -> None:
    with engine.begin() as connection:
        row = make_looked_at(connection)
        make_reads(
            connection,
            read_of(row),
            read_of(row, 1, error_code="AccessDenied"),
            read_of(row, 2, event_time=END),
            read_of(row, 3, action="PutMedia"),
        )
        days = (START.date(), END.date())
        found = queries.stored_by_day(connection, EVERYTHING, CLINIC, [row.id], READS, days)
        assert queries.stored_by_day(connection, STRANGER, CLINIC, [row.id], READS, days) == {}
    assert found == {("GetClip", START.date()): 2, ("GetClip", END.date()): 1}


def test_of_daily_readings_so_few_are_read_that_each_day_is_told(engine: Engine) -> None:
    start = datetime(2026, 9, 1, tzinfo=UTC)
    with engine.begin() as connection:
        make_account(connection)
        for n in range(60):
            until = (start + n * DAY).date()
            counts = RequestCounts(until - 14 * DAY, until, (RequestCount("ward-1", "GetClip", until - DAY, n + 1),))
            store_part(connection, CLINIC, "request_counts", REGION, counts, start + n * DAY + HOUR)
        found = queries.request_counts(connection, EVERYTHING, CLINIC, REGION, "ward-1", (start, start + 40 * DAY))
        assert queries.request_counts(connection, STRANGER, CLINIC, REGION, "ward-1", (start, NOW)) == ()
        other = queries.request_counts(connection, EVERYTHING, CLINIC, REGION, "lobby", (start, start + DAY))
    told = {one.since + n * DAY for one in found for n in range(14)}
    assert {(start + n * DAY).date() for n in range(40)} <= told
    assert len(found) < 8
    assert all(one.counts == () for one in other)


def test_rejected_records_of_no_account_may_be_of_any(engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        for number, (account, at) in enumerate(((CLINIC, START), (0, END), (CLINIC, START - HOUR), (7, END))):
            make_rejected(connection, "no", account_id=account, origin=f"s3://b/{number}", rejected_at=at)
        found = queries.rejected_origins(connection, EVERYTHING, CLINIC, START)
        assert queries.rejected_origins(connection, STRANGER, CLINIC, START) == ()
    assert sorted(found) == [("s3://b/0", 1), ("s3://b/1", 1)]


def test_a_stream_is_found_by_name_and_by_arn_within_the_scope(engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        row = row_of(connection, make_stream(connection, "ward-1"))
        assert queries.streams_called(connection, EVERYTHING, "ward-1") == ((row.id, row.arn),)
        assert queries.streams_called(connection, EVERYTHING, row.arn or "") == ((row.id, row.arn),)
        assert queries.streams_called(connection, STRANGER, "ward-1") == ()
