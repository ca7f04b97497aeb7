"""What `aws cloudtrail validate-logs` finds on the trees of 30 days that ours is tested on, tampered with once each.

Run it with `python -m tests.soak.validate_logs /path/to/aws`; the AWS CLI is no dependency of ours. It reads the
trees from the emulator, whose ListPublicKeys hands out the key that they are signed with.
"""

import hashlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime

from moto.s3.models import s3_backends

from app.core.trailfile.digest.breaks import Break
from app.demo.emulator import Emulator
from app.demo.gate.store import Bucket, StoredObject
from app.demo.gate.world import PublicKey
from app.services.verify_digests import Stretch, Unread, verify_archives
from tests.builders.digests import ACCOUNT, BUCKET, HOUR, REGION, START, Delivery, delivery, der_of, iso, key_of
from tests.builders.tampering import DIGEST_TAMPERS, LOG_TAMPERS
from tests.services.test_verify_tampered import Lying

HOURS, AT = 720, 333
FOREVER = START + 9_999 * HOUR
Case = tuple[str, Delivery, datetime]
"""A name, what lies in the bucket, and when it is looked at."""


def cases() -> Iterator[Case]:
    """Yield each tree with one change."""
    tree, now = delivery(HOURS), START + (HOURS + 2) * HOUR

    def fresh() -> Delivery:
        return replace(tree, files=dict(tree.files), digests=list(tree.digests), logs=list(tree.logs))

    def without(name: str, keys: list[str]) -> Case:
        made = fresh()
        made.files = {key: stored for key, stored in made.files.items() if key not in keys}
        return name, made, now

    yield "untouched", fresh(), now
    for tamper in (*LOG_TAMPERS, *DIGEST_TAMPERS):
        made = fresh()
        tamper(made, AT)
        yield tamper.__name__, made, now
    yield without("two digests in a row deleted", tree.digests[AT : AT + 2])
    yield without("newest digest deleted", tree.digests[-1:])
    yield without("newest two days deleted", tree.digests[-48:] + tree.logs[-48:])
    yield without("oldest digest deleted", tree.digests[:1])
    yield without("all digests deleted", tree.digests)
    yield "signed digest with another previousDigestHashValue", *_odd(previousDigestHashValue="00" * 32)
    yield "signed digest with another digestSignatureAlgorithm", *_odd(digestSignatureAlgorithm="SHA1withRSA")
    yield "log file listed with another hashAlgorithm", *_odd(hashAlgorithm="MD5")
    yield "chain restarted", *_odd(lambda made: made.restart())


def _odd(before: Callable[[Delivery], None] = lambda _made: None, **changes: str) -> tuple[Delivery, datetime]:
    made = Delivery()
    for hour in range(1, 11):
        end = START + hour * HOUR
        if hour == 6:
            before(made)
        log, of_digest = made.log(end - HOUR / 2), dict(changes) if hour == 6 else {}
        if "hashAlgorithm" in of_digest:
            log["hashAlgorithm"] = of_digest.pop("hashAlgorithm")
        made.digest(end, (log,), **of_digest)
    return made, START + 12 * HOUR


def ours(made: Delivery, now: datetime) -> list[str]:
    """Return the kinds of breaks that kvswatch names."""
    found: list[Break | Unread] = []
    verify_archives([Lying(made.files)], lambda *_: [key_of(0, end=FOREVER)], Stretch(), now, found.append)
    return sorted({one.kind.value if isinstance(one, Break) else "unread" for one in found})


def theirs(aws: str, environment: dict[str, str], bucket: Bucket, made: Delivery, now: datetime) -> tuple[int, str]:
    """Return the exit code of the AWS CLI, and what it counts."""
    for key in list(bucket.list_keys()):
        bucket.delete(key)
    for key, stored in made.files.items():
        bucket.put(key, StoredObject(stored.blob, START, dict(stored.metadata)))
    trail = f"arn:aws:cloudtrail:eu-central-1:{ACCOUNT}:trail/a-trail"
    asked = ["cloudtrail", "validate-logs", "--region", REGION, "--trail-arn", trail, "--s3-bucket", BUCKET]
    times = ["--start-time", iso(START), "--end-time", iso(now)]
    ran = subprocess.run([aws, *asked, *times], env=environment, capture_output=True, text=True, check=False)
    counted = [line for line in ran.stdout.splitlines() if " valid" in line or "No digests" in line]
    return ran.returncode, "; ".join(counted)


def main(aws: str) -> None:
    """Print a line for each case."""
    with Emulator(small=True) as emulator:
        bucket = emulator.world.buckets[BUCKET] = Bucket(BUCKET, ACCOUNT, "eu-central-1")
        # The gate holds the objects, moto answers where the bucket is.
        s3_backends[ACCOUNT]["aws"].create_bucket(BUCKET, "eu-central-1")
        der = der_of()
        emulator.world.public_keys.append(PublicKey(der, hashlib.md5(der).hexdigest(), START - 30 * HOUR, FOREVER))
        environment = os.environ | emulator.environment()
        for name, made, now in cases():
            code, counted = theirs(aws, environment, bucket, made, now)
            said = f"aws exits {code} ({counted}); kvswatch: {', '.join(ours(made, now)) or 'no break'}"
            sys.stdout.write(f"{name}: {said}\n")


if __name__ == "__main__":
    main(sys.argv[1])
