"""All items of a listing, whatever way the operation pages."""

from collections.abc import Iterator
from typing import Any

from app.aws.session import AccountSession
from app.core.errors import CouldNotLook

_TOKENS = (("NextToken", "NextToken"), ("Marker", "Marker"))
"""Request field and answer field of the two ways that the services read here page; IAM's is Marker."""


def pages(session: AccountSession, service: str, operation: str, region: str = "", **parameters: Any) -> Iterator[Any]:
    """Yield each page's answer. A page may be empty while more follow (Organizations does so).

    Raises:
        CouldNotLook: one of `app.aws.errors`, or a token that comes back unchanged, which would never end.
    """
    token: dict[str, str] = {}
    while True:
        answer = session.call(service, operation, region, **parameters, **token)
        yield answer
        following = {asked: answer[given] for asked, given in _TOKENS if answer.get(given)}
        if not following:
            return
        if following == token:
            raise CouldNotLook(f"{service}:{operation} in {region or 'its global endpoint'} repeats its page token")
        token = following


def items(
    session: AccountSession, service: str, operation: str, key: str, region: str = "", **parameters: Any
) -> list[Any]:
    """Return the items under `key` of all pages."""
    return [item for page in pages(session, service, operation, region, **parameters) for item in page.get(key, ())]
