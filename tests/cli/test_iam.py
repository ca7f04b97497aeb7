"""`kvswatch iam …` on files and on a stored account."""

import gzip
import json
from pathlib import Path

import pytest

from app.__main__ import main

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
