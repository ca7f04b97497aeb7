"""Where the pages of keys, sessions and addresses are: one form of their links for every page that names one."""

import re
from urllib.parse import quote

KEY = re.compile(r"[A-Za-z0-9_-]{1,128}")
"""The form of an access key's ID (IAM API Reference, AccessKey: word characters, at most 128)."""


def key_href(key: str) -> str:
    """Return the page of a key: of a session where it is temporary; of text that is no key the calls that have it."""
    if not KEY.fullmatch(key):
        return f"/events?key={quote(key, safe='')}&from=now-90d"
    return f"/{'sessions' if key.startswith('ASIA') else 'keys'}/{key}"


def address_href(address: str) -> str:
    """Return the page of an address, which may be any text that a record has."""
    return f"/addresses/{quote(address, safe='')}"
