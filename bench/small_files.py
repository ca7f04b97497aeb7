"""Many small log files out of a bucket: what a file costs the reader besides extraction, and how long the plan takes.

Most files of a real trail hold a few records, so the GET costs more than the parse. The bucket is a bare HTTP server in
another process; what is measured is the CPU time of this one.
"""

import json
import os
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from time import perf_counter, process_time
from typing import Any
from urllib.parse import urlsplit

from app.aws.ledger import Ledger
from app.aws.session import AccountSession, AwsSettings
from app.aws.sources import _bucket
from app.aws.sources._source import Request
from app.aws.sources.s3_logs import SOURCE
from app.core.model.account import Account, AccountKind
from app.core.model.feed import Cursor
from app.core.normalise.trail_file import arrival_of_file
from bench._s3 import serving
from bench.trail_data import Mix, log_files

FILES, QUICK_FILES = 10_000, 1_500
RECORDS = 8
BAR_MICROSECONDS = 150.0
BAR_OF_PLAIN_GET = 2.5
"""What a quick run asserts: a file costs at most so many times a GET of it by the standard library on one connection.

Microseconds differ by more than twice between machines, and what the kernel takes of them differs still more: only
another GET is a yardstick for a GET. Measured: 1.4 to 2.0; boto3 takes eight times as much.
"""
ROUNDS = 5
"""Of a quick run, the least of which counts: one slow moment is no slow reader."""
ACCOUNT = 111122223333
NOW = datetime(2026, 11, 1, tzinfo=UTC)

DELAY_S = 0.025
"""Of each GET and listing: what S3 takes from within its Region, as planned for."""
PLANNED_PLACES = 120 * 3
"""Accounts and Regions, each a folder with a file every five minutes."""
PLANNED_FILES_A_DAY = PLANNED_PLACES * 24 * 12
PLANNED_DAYS = 90
DELAYED_FILES = 1_200
QUICK_PLACES = 36
"""Nothing is asked of what a quick run tells of the plan; the first look at all places takes most of its time."""


def run(*, quick: bool) -> dict[str, Any]:
    """Return microseconds of CPU a file besides extraction, and what the planned size takes by the rates measured."""
    objects = _files(QUICK_FILES if quick else FILES, folders=1)
    rate_s = _bucket.BUDGET.rate
    _bucket.BUDGET.rate = _bucket.BUDGET.burst = 1e9
    with serving(objects) as url:
        turns = [(_read(url), _plain_gets_s(url, list(objects))) for _ in range(ROUNDS if quick else 1)]
    blobs, cpu_s = turns[0][0][0], min(read[1] for read, _ in turns)
    extraction_s = _extraction_s(blobs)
    a_file = cpu_s / len(objects) * 1e6
    of_plain_get = cpu_s / min(plain_s for _, plain_s in turns)
    if quick:
        missed = {"of_plain_get": round(of_plain_get, 2)} if of_plain_get > BAR_OF_PLAIN_GET else {}
    else:
        missed = {"us_a_file": round(a_file, 1)} if a_file > BAR_MICROSECONDS else {}
    return {
        "files": len(blobs),
        "us_a_file": round(a_file, 1),
        "us_a_file_of_extraction": round(extraction_s / len(blobs) * 1e6, 1),
        "planned": _planned(rate_s, (cpu_s + extraction_s) / len(blobs), QUICK_PLACES if quick else PLANNED_PLACES),
        "of_plain_get": round(of_plain_get, 2),
        "bars": {"us_a_file": BAR_MICROSECONDS, "of_plain_get": BAR_OF_PLAIN_GET},
        "missed": missed,
    }


def _planned(budget: float, cpu_s: float, places: int) -> dict[str, Any]:
    """Return what a poll and the backfill of the planned size take when every answer is `DELAY_S` late.

    `budget`: the GETs a second that kvswatch allows itself; `cpu_s`: of one file, extraction included; `places`: those
    whose poll is timed.
    """
    objects = _files(DELAYED_FILES, folders=places)
    with serving(objects, DELAY_S) as url:
        cursor = _read(url)[-1]
        _, _, poll_s, _ = _read(url, cursor)
    objects = _files(DELAYED_FILES, folders=1)
    with serving(objects, DELAY_S) as url:
        _, _, read_s, _ = _read(url)
    by_delay = DELAYED_FILES / read_s
    files_a_s = min(budget, by_delay, 1 / cpu_s)
    files = PLANNED_FILES_A_DAY * PLANNED_DAYS
    return {
        "files_a_day": PLANNED_FILES_A_DAY,
        "files_a_s_live": round(PLANNED_FILES_A_DAY / 86_400, 2),
        "places": places,
        "s_a_poll_of_them": round(poll_s, 1),
        "share_of_one_worker_live": round(PLANNED_FILES_A_DAY / 86_400 * cpu_s, 5),
        "files_a_s_by_delay": round(by_delay),
        "files_a_s_by_budget": round(budget),
        "files_a_s_by_cpu": round(1 / cpu_s),
        "hours_of_backfill": round(files / files_a_s / 3600, 1),
    }


def _files(number: int, folders: int) -> dict[str, bytes]:
    """Return log files of a few records, five minutes apart, in the layout of an organization's trail."""
    found = {}
    for index, blob in zip(range(number), log_files(1e9, Mix(records=(RECORDS, RECORDS))), strict=False):
        account, at = ACCOUNT + index % folders, NOW - timedelta(minutes=5 * (index // folders // 40 + 1))
        folder = f"AWSLogs/o-benchbench/{account}/CloudTrail/eu-central-1/{at:%Y/%m/%d}"
        found[f"{folder}/{account}_CloudTrail_eu-central-1_{at:%Y%m%dT%H%MZ}_{index:016d}.json.gz"] = blob
    return found


def _plain_gets_s(url: str, keys: list[str]) -> float:
    """Return the seconds of CPU of a GET of each file on one connection, unsigned, one after the other."""
    connection = HTTPConnection(urlsplit(url).netloc)
    started = process_time()
    for key in keys:
        connection.request("GET", f"/bench/{key}")
        connection.getresponse().read()
    spent_s = process_time() - started
    connection.close()
    return spent_s


def _extraction_s(blobs: list[bytes]) -> float:
    started = process_time()
    for blob in blobs:
        arrival_of_file(blob, "bench")
    return process_time() - started


def _read(url: str, cursor: Cursor | None = None) -> tuple[list[bytes], float, float, Cursor | None]:
    """Return new files as the source brings them, the seconds that it took (of CPU, and by the clock), and the cursor.

    All files are of the last two days: none is left to the backfill.
    """
    role = f"arn:aws:iam::{ACCOUNT}:role/b"
    account = Account(ACCOUNT, "bench", AccountKind.LOG_ARCHIVE, role, "bench", ("eu-central-1",), log_bucket="bench")
    request = Request("", NOW - timedelta(days=30), NOW, lambda *_: None, (NOW - timedelta(days=30)).date())
    os.environ |= {"AWS_ACCESS_KEY_ID": "bench", "AWS_SECRET_ACCESS_KEY": "bench"}
    blobs = []
    with AccountSession(account, AwsSettings("bench", endpoint_url=url), Ledger()) as session:
        # What a process pays once: clients, and the role.
        session.call("s3", "get_bucket_location", Bucket="bench")
        cpu, clock = process_time(), perf_counter()
        for batch in SOURCE.read(session, cursor, request):
            if not batch.is_live:
                break
            blobs += [fetched.blob for fetched in batch.fetched]
            cursor = batch.cursor
        return blobs, process_time() - cpu, perf_counter() - clock, cursor


if __name__ == "__main__":
    print(json.dumps(run(quick=True), indent=2))
