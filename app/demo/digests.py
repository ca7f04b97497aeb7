"""CloudTrail digest files: hourly, chained, signed with a key of our own that ListPublicKeys hands out.

Source: CloudTrail User Guide, "CloudTrail digest file structure" and "Custom implementations of CloudTrail log file
integrity validation". The fingerprint is the MD5 of the PKCS#1 DER, as computed from AWS's published example.
"""

import gzip
import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from app.demo.gate.store import Bucket, StoredObject
from app.demo.gate.world import PublicKey

_ALGORITHM = "SHA256withRSA"
_BITS = 2048


@dataclass(frozen=True, slots=True)
class LogFile:
    """A delivered log file as a digest lists it; `sha256` is of the uncompressed file."""

    key: str
    sha256: str
    oldest: str
    newest: str


class Signer:
    """The key that signs digests. Made anew at each start: it is the one thing that is not the same each time."""

    def __init__(self) -> None:
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=_BITS)
        self._der = self._key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.PKCS1)
        self.fingerprint = hashlib.md5(self._der, usedforsecurity=False).hexdigest()

    def public_key(self, start: datetime, end: datetime) -> PublicKey:
        """Return the key as ListPublicKeys gives it."""
        return PublicKey(self._der, self.fingerprint, start, end)

    def sign(self, text: str) -> str:
        """Return the signature in hexadecimal."""
        return self._key.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256()).hex()


@dataclass(slots=True)
class Previous:
    """The digest before: its key, signature, and the SHA-256 of its uncompressed bytes."""

    key: str
    signature: str
    sha256: str


class Chain:
    """The digests of one trail for one account and Region."""

    def __init__(
        self, signer: Signer, bucket: Bucket, base: str, account: str, region: str, trail: str, home: str
    ) -> None:
        self._signer = signer
        self._bucket = bucket
        self._base, self._account, self._region = base, account, region
        self._trail, self._home = trail, home
        self._previous: Previous | None = None

    def restart(self) -> None:
        """Begin a new chain: logging had been stopped."""
        self._previous = None

    def put(self, end: datetime, delivered_at: datetime, files: list[LogFile]) -> None:
        """Write the digest of the hour that ends at `end`; an hour without files has one too."""
        key = self._key(end)
        raw = json.dumps(self._content(key, end, files), separators=(",", ":")).encode()
        sha256 = hashlib.sha256(raw).hexdigest()
        before = "null" if self._previous is None else self._previous.signature
        signature = self._signer.sign("\n".join((_iso(end), f"{self._bucket.name}/{key}", sha256, before)))
        metadata = {"signature": signature, "signature-algorithm": _ALGORITHM}
        self._bucket.put(key, StoredObject(gzip.compress(raw, 1, mtime=0), delivered_at, metadata))
        self._previous = Previous(key, signature, sha256)

    def _key(self, end: datetime) -> str:
        stamp = end.strftime("%Y%m%dT%H%M%SZ")
        name = f"{self._account}_CloudTrail-Digest_{self._region}_{self._trail}_{self._home}_{stamp}.json.gz"
        return f"{self._base}/CloudTrail-Digest/{self._region}/{end:%Y/%m/%d}/{name}"

    def _content(self, key: str, end: datetime, files: list[LogFile]) -> dict[str, Any]:
        previous = self._previous
        return {
            "awsAccountId": self._account,
            "digestStartTime": _iso(end - timedelta(hours=1)),
            "digestEndTime": _iso(end),
            "digestS3Bucket": self._bucket.name,
            "digestS3Object": key,
            "digestPublicKeyFingerprint": self._signer.fingerprint,
            "digestSignatureAlgorithm": _ALGORITHM,
            "newestEventTime": max((file.newest for file in files), default=None),
            "oldestEventTime": min((file.oldest for file in files), default=None),
            "previousDigestS3Bucket": previous and self._bucket.name,
            "previousDigestS3Object": previous and previous.key,
            "previousDigestHashValue": previous and previous.sha256,
            "previousDigestHashAlgorithm": previous and "SHA-256",
            "previousDigestSignature": previous and previous.signature,
            "logFiles": [
                {
                    "s3Bucket": self._bucket.name,
                    "s3Object": file.key,
                    "hashValue": file.sha256,
                    "hashAlgorithm": "SHA-256",
                    "newestEventTime": file.newest,
                    "oldestEventTime": file.oldest,
                }
                for file in files
            ],
        }


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
