"""`kvswatch ingest`: the contract of its last line."""

import gzip
import json
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from app.__main__ import main

RECORD = {
    "eventVersion": "1.11",
    "userIdentity": {"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/ada", "accountId": "111122223333"},
    "eventTime": "2026-11-20T10:00:00Z",
    "eventSource": "kinesisvideo.amazonaws.com",
    "eventName": "GetMedia",
    "awsRegion": "eu-central-1",
    "eventID": "7b7b1c59-9fd5-4a5c-8a84-0ee7d9c2a111",
    "recipientAccountId": "111122223333",
}


def ingest(capsys: pytest.CaptureFixture[str], *paths: Path) -> tuple[int, dict[str, float]]:
    with pytest.raises(SystemExit) as ended:
        main(["ingest", *map(str, paths)])
    out = capsys.readouterr().out
    return int(ended.value.code or 0), json.loads(out.splitlines()[-1]) if out else {}


@pytest.fixture(autouse=True)
def _database(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KVSWATCH_DATABASE_URL", database_url)


def test_it_counts_what_it_stored_and_finds_it_again(
    tmp_path: Path, app_engine: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.json.gz").write_bytes(gzip.compress(json.dumps({"Records": [RECORD]}).encode()))
    code, first = ingest(capsys, tmp_path)
    _, again = ingest(capsys, tmp_path)
    assert code == 0
    assert {"files", "records", "kvs_events", "sts_events", "duplicates", "rejected", "seconds"} <= set(first)
    assert (first["files"], first["records"], first["kvs_events"], first["duplicates"]) == (1, 1, 1, 0)
    assert again["duplicates"] == 1
    with app_engine.connect() as connection:
        assert connection.execute(text("select count(*) from event")).scalar_one() == 1


def test_it_says_what_is_too_old_to_stay(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "old.json").write_text(json.dumps({"Records": [RECORD | {"eventTime": "2019-03-20T10:00:00Z"}]}))
    with pytest.raises(SystemExit):
        main(["ingest", str(tmp_path)])
    assert "Calls from 2019-03 on are older than KVSWATCH_KEEP_DAYS=400: a worker drops" in capsys.readouterr().err


@pytest.mark.parametrize("keep_days", ["400", "3650"], ids=["dropped again", "kept since"])
def test_it_says_which_calls_were_counted_before(
    tmp_path: Path,
    app_engine: Engine,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    keep_days: str,
) -> None:
    monkeypatch.setenv("KVSWATCH_KEEP_DAYS", keep_days)
    with app_engine.begin() as connection:
        connection.execute(text("insert into counted_day values (111122223333, '2019-03-20')"))
    (tmp_path / "old.json").write_text(json.dumps({"Records": [RECORD | {"eventTime": "2019-03-20T10:00:00Z"}]}))
    with pytest.raises(SystemExit):
        main(["ingest", str(tmp_path)])
    said = "Calls of days whose counts are kept from before: 1. They are listed, and not counted anew."
    assert said in capsys.readouterr().err


def test_a_file_that_is_no_log_file_is_rejected_and_the_rest_goes_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "broken.json.gz").write_bytes(b"\x1f\x8b\x08 and no more")
    (tmp_path / "good.json").write_text(json.dumps({"Records": [RECORD]}))
    code, summary = ingest(capsys, tmp_path)
    assert code == 0
    assert (summary["rejected"], summary["kvs_events"]) == (1, 1)


def test_it_says_how_many_files_of_a_folder_it_passed_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.log").write_text(json.dumps({"Records": [RECORD]}))
    (tmp_path / "b.gz").touch()
    with pytest.raises(SystemExit):
        main(["ingest", str(tmp_path)])
    assert f"Passed over: 2, '{tmp_path}/a.log' first. Of a folder only" in capsys.readouterr().err


def test_it_names_a_path_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["ingest", str(tmp_path / "nowhere")])
    assert ended.value.code == 2
    assert "nowhere" in capsys.readouterr().err


def test_a_file_above_the_limit_is_named_with_its_size_and_taken_when_the_limit_is_raised(
    tmp_path: Path, app_engine: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    records = [RECORD, {"eventSource": "s3.amazonaws.com", "padding": "x" * (2 << 20)}]
    blob = gzip.compress(json.dumps({"Records": records}).encode())
    (tmp_path / "large.json.gz").write_bytes(blob)
    with pytest.raises(SystemExit):
        main(["ingest", "--limit-mb", "1", str(tmp_path)])
    assert json.loads(capsys.readouterr().out)["rejected"] == 1
    with app_engine.connect() as connection:
        reason = connection.execute(text("select reason from rejected_record")).scalar_one()
    plain = len(gzip.decompress(blob))
    assert reason == (
        f"{len(blob):,} bytes of gzip data hold {plain:,} bytes by their own account, more than 1,048,576 uncompressed"
        ", the limit: raise KVSWATCH_MAX_FILE_MB to have it read, or import a copy with kvswatch ingest --limit-mb"
    )
    code, found = ingest(capsys, tmp_path)
    assert (code, found["kvs_events"], found["rejected"]) == (0, 1, 0)


@pytest.mark.usefixtures("app_engine")
def test_the_limit_is_that_of_the_settings_unless_it_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    records = [RECORD, {"eventSource": "s3.amazonaws.com", "padding": "x" * (65 << 20)}]
    (tmp_path / "large.json.gz").write_bytes(gzip.compress(json.dumps({"Records": records}).encode(), 1))
    monkeypatch.setenv("KVSWATCH_MAX_FILE_MB", "64")
    assert ingest(capsys, tmp_path)[1]["rejected"] == 1
    monkeypatch.setenv("KVSWATCH_MAX_FILE_MB", "66")
    assert ingest(capsys, tmp_path)[1]["rejected"] == 0
