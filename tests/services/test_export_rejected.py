from datetime import timedelta
from urllib.parse import parse_qsl

import pytest
import zstandard
from sqlalchemy import Connection, Engine

from app.core.errors import InvalidInput
from app.core.model.scope import EVERYTHING, Scope
from app.core.query.filter import parse
from app.core.query.listing import REJECTED
from app.services.export_lists import Row
from app.services.export_rejected import rejected
from tests.builders.accounts import CLINIC, NOW, make_account, make_rejected

DIGITS = f"{CLINIC:012d}"


def rows(connection: Connection, question: str = "", scope: Scope = EVERYTHING) -> list[Row]:
    asked = parse(parse_qsl(question), REJECTED, NOW)
    assert asked.problems == ()
    return list(rejected(connection, scope, asked.filter, NOW))


@pytest.fixture
def kept(engine: Engine) -> Engine:
    with engine.begin() as connection:
        make_account(connection)
        make_account(connection, 42, name="shop")
        make_rejected(connection, "no time", raw=zstandard.compress(b'{"eventName": "=1+1"}'))
        make_rejected(connection, "no UTF-8", raw=zstandard.compress(b"\xff{"), rejected_at=NOW - timedelta(days=300))
        make_rejected(connection, "not gzip", 0, place="the whole file", rejected_at=NOW - timedelta(hours=1))
        make_rejected(connection, "of the shop", 42)
    return engine


def test_each_has_its_reason_place_and_bytes_the_newest_first(kept: Engine) -> None:
    with kept.connect() as connection:
        whole, time, bytes_ = rows(connection, f"account={DIGITS}")

    assert (time["account"], time["reason"], time["place"]) == (DIGITS, "no time", "record 17, byte 20481")
    assert (time["encoding"], time["record"]) == ("text", '{"eventName": "=1+1"}')
    assert (bytes_["encoding"], bytes_["record"]) == ("base64", "/3s=")
    assert (whole["account"], whole["encoding"], whole["record"]) == ("the record does not tell", "not kept", "")


def test_only_those_of_the_range_and_of_the_scope_are_there(kept: Engine) -> None:
    with kept.connect() as connection:
        assert [row["reason"] for row in rows(connection, f"account={DIGITS}&from=now-7d")] == ["not gzip", "no time"]
        within = rows(connection, scope=Scope(frozenset({42})))
        assert [row["reason"] for row in within] == ["not gzip", "of the shop"]
        with pytest.raises(InvalidInput, match="is not an account here"):
            rows(connection, "account=000000000007")


def test_each_says_how_large_it_was_and_whether_it_is_cut(engine: Engine) -> None:
    raw = zstandard.compress(b"{")
    with engine.begin() as connection:
        make_account(connection)
        make_rejected(connection, "cut", raw=raw, size=300_000)
        make_rejected(connection, "whole", raw=raw, size=1)
        make_rejected(connection, "of an earlier release", raw=raw)
        make_rejected(connection, "dropped", size=300_000)
        found = {row["reason"]: (row["bytes"], row["is_cut"]) for row in rows(connection)}
    assert found == {
        "cut": ("300000", "yes"),
        "whole": ("1", "no"),
        "of an earlier release": ("", ""),
        "dropped": ("300000", ""),
    }
