"""Does a Principal or NotPrincipal element take this caller? Used by trust policies, RCPs and endpoint policies.

Source: IAM User Guide, "AWS JSON policy elements: Principal".
"""

from functools import lru_cache

from app.core import arn
from app.core.iam.parse import Principals

EVERYONE = "*"


def matches(element: Principals | None, principal: str) -> bool:
    """Whether the element takes the caller `principal` (an ARN). A statement without the element takes everyone."""
    if element is None:
        return True
    values = [value for kind, value in element.pairs if kind == "AWS"]
    if element.is_excluding:
        # An account beside its user exempts the user alone (IAM User Guide, "NotPrincipal": the example with Bob).
        return not any(value == EVERYONE or is_caller(value, principal) for value in values)
    return any(_names(value, principal) for value in values)


def takes(element: Principals | None, kind: str, principal: str) -> bool:
    """Whether the element takes a caller of a kind ("AWS", "Service", "Federated"); everyone is of each kind."""
    if element is None or kind == "AWS":
        return matches(element, principal)
    named = {(kind, principal), (kind, EVERYONE), ("AWS", EVERYONE)}
    return any(pair in named for pair in element.pairs) is not element.is_excluding


def sessions_of(element: Principals | None, role: str) -> tuple[str, ...]:
    """Return the names of the sessions of a role (its ARN) that the element names one by one."""
    values = [value for kind, value in element.pairs if kind == "AWS"] if element else []
    return tuple(value.rpartition("/")[2] for value in values if role_of(value) != value and is_caller(role, value))


def is_caller(value: str, principal: str) -> bool:
    """Whether a value is the caller itself, or the role whose session it is: its ARN leaves the role's path out."""
    role = role_of(principal)
    return value == principal or (role != principal and without_path(value) == role)


@lru_cache(maxsize=65536)
def role_of(principal: str) -> str:
    """Return the role's ARN (without path) of an assumed-role session's ARN; any other ARN as it is."""
    parsed = arn.parsed(principal)
    if parsed is None or parsed.service != "sts" or not parsed.resource.startswith("assumed-role/"):
        return principal
    role = parsed.resource.split("/")[1]
    return f"arn:{parsed.partition}:iam::{parsed.account}:role/{role}"


@lru_cache(maxsize=65536)
def without_path(principal: str) -> str:
    """Return a role's ARN without its path: an account has one role of a name, whatever the path."""
    parsed = arn.parsed(principal)
    if parsed is None or not parsed.resource.startswith("role/"):
        return principal
    return f"arn:{parsed.partition}:iam::{parsed.account}:role/{parsed.resource.rpartition('/')[2]}"


def _names(value: str, principal: str) -> bool:
    """Whether one AWS principal value takes the caller: everyone, its account, or itself."""
    if value == EVERYONE or is_caller(value, principal):
        return True
    parsed = arn.parsed(principal)
    if parsed is None:
        return False
    return value in (parsed.account, f"arn:{parsed.partition}:iam::{parsed.account}:root")
