"""Links to the explanation of one call as JSON."""

from urllib.parse import urlencode

PATH = "/iam/explain.json"
PARAMETERS = ("principal", "action", "resource")
"""Each stands once, as the arguments of `kvswatch iam explain` do."""
AT = "at"
"""The one that may be left out: the time as of which it is asked."""


def explain_link(principal: str, action: str, resource: str, at: str = "") -> str:
    """Return the address that tells why `principal` may or may not call `action` on `resource`, or might at `at`."""
    asked = dict(zip(PARAMETERS, (principal, action, resource), strict=True))
    return f"{PATH}?{urlencode(asked | ({AT: at} if at else {}))}"
