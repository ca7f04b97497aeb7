"""The signature of a digest, and the public keys of CloudTrail that it is checked with."""

import base64
import binascii
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key

from app.core.errors import InvalidInput
from app.core.trailfile.digest.content import Content

ALGORITHM = "SHA256withRSA"
HASH_ALGORITHM = "SHA-256"
SIGNED_WITHIN = timedelta(hours=2)
"""A digest is signed at the latest so long after the hour that it is of (the margin of AWS's own validation)."""
BACKFILL_WITHIN = timedelta(hours=1)
"""A backfill digest is signed within so long of the time of generation that its metadata names."""


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A key as ListPublicKeys hands it out."""

    fingerprint: str
    valid_from: datetime
    valid_until: datetime
    rsa: RSAPublicKey = field(repr=False)

    def was_valid(self, start: datetime, end: datetime) -> bool:
        """Tell whether a signature may have been made with the key between two times."""
        return self.valid_from <= end and start <= self.valid_until


def fingerprint(der: bytes) -> str:
    """Return how CloudTrail names a key: MD5 of its PKCS#1 DER. It identifies the key and proves nothing about it."""
    return hashlib.md5(der, usedforsecurity=False).hexdigest()


def public_key(answer: Mapping[str, Any]) -> PublicKey:
    """Return one key of ListPublicKeys, as boto3 or as `aws cloudtrail list-public-keys` gives it.

    `Value` is PKCS#1 DER, in the CLI's answer as base64; times are datetimes, ISO 8601 or seconds since 1970.

    Raises:
        InvalidInput: it is not an RSA key, or a field is missing.
    """
    try:
        value = answer["Value"]
        der = base64.b64decode(value, validate=True) if isinstance(value, str) else bytes(value)
        rsa = load_der_public_key(der)
        times = _moment(answer["ValidityStartTime"]), _moment(answer["ValidityEndTime"])
    except KeyError as error:
        raise InvalidInput(f"a public key has no {error}") from None
    except (ValueError, TypeError, binascii.Error) as error:
        raise InvalidInput(f"a public key cannot be read: {error}") from error
    if not isinstance(rsa, RSAPublicKey):
        raise InvalidInput("a public key is not of RSA")
    return PublicKey(str(answer.get("Fingerprint") or fingerprint(der)), *times, rsa)


def public_keys(text: bytes) -> tuple[PublicKey, ...]:
    """Return the keys of a file that holds the answer of ListPublicKeys.

    Raises:
        InvalidInput: it does not.
    """
    try:
        answer = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidInput(f"not JSON: {error}") from error
    keys = answer.get("PublicKeyList") if isinstance(answer, dict) else None
    if not isinstance(keys, list) or not all(isinstance(key, dict) for key in keys):
        raise InvalidInput("it has no PublicKeyList: write it with aws cloudtrail list-public-keys")
    return tuple(public_key(key) for key in keys)


def string_to_sign(content: Content, sha256: str) -> bytes:
    """Return what CloudTrail signs; `sha256` is of the uncompressed digest, in hexadecimal."""
    place = f"{content.digest_s3_bucket}/{content.digest_s3_object}"
    return "\n".join((content.digest_end_time, place, sha256, content.previous_digest_signature or "null")).encode()


def is_signed(key: PublicKey, signature: str, text: bytes) -> bool:
    """Tell whether `signature` (hexadecimal) is one of `key` over `text`: RSA PKCS#1 v1.5 with SHA-256."""
    try:
        key.rsa.verify(bytes.fromhex(signature), text, padding.PKCS1v15(), hashes.SHA256())
    except (InvalidSignature, ValueError):
        return False
    return True


def keys_named(keys: Iterable[PublicKey], name: str) -> list[PublicKey]:
    """Return the keys of this fingerprint: one, or the same one twice when two listings overlap."""
    return [key for key in keys if key.fingerprint == name]


def _moment(value: object) -> datetime:
    match value:
        case datetime():
            return value.astimezone(UTC)
        case bool():
            raise ValueError(f"{value!r} is no time")
        case int() | float():
            return datetime.fromtimestamp(value, UTC)
        case _:
            moment = datetime.fromisoformat(str(value))
            return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
