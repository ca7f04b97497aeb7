"""Where the pages of who called are: one form of their links for every page that names one."""

import re
from urllib.parse import quote

from starlette.convertors import Convertor, register_url_convertor

from app.core.arn import account_text

KEY = re.compile(r"[A-Za-z0-9_-]{1,128}")
"""The form of an access key's ID (IAM API Reference, AccessKey: word characters, at most 128)."""


class AccessKeyId(Convertor[str]):
    """The ID of an access key: whatever else a record may have there has no page."""

    regex = KEY.pattern

    def convert(self, value: str) -> str:
        """Return the ID as it is."""
        return value

    def to_string(self, value: str) -> str:
        """Return the ID as it is."""
        return value


class Address(Convertor[str]):
    """The address of a caller, which is any text: Starlette's own `path` ends where a line does."""

    regex = r"[\s\S]*"

    def convert(self, value: str) -> str:
        """Return the text as it is."""
        return value

    def to_string(self, value: str) -> str:
        """Return the text as it is."""
        return value


register_url_convertor("access_key", AccessKeyId())
register_url_convertor("address", Address())


def key_href(key: str) -> str:
    """Return the page of a key: of a session where it is temporary; of text that is no key the calls that have it."""
    if not KEY.fullmatch(key):
        return f"/events?key={quote(key, safe='')}&from=now-90d"
    return f"/{'sessions' if key.startswith('ASIA') else 'keys'}/{key}"


def address_href(address: str) -> str:
    """Return the page of an address, which may be any text that a record has."""
    return f"/addresses/{quote(address, safe='')}"


def person_href(person: str) -> str:
    """Return the calls of a person whom records name: a person has no page of their own."""
    return f"/events?person={quote(person, safe='')}&from=now-90d"


def account_href(account: int) -> str:
    """Return the page of an account."""
    return f"/accounts/{account_text(account)}"
