import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from app.core.errors import InvalidInput
from app.services.ingest_events import IngestSummary, ingest_paths
from tests.builders.trail import assume_role_record, kvs_record, log_file, log_text, other_record

NAME = "111122223333_CloudTrail_eu-west-1_20261101T1015Z_abcdefghijklmnop.json.gz"
FOLDER = "AWSLogs/111122223333/CloudTrail/eu-west-1/2026/11/01"


def now() -> datetime:
    return datetime(2026, 11, 2, tzinfo=UTC)


def ingest(engine: Engine, *paths: Path, **options: Any) -> IngestSummary:
    return replace(ingest_paths(engine, paths, clock=now, **options), seconds=0)


@pytest.fixture
def tree(tmp_path) -> Path:
    folder = tmp_path / FOLDER
    folder.mkdir(parents=True)
    (folder / NAME).write_bytes(log_file(kvs_record(1), other_record(), assume_role_record()))
    (folder / "plain.json").write_bytes(log_text(kvs_record(2), kvs_record(1)))
    (folder / "broken.json.gz").write_bytes(log_file(kvs_record(3))[:-5])
    (folder / "empty.json.gz").write_bytes(b"")
    digests = tmp_path / FOLDER.replace("/CloudTrail/", "/CloudTrail-Digest/")
    digests.mkdir(parents=True)
    (digests / NAME.replace("_CloudTrail_", "_CloudTrail-Digest_")).write_bytes(log_text())
    return tmp_path


def test_it_imports_a_tree_and_says_what_it_did(app_engine, tree):
    assert ingest(app_engine, tree) == IngestSummary(
        files=4, records=5, kvs_events=3, sts_events=1, duplicates=1, rejected=2, skipped_files=1
    )


def test_an_import_again_adds_nothing(app_engine, tree):
    ingest(app_engine, tree)
    again = ingest(app_engine, tree)
    assert (again.kvs_events, again.sts_events, again.duplicates) == (3, 1, 4)
    with app_engine.connect() as connection:
        counts = "select (select count(*) from event), (select count(*) from issued_session), "
        found = connection.execute(text(counts + "(select count(*) from rejected_record)")).one()
    assert tuple(found) == (2, 1, 2)


def test_a_file_that_cannot_be_read_is_named_with_its_reason(app_engine, tree):
    ingest(app_engine, tree)
    with app_engine.connect() as connection:
        sql = "select account_id, origin, place, reason from rejected_record order by origin"
        broken, empty = connection.execute(text(sql)).all()
    assert broken.origin == str(tree / FOLDER / "broken.json.gz")
    assert (broken.account_id, broken.place) == (111122223333, "the whole file")
    assert "truncated" in broken.reason
    assert "empty" in empty.reason


def test_it_shows_its_progress(app_engine, tree):
    seen: list[tuple[int, str]] = []
    ingest(app_engine, tree, progress=lambda summary, origin: seen.append((summary.files, origin)))
    assert seen == [(4, str(tree / FOLDER / "plain.json"))]


def test_a_file_over_the_limit_is_rejected_and_the_rest_imported(app_engine, tree):
    assert ingest(app_engine, tree, limit=2_000).rejected == 4


def test_what_is_no_regular_file_is_rejected_by_name_and_the_rest_imported(app_engine, tmp_path):
    os.mkfifo(tmp_path / "a.json.gz")
    (tmp_path / "b.json.gz").symlink_to("/dev/zero")
    (tmp_path / "c.json.gz").write_bytes(log_file(kvs_record(1)))

    assert ingest(app_engine, tmp_path) == IngestSummary(files=3, records=1, kvs_events=1, rejected=2)

    with app_engine.connect() as connection:
        found = connection.execute(text("select origin, reason from rejected_record order by origin")).all()
    reason = "cannot read the file: not a regular file"
    assert [tuple(row) for row in found] == [(str(tmp_path / name), reason) for name in ("a.json.gz", "b.json.gz")]


def test_a_huge_file_is_rejected_without_reading_all_of_it(app_engine, tmp_path):
    with (tmp_path / "huge.json").open("wb") as file:
        file.truncate(1 << 40)

    assert ingest(app_engine, tmp_path, limit=2_000).rejected == 1

    with app_engine.connect() as connection:
        (reason,) = connection.execute(text("select reason from rejected_record")).scalars()
    size = "cannot read the file: its 1,099,511,627,776 bytes are more than the limit of 2,000"
    assert reason == (
        f"{size}: raise KVSWATCH_MAX_FILE_MB to have it read, or import a copy with kvswatch ingest --limit-mb"
    )


def test_a_path_that_is_not_there_stops_the_import(app_engine, tmp_path):
    with pytest.raises(InvalidInput, match="nowhere"):
        ingest(app_engine, tmp_path / "nowhere")


SAMPLES = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "cloudtrail"


@pytest.mark.skipif(not SAMPLES.is_dir(), reason=f"the public samples are not at {SAMPLES}")
def test_it_imports_the_public_samples(app_engine):
    found = ingest(app_engine, SAMPLES)
    # Five AssumeRole records of one anonymised set have no eventTime.
    assert (found.files, found.records, found.kvs_events, found.sts_events, found.rejected) == (47, 4136, 10, 136, 5)
