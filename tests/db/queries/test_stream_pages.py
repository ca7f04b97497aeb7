"""Streams as their pages read them."""

from datetime import timedelta
from functools import partial

from sqlalchemy import Connection, Engine

from app.core.kvs.actions import MEDIA_READ
from app.core.model.grant import Grant, Known, Outcome
from app.core.model.scope import EVERYTHING, Scope
from app.db.queries import stream_pages
from app.db.queries.by_name import NamePage, all_pages
from app.db.queries.grants import store_matrix
from tests.builders.accounts import CLINIC, NOW, make_account
from tests.builders.calls import make_calls, make_principal, make_stream, stream_arn

STRANGER = Scope(frozenset({1}))
DAYS = ((NOW - timedelta(days=7)).date(), NOW.date())


def _grant(connection: Connection, *grants: Grant) -> None:
    store_matrix(connection, CLINIC, grants, [], evaluator=1, inputs=b"x", now=NOW)


def test_lists_follow_each_other_by_name_whatever_its_case(engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        for name in ("b", "A", "C", "İ", "ß"):
            make_stream(connection, name)
        pages = list(all_pages(partial(stream_pages.stream_rows, connection, EVERYTHING), NamePage(2)))
    assert [[row.name for row in rows] for rows in pages[:1]] == [["A", "b"]]
    assert sorted(row.name for rows in pages for row in rows) == ["A", "C", "b", "ß", "İ"]


def test_kinds_are_told_apart(engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        make_stream(connection, "a")
        make_stream(connection, "b", kind="channel")
        found = stream_pages.stream_rows(connection, EVERYTHING, NamePage(9, kind="channel"))
    assert [row.name for row in found] == ["b"]


def test_use_leaves_out_what_was_refused(engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        stream = make_stream(connection, "a")
        make_calls(connection, "GetMedia", 5, stream_id=stream, errors=5)
        make_calls(connection, "GetClip", 3, NOW - timedelta(days=2), stream_id=stream, errors=1)
        make_calls(connection, "PutMedia", 9, stream_id=stream)
        make_calls(connection, "GetMedia", 9, NOW - timedelta(days=30), stream_id=stream)
        use = stream_pages.stream_uses(connection, EVERYTHING, [stream], DAYS)[stream]
    assert (use.reads, use.last_read_at) == (2, NOW - timedelta(days=2))


def test_who_may_counts_principals_once_and_those_of_whom_it_is_not_known_apart(engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        ids = [make_stream(connection, name) for name in ("a", "b")]
        both = tuple(sorted(stream_arn(connection, stream) for stream in ids))
        role = f"arn:aws:iam::{CLINIC}:role"
        _grant(
            connection,
            Grant(f"{role}/one", "GetMedia", Outcome.ALLOW, both),
            Grant(f"{role}/one", "GetClip", Outcome.CONDITIONAL, both, ("aws:sourceip",)),
            Grant(f"{role}/two", "GetMedia", Outcome.DENY, both),
            Grant(f"{role}/three", "GetMedia", Outcome.UNKNOWN, both),
            Grant(f"{role}/four", "GetMedia", Outcome.PER_DEVICE, both[:1]),
            Grant(f"{role}/four", "GetClip", Outcome.UNKNOWN, both[:1]),
            Grant(f"{role}/five", "PutMedia", Outcome.ALLOW, both),
        )
        found = stream_pages.who_may_counts(connection, EVERYTHING, ids, MEDIA_READ)
        assert stream_pages.evaluated_accounts(connection, EVERYTHING) == {CLINIC}
    assert found == {ids[0]: Known(2, 1), ids[1]: Known(1, 1)}


def test_use_by_day_names_who_and_what(engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        stream, who = make_stream(connection, "a"), make_principal(connection, "Analyst")
        make_calls(connection, "GetMedia", 2, NOW - timedelta(hours=3), stream_id=stream, principal_id=who)
        make_calls(connection, "GetMedia", 3, stream_id=stream, principal_id=who, errors=1)
        row = stream_pages.stream_row(connection, EVERYTHING, stream)
        assert row is not None
        (use,) = stream_pages.day_uses(connection, EVERYTHING, row, DAYS, 10)
    assert (use.principal, use.action, use.calls, use.errors) == ("Analyst", "GetMedia", 5, 1)
    assert (use.first_seen, use.last_seen) == (NOW - timedelta(hours=3), NOW)


def test_a_stranger_sees_nothing_of_it(engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        stream = make_stream(connection, "a")
        make_calls(connection, "GetMedia", 3, stream_id=stream)
        arn = stream_arn(connection, stream)
        _grant(connection, Grant(f"arn:aws:iam::{CLINIC}:role/one", "GetMedia", Outcome.ALLOW, (arn,)))
        row = stream_pages.stream_row(connection, EVERYTHING, stream)
        assert row is not None
        assert stream_pages.stream_rows(connection, STRANGER, NamePage(9)) == ()
        assert stream_pages.stream_row(connection, STRANGER, stream) is None
        assert stream_pages.stream_uses(connection, STRANGER, [stream], DAYS) == {}
        assert stream_pages.who_may_counts(connection, STRANGER, [stream], MEDIA_READ) == {}
        assert stream_pages.evaluated_accounts(connection, STRANGER) == frozenset()
        assert stream_pages.day_uses(connection, STRANGER, row, DAYS, 10) == ()
