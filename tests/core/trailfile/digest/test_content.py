import gzip
import json

import pytest

from app.core.trailfile.digest.content import MalformedDigest, parse
from tests.builders.digests import HOUR, START, delivery


def raw() -> bytes:
    made = delivery(2)
    return gzip.decompress(made.files[made.digests[1]].blob)


def test_it_reads_what_cloudtrail_writes() -> None:
    content = parse(raw())
    assert (content.starts_at, content.ends_at) == (START + HOUR, START + 2 * HOUR)
    assert content.previous_digest_hash_algorithm == "SHA-256"
    assert [entry.hash_algorithm for entry in content.log_files] == ["SHA-256"]


def test_the_first_digest_of_a_chain_has_none_before_it() -> None:
    made = delivery(1)
    content = parse(gzip.decompress(made.files[made.digests[0]].blob))
    assert content.previous_digest_s3_object is None
    assert content.log_files == ()


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"[1]",
        b"\xff{}",
        raw().replace(b"logFiles", b"logfiles"),
        raw().replace(b'"digestEndTime": "2026-11-20T10', b'"digestEndTime": "2026-11-20 10'),
        json.dumps({"awsAccountId": 1}).encode(),
        b"[" * 100_000,
    ],
    ids=["empty", "a list", "not UTF-8", "a field missing", "no time", "a number", "deep"],
)
def test_it_refuses_what_is_no_digest(text: bytes) -> None:
    with pytest.raises(MalformedDigest, match="does not read as a digest"):
        parse(text)
