import pytest

from app.core.iam.conditions.ip import FAMILY
from app.core.iam.globs import pieces_of


@pytest.mark.parametrize(
    ("expected", "actual", "is_match"),
    [
        pytest.param("10.0.0.0/8", "10.9.0.1", True, id="inside"),
        pytest.param("10.0.0.0/8", "11.0.0.1", False, id="outside"),
        pytest.param("10.1.2.3/8", "10.9.0.1", True, id="host bits do not matter"),
        pytest.param("203.0.113.7", "203.0.113.7", True, id="one address"),
        pytest.param("0.0.0.0/0", "203.0.113.7", True, id="all of IPv4"),
        pytest.param("0.0.0.0/0", "2001:db8::1", False, id="IPv6 is outside"),
        pytest.param("::/0", "203.0.113.7", False, id="and IPv4 is outside IPv6"),
        pytest.param("2001:db8:0:0::/64", "2001:db8::1", True, id="spellings"),
        pytest.param("10.0.0.0/33", "10.0.0.1", False, id="no range"),
        pytest.param("10.0.0.0/8", "AWS Internal", False, id="no address"),
    ],
)
def test_it_looks_for_the_address_in_the_range(expected: str, actual: str, *, is_match: bool) -> None:
    assert FAMILY.operators["IpAddress"].matcher(pieces_of(expected))(actual) is is_match


def test_its_samples_lie_in_and_behind_each_range() -> None:
    assert FAMILY.samples is not None

    found = set(FAMILY.samples([pieces_of("10.0.0.0/8"), pieces_of("10.1.0.0/16"), pieces_of("0.0.0.0/0")]))

    assert {"10.0.0.0", "11.0.0.0", "10.1.0.0", "10.2.0.0", "0.0.0.0"} <= found
    assert any(":" in one for one in found)
