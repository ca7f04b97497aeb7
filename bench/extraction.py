"""Log files to the records that are kept, beside `isal_zlib.decompress(data, 31)` of the same files in the same run.

2 % of the records are KVS, 9 % AssumeRole*, 0.2 % change permissions; a tenth of the rest are other calls of IAM. Rates
are uncompressed bytes a second of one core's CPU time; the files are read one by one, each way in turn, so that what
else runs on the machine meets all alike.
"""

import gzip
import hashlib
import json
from collections.abc import Callable
from time import thread_time, time
from typing import Any

from isal import isal_zlib

from app.core.normalise.trail_file import arrival_of_file
from app.core.trailfile.gunzip import gunzip
from app.core.trailfile.kinds import Kind
from app.core.trailfile.records import extract
from bench._memory import peak_megabytes
from bench._together import begin, together
from bench.trail_data import Mix, log_files

MEGABYTES, QUICK_MEGABYTES = 500, 60
OF_TWO_MEGABYTES, QUICK_OF_TWO_MEGABYTES = 60, 6
REPEATS = 3
MIX = Mix(access=0.002)
SLACK = 0.8
BARS = {
    "kvs_of_gunzip": 0.35,
    "kvs_of_gzip_json": 5.0,
    "all_with_sha256_of_gunzip": 0.20,
    "all_with_sha256_of_gzip_json": 3.0,
}
BAR_PEAK_MEGABYTES = 150.0
BAR_TWO_PROCESSES = 1.6
"""Of one's rate by the clock. Asserted in a full run alone: it needs both cores to itself."""


def run(*, quick: bool) -> dict[str, Any]:
    """Return the rates in MB/s, their ratios and the peak of memory."""
    before = peak_megabytes()
    seconds = dict.fromkeys(_WAYS, 0.0)
    total = files = records = 0
    for blob in log_files(QUICK_MEGABYTES if quick else MEGABYTES, MIX):
        for name, way in _WAYS.items():
            seconds[name] += _least_seconds(way, blob, 1 if name == "gzip_json" else REPEATS)
        found = extract(gunzip(blob))
        total, files, records = total + len(gunzip(blob)), files + 1, records + found.total
    rates = {name: total / spent / 1e6 for name, spent in seconds.items()}
    ratios = {
        "kvs_of_gunzip": rates["kvs"] / rates["gunzip"],
        "kvs_of_gzip_json": rates["kvs"] / rates["gzip_json"],
        "all_with_sha256_of_gunzip": rates["all_with_sha256"] / rates["gunzip"],
        "all_with_sha256_of_gzip_json": rates["all_with_sha256"] / rates["gzip_json"],
    }
    slack = SLACK if quick else 1.0
    missed = {name: round(ratio, 3) for name, ratio in ratios.items() if ratio < BARS[name] * slack}
    # json alone takes several times a file; its share is in the peak too.
    peak = peak_megabytes()
    if peak > BAR_PEAK_MEGABYTES:
        missed["peak_mb"] = round(peak, 1)
    two = _two_processes(QUICK_OF_TWO_MEGABYTES if quick else OF_TWO_MEGABYTES)
    if not quick and two < BAR_TWO_PROCESSES:
        missed["two_processes"] = round(two, 2)
    return {
        "files": files,
        "records": records,
        "megabytes": round(total / 1e6, 1),
        "mb_per_s": {name: round(rate, 1) for name, rate in rates.items()},
        "ratios": {name: round(ratio, 3) for name, ratio in ratios.items()},
        "bars": BARS,
        "two_processes": round(two, 2),
        "peak_mb": round(peak, 1),
        "peak_mb_before": round(before, 1),
        "missed": missed,
    }


def _two_processes(megabytes: float) -> float:
    """Return how many times as much two processes read in a second as one does."""
    seconds = []
    for processes in (1, 2):
        spans = together(_span, [(megabytes, seed) for seed in range(processes)])
        seconds.append(max(end for _, end in spans) - min(start for start, _ in spans))
    return 2 * seconds[0] / seconds[1]


def _span(megabytes: float, seed: int) -> tuple[float, float]:
    """Read some files, three times over, and return when that began and ended."""
    blobs = list(log_files(megabytes, MIX, seed))
    begin()
    start = time()
    for blob in blobs * REPEATS:
        _all_with_sha256(blob)
    return start, time()


def _kvs(blob: bytes) -> object:
    return extract(gunzip(blob), frozenset({Kind.KVS}))


def _all_with_sha256(blob: bytes) -> object:
    text = gunzip(blob)
    return hashlib.sha256(text).digest(), extract(text)


def _gzip_json(blob: bytes) -> object:
    records = json.loads(gzip.decompress(blob))["Records"]
    return [record for record in records if record["eventSource"] == "kinesisvideo.amazonaws.com"]


_WAYS: dict[str, Callable[[bytes], object]] = {
    "gunzip": lambda blob: isal_zlib.decompress(blob, 31),
    "kvs": _kvs,
    "all_with_sha256": _all_with_sha256,
    "all_as_events": lambda blob: arrival_of_file(blob, "bench"),
    "gzip_json": _gzip_json,
}


def _least_seconds(way: Callable[[bytes], object], blob: bytes, repeats: int) -> float:
    spent = []
    for _ in range(repeats):
        started = thread_time()
        way(blob)
        spent.append(thread_time() - started)
    return min(spent)


if __name__ == "__main__":
    print(json.dumps(run(quick=True), indent=2))
