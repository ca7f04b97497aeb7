import pytest

from app.core.address import AddressKind, kind_of, network_of, written


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("8.8.8.8", AddressKind.PUBLIC),
        ("2600:1f14::1", AddressKind.PUBLIC),
        ("10.1.2.3", AddressKind.PRIVATE),
        ("172.31.0.9", AddressKind.PRIVATE),
        ("172.32.0.9", AddressKind.PUBLIC),
        ("fd00::1", AddressKind.PRIVATE),
        ("100.64.0.1", AddressKind.SHARED),
        ("198.51.100.77", AddressKind.DOCUMENTATION),
        ("2001:db8::1", AddressKind.DOCUMENTATION),
        ("127.0.0.1", AddressKind.LOCAL),
        ("rekognition.amazonaws.com", AddressKind.SERVICE),
        ("kinesisvideo.amazonaws.com.cn", AddressKind.SERVICE),
        ("AWS Internal", AddressKind.AWS),
        ("AWS Internal/12", AddressKind.AWS),
        ("amazonaws.com.evil.example", AddressKind.OTHER),
        ("<script>", AddressKind.OTHER),
        ("", AddressKind.OTHER),
    ],
)
def test_an_address_is_of_a_kind(address: str, kind: AddressKind):
    assert kind_of(address) is kind


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("198.51.100.77", "198.51.100.0/24"),
        ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        ("AWS Internal", None),
        ("198.51.100.0/24", None),
    ],
)
def test_an_ip_address_lies_in_a_network(address: str, network: str | None):
    assert network_of(address) == network


@pytest.mark.parametrize("text", ["2001:DB8::1", "2001:db8:0:0:0:0:0:1", "2001:0db8::0001", "2001:db8::1"])
def test_an_address_is_written_in_one_way(text: str):
    assert written(text) == "2001:db8::1"


@pytest.mark.parametrize("text", ["198.51.100.7", "firehose.amazonaws.com", "2001:db8::/32", ""])
def test_what_is_written_in_one_way_alone_stays(text: str):
    assert written(text) == text
