import gzip
import hashlib
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from app.core.errors import InvalidInput
from app.core.trailfile.digest.content import parse
from app.core.trailfile.digest.signing import (
    fingerprint,
    is_signed,
    keys_named,
    public_key,
    public_keys,
    string_to_sign,
)
from tests.builders.digests import BUCKET, HOUR, START, delivery, der_of, key_answer, key_of


def signed(number: int) -> tuple[bytes, str]:
    made = delivery(2)
    stored = made.files[made.digests[number]]
    raw = gzip.decompress(stored.blob)
    return string_to_sign(parse(raw), hashlib.sha256(raw).hexdigest()), stored.metadata["signature"]


def test_what_is_signed_are_four_lines_without_an_end() -> None:
    made = delivery(2)
    raw = gzip.decompress(made.files[made.digests[1]].blob)
    first = made.files[made.digests[0]].metadata["signature"]
    sha256 = hashlib.sha256(raw).hexdigest()
    lines = ["2026-11-20T10:00:00Z", f"{BUCKET}/{made.digests[1]}", sha256, first]
    assert string_to_sign(parse(raw), sha256).decode() == "\n".join(lines)


def test_the_first_digest_of_a_chain_is_signed_over_null() -> None:
    assert signed(0)[0].endswith(b"\nnull")


def test_a_signature_holds_for_its_key_and_text_alone() -> None:
    text, signature = signed(1)
    assert is_signed(key_of(0), signature, text)
    assert not is_signed(key_of(1), signature, text)
    assert not is_signed(key_of(0), signature, text + b"\n")
    assert not is_signed(key_of(0), signature[:-2], text)


@pytest.mark.parametrize("signature", ["", "no hexadecimal", "é"])
def test_what_is_no_signature_is_a_wrong_one(signature: str) -> None:
    assert not is_signed(key_of(0), signature, signed(1)[0])


@pytest.mark.parametrize(
    "moment", ["2026-11-20T09:00:00+01:00", "2026-11-20T08:00:00", 1795161600, 1795161600.0, START.astimezone(None)]
)
def test_times_are_read_in_each_form_that_aws_tools_write(moment: object) -> None:
    answer = key_answer() | {"ValidityStartTime": moment}
    assert public_key(answer).valid_from == START == datetime(2026, 11, 20, 8, tzinfo=UTC)


def test_a_key_is_named_by_the_md5_of_its_der() -> None:
    assert fingerprint(der_of()) == hashlib.md5(der_of()).hexdigest() == key_of().fingerprint
    unnamed = {name: value for name, value in key_answer().items() if name != "Fingerprint"}
    assert public_key(unnamed).fingerprint == key_of().fingerprint


def test_a_key_is_taken_as_bytes_too() -> None:
    assert public_key(key_answer() | {"Value": der_of()}).rsa.public_numbers() == key_of().rsa.public_numbers()


def elliptic() -> bytes:
    public = ec.generate_private_key(ec.SECP256R1()).public_key()
    return public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"Value": "%%%"}, "cannot be read"),
        ({"Value": "AAAA"}, "cannot be read"),
        ({"Value": elliptic()}, "not of RSA"),
        ({"Value": None}, "cannot be read"),
        ({"ValidityEndTime": "soon"}, "cannot be read"),
        ({"ValidityEndTime": True}, "cannot be read"),
    ],
)
def test_it_refuses_what_is_no_key(change: Any, said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        public_key(key_answer() | change)


def test_it_names_a_field_that_is_not_there() -> None:
    with pytest.raises(InvalidInput, match="no 'Value'"):
        public_key({})


def test_it_reads_the_file_of_the_aws_command() -> None:
    text = json.dumps({"PublicKeyList": [key_answer(0), key_answer(1)]}).encode()
    keys = public_keys(text)
    assert [key.fingerprint for key in keys_named(keys, key_of(1).fingerprint)] == [key_of(1).fingerprint]


@pytest.mark.parametrize("text", [b"", b"[]", b"{}", b'{"PublicKeyList": {}}', b'{"PublicKeyList": ["x"]}', b"\xff"])
def test_it_refuses_other_files(text: bytes) -> None:
    with pytest.raises(InvalidInput):
        public_keys(text)


def test_a_key_is_valid_while_its_time_and_the_signatures_meet() -> None:
    key = key_of(start=START, end=START + HOUR)
    assert key.was_valid(START - HOUR, START)
    assert key.was_valid(START + HOUR, START + 2 * HOUR)
    assert not key.was_valid(START - 2 * HOUR, START - HOUR)
    assert not key.was_valid(START + 2 * HOUR, START + 3 * HOUR)
