"""Links to the explanation of one call as JSON."""

from urllib.parse import urlencode

PATH = "/iam/explain.json"
PARAMETERS = ("principal", "action", "resource")
"""Each stands once, as the arguments of `kvswatch iam explain` do."""


def explain_link(principal: str, action: str, resource: str) -> str:
    """Return the address that tells why `principal` may or may not call `action` on `resource`."""
    return f"{PATH}?{urlencode(dict(zip(PARAMETERS, (principal, action, resource), strict=True)))}"
