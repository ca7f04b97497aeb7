from datetime import UTC, datetime

import pytest

from app.demo.gate import cbor


@pytest.mark.parametrize(
    ("value", "wire"),
    [
        # Vectors of RFC 8949, appendix A.
        pytest.param(0, "00", id="zero"),
        pytest.param(23, "17", id="largest in one byte"),
        pytest.param(24, "1818", id="one byte more"),
        pytest.param(1000, "1903e8", id="two bytes more"),
        pytest.param(1_000_000, "1a000f4240", id="four bytes more"),
        pytest.param(1_000_000_000_000, "1b000000e8d4a51000", id="eight bytes more"),
        pytest.param(-100, "3863", id="negative"),
        pytest.param(1.1, "fb3ff199999999999a", id="double"),
        pytest.param(True, "f5", id="true"),
        pytest.param(None, "f6", id="null"),
        pytest.param("ü", "62c3bc", id="text"),
        pytest.param(b"\x01\x02", "420102", id="bytes"),
        pytest.param([1, [2, 3]], "8201820203", id="list"),
        pytest.param({"a": 1, "b": [2, 3]}, "a26161016162820203", id="map"),
    ],
)
def test_it_writes_and_reads_the_standards_vectors(value, wire):
    assert cbor.encode(value).hex() == wire
    assert cbor.decode(bytes.fromhex(wire)) == value


@pytest.mark.parametrize(
    ("wire", "value"),
    [
        pytest.param("9f018202039f0405ffff", [1, [2, 3], [4, 5]], id="list without length"),
        pytest.param("bf61610161629f0203ffff", {"a": 1, "b": [2, 3]}, id="map without length"),
        pytest.param("7f657374726561646d696e67ff", "streaming", id="text in pieces"),
        pytest.param("f93e00", 1.5, id="half precision"),
    ],
)
def test_it_reads_what_sdks_may_send(wire, value):
    assert cbor.decode(bytes.fromhex(wire)) == value


def test_it_keeps_a_time():
    moment = datetime(2026, 11, 23, 9, 41, tzinfo=UTC)

    assert cbor.decode(cbor.encode({"at": moment})) == {"at": moment}


def test_it_refuses_what_has_no_form():
    with pytest.raises(TypeError, match="object"):
        cbor.encode(object())
