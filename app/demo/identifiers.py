"""Identifiers in the shapes that AWS gives them, computed from what they name: the same each time.

Source of the prefixes: IAM User Guide, "IAM identifiers". The account rides in the letters of an access key
as in AWS's own (and moto's), so that a key names its account to whoever knows the encoding.
"""

import base64
import functools
import hashlib

_OFFSET = 549_755_813_888
"""What AWS adds to half the account number before it becomes the letters 5 to 12 of a key."""
_FIRST_ARN_MS = 1_601_500_000_000
_ARN_SPAN_MS = 150_000_000_000


def digest(*parts: object, size: int = 16) -> bytes:
    """Return `size` bytes that depend on `parts` alone."""
    return hashlib.blake2b("\x1f".join(map(str, parts)).encode(), digest_size=size).digest()


def number(*parts: object, below: int) -> int:
    """Return a number from 0 up to and without `below` that depends on `parts` alone."""
    return int.from_bytes(digest(*parts, size=8), "big") % below


def share(*parts: object) -> float:
    """Return a number from 0 up to and without 1 that depends on `parts` alone."""
    return number(*parts, below=1 << 32) / (1 << 32)


def guid(*parts: object) -> str:
    """Return a version 4 GUID."""
    text = digest("guid", *parts).hex()
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-a{text[17:20]}-{text[20:]}"


def access_key(prefix: str, account: str, *parts: object) -> str:
    """Return an access key of 20 characters: AKIA… for a user's own, ASIA… for a session's."""
    return (_account_letters(prefix, account) + _letters(*parts, count=8))[:20]


@functools.lru_cache(maxsize=8192)
def unique_id(prefix: str, account: str, *parts: object) -> str:
    """Return the 21 characters by which IAM knows an entity: AROA… a role, AIDA… a user, AGPA… a group."""
    return (prefix + _letters(prefix, account, *parts, count=17))[:21]


@functools.lru_cache(maxsize=8192)
def arn_suffix(*parts: object) -> int:
    """Return the number at the end of a stream's or channel's ARN, which is its creation in milliseconds."""
    return _FIRST_ARN_MS + number("arn", *parts, below=_ARN_SPAN_MS)


def secret(*parts: object) -> str:
    """Return 40 characters in the shape of a secret access key. It opens nothing but the emulator."""
    return base64.b64encode(digest("secret", *parts, size=30)).decode()


@functools.cache
def _account_letters(prefix: str, account: str) -> str:
    half = int(account) // 2 + _OFFSET
    odd = "Q" if int(account) % 2 else "A"
    return prefix + base64.b32encode(half.to_bytes(5, "big")).decode() + odd


def _letters(*parts: object, count: int) -> str:
    return base64.b32encode(digest("letters", *parts, size=20)).decode()[:count]
