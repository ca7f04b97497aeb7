import pytest

from app.core.trailfile.packing import Packer, dictionary_id, needed_dictionary, trained_dictionary, unpacked
from tests.builders.trail import compact, kvs_record


@pytest.fixture(scope="module")
def dictionary() -> bytes:
    return trained_dictionary([compact(kvs_record(n, userAgent=f"agent {n % 50}")) for n in range(2_000)])


RECORD = compact(kvs_record("another", userAgent="nul \\u0000 \xe9"))


def test_a_packed_record_is_returned_byte_for_byte():
    assert unpacked(Packer().pack(RECORD)) == RECORD


def test_a_dictionary_makes_it_a_quarter(dictionary):
    frame = Packer(dictionary).pack(RECORD)
    assert unpacked(frame, dictionary) == RECORD
    assert len(frame) < len(RECORD) / 4 < len(Packer().pack(RECORD))


def test_a_frame_names_its_dictionary(dictionary):
    assert needed_dictionary(Packer(dictionary).pack(RECORD)) == dictionary_id(dictionary) != 0
    assert needed_dictionary(Packer().pack(RECORD)) == 0
