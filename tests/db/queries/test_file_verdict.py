from datetime import datetime, timedelta
from itertools import product
from typing import Any

from sqlalchemy import Connection, Engine, text

from app.core.integrity.verdict import of_file
from app.core.model.integrity import Judged, LogFile, Verdict
from app.db.queries._file_verdict import NONE_KNOWN, OF_NUMBER
from tests.builders.accounts import NOW

ACCOUNT, REGION, FOLDER = 590817264433, "eu-central-1", "s3://logs/AWSLogs/590817264433/"
DIGESTS: dict[str | None, Judged | None] = {
    None: None,
    "never-came": None,
    "not-checked": None,
    "sound": Judged(Verdict.VERIFIED),
    "edited": Judged(Verdict.BROKEN, "digest edited"),
}
HOURS: dict[datetime, Judged | None] = {
    NOW.replace(minute=0) - timedelta(hours=1): None,
    NOW.replace(minute=0) - timedelta(hours=2): Judged(Verdict.UNVERIFIED, "log file validation is off"),
}


def _insert(connection: Connection, table: str, **values: Any) -> None:
    values |= {"account_id": ACCOUNT, "folder": FOLDER, "region": REGION}
    names, places = ", ".join(values), ", ".join(f":{name}" for name in values)
    connection.execute(text(f"insert into {table} ({names}) values ({places})"), values)


def _files() -> list[LogFile]:
    """Return a log file of every kind."""
    read = [("ab", None), (None, "truncated"), (None, None)]
    listed = [("ab", "SHA-256"), ("cd", "SHA-256"), ("ab", "MD5")]
    return [
        LogFile(
            f"{FOLDER}{number}",
            at + timedelta(minutes=5),
            sha256,
            problem,
            changed,
            digest,
            *(hashed if digest else (None, None)),
            is_missing=is_missing,
        )
        for number, ((sha256, problem), changed, digest, hashed, is_missing, at) in enumerate(
            product(read, (None, "ef"), DIGESTS, listed, (False, True), HOURS)
        )
    ]


def test_the_verdict_of_every_kind_of_log_file_is_that_of_pages(engine: Engine) -> None:
    files = _files()
    with engine.begin() as connection:
        for name, judged in DIGESTS.items():
            if name not in {None, "never-came"}:
                told = {"verdict": judged.verdict, "why": judged.why} if judged else {"verdict": None, "why": None}
                _insert(connection, "digest", origin=name, chain="t", ends_at=NOW, **told)
        for at, judged in HOURS.items():
            if judged:
                told = {"verdict": judged.verdict, "why": judged.why, "trail": "", "files": 1}
                _insert(connection, "integrity_hour", starts_at=at, ends_at=at + timedelta(hours=1), chain="", **told)
        for number, one in enumerate(files):
            _insert(
                connection, "log_file", number=number, origin=one.origin, delivered_at=one.delivered_at,
                read_sha256=one.read_sha256, read_problem=one.read_problem, changed_sha256=one.changed_sha256,
                digest=one.digest, listed_sha256=one.listed_sha256, listed_algorithm=one.listed_algorithm,
                is_missing=one.is_missing,
            )  # fmt: skip
        asked = "cross join lateral (select cast(:account as bigint) as account_id, n as log_file) event"
        told_by_sql = connection.execute(
            text(f"""select ({OF_NUMBER.format(event="event")}) from generate_series(0, :last) n {asked} order by n"""),
            {"account": ACCOUNT, "last": len(files)},
        ).scalars()
        *found, of_none = told_by_sql
    assert of_none is None
    assert len(found) == len(files) > 300
    for one, verdict in zip(files, found, strict=True):
        judged = of_file(one.origin, one, DIGESTS[one.digest], HOURS[one.delivered_at - timedelta(minutes=5)])
        is_edited = one.changed_sha256 or (judged.verdict is Verdict.BROKEN and judged.why != "digest edited")
        assert verdict == ("broken (log edited)" if is_edited else str(judged)), one


def test_where_no_log_file_is_known_nothing_is_proven() -> None:
    assert NONE_KNOWN == "unverified (no log file in S3 is known for it)"
