"""What kind of thing the `sourceIPAddress` of a record is.

Sources: CloudTrail User Guide, "CloudTrail record contents" (services by their DNS name, `AWS Internal`); RFC 1918,
RFC 4193, RFC 6598 (private and shared), RFC 5737, RFC 3849 and RFC 2544 (kept for documentation and benchmarks).
"""

import ipaddress
from enum import StrEnum

_Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class AddressKind(StrEnum):
    """What an address is, in words."""

    PUBLIC = "public address"
    PRIVATE = "private address: the call came over a VPC endpoint or from within AWS"
    SHARED = "address behind a carrier's NAT"
    DOCUMENTATION = "address kept for documentation: no network has it"
    LOCAL = "address of one host or link: no caller can come from it"
    SERVICE = "AWS service: it made the call for somebody, whose address is not logged"
    AWS = "within AWS: the record tells no address"
    OTHER = "no IP address"


_KINDS: tuple[tuple[AddressKind, tuple[_Network, ...]], ...] = tuple(
    (kind, tuple(ipaddress.ip_network(network) for network in networks.split()))
    for kind, networks in (
        (AddressKind.DOCUMENTATION, "192.0.2.0/24 198.51.100.0/24 203.0.113.0/24 198.18.0.0/15 2001:db8::/32"),
        (AddressKind.PRIVATE, "10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 fc00::/7"),
        (AddressKind.SHARED, "100.64.0.0/10"),
        (AddressKind.LOCAL, "127.0.0.0/8 169.254.0.0/16 ::1/128 fe80::/10"),
    )
)
_HOST_BITS = {4: 8, 6: 64}
_SERVICES = (".amazonaws.com", ".amazonaws.com.cn", ".amazon.com", ".aws.internal")


def kind_of(address: str) -> AddressKind:
    """Return what kind of address the text is, as a record has it."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return _name(address)
    return next((kind for kind, networks in _KINDS if any(ip in net for net in networks)), AddressKind.PUBLIC)


def written(address: str) -> str:
    """Return an IP address as records have it, of IPv6 the shortest way in small letters; other text as it is."""
    try:
        return str(ipaddress.ip_address(address))
    except ValueError:
        return address


def network_of(address: str) -> str | None:
    """Return the network around an IP address that one customer usually has (/24, of IPv6 /64); None of a name."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return None
    return str(ipaddress.ip_network(f"{address}/{ip.max_prefixlen - _HOST_BITS[ip.version]}", strict=False))


def _name(address: str) -> AddressKind:
    if address.startswith("AWS Internal"):
        return AddressKind.AWS
    return AddressKind.SERVICE if address.endswith(_SERVICES) else AddressKind.OTHER
