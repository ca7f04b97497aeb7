"""Log files and their chain of signed digests, as CloudTrail delivers them; written from its documentation alone."""

import base64
import gzip
import hashlib
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from app.core.trailfile.digest.chain import Digest, Stored, opened
from app.core.trailfile.digest.signing import PublicKey, public_key

START = datetime(2026, 11, 20, 8, tzinfo=UTC)
HOUR = timedelta(hours=1)
BUCKET = "trail-logs"
ACCOUNT = "111122223333"
REGION = "eu-west-1"


@cache
def rsa_key(number: int = 0) -> rsa.RSAPrivateKey:  # noqa: ARG001 - the number is what is cached
    """Return a private key; other numbers, other keys."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def der_of(number: int = 0) -> bytes:
    """Return the public key as ListPublicKeys gives it: PKCS#1."""
    public = rsa_key(number).public_key()
    return public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.PKCS1)


def key_answer(number: int = 0, start: datetime = START - 30 * HOUR, end: datetime = START + 300 * HOUR) -> Any:
    """Return a key of `aws cloudtrail list-public-keys`."""
    der = der_of(number)
    return {
        "Value": base64.b64encode(der).decode(),
        "Fingerprint": hashlib.md5(der).hexdigest(),
        "ValidityStartTime": start.isoformat(),
        "ValidityEndTime": end.isoformat(),
    }


def key_of(number: int = 0, **times: datetime) -> PublicKey:
    """Return a key as the verification takes it."""
    return public_key(key_answer(number, **times))


def iso(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


@dataclass
class Delivery:
    """One account's Region of one trail. `files` are what lies there; take a file out, or change it."""

    trail: str = "a-trail"
    prefix: str = ""
    account: str = ACCOUNT
    files: dict[str, Stored] = field(default_factory=dict)
    digests: list[str] = field(default_factory=list)
    logs: list[str] = field(default_factory=list)
    _previous: tuple[str, str, str] | None = None

    @property
    def base(self) -> str:
        return f"{self.prefix}AWSLogs/{self.account}"

    def log(self, at: datetime, text: str = "x") -> dict[str, Any]:
        """Deliver a log file and return its entry."""
        raw = json.dumps({"Records": [{"eventTime": iso(at), "eventName": text}]}).encode()
        tail = f"{len(self.logs):016d}"
        name = f"{self.account}_CloudTrail_{REGION}_{at:%Y%m%dT%H%MZ}_{tail}.json.gz"
        key = f"{self.base}/CloudTrail/{REGION}/{at:%Y/%m/%d}/{name}"
        self.files[key] = Stored(gzip.compress(raw, mtime=0), {})
        self.logs.append(key)
        digest = hashlib.sha256(raw).hexdigest()
        return {"s3Bucket": BUCKET, "s3Object": key, "hashValue": digest, "hashAlgorithm": "SHA-256"}

    def digest(
        self, end: datetime, logs: tuple[Any, ...] = (), *, signer: int = 0, backfill: bool = False, **changes: Any
    ) -> str:
        """Deliver a digest that follows the last one; `changes` are fields that CloudTrail would write otherwise."""
        suffix = "_backfill" if backfill else ""
        name = f"{self.account}_CloudTrail-Digest_{REGION}_{self.trail}_eu-central-1_{end:%Y%m%dT%H%M%SZ}{suffix}"
        key = f"{self.base}/CloudTrail-Digest/{REGION}/{end:%Y/%m/%d}/{name}.json.gz"
        before, signature, sha256 = self._previous or (None, None, None)
        body = {
            "awsAccountId": self.account,
            "digestStartTime": iso(end - HOUR),
            "digestEndTime": iso(end),
            "digestS3Bucket": BUCKET,
            "digestS3Object": key,
            "digestPublicKeyFingerprint": hashlib.md5(der_of(signer)).hexdigest(),
            "digestSignatureAlgorithm": "SHA256withRSA",
            "newestEventTime": None,
            "oldestEventTime": None,
            "previousDigestS3Bucket": before and BUCKET,
            "previousDigestS3Object": before,
            "previousDigestHashValue": sha256,
            "previousDigestHashAlgorithm": before and "SHA-256",
            "previousDigestSignature": signature,
            "logFiles": list(logs),
        } | changes
        self.put_digest(key, body, signer, {"backfill-generation-timestamp": iso(end + HOUR)} if backfill else {})
        self.digests.append(key)
        return key

    def put_digest(self, key: str, body: Any, signer: int = 0, metadata: Any = None) -> None:
        """Write a digest with a right signature; what follows it follows this one."""
        raw = json.dumps(body).encode()
        sha256 = hashlib.sha256(raw).hexdigest()
        place = f"{body['digestS3Bucket']}/{body['digestS3Object']}"
        text = "\n".join((body["digestEndTime"], place, sha256, body["previousDigestSignature"] or "null"))
        signature = rsa_key(signer).sign(text.encode(), padding.PKCS1v15(), hashes.SHA256()).hex()
        own = {"signature": signature, "signature-algorithm": "SHA256withRSA"} | (metadata or {})
        self.files[key] = Stored(gzip.compress(raw, mtime=0), own)
        self._previous = (key, signature, sha256)

    def restart(self) -> None:
        """Forget the digest before: validation had been off."""
        self._previous = None

    def change(self, key: str, old: bytes, new: bytes) -> None:
        """Change the content of a file and leave its metadata."""
        stored = self.files[key]
        raw = gzip.decompress(stored.blob)
        assert old in raw
        self.files[key] = Stored(gzip.compress(raw.replace(old, new, 1), mtime=0), stored.metadata)

    def sign_with(self, key: str, **metadata: str | None) -> None:
        """Change an object's metadata; None takes a name away. An underscore stands for a dash."""
        changed = dict(self.files[key].metadata) | {name.replace("_", "-"): value for name, value in metadata.items()}
        kept = {name: value for name, value in changed.items() if value is not None}
        self.files[key] = Stored(self.files[key].blob, kept)

    def opened(self, *, is_in_bucket: bool = True) -> list[Digest]:
        """Return the digests that are still there as the chain takes them."""
        found = []
        for key in self.digests:
            if key in self.files:
                stored = self.files[key] if is_in_bucket else Stored(self.files[key].blob, {})
                digest = opened(key, BUCKET if is_in_bucket else None, stored)
                assert isinstance(digest, Digest)
                found.append(digest)
        return found

    def write(self, folder: Path, *, metadata: bool = True) -> Path:
        """Copy everything to a disk, with each digest's metadata beside it or without."""
        for key, stored in self.files.items():
            path = folder / key
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(stored.blob)
            if metadata and stored.metadata:
                Path(f"{path}.metadata.json").write_text(json.dumps({"Metadata": dict(stored.metadata)}))
        return folder


def delivery(hours: int = 4, **fields: Any) -> Delivery:
    """Return a chain of `hours` digests, each but the first with one log file."""
    made = Delivery(**fields)
    for hour in range(hours):
        end = START + (hour + 1) * HOUR
        made.digest(end, (made.log(end - HOUR / 2, f"call {hour}"),) if hour else ())
    return made
