"""What people call principals, from their names and ARNs: the same on every page."""

import re
from functools import lru_cache

from app.core import arn
from app.core.model.principal import SSO_ROLE

_WITH_PATH = frozenset({"role", "user"})
_SSO_NAME = re.compile(SSO_ROLE)


@lru_cache(maxsize=16_384)
def short(name: str) -> str:
    """Return what tells a principal from others beside its account: a role or user without its path, else all of it.

    Of a role that IAM Identity Center made it is the name of its permission set.
    """
    parsed = arn.parsed(name)
    if parsed is not None:
        kind, _, rest = parsed.resource.partition("/")
        name = rest.rpartition("/")[2] if kind in _WITH_PATH else rest or kind
    found = _SSO_NAME.fullmatch(name)
    return found[1] if found else name
