import gzip
import hashlib
import json
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers

from app.demo.digests import Chain, LogFile, Signer
from app.demo.gate.store import Bucket

END = datetime(2026, 11, 23, 9, tzinfo=UTC)
FILE = LogFile("AWSLogs/1/log.json.gz", "ab" * 32, "2026-11-23T08:01:00Z", "2026-11-23T08:59:00Z")


@pytest.fixture(scope="module")
def signer():
    return Signer()


def chained(signer, hours=3):
    bucket = Bucket("logs", "269930174852", "eu-central-1")
    chain = Chain(signer, bucket, "AWSLogs/310045578826", "310045578826", "eu-west-1", "a-trail", "eu-central-1")
    for hour in range(hours):
        end = END + timedelta(hours=hour)
        chain.put(end, end + timedelta(minutes=8), [FILE] if hour == 1 else [])
    return bucket, chain


def verify(signer, bucket, key):
    """Check a signature as AWS documents it, with the key that ListPublicKeys would hand out."""
    stored = bucket.objects[key]
    raw = gzip.decompress(stored.body)
    digest = json.loads(raw)
    previous = digest["previousDigestSignature"] or "null"
    text = "\n".join((digest["digestEndTime"], f"logs/{key}", hashlib.sha256(raw).hexdigest(), previous))
    signature = bytes.fromhex(stored.metadata["signature"])
    _public(signer).verify(signature, text.encode(), padding.PKCS1v15(), hashes.SHA256())
    return digest


def _public(signer):
    """Read PKCS#1 DER by hand: SEQUENCE of modulus and exponent (RFC 8017, appendix A.1.1)."""
    der = signer.public_key(END, END).der
    assert der[:2] == b"\x30\x82"
    assert der[4:6] == b"\x02\x82"
    size = int.from_bytes(der[6:8], "big")
    modulus = int.from_bytes(der[8 : 8 + size], "big")
    exponent = int.from_bytes(der[8 + size + 2 :], "big")
    return RSAPublicNumbers(exponent, modulus).public_key()


def test_every_digest_verifies_and_names_the_one_before(signer):
    bucket, _ = chained(signer)
    keys = list(bucket.list_keys())

    first, second, third = (verify(signer, bucket, key) for key in keys)

    assert first["previousDigestS3Object"] is None
    assert second["previousDigestS3Object"] == keys[0]
    assert (
        second["previousDigestHashValue"] == hashlib.sha256(gzip.decompress(bucket.objects[keys[0]].body)).hexdigest()
    )
    assert third["previousDigestSignature"] == bucket.objects[keys[1]].metadata["signature"]


def test_a_changed_digest_does_not_verify(signer):
    bucket, _ = chained(signer)
    key = list(bucket.list_keys())[1]
    stored = bucket.objects[key]
    forged = gzip.decompress(stored.body).replace(b"abab", b"cdcd", 1)
    bucket.put(key, type(stored)(gzip.compress(forged), stored.modified_at, stored.metadata))

    with pytest.raises(InvalidSignature):
        verify(signer, bucket, key)


def test_an_hour_without_files_is_stated_as_such(signer):
    bucket, _ = chained(signer, hours=1)

    digest = verify(signer, bucket, next(bucket.list_keys()))

    assert digest["logFiles"] == []
    assert digest["newestEventTime"] is None
    assert digest["digestStartTime"] == "2026-11-23T08:00:00Z"


def test_a_restarted_chain_forgets_the_past(signer):
    bucket, chain = chained(signer)
    chain.restart()
    chain.put(END + timedelta(hours=9), END + timedelta(hours=9), [])

    assert verify(signer, bucket, list(bucket.list_keys())[-1])["previousDigestS3Object"] is None


def test_its_key_says_account_region_trail_home_and_time(signer):
    bucket, _ = chained(signer, hours=1)

    assert next(bucket.list_keys()) == (
        "AWSLogs/310045578826/CloudTrail-Digest/eu-west-1/2026/11/23/"
        "310045578826_CloudTrail-Digest_eu-west-1_a-trail_eu-central-1_20261123T090000Z.json.gz"
    )


def test_the_fingerprint_is_the_md5_of_the_key_as_handed_out(signer):
    key = signer.public_key(END, END)

    assert key.fingerprint == hashlib.md5(key.der).hexdigest()
