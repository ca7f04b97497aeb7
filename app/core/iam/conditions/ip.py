"""IpAddress and NotIpAddress: an address or CIDR range of either family.

An address of one family lies outside every range of the other, so NotIpAddress then holds (the AWS pages on moving
policies to IPv6 say so; see docs/iam.md).
"""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from app.core.iam.conditions._family import Family, Matcher, Operator, text_of
from app.core.iam.globs import Pieces

_OUTSIDE = ("0.0.0.0", "255.255.255.255", "::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")  # noqa: S104 - no socket is bound


def is_range(text: str) -> bool:
    """Whether a value is an address or a range of them."""
    return _network(text) is not None


def _network(text: str) -> IPv4Network | IPv6Network | None:
    try:
        return ip_network(text.strip(), strict=False)
    except ValueError:
        return None


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(text.strip())
    except ValueError:
        return None


def _matcher(pieces: Pieces) -> Matcher:
    network = _network(text_of(pieces))

    def matches(actual: str) -> bool:
        address = _address(actual)
        return address is not None and network is not None and address in network

    return matches


def _samples(values: Iterable[Pieces]) -> Iterable[str]:
    """Return the first address of each range and the first one behind it: ranges nest or are apart."""
    found = list(_OUTSIDE)
    for pieces in values:
        network = _network(text_of(pieces))
        if network is None:
            continue
        found.append(str(network.network_address))
        if int(network.broadcast_address) < 2**network.max_prefixlen - 1:
            found.append(str(network.broadcast_address + 1))
    return found


FAMILY = Family(
    {"IpAddress": Operator(_matcher), "NotIpAddress": Operator(_matcher, is_negated=True)}, samples=_samples
)
