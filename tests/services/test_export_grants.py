from dataclasses import replace
from urllib.parse import parse_qsl

import pytest
from sqlalchemy import Connection, Engine

from app.core.model.policy import PolicyKind
from app.core.model.principal import Iam
from app.core.model.scope import EVERYTHING
from app.core.query.filter import parse
from app.core.query.listing import GRANTS
from app.db.queries.snapshots import store_part
from app.services.build_access_matrix import build_access_matrix
from app.services.export_grants import CHANGED, grants
from app.services.export_lists import Row
from tests.builders import iam
from tests.builders.accounts import CLINIC, NOW, make_account, make_part
from tests.builders.calls import make_stream
from tests.builders.estate import make_inventory, stream_of

GATE = f"arn:aws:kinesisvideo:eu-central-1:{CLINIC}:stream/gate/1600000000000"
READER = f"arn:aws:iam::{CLINIC}:role/Reader"
LIMITS = {"StringEquals": {"aws:SourceVpc": "vpc-1"}}


def rows(connection: Connection, question: str = "") -> list[Row]:
    asked = parse(parse_qsl(question), GRANTS, NOW)
    assert asked.problems == ()
    return list(grants(connection, EVERYTHING, asked.filter, NOW))


@pytest.fixture
def evaluated(engine: Engine) -> Engine:
    reader = iam.role(
        iam.allow("kinesisvideo:GetMedia"),
        iam.allow("kinesisvideo:GetClip", Condition=LIMITS),
        arn=READER,
        name="Reader",
    )
    with engine.begin() as connection:
        make_account(connection, kind="management")
        make_stream(connection, "gate")
        make_inventory(connection, CLINIC, (stream_of(GATE, "gate"),))
        store_part(connection, CLINIC, "iam", "", Iam((reader,), ()), NOW)
    build_access_matrix(engine, CLINIC, now=NOW)
    return engine


def test_each_grant_has_the_sentences_of_the_page(evaluated: Engine) -> None:
    with evaluated.connect() as connection:
        clip, live = rows(connection, "name=reader")

    assert (live["principal"], live["action"], live["outcome"], live["example"]) == (READER, "GetMedia", "allow", GATE)
    assert live["why"] == "Statement 1 of own allows the call (inline)."
    assert (clip["outcome"], clip["condition_keys"]) == ("conditional", "aws:sourcevpc")
    assert clip["why"] == "Statement 2 of own allows the call (inline) when its conditions hold on aws:sourcevpc."
    assert clip["change"] == "It is let through only where these conditions hold."


def test_a_grant_whose_streams_several_statements_decide_on_has_a_row_for_each(engine: Engine) -> None:
    arns = [GATE.replace("gate", name) for name in ("north-1", "north-2", "south-1")]
    head = GATE.partition("gate")[0]
    north = iam.allow("kinesisvideo:GetMedia", f"{head}north-*", Sid="North")
    south = iam.allow("kinesisvideo:GetMedia", f"{head}south-*", Sid="South")
    with engine.begin() as connection:
        make_account(connection, kind="management")
        make_inventory(connection, CLINIC, tuple(stream_of(arn, arn.split("/")[1]) for arn in arns))
        store_part(connection, CLINIC, "iam", "", Iam((iam.role(north, south, arn=READER, name="Reader"),), ()), NOW)
    build_access_matrix(engine, CLINIC, now=NOW)
    with engine.connect() as connection:
        found = rows(connection, "name=reader")

    assert [(row["resources"], row["example"], row["why"]) for row in found] == [
        ("2", arns[0], "Statement 1 (North) of own allows the call (inline)."),
        ("1", arns[2], "Statement 2 (South) of own allows the call (inline)."),
    ]


def test_each_row_names_policy_version_and_place_of_the_statements_that_decide(engine: Engine) -> None:
    arn = f"arn:aws:iam::{CLINIC}:policy/Limits"
    kept = iam.document(iam.deny("s3:*"), iam.allow(Sid="Most"), name="Limits", kind=PolicyKind.MANAGED)
    limits = replace(kept, arn=arn, version_id="v7")
    reader = iam.role(iam.allow("kinesisvideo:GetMedia"), arn=READER, name="Reader", boundary=arn)
    with engine.begin() as connection:
        make_account(connection, kind="management")
        make_inventory(connection, CLINIC, (stream_of(GATE, "gate"),))
        store_part(connection, CLINIC, "iam", "", Iam((reader,), (limits,)), NOW)
    build_access_matrix(engine, CLINIC, now=NOW)
    with engine.connect() as connection:
        (row,) = rows(connection, "name=reader")

    assert row["why"] == (
        "Statement 1 of own allows the call (inline). "
        "Statement 2 (Most) of Limits allows the call (permissions boundary)."
    )
    assert {name: row[name] for name in ("policy", "policy_version", "statement_index", "sid")} == {
        "policy": f"own {arn}",
        "policy_version": "none v7",
        "statement_index": "0 1",
        "sid": "none Most",
    }


def test_streams_that_are_no_longer_listed_have_a_row_of_their_own(evaluated: Engine) -> None:
    with evaluated.begin() as connection:
        make_inventory(connection, CLINIC, (stream_of(GATE.replace("gate", "door"), "door"),))
        (live,) = [row for row in rows(connection, "name=reader") if row["action"] == "GetMedia"]

    assert (live["resources"], live["example"], live["why"]) == ("1", GATE, CHANGED)
    assert (live["policy"], live["statement_index"]) == ("", "")


def test_it_is_narrowed_by_outcome_and_name(evaluated: Engine) -> None:
    with evaluated.connect() as connection:
        assert [row["action"] for row in rows(connection, "outcome=conditional")] == ["GetClip"]
        assert rows(connection, "name=nobody") == []
        assert {row["principal"] for row in rows(connection)} == {READER, f"arn:aws:iam::{CLINIC}:root"}


def test_an_account_that_was_never_evaluated_has_a_line_that_says_so(engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        (row,) = rows(connection)

    assert (row["outcome"], row["principal"]) == ("not evaluated", "")
    assert set(row) == set(GRANTS.columns)


def test_an_account_none_of_whose_channels_was_ever_listed_has_a_line_that_says_so(evaluated: Engine) -> None:
    with evaluated.begin() as connection:
        connection.exec_driver_sql("delete from part where part = 'channels'")
        make_part(connection, "channels", region="eu-central-1", state="denied", seen_at=None)
        first, second, *_ = rows(connection)
    assert (first["principal"], first["action"], first["outcome"]) == ("", "", "channels not listed")
    assert second["outcome"] in {"allow", "conditional"}


def test_a_grant_that_what_was_read_since_no_longer_gives_says_so(evaluated: Engine) -> None:
    with evaluated.begin() as connection:
        store_part(connection, CLINIC, "iam", "", Iam((iam.role(arn=READER, name="Reader"),), ()), NOW)
        found = rows(connection, "name=reader")

    assert {row["why"] for row in found} == {CHANGED}
