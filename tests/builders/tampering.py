"""Ways to tamper with the files of a trail, each with the breaks (kind, key) by which it has to be named.

`hour` counts the digests: the digest of that hour lists the log file before it in `Delivery.logs`.
"""

import json
from collections.abc import Callable
from typing import Any

from app.core.trailfile.digest.chain import Stored
from app.core.trailfile.gunzip import gunzip
from tests.builders.digests import Delivery

Expected = set[tuple[str, str]]
Tamper = Callable[[Delivery, int], Expected]


def _log(made: Delivery, hour: int) -> str:
    return made.logs[hour - 1]


def edit_log(made: Delivery, hour: int) -> Expected:
    made.change(_log(made, hour), b"call", b"CALL")
    return {("log edited", _log(made, hour))}


def empty_log(made: Delivery, hour: int) -> Expected:
    _put(made, _log(made, hour), b"")
    return {("log edited", _log(made, hour))}


def truncate_log(made: Delivery, hour: int) -> Expected:
    _put(made, _log(made, hour), made.files[_log(made, hour)].blob[:-9])
    return {("log edited", _log(made, hour))}


def delete_log(made: Delivery, hour: int) -> Expected:
    del made.files[_log(made, hour)]
    return {("log missing", _log(made, hour))}


def swap_logs(made: Delivery, hour: int) -> Expected:
    one, other = _log(made, hour), _log(made, hour + 1)
    made.files[one], made.files[other] = made.files[other], made.files[one]
    return {("log edited", one), ("log edited", other)}


def rename_log(made: Delivery, hour: int) -> Expected:
    key = _log(made, hour)
    renamed = key.replace(".json.gz", "x.json.gz")
    made.files[renamed] = made.files.pop(key)
    return {("log missing", key), ("log unlisted", renamed)}


def plant_log(made: Delivery, hour: int) -> Expected:
    key = _log(made, hour)
    planted = key.replace(".json.gz", "x.json.gz")
    made.files[planted] = made.files[key]
    return {("log unlisted", planted)}


def edit_digest(made: Delivery, hour: int) -> Expected:
    made.change(made.digests[hour], b'"oldestEventTime": null', b'"oldestEventTime": "x" ')
    return {("digest edited", made.digests[hour])}


def edit_digest_of_a_log(made: Delivery, hour: int) -> Expected:
    """Change a log file, and the hash by which its digest lists it."""
    key = _log(made, hour)
    body = _body(made, made.digests[hour])
    old = body["logFiles"][0]["hashValue"]
    made.change(made.digests[hour], old.encode(), b"0" * 64)
    return {("digest edited", made.digests[hour]), ("log edited", key)}


def truncate_digest(made: Delivery, hour: int) -> Expected:
    _put(made, made.digests[hour], made.files[made.digests[hour]].blob[:-9])
    # What it listed is listed by nobody now.
    return {("digest edited", made.digests[hour]), ("log unlisted", _log(made, hour))}


def delete_digest(made: Delivery, hour: int) -> Expected:
    del made.files[made.digests[hour]]
    return {("digest missing", made.digests[hour]), ("log unlisted", _log(made, hour))}


def delete_digest_and_log(made: Delivery, hour: int) -> Expected:
    """Take an hour out of history as a whole."""
    del made.files[made.digests[hour]], made.files[_log(made, hour)]
    return {("digest missing", made.digests[hour])}


def swap_digests(made: Delivery, hour: int) -> Expected:
    one, other = made.digests[hour], made.digests[hour + 1]
    made.files[one], made.files[other] = made.files[other], made.files[one]
    return _in_place_of_another(made, one) | _in_place_of_another(made, other)


def copy_digest(made: Delivery, hour: int) -> Expected:
    """Put the digest of the next hour in the place of this one."""
    one, other = made.digests[hour], made.digests[hour + 1]
    made.files[one] = made.files[other]
    # Now two follow the digest before, and nothing lists the hour's log file.
    return _in_place_of_another(made, one) | {("chain forked", other), ("log unlisted", _log(made, hour))}


def replace_digest(made: Delivery, hour: int) -> Expected:
    """Put another validly signed digest in the place of one, as who has CloudTrail's key could; it lists nothing."""
    key = made.digests[hour]
    made.put_digest(key, _body(made, key) | {"logFiles": []})
    changed = {("previous hash mismatch", key), ("previous signature mismatch", key)}
    return changed | {("log unlisted", _log(made, hour))}


def change_signature(made: Delivery, hour: int) -> Expected:
    key = made.digests[hour]
    made.sign_with(key, signature="00" * 256)
    return {("signature wrong", key), ("previous signature mismatch", key)}


def take_signature(made: Delivery, hour: int) -> Expected:
    made.sign_with(made.digests[hour], signature=None)
    return {("signature missing", made.digests[hour])}


def change_algorithm(made: Delivery, hour: int) -> Expected:
    made.sign_with(made.digests[hour], signature_algorithm="none")
    return {("algorithm wrong", made.digests[hour])}


LOG_TAMPERS: list[Tamper] = [edit_log, empty_log, truncate_log, delete_log, swap_logs, rename_log, plant_log]
DIGEST_TAMPERS: list[Tamper] = [
    edit_digest,
    edit_digest_of_a_log,
    truncate_digest,
    delete_digest,
    delete_digest_and_log,
    swap_digests,
    copy_digest,
    replace_digest,
    change_signature,
    take_signature,
    change_algorithm,
]


def _put(made: Delivery, key: str, blob: bytes) -> None:
    made.files[key] = Stored(blob, made.files[key].metadata)


def _body(made: Delivery, key: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(gunzip(made.files[key].blob))
    return found


def _in_place_of_another(made: Delivery, key: str) -> Expected:
    # Nothing follows the newest one that would know another in its place.
    followed = ("previous hash mismatch", "previous signature mismatch") if key != made.digests[-1] else ()
    return {(kind, key) for kind in ("digest misplaced", *followed)}
