"""`kvswatch verify` on copies and on a bucket."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from app.__main__ import main
from app.demo.gate.store import StoredObject
from tests.builders.digests import delivery, key_answer
from tests.builders.polling import account_of, watch


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, list[str], str]:
    with pytest.raises(SystemExit) as ended:
        main(["verify", *arguments])
    out, err = capsys.readouterr()
    return int(ended.value.code or 0), out.splitlines(), err


@pytest.fixture
def keys(tmp_path: Path) -> str:
    path = tmp_path / "keys.json"
    path.write_text(json.dumps({"PublicKeyList": [key_answer()]}))
    return str(path)


def test_the_last_line_says_what_was_checked(tmp_path: Path, keys: str, capsys: pytest.CaptureFixture[str]) -> None:
    delivery(4).write(tmp_path / "copy")
    code, out, err = run(capsys, str(tmp_path / "copy"), "--keys", keys)
    (line,) = out
    done = json.loads(line)
    assert (code, err) == (0, "")
    assert (done["digests"], done["signed"], done["log_files"], done["breaks"]) == (4, 4, 3, 0)


def test_without_keys_it_says_what_is_not_proven(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    delivery(4).write(tmp_path)
    code, out, err = run(capsys, str(tmp_path))
    assert (code, json.loads(out[-1])["unsigned"]) == (0, 4)
    assert "4 of 4 digests are unsigned here: no public keys were given (--keys)" in err


def test_each_break_has_a_line_of_its_own(tmp_path: Path, keys: str, capsys: pytest.CaptureFixture[str]) -> None:
    made = delivery(6)
    made.change(made.logs[0], b"call", b"CALL")
    del made.files[made.logs[2]], made.files[made.digests[4]]
    made.write(tmp_path / "copy")
    code, out, _ = run(capsys, str(tmp_path / "copy"), "--keys", keys)
    assert code == 1
    assert [line.split(": ")[:2] for line in out[:-1]] == [
        ["digest missing", made.digests[4]],
        ["log edited", made.logs[0]],
        ["log missing", made.logs[2]],
        ["log unlisted", made.logs[3]],
    ]
    assert json.loads(out[-1])["breaks"] == 4


def test_breaks_come_as_json_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = delivery(4)
    del made.files[made.logs[1]]
    made.write(tmp_path)
    code, out, _ = run(capsys, str(tmp_path), "--json")
    found = json.loads(out[0])
    assert (code, found["kind"], found["where"]) == (1, "log missing", made.logs[1])


def test_a_stretch_of_time_may_be_given(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = delivery(6)
    del made.files[made.digests[0]]
    made.write(tmp_path)
    assert run(capsys, str(tmp_path))[0] == 1
    code, out, _ = run(capsys, str(tmp_path), "--since", "2026-11-20T10:00:00Z")
    assert (code, json.loads(out[-1])["digests"]) == (0, 4)


def test_a_name_of_a_file_does_nothing_to_the_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = delivery(4)
    key = made.logs[0].replace("0000.json", "\x1b[2J.json")
    made.files[key] = made.files[made.logs[0]]
    code, out, _ = run(capsys, str(made.write(tmp_path)))
    assert code == 1
    assert "\\x1b[2J" in out[0]
    assert "\x1b" not in "".join(out)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["/nowhere"], "no such file or folder"),
        (["s3://bucket/"], "--account is missing"),
        (["s3:///x", "--account", "1"], "write s3://bucket/prefix"),
        (["s3://bucket/", "--account", "111122223333", "--keys", "x"], "--keys is for files on disk"),
        ([".", "--keys", "/nowhere"], "/nowhere: cannot read it"),
        ([".", "--keys", __file__], "not JSON"),
    ],
)
def test_it_names_what_it_cannot_use(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, *arguments)
    assert (code, out) == (2, [])
    assert said in err


@pytest.fixture
def bucket(aws: Any, app_engine: Engine, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name, value in aws.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("KVSWATCH_DATABASE_URL", database_url)
    monkeypatch.setenv("KVSWATCH_AWS_ENDPOINT_URL", aws.endpoint)
    name = next(member.name for member in aws.estate.members if member.log_bucket)
    watch(app_engine, account_of(aws, name))
    found = aws.world.buckets[account_of(aws, name).log_bucket]
    kept = dict(found.objects)
    yield found
    for key, stored in kept.items():
        found.put(key, stored)


def test_a_bucket_is_read_by_an_accounts_role(bucket: Any, capsys: pytest.CaptureFixture[str]) -> None:
    target = f"s3://{bucket.name}/AWSLogs/310045578826"
    code, out, _ = run(capsys, target, "--account", bucket.account)
    done = json.loads(out[-1])
    assert (code, len(out), done["breaks"], done["unsigned"]) == (0, 1, 0, 0)
    assert done["signed"] > 24

    log = next(key for key in bucket.list_keys("AWSLogs/310045578826/CloudTrail/"))
    bucket.put(log, StoredObject(b"x", bucket.objects[log].modified_at))
    code, out, _ = run(capsys, target, "--account", bucket.account)
    assert (code, len(out)) == (1, 2)
    assert out[0].startswith(f"log edited: {log}: not a gzip file")


def test_an_account_that_is_not_watched_is_named(bucket: Any, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = run(capsys, f"s3://{bucket.name}", "--account", "999999999999")
    assert code == 2
    assert "999999999999 is not watched" in err
