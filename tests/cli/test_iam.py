"""`kvswatch iam …` on files and on a stored account."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from app import clock
from app.__main__ import main
from app.core.model.principal import Iam
from app.db.queries.snapshots import store_part
from tests.builders.accounts import CLINIC, make_account
from tests.builders.calls import make_calls, make_principal, make_stream
from tests.builders.iam import allow, role

ALLOW = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "kinesisvideo:*", "Resource": "*"}]}
STREAM = "arn:aws:kinesisvideo:eu-west-1:111122223333:stream/gate/1600000000000"
CASE = {
    "id": "one",
    "policies": {"identity": [ALLOW]},
    "request": {
        "principal": "arn:aws:iam::111122223333:role/viewer",
        "action": "kinesisvideo:GetMedia",
        "resource": STREAM,
        "resource_account": "111122223333",
        "context": {},
    },
    "context_complete": True,
    "expected": "allow",
}


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main(list(arguments))
    out, err = capsys.readouterr()
    return int(ended.value.code or 0), out, err


def test_it_prints_one_verdict_a_case(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "cases.jsonl").write_text(json.dumps(CASE) + "\n\n" + json.dumps(CASE | {"id": "two"}) + "\n")
    code, out, _ = run(capsys, "iam", "evaluate", str(tmp_path / "cases.jsonl"))
    answers = [json.loads(line) for line in out.splitlines()]
    assert code == 0
    assert [(answer["id"], answer["verdict"]) for answer in answers] == [("one", "allow"), ("two", "allow")]
    assert answers[0]["reasons"]


def test_it_reads_a_gzipped_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "cases.jsonl.gz").write_bytes(gzip.compress(json.dumps(CASE).encode()))
    assert json.loads(run(capsys, "iam", "evaluate", str(tmp_path / "cases.jsonl.gz"))[1])["verdict"] == "allow"


def test_it_names_each_faulty_case_and_judges_the_rest(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "cases.jsonl").write_text('{"id": "no request"}\nnot json\n[1]\n' + json.dumps(CASE) + "\n")
    code, out, err = run(capsys, "iam", "evaluate", str(tmp_path / "cases.jsonl"))
    assert code == 1
    assert len(out.splitlines()) == 1
    assert [line.split(":")[1] for line in err.splitlines()] == ["1", "2", "3"]


def test_it_names_a_file_that_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = run(capsys, "iam", "evaluate", "/nowhere/cases.jsonl")
    assert code == 2
    assert "/nowhere/cases.jsonl: cannot read it" in err


def test_it_refuses_an_action_that_kvs_does_not_have(capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = run(capsys, "iam", "who-can", "GetStreamingEndpoint", STREAM)
    assert code == 2
    assert "not an action of Kinesis Video Streams" in err


ANALYST = f"arn:aws:iam::{CLINIC}:role/Analyst"


@pytest.fixture
def recorded(engine: Engine, database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KVSWATCH_DATABASE_URL", database_url)
    now = clock.now()
    with engine.begin() as connection:
        make_account(connection)
        who, stream = make_principal(connection, "Analyst"), make_stream(connection, "gate")
        make_calls(connection, "GetMedia", 5, now, principal_id=who, stream_id=stream, errors=2)
        make_calls(connection, "GetClip", 1, now, principal_id=who, stream_id=stream)
        store_part(connection, CLINIC, "iam", "", Iam((role(allow(), arn=ANALYST, name="Analyst"),), ()), now)


def replay(capsys: pytest.CaptureFixture[str], folder: Path, policy: Any, *more: str) -> tuple[int, list[str], str]:
    path = folder / "new.json"
    path.write_text(json.dumps(policy))
    code, out, err = run(capsys, "iam", "replay", str(path), "--principal", ANALYST, *more)
    return code, out.splitlines(), err


@pytest.mark.usefixtures("recorded")
def test_it_names_the_calls_that_a_policy_would_have_denied(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    policy = ALLOW | {"Statement": [allow("kinesisvideo:GetMedia")]}
    code, (lost, summary), err = replay(capsys, tmp_path, policy)
    assert code == 1
    assert lost.startswith("denied       GetClip ")
    assert "stream/gate/" in lost
    assert "1 call," in lost
    assert "No identity policy of the principal allows the call." in lost
    assert summary.startswith("4 recorded calls since ")
    assert summary.endswith(": 3 allowed, 1 denied, 0 cannot tell; 2 had failed anyway")
    assert "Only what was logged and stored could be replayed" in err


@pytest.mark.usefixtures("recorded")
def test_a_policy_that_loses_nothing_is_fine(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = replay(capsys, tmp_path, ALLOW)
    assert (code, len(out)) == (0, 1)


@pytest.mark.usefixtures("recorded")
def test_what_cannot_be_told_names_its_keys(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    condition = {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}
    code, out, _ = replay(capsys, tmp_path, ALLOW | {"Statement": [allow(Condition=condition)]})
    assert code == 0
    assert all(line.startswith("cannot tell") and line.endswith("depends on aws:sourceip") for line in out[:-1])
    assert len(out) == 3


@pytest.mark.usefixtures("recorded")
def test_the_replay_comes_as_json_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = replay(capsys, tmp_path, ALLOW | {"Statement": [allow("kinesisvideo:GetClip")]}, "--json")
    found = [json.loads(line) for line in out]
    assert code == 1
    assert [(each["action"], each["outcome"], each["calls"]) for each in found] == [
        ("GetClip", "allowed", 1),
        ("GetMedia", "denied", 3),
    ]


@pytest.mark.usefixtures("recorded")
def test_a_file_that_is_no_policy_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = replay(capsys, tmp_path, {"Statement": [{"Effect": "allow"}]})
    assert code == 2
    assert "new.json: Statement[0].Effect" in err


def test_a_policy_that_is_not_there_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = run(capsys, "iam", "replay", "/nowhere/new.json", "--principal", ANALYST)
    assert code == 2
    assert "/nowhere/new.json: cannot read it" in err
