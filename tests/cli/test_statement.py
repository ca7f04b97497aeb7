"""`kvswatch statement`."""

import json

import pytest
from sqlalchemy import Engine

from app import clock
from app.__main__ import main
from app.core.query.moment import iso
from tests.builders.accounts import CLINIC, NOW
from tests.builders.calls import dimension, make_stream
from tests.builders.events import EVENT
from tests.builders.statement import END, HOUR, START, make_looked_at, make_reads, read_of

RANGE = ("--from", iso(START), "--to", iso(END))


@pytest.fixture(autouse=True)
def _database(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KVSWATCH_DATABASE_URL", database_url)
    monkeypatch.setattr(clock, "now", lambda: NOW)


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main(["statement", *arguments])
    out, err = capsys.readouterr()
    return int(ended.value.code or 0), out, err


def test_its_first_line_is_the_verdict(engine: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    with engine.begin() as connection:
        make_looked_at(connection)
    code, out, _ = run(capsys, "ward-1", *RANGE)
    assert (code, out.splitlines()[0]) == (0, "None, proven")


def test_readers_follow_with_what_they_called(engine: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    with engine.begin() as connection:
        row = make_looked_at(connection)
        refused = read_of(row, 1, error_code="AccessDenied")
        make_reads(connection, read_of(row), refused, read_of(row, 2, action="GetMedia", event_time=END + HOUR / 2))
        arn = row.arn or ""
    _, out, _ = run(capsys, arn, *RANGE)
    lines = out.splitlines()
    assert lines[0] == "1 read"
    assert "read: unknown (not observable) through arn:aws:iam" in out
    assert f"1 GetClip, from {EVENT.address}, temporary key, " in out
    assert "was refused: unknown" in out
    assert lines[-2] == "There may have been more:"
    assert "may have lasted into it" in lines[-1]


def test_as_json_it_is_one_object(engine: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    with engine.begin() as connection:
        make_looked_at(connection)
    footage = f"{iso(START)}..{iso(START + HOUR)}"
    _, out, _ = run(capsys, "ward-1", "--footage", footage, "--json")
    found = json.loads(out)
    assert (found["verdict"], found["footage"]) == ("none seen, not provable", footage.split(".."))
    assert found["from"] == iso(START - 12 * HOUR)


def test_a_name_that_several_have_needs_the_arn(engine: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    with engine.begin() as connection:
        make_looked_at(connection)
        make_stream(connection, "ward-1", region="eu-west-1")
    code, out, err = run(capsys, "ward-1", *RANGE)
    assert (code, out) == (2, "")
    assert err.count("arn:aws:kinesisvideo") == 2


def test_a_name_that_calls_give_without_an_arn_is_that_of_the_one_stream(
    engine: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    with engine.begin() as connection:
        row = make_looked_at(connection)
        make_reads(connection, read_of(row, stream="ward-1"))
    _, out, _ = run(capsys, "ward-1", *RANGE)
    assert out.startswith("1 read")


@pytest.mark.parametrize(
    "arguments",
    [
        ("nobody",),
        ("ward-1", "--from", "now", "--to", "now-2h"),
        ("ward-1", "--footage", "now"),
        ("ward-1", "--to", "x"),
    ],
)
@pytest.mark.usefixtures("_stored")
def test_what_cannot_be_asked_ends_with_two(capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]) -> None:
    code, out, err = run(capsys, *arguments)
    assert (code, out) == (2, "")
    assert err


@pytest.fixture
def _stored(engine: Engine) -> None:
    with engine.begin() as connection:
        make_looked_at(connection)


def test_a_name_that_only_calls_of_several_accounts_have_is_no_stream_to_state_of(
    engine: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    with engine.begin() as connection:
        for account in (CLINIC, CLINIC + 1):
            named = {"account_id": account, "region": "eu-central-1", "kind": "stream", "name": "ward-9", "arn": None}
            dimension(connection, "stream", **named)
    code, out, err = run(capsys, "ward-9", *RANGE)
    assert (code, out) == (2, "")
    assert "several accounts have calls on a 'ward-9' whose ARN is not known" in " ".join(err.split())
