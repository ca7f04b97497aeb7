"""The rows of lists in files: what is not known stands there in words."""

from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import parse_qsl

import pytest
from sqlalchemy import Connection, Engine

from app.core.errors import InvalidInput
from app.core.model.scope import EVERYTHING, Scope
from app.core.query.filter import parse
from app.core.query.listing import LISTINGS
from app.services import export_lists
from tests.builders.accounts import NOW, make_account, make_feed, make_part
from tests.builders.calls import make_calls, make_principal, make_stream
from tests.builders.estate import CAMS, CLINIC, LEGACY, REGION, RETAIL
from tests.builders.integrity import make_integrity

Row = export_lists.Row


@pytest.fixture
def connection(engine: Engine) -> Iterator[Connection]:
    with engine.begin() as connection:
        yield connection


def rows(connection: Connection, name: str, question: str = "", scope: Scope = EVERYTHING) -> list[Row]:
    asked = parse(parse_qsl(question), LISTINGS[name], NOW)
    assert asked.problems == ()
    return list(getattr(export_lists, name)(connection, scope, asked.filter, NOW))


@pytest.mark.usefixtures("estate")
def test_an_account_says_which_parts_were_denied_and_what_is_kept(connection: Connection) -> None:
    (row,) = rows(connection, "accounts", f"account={RETAIL}")
    assert (row["account"], row["parts_unseen"]) == (str(RETAIL), "2")
    assert row["unseen"] == (
        "credential_report: denied iam:GenerateCredentialReport, kept as of 2026-11-19T09:41Z; "
        f"stream_edge {REGION}: throttled, never read"
    )


def test_an_account_that_was_never_polled_is_not_read_rather_than_empty(connection: Connection) -> None:
    make_account(connection)
    make_feed(connection, "iam")
    (row,) = rows(connection, "accounts")
    assert (row["parts_fresh"], row["parts_waiting"], row["unseen"], row["polled_at"]) == (
        "0",
        "2",
        "not read",
        "never",
    )
    assert (row["reads_30d"], row["media_observable"]) == ("not observable", "not observable")


@pytest.mark.usefixtures("estate")
def test_the_reads_of_an_account_that_logs_none_are_not_observable(connection: Connection) -> None:
    by_account = {row["account"]: row for row in rows(connection, "accounts")}
    assert by_account[str(LEGACY)]["reads_30d"] == "not observable"
    assert int(by_account[str(CLINIC)]["reads_30d"] or "") > 0


@pytest.mark.usefixtures("estate")
def test_no_read_of_a_stream_is_0_only_where_all_would_have_been_seen(connection: Connection) -> None:
    (dark,) = rows(connection, "streams", "name=old-00")
    assert (dark["reads"], dark["last_read_at"], dark["observable"]) == ("not observable", "not observable", "0 %")
    assert dark["may_watch"] == "not evaluated"
    make_stream(connection, "gate-unused", CAMS)
    (whole,) = rows(connection, "streams", "name=gate-unused")
    assert (whole["reads"], whole["last_read_at"], whole["observable"]) == ("0", "never", "100 %")


def test_a_stream_whose_region_could_not_be_listed_again_says_so(connection: Connection) -> None:
    make_account(connection)
    make_part(connection, "streams", region=REGION, state="denied", missing="kinesisvideo:ListStreams")
    make_stream(connection, "ward-1", tags=None, retention_hours=None)
    (row,) = rows(connection, "streams")
    assert row["listing"] == f"streams {REGION}: denied kinesisvideo:ListStreams, kept as of 2026-11-23T09:31Z"
    assert (row["tags"], row["retention_hours"]) == ("not read", "not read")


def test_what_was_not_read_of_a_user_is_said(connection: Connection) -> None:
    make_account(connection)
    make_part(connection, "iam", state="denied", missing="iam:GetAccountAuthorizationDetails", seen_at=None)
    make_principal(connection, "ghost", kind="user", active_keys=None, has_mfa=None)
    (row,) = rows(connection, "principals", "kind=user")
    assert (row["active_keys"], row["mfa"], row["may_watch"]) == ("not read", "not read", "not evaluated")
    assert (row["reads"], row["calls"]) == ("not observable", "not observable")
    assert row["listing"] == "iam: denied iam:GetAccountAuthorizationDetails, never read"


def test_refused_calls_of_a_principal_are_no_use(connection: Connection) -> None:
    make_account(connection)
    who = make_principal(connection, "Denied")
    make_calls(connection, "GetMedia", 5, principal_id=who, errors=5)
    (row,) = rows(connection, "principals")
    assert row["calls"] == "not observable"


@pytest.mark.usefixtures("estate")
def test_coverage_has_each_stretch_with_its_reason(connection: Connection) -> None:
    found = [row for row in rows(connection, "coverage", f"account={CLINIC}&from=now-7d") if row["class"] == "read"]
    assert [row["state"] for row in found] == ["observed", "not delivered", "observed"]
    assert (found[1]["start"], found[1]["end"]) == ("2026-11-20T21:41Z", "2026-11-21T04:06Z")
    assert found[0]["end"] == found[1]["start"]


@pytest.mark.usefixtures("estate")
def test_holes_only_leaves_out_the_lines_without_one(connection: Connection) -> None:
    found = rows(connection, "coverage", f"account={CAMS}&show=holes")
    assert {row["class"] for row in found} == {"signaling"}


@pytest.mark.usefixtures("estate")
def test_coverage_has_what_proves_the_log_files_too(connection: Connection) -> None:
    make_integrity(connection, CLINIC, NOW - timedelta(hours=3))
    make_integrity(connection, CLINIC, NOW - timedelta(hours=2), verdict="broken", why="log edited: x")
    found = [row for row in rows(connection, "coverage", f"account={CLINIC}") if row["class"] == "log files"]
    assert [(row["state"], row["reason"]) for row in found] == [
        ("verified", "trail org-trail (eu-central-1)"),
        ("broken", "trail org-trail (eu-central-1); log edited: x"),
    ]
    holes = rows(connection, "coverage", f"account={CLINIC}&show=holes")
    assert [row["state"] for row in holes if row["class"] == "log files"] == ["broken"]


def test_an_account_without_streams_is_not_left_out_of_coverage(connection: Connection) -> None:
    make_account(connection)
    (row,) = rows(connection, "coverage")
    assert (row["observable"], row["reason"]) == ("not observable", "no stream is known here")


@pytest.mark.usefixtures("estate")
@pytest.mark.parametrize("name", ["accounts", "streams", "principals", "coverage"])
def test_a_stranger_gets_nothing_and_may_not_name_the_account(connection: Connection, name: str) -> None:
    stranger = Scope(frozenset({1}))
    assert rows(connection, name, "", stranger) == []
    with pytest.raises(InvalidInput, match=f"account={CLINIC} is not an account here"):
        rows(connection, name, f"account={CLINIC}", stranger)


@pytest.mark.usefixtures("estate")
def test_of_a_region_the_coverage_has_each_stream_the_blind_ones_first(connection: Connection) -> None:
    found = rows(connection, "coverage", f"account={CLINIC}&region={REGION}")
    page = {(row["stream"], row["class"]) for row in found}
    assert {row["region"] for row in found} == {REGION}
    assert len({row["arn"] for row in found}) == len({stream for stream, _ in page}) > 1
    assert {"log files"} & {row["class"] for row in found} == set()


@pytest.mark.usefixtures("estate")
def test_of_a_region_in_which_nothing_is_known_it_says_so(connection: Connection) -> None:
    (row,) = rows(connection, "coverage", f"account={CLINIC}&region=eu-north-1")
    assert (row["observable"], row["state"], row["region"]) == ("not observable", "unknown", "eu-north-1")
    with pytest.raises(InvalidInput, match="region=eu-north-1 needs one account"):
        rows(connection, "coverage", "region=eu-north-1")
