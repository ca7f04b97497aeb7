"""Does a Principal or NotPrincipal element take this caller? Used by trust policies, RCPs and endpoint policies.

Source: IAM User Guide, "AWS JSON policy elements: Principal".
"""

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
        return not any(value in (EVERYONE, principal, role_of(principal)) for value in values)
    return any(_names(value, principal) for value in values)


def role_of(principal: str) -> str:
    """Return the role's ARN (without path) of an assumed-role session's ARN; any other ARN as it is."""
    parsed = arn.parsed(principal)
    if parsed is None or parsed.service != "sts" or not parsed.resource.startswith("assumed-role/"):
        return principal
    role = parsed.resource.split("/")[1]
    return f"arn:{parsed.partition}:iam::{parsed.account}:role/{role}"


def _names(value: str, principal: str) -> bool:
    """Whether one AWS principal value takes the caller: everyone, its account, or itself."""
    if value in (EVERYONE, principal, role_of(principal)):
        return True
    parsed = arn.parsed(principal)
    if parsed is None:
        return False
    return value in (parsed.account, f"arn:{parsed.partition}:iam::{parsed.account}:root")
